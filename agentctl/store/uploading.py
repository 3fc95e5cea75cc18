"""Puts a new object, once: small ones in one request, large ones in parts."""

import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import Any, BinaryIO

from agentctl.archive.lifecycle import DATA_TAG
from agentctl.store.errors import FAILURES, code_of, is_passing
from agentctl.store.patience import Patience
from agentctl.store.proof import whole

_THERE = frozenset({"PreconditionFailed", "412", "304"})
_UNABLE = frozenset({"NotImplemented", "501"})
_GONE = frozenset({"NoSuchUpload"})
_CONFLICT = frozenset({"ConditionalRequestConflict", "OperationAborted", "409"})


@dataclass(frozen=True, slots=True)
class Parts:
    """From which size on an object is put in parts, and how large these are, in bytes."""

    above: int = 32 << 20
    size: int = 16 << 20


class Upload:
    """Puts objects of one bucket unless one of that name is there.

    Nothing but the store decides that: a look before would leave a gap for another writer.
    """

    def __init__(self, client: Any, bucket: str, patience: Patience, parts: Parts) -> None:
        self._client, self._bucket, self._patience, self._parts = client, bucket, patience, parts
        # A profile may switch checksums off for a store that does not know them.
        self._sums = client.meta.config.request_checksum_calculation != "when_required"

    def put_new(
        self, key: str, body: bytes | BinaryIO, storage_class: str, metadata: Mapping[str, str]
    ) -> bool:
        """Put it; whether this call did. After a lost answer, the next try finds it there: False."""
        file = BytesIO(body) if isinstance(body, bytes) else body
        start = file.tell()
        size = file.seek(0, SEEK_END) - start
        more = {"Bucket": self._bucket, "Key": key}
        about: dict[str, Any] = {"StorageClass": storage_class, "Metadata": dict(metadata)}
        if key.endswith(".avro"):
            about["Tagging"] = "=".join(DATA_TAG)
        try:
            try:
                return self._put(file, start, size, more, about)
            except FAILURES as failure:
                if code_of(failure) not in _UNABLE or "Tagging" not in about:
                    raise
                # A store without tags has no lifecycle that could look for one.
                del about["Tagging"]
                return self._put(file, start, size, more, about)
        except FAILURES as failure:
            if code_of(failure) in _THERE:
                return False
            raise
        finally:
            file.seek(start)

    def _put(
        self, file: BinaryIO, start: int, size: int, more: Mapping[str, Any], about: Mapping[str, Any]
    ) -> bool:
        if size > self._parts.above:
            return self._patience.ask(lambda: self._in_parts(file, start, more, about), _is_conflict)
        file.seek(start)
        data = file.read(size)
        sums = {"ChecksumAlgorithm": "CRC32"} if self._sums else {}
        self._patience.ask(
            lambda: self._client.put_object(Body=data, IfNoneMatch="*", **more, **about, **sums)
        )
        return True

    def _in_parts(
        self, file: BinaryIO, start: int, more: Mapping[str, Any], about: Mapping[str, Any]
    ) -> bool:
        ask, sums = self._patience.ask, self._sums
        kind = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"} if sums else {}
        begun = ask(lambda: whole(self._client.create_multipart_upload(**more, **about, **kind), "UploadId"))
        more = {**more, "UploadId": begun["UploadId"]}
        finished = False
        try:
            done, sum_ = [], 0
            for number, data in enumerate(self._pieces(file, start), 1):
                sum_ = zlib.crc32(data, sum_)
                done.append(ask(lambda n=number, d=data: self._part(n, d, more)))  # type: ignore[misc]
            total = {"ChecksumCRC32": _spelled(sum_), "ChecksumType": "FULL_OBJECT"} if sums else {}
            end = {**more, "MultipartUpload": {"Parts": done}, "IfNoneMatch": "*", **total}
            finished = self._complete(end)
            return finished
        finally:
            if not finished:
                # Its parts would be paid for until a lifecycle removes them; Ctrl-C is no reason to leave
                # them, nor that an object is there, which may be another writer's.
                with suppress(*FAILURES):
                    self._client.abort_multipart_upload(**more)

    def _part(self, number: int, data: bytes, more: Mapping[str, Any]) -> dict[str, Any]:
        sums = {"ChecksumAlgorithm": "CRC32"} if self._sums else {}
        answer = whole(self._client.upload_part(PartNumber=number, Body=data, **more, **sums), "ETag")
        told = {"PartNumber": number, "ETag": answer["ETag"]}
        return told | ({"ChecksumCRC32": answer["ChecksumCRC32"]} if "ChecksumCRC32" in answer else {})

    def _complete(self, finished: Mapping[str, Any]) -> bool:
        """Make the object of its parts. After a lost answer the upload is gone, and the object is there."""
        tries = 0

        def once() -> bool:
            nonlocal tries
            tries += 1
            try:
                whole(self._client.complete_multipart_upload(**finished), "ETag")
            except FAILURES:
                # Stores say of an upload that was completed that they do not know it, or have a fault.
                if tries > 1 and self._is_there(finished):
                    return False
                raise
            return True

        return self._patience.ask(once, lambda failure: is_passing(failure) and not _is_conflict(failure))

    def _is_there(self, finished: Mapping[str, Any]) -> bool:
        def once() -> bool:
            try:
                self._client.head_object(Bucket=finished["Bucket"], Key=finished["Key"])
            except FAILURES as failure:
                if code_of(failure) in ("404", "NoSuchKey", "NotFound"):
                    return False
                raise
            return True

        return self._patience.ask(once)

    def _pieces(self, file: BinaryIO, start: int) -> Iterator[bytes]:
        file.seek(start)
        while data := file.read(self._parts.size):
            yield data


def _is_conflict(failure: Exception) -> bool:
    """Whether all parts have to be put once more: another writer was at the same object at that moment."""
    return code_of(failure) in _CONFLICT | _GONE


def _spelled(crc: int) -> str:
    return b64encode(crc.to_bytes(4, "big")).decode()
