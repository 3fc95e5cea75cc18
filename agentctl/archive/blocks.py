"""The blocks of an object: where they stand, how their bytes are written, and reading one alone.

A block is what a ranged request fetches. It needs nothing else of its object to be read, as the schema of a
format is fixed: neither the header of the file nor a neighbour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cramjam

from agentctl.archive.checksum import crc32c
from agentctl.archive.columns import Cut, pack
from agentctl.archive.damage import DamagedError
from agentctl.archive.rows import avro_long, record_of, rows_of
from agentctl.model.record import Record

BLOCK_RECORDS = 1_000
BLOCK_BYTES = 256 * 1024
"""Of rows, before compression. A block of one record may be larger."""
SYNC = 16
"""Bytes of the mark that ends each block."""
_LEVEL = 1
"""Of either codec: on JSON a higher one takes more time than it saves bytes."""
_ZSTD = bytes.fromhex("28b52ffd")
"""What all of zstd's output begins with, and none of deflate's can."""
_NO_TIME = (2**63 - 1, -(2**63))


class Codec(StrEnum):
    """How blocks are compressed; the words are Avro's."""

    ZSTANDARD = "zstandard"
    """Fast and small. Spark, Trino, fastavro and others read it; DuckDB does not (1.5.5)."""
    DEFLATE = "deflate"
    """The one codec that every reader of Avro must have, DuckDB among them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where a block stands in its object and what it holds."""

    number: int
    """From 0."""
    offset: int
    """In the file, in bytes."""
    size: int
    """In bytes, the counts before and the mark behind it among them."""
    records: int
    crc32c: int
    """Of its bytes as they stand in the file."""
    first_offset: int
    """Kafka's, of its first record."""
    min_time_ms: int | None
    """Of the timestamps of its records; None when none has one."""
    max_time_ms: int | None

    @property
    def end(self) -> int:
        """Return the first byte behind it."""
        return self.offset + self.size

    def meets(self, since_ms: int | None, until_ms: int | None) -> bool:
        """Whether a record with a timestamp in ``[since, until)`` may stand in it; None is without limit."""
        if self.min_time_ms is None or self.max_time_ms is None:
            return False
        return (until_ms is None or self.min_time_ms < until_ms) and (
            since_ms is None or self.max_time_ms >= since_ms
        )


def stored_block(rows: bytes, count: int, sync: bytes, codec: Codec = Codec.ZSTANDARD) -> bytes:
    """Return a block as it stands in the file."""
    compress = cramjam.zstd.compress if codec is Codec.ZSTANDARD else cramjam.deflate.compress
    packed = bytes(compress(rows, _LEVEL))
    return b"".join((avro_long(count), avro_long(len(packed)), packed, sync))


def rows_of_block(data: bytes, block: Block, key: str) -> list[dict[str, Any]]:
    """Return the rows of a block, mapped columns included, by its bytes in the file, which are checked.

    ``key`` names the object in the DamagedError that is raised when they are not what was written.
    """
    if len(data) != block.size:
        raise DamagedError(key, f"{len(data)} of its {block.size} bytes are there", block=block.number)
    if crc32c(data) != block.crc32c:
        raise DamagedError(key, "its CRC32C is another one", block=block.number)
    return decoded(data, block.number, key, block.records)


def records_of_block(data: bytes, block: Block, key: str) -> list[Record]:
    """Return the records of a block, by its bytes in the file, which are checked."""
    return [record_of(row) for row in rows_of_block(data, block, key)]


def decoded(data: bytes, number: int, key: str, expected: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of a block whose checksum is not known, or was checked."""
    try:
        count, at = read_long(data, 0)
        size, at = read_long(data, at)
        if expected is not None and count != expected:
            raise ValueError(f"{count} records instead of {expected}")
        if at + size + SYNC != len(data):
            raise ValueError("its length is another one")
        packed = data[at : at + size]
        decompress = cramjam.zstd.decompress if packed[:4] == _ZSTD else cramjam.deflate.decompress
        return rows_of(bytes(decompress(packed)), count)
    except Exception as error:
        # Every library has its own way to say that bytes cannot be.
        raise DamagedError(
            key, f"it cannot be read ({error or type(error).__name__})", block=number
        ) from error


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Read one of Avro's whole numbers; return it and where the next byte stands. ValueError when cut off."""
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise ValueError("it ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
        shift += 7
    raise ValueError("a number has no end")


def pack_blocks(blocks: Sequence[Block]) -> bytes:
    """Return a table of blocks as columns of fixed width."""
    times = [
        _NO_TIME if one.min_time_ms is None or one.max_time_ms is None else (one.min_time_ms, one.max_time_ms)
        for one in blocks
    ]
    return b"".join(
        (
            pack("I", (one.number for one in blocks)),
            pack("Q", (one.offset for one in blocks)),
            pack("I", (one.size for one in blocks)),
            pack("I", (one.records for one in blocks)),
            pack("I", (one.crc32c for one in blocks)),
            pack("q", (one.first_offset for one in blocks)),
            pack("q", (least for least, _ in times)),
            pack("q", (most for _, most in times)),
        )
    )


def unpack_blocks(cut: Cut, count: int) -> tuple[Block, ...]:
    """Read a table of so many blocks."""
    columns = [cut.column(typecode, count) for typecode in "IQIIIqqq"]
    return tuple(
        Block(number, offset, size, records, crc, first, *((least, most) if least <= most else (None, None)))
        for number, offset, size, records, crc, first, least, most in zip(*columns, strict=True)
    )
