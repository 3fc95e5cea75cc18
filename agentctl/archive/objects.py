"""Object files: what their header says, and reading whole ones.

An object is an Avro object container file, which every reader of Avro with zstandard opens. Key, value and
header values are exact, null is not empty, headers keep order and duplicates. Beside them stand the mapped
columns, so that engines which know nothing of agentctl can query the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from agentctl.archive.blocks import SYNC, Block, Codec, decoded, read_long
from agentctl.archive.checksum import crc32c
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.gaps import Gap, gaps_as_json, gaps_from_json
from agentctl.archive.keys import ObjectKey
from agentctl.archive.rows import avro_long, record_of
from agentctl.archive.schema import SCHEMA
from agentctl.model.record import Record

FORMAT = 2
_MAGIC = b"Obj\x01"
_META = "agentctl."


@dataclass(frozen=True, slots=True)
class ArchiveObject:
    """What one object holds: every record of a partition from its position up to ``next_offset``."""

    key: ObjectKey
    next_offset: int
    """The first offset after what is covered: the next object's position."""
    records: int
    gaps: tuple[Gap, ...] = ()
    """The offsets between position and ``next_offset`` at which there is no record."""
    min_time_ms: int | None = None
    """Of the timestamps of its records; None when none has one."""
    max_time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the blocks."""

    content: ArchiveObject
    length: int
    """In bytes: where the first block begins."""
    sync: bytes
    """The mark that ends each block."""
    checksums: tuple[int, ...]
    """The CRC32C of each block."""


def sync_of(key: ObjectKey) -> bytes:
    """Return the mark of an object's blocks: by its name, so that the same records make the same file."""
    return blake2b(key.name.encode(), digest_size=SYNC).digest()


def header_bytes(content: ArchiveObject, checksums: tuple[int, ...], codec: Codec = Codec.ZSTANDARD) -> bytes:
    """Return the header of a file whose blocks are known."""
    key = content.key
    said = {
        "format": str(FORMAT),
        "topic": key.topic,
        "generation": key.generation,
        "partition": str(key.partition),
        "position": str(key.position),
        "next": str(content.next_offset),
        "records": str(content.records),
        "gaps": orjson.dumps(gaps_as_json(content.gaps)).decode(),
        "min_time_ms": "" if content.min_time_ms is None else str(content.min_time_ms),
        "max_time_ms": "" if content.max_time_ms is None else str(content.max_time_ms),
        "blocks_crc32c": "".join(f"{one:08x}" for one in checksums),
    }
    meta = {
        "avro.schema": orjson.dumps(dict(SCHEMA)).decode(),
        "avro.codec": codec.value,
        **{_META + name: text for name, text in said.items()},
    }
    meta[f"{_META}header_crc32c"] = _self_check(meta)
    parts = [_MAGIC, avro_long(len(meta))]
    for name, text in meta.items():
        for written in (name.encode(), text.encode()):
            parts += avro_long(len(written)), written
    return b"".join((*parts, b"\x00", sync_of(key)))


def _self_check(meta: Mapping[str, str]) -> str:
    own = f"{_META}header_crc32c"
    others = {name: text for name, text in meta.items() if name != own}
    return f"{crc32c(orjson.dumps(others, option=orjson.OPT_SORT_KEYS)):08x}"


def header_of(data: bytes, key: str = "the object") -> Header:
    """Read a header; ``data`` is the file or as much of its beginning as holds the header.

    Raises DamagedError for what is no object, FormatError for one of a format that is not known; both name
    ``key``. Bytes that end within the header are damaged, too.
    """
    try:
        meta, at = _metadata(data)
    except (ValueError, IndexError) as error:
        raise DamagedError(key, f"its header cannot be read ({error})") from error
    said = {name.removeprefix(_META): text for name, text in meta.items() if name.startswith(_META)}
    if "format" not in said:
        raise DamagedError(key, "agentctl did not write it")
    if said["format"] != str(FORMAT):
        raise FormatError(key, said["format"], FORMAT)
    if said.get("header_crc32c") != _self_check(meta) or len(data) < at + SYNC:
        raise DamagedError(key, "its header is not what was written")
    crcs = said["blocks_crc32c"]
    return Header(
        ArchiveObject(
            ObjectKey(said["topic"], said["generation"], int(said["partition"]), int(said["position"])),
            int(said["next"]),
            int(said["records"]),
            gaps_from_json(orjson.loads(said["gaps"])),
            int(said["min_time_ms"]) if said["min_time_ms"] else None,
            int(said["max_time_ms"]) if said["max_time_ms"] else None,
        ),
        at + SYNC,
        data[at : at + SYNC],
        tuple(int(crcs[i : i + 8], 16) for i in range(0, len(crcs), 8)),
    )


