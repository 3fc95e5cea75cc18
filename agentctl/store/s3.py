"""``Store`` on S3 and what speaks its protocol."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any, BinaryIO, TypeVar

from agentctl.archive.store import FrozenError, Requests, Stored, Thaw, Tier
from agentctl.errors import UsageError
from agentctl.settings.layers import Settings
from agentctl.store.address import Address
from agentctl.store.client import make_client
from agentctl.store.counting import Counted
from agentctl.store.errors import FAILURES, code_of, is_passing, told
from agentctl.store.patience import Patience
from agentctl.store.proof import check_stretch, whole
from agentctl.store.thawing import of_head, of_listed, wish
from agentctl.store.uploading import Parts, Upload
from agentctl.surroundings import Surroundings

T = TypeVar("T")

_CHUNK = 1 << 20
_BEYOND = frozenset({"InvalidRange", "416"})
_EXPEDITED_REFUSED = "GlacierExpeditedRetrievalNotAvailable"
_THAWS = {"RestoreAlreadyInProgress": Thaw.THAWING, "ObjectAlreadyInActiveTierError": Thaw.HOT}


def open_store(
    address: str | None,
    settings: Settings,
    surroundings: Surroundings,
    patience: Patience | None = None,
    parts: Parts | None = None,
) -> "S3Store":
    """Return the store of an address such as ``s3://bucket/prefix``, else of the settings' ``archive``.

    Nothing is asked of it yet. Raises UsageError when no archive is named or the address is none, and what
    ``make_client`` raises.
    """
    text = address or settings.get("archive")
    if not text:
        raise UsageError(
            "no archive is named", hint="--from s3://bucket/prefix, or archive = … in config.toml"
        )
    where = Address.parse(text)
    patience = patience or Patience(sleep=surroundings.sleep)
    return S3Store(make_client(settings, patience), where, patience, surroundings.now_ms, parts)


class S3Store:
    """One prefix of one bucket. May be used by many threads at once."""

    def __init__(
        self,
        client: Any,
        address: Address,
        patience: Patience,
        now_ms: Callable[[], int],
        parts: Parts | None = None,
    ) -> None:
        self._client, self._where, self._patience, self._now_ms = client, address, patience, now_ms
        self._counted = Counted()
        self._counted.watch(client)
        self._upload = Upload(client, address.bucket, patience, parts or Parts())

    @property
    def address(self) -> str:
        """Return ``s3://bucket/prefix``, for people."""
        return str(self._where)

    @property
    def prefix(self) -> str:
        """Return what the names of all its objects begin with: empty, or with a slash at its end."""
        return self._where.prefix

    @property
    def requests(self) -> Requests:
        """Return what was sent until now, repeated tries among it; a copy."""
        return self._counted.requests

    def put_new(
        self,
        key: str,
        body: bytes | BinaryIO,
        *,
        storage_class: str = "STANDARD",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        """Put an object unless one of that name is there; whether it was put by this call.

        A store that ignores If-None-Match cannot be told from one that keeps it.
        """
        name = self._name(key)
        return self._told(
            f"cannot write {self._shown(key)}",
            lambda: self._upload.put_new(name, body, storage_class, metadata or {}),
        )

    def replace(self, key: str, body: bytes) -> None:
        """Put a derived object, whatever was there."""
        named = {"Bucket": self._where.bucket, "Key": self._name(key)}
        self._ask(f"cannot write {self._shown(key)}", lambda: self._client.put_object(Body=body, **named))

    def delete(self, key: str) -> None:
        """Delete a derived object; that it is not there is no fault."""
        named = {"Bucket": self._where.bucket, "Key": self._name(key)}
        self._ask(f"cannot delete {self._shown(key)}", lambda: self._client.delete_object(**named))

    def get(self, key: str) -> bytes:
        """Return an object's bytes; damaged ones are read again where the store keeps a checksum."""
        return self._read(key)[0]

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return a stretch; shorter only where the object ends. Negative ``start`` counts from the end."""
        if length <= 0:
            return b""
        try:
            data, whole = self._read(key, start, length)
        except _Beyond:
            return b""
        if whole:  # the store does not know ranges
            data = data[start:] if start < 0 else data[start : start + length]
        return data[:length]

    def head(self, key: str) -> Stored:
        """Return what the store says of an object, frozen or not."""
        return of_head(key, self._head(key), self._now_ms())

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stored]:
        """Give the objects whose keys begin so, in the order of keys, those behind ``after``."""
        for page in self._pages(prefix, {"StartAfter": self._name(after)} if after else {}):
            for row in page.get("Contents", ()):
                yield of_listed(self._relative(row["Key"]), row, self._now_ms())

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Give the next parts of keys up to and with a slash, behind a prefix."""
        for page in self._pages(prefix, {"Delimiter": "/"}):
            for row in page.get("CommonPrefixes", ()):
                yield self._relative(row["Prefix"]).removeprefix(prefix)

    def thaw(self, key: str, tier: Tier, days: int) -> Thaw:
        """Ask for a frozen object to be thawed for so many days, and return how it stands then.

        Two requests: what an object can be asked for depends on its class. A thawed one is kept for so many
        days from now. Where the store refuses EXPEDITED, STANDARD is asked for.
        """
        answer = self._head(key)
        before = of_head(key, answer, self._now_ms())
        if before.thaw is Thaw.HOT:
            return Thaw.HOT
        status = str(answer.get("ArchiveStatus") or "")

        def once(asked: Tier) -> Thaw:
            self._client.restore_object(
                Bucket=self._where.bucket,
                Key=self._name(key),
                RestoreRequest=wish(before, status, asked, days),
            )
            return Thaw.THAWED if before.thaw is Thaw.THAWED else Thaw.THAWING

        def ask() -> Thaw:
            try:
                return self._patience.ask(lambda: once(tier), _is_passing_thaw)
            except FAILURES as failure:
                if code_of(failure) in _THAWS:
                    return _THAWS[code_of(failure)]
                if code_of(failure) == _EXPEDITED_REFUSED and tier is Tier.EXPEDITED:
                    return self.thaw(key, Tier.STANDARD, days)
                raise

        return self._told(f"cannot thaw {self._shown(key)}", ask)

    def lifecycle(self) -> Mapping[str, Any]:
        """Return the lifecycle of the bucket as S3 writes it; without rules where it has none."""
        named = {"Bucket": self._where.bucket}

        def once() -> Mapping[str, Any]:
            try:
                return whole(self._client.get_bucket_lifecycle_configuration(**named), "Rules")
            except FAILURES as failure:
                if code_of(failure) == "NoSuchLifecycleConfiguration":
                    return {}
                raise

        return self._ask(f"cannot read the lifecycle of s3://{self._where.bucket}", once)

    def replace_lifecycle(self, configuration: Mapping[str, Any]) -> None:
        """Replace the whole lifecycle of the bucket, with everybody's rules."""
        self._ask(
            f"cannot change the lifecycle of s3://{self._where.bucket}",
            lambda: self._client.put_bucket_lifecycle_configuration(
                Bucket=self._where.bucket, **configuration
            ),
        )

    def _head(self, key: str) -> Mapping[str, Any]:
        named = {"Bucket": self._where.bucket, "Key": self._name(key)}
        return self._ask(
            f"cannot look at {self._shown(key)}",
            lambda: whole(self._client.head_object(**named), "ContentLength"),
        )

    def _pages(self, prefix: str, more: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        asked: dict[str, Any] = {
            "Bucket": self._where.bucket,
            "Prefix": self._name(prefix),
            "OptionalObjectAttributes": ["RestoreStatus"],
            **more,
        }
        while True:
            page = self._ask(
                f"cannot list {self.address}",
                lambda: whole(self._client.list_objects_v2(**asked), "IsTruncated"),
            )
            yield page
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _read(self, key: str, start: int | None = None, length: int = 0) -> tuple[bytes, bool]:
        """Return the bytes, and whether they are the whole object."""
        named = {"Bucket": self._where.bucket, "Key": self._name(key)}
        # Of a whole object boto3 compares the store's checksum by itself; of a stretch there is none.
        if start is not None:
            named["Range"] = f"bytes={start}-{start + length - 1}" if start >= 0 else f"bytes={start}"

        def once() -> tuple[bytes, bool]:
            answer = self._client.get_object(**named)
            chunks = []
            with closing(answer["Body"]) as body:
                while chunk := body.read(_CHUNK):
                    self._counted.read(len(chunk))
                    chunks.append(chunk)
            data = b"".join(chunks)
            stretch = answer.get("ContentRange")
            if stretch is not None and start is not None:
                check_stretch(str(stretch), start, length, len(data))
            return data, stretch is None

        return self._ask(f"cannot read {self._shown(key)}", once)

    def _ask(self, what: str, once: Callable[[], T]) -> T:
        return self._told(what, lambda: self._patience.ask(once))

    def _told(self, what: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except FAILURES as failure:
            if code_of(failure) in _BEYOND:
                raise _Beyond from failure
            if code_of(failure) == "InvalidObjectState":
                raise FrozenError(f"{what}: it is frozen", hint="agentctl restore --thaw bulk") from failure
            raise told(failure, what, self._client.meta.endpoint_url) from failure

    def _name(self, key: str) -> str:
        return self._where.prefix + key

    def _relative(self, name: str) -> str:
        return name.removeprefix(self._where.prefix)

    def _shown(self, key: str) -> str:
        return f"s3://{self._where.bucket}/{self._name(key)}"


class _Beyond(Exception):  # noqa: N818 — an answer, not a fault
    """The stretch begins where the object has ended."""


def _is_passing_thaw(failure: Exception) -> bool:
    return is_passing(failure) and code_of(failure) != _EXPEDITED_REFUSED