def _metadata(data: bytes) -> tuple[dict[str, str], int]:
    """Return the metadata and where the mark begins."""
    if data[:4] != _MAGIC:
        raise ValueError("it is no Avro file")
    meta: dict[str, str] = {}
    count, at = read_long(data, 4)
    while count:
        if count < 0:  # then the size in bytes follows
            count, (_, at) = -count, read_long(data, at)
        for _ in range(count):
            name, at = _text(data, at)
            meta[name], at = _text(data, at)
        count, at = read_long(data, at)
    return meta, at


def _text(data: bytes, at: int) -> tuple[str, int]:
    length, at = read_long(data, at)
    if length < 0 or at + length > len(data):
        raise ValueError("it ends too early")
    return data[at : at + length].decode(), at + length


def content_of(data: bytes, key: str = "the object") -> ArchiveObject:
    """Return what an object's own header says that it holds."""
    return header_of(data, key).content


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a whole file, as it was found there."""

    number: int
    rows: tuple[Mapping[str, Any], ...] = ()
    block: Block | None = None
    """None where it is damaged."""
    fault: DamagedError | None = None


def pieces_of(data: bytes, key: str = "the object") -> Iterator[Piece]:
    """Give every block of a whole file in order, decoded or with its fault: what is damaged hides no other.

    Blocks are cut at their marks and known by their checksums, which the header holds. Raises only where the
    header itself is damaged; then a sidecar still tells the blocks, for ``rows_of_block``.
    """
    header = header_of(data, key)
    number, at, odd = 0, header.length, 0
    while at < len(data):
        mark = data.find(header.sync, at)
        end = len(data) if mark < 0 else mark + SYNC
        checksum = crc32c(data[at:end])
        if checksum in header.checksums[number:]:
            found = header.checksums.index(checksum, number)
            yield from (_lost(key, lost, odd) for lost in range(number, found))
            yield _piece(data[at:end], found, at, checksum, header, key)
            number, odd = found + 1, 0
        else:
            odd += end - at
        at = end
    count = len(header.checksums)
    yield from (_lost(key, lost, odd) for lost in range(number, count))
    if number == count and odd:
        yield Piece(count, fault=DamagedError(key, f"{odd} bytes are left behind its last block"))


def _lost(key: str, number: int, odd: int) -> Piece:
    fault = "its CRC32C is another one" if odd else "it is missing"
    return Piece(number, fault=DamagedError(key, fault, block=number))


def _piece(stored: bytes, number: int, offset: int, checksum: int, header: Header, key: str) -> Piece:
    try:
        rows = decoded(stored, number, key)
    except DamagedError as fault:
        return Piece(number, fault=fault)
    times = [row["timestamp_ms"] for row in rows if row["timestamp_ms"] is not None]
    first = rows[0]["offset"] if rows else header.content.key.position
    span = min(times, default=None), max(times, default=None)
    block = Block(number, offset, len(stored), len(rows), checksum, first, *span)
    return Piece(number, tuple(rows), block)


def rows_of(data: bytes, key: str = "the object") -> Iterator[tuple[Block, Sequence[Mapping[str, Any]]]]:
    """Give the blocks of a whole file with their rows; DamagedError at the first that is damaged."""
    count = 0
    content = content_of(data, key)
    for piece in pieces_of(data, key):
        if piece.fault is not None or piece.block is None:
            raise piece.fault or DamagedError(key, "it cannot be read", block=piece.number)
        count += piece.block.records
        yield piece.block, piece.rows
    if count != content.records:
        raise DamagedError(key, f"it holds {count} records, not {content.records}")


def records_of(data: bytes, key: str = "the object") -> Iterator[Record]:
    """Give the records of an object, in the order of offsets; DamagedError at the first damaged block."""
    for _, rows in rows_of(data, key):
        yield from map(record_of, rows)
