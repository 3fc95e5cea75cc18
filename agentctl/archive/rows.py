"""Records and their mapped columns as rows of Avro, and back, byte for byte.

Written by hand, as a writer's time goes into this: half of what it takes through dicts and a schema. Tests
hold it against fastavro.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast

import fastavro

from agentctl.archive.schema import SCHEMA
from agentctl.model.event import Event
from agentctl.model.record import Headers, Record, SourceKind, TimestampType

PARSED: Any = fastavro.parse_schema(dict(SCHEMA))
_ARRAY: Any = fastavro.parse_schema({"type": "array", "items": dict(SCHEMA)})
_END = b"\x00"
_REMEMBERED = 4096
"""How many texts are kept as they were encoded; more than a block can hold."""


def avro_long(number: int) -> bytes:
    """Return a whole number as Avro writes it: zigzag, seven bits a byte, the low ones first."""
    rest = (number << 1) ^ (number >> 63)
    written = bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    return bytes(written)


_LONGS = [avro_long(number) for number in range(2048)]
_LOW = [bytes((low & 0x7F | 0x80, low >> 7 | 0x80)) for low in range(1 << 14)]
"""The first two bytes of a number that has more."""
_NULL, _SOME = b"\x00", b"\x02"
_SOME_LONGS = [_SOME + number for number in _LONGS]
_KINDS = {type_.value: type_ for type_ in TimestampType}
_TYPES = {type_: avro_long(len(type_.value)) + type_.value.encode() for type_ in TimestampType}


def _bytes(data: bytes) -> bytes:
    length = len(data)
    return (_LONGS[length] if length < 2048 else avro_long(length)) + data


def _some(data: bytes) -> bytes:
    length = len(data)
    return (_SOME_LONGS[length] if length < 2048 else _SOME + avro_long(length)) + data


def storable(text: str) -> str:
    """Return a text as Avro can hold it: half of a surrogate pair, which JSON may spell, is no UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


class _Longs(dict[int, bytes]):
    """Optional numbers that rise slowly, as times and offsets do: their high bits were written before."""

    def __missing__(self, high: int) -> bytes:
        if len(self) >= _REMEMBERED:
            self.clear()
        rest = bytearray()
        at = high
        while at > 0x7F:
            rest.append(at & 0x7F | 0x80)
            at >>= 7
        rest.append(at)
        self[high] = found = bytes(rest)
        return found


class _Texts(dict[str | None, bytes]):
    """Optional texts, which most neighbours share, as they are written."""

    def __missing__(self, text: str | None) -> bytes:
        if len(self) >= _REMEMBERED:
            self.clear()
        written = _NULL if text is None else _SOME + _bytes(text.encode("utf-8", "replace"))
        self[text] = written
        return written


class RowEncoder:
    """Writes the rows of one partition."""

    __slots__ = ("_epochs", "_high", "_place", "_texts", "_versions")

    def __init__(self, topic: str, partition: int) -> None:
        self._place = _bytes(topic.encode()) + avro_long(partition)
        self._high = _Longs()
        self._texts = _Texts()
        self._epochs: dict[int | None, bytes] = {None: _NULL}
        self._versions: dict[int | str, bytes] = {}

    def row(self, event: Event) -> bytes:
        """Return an event's row."""
        _, _, offset, time_ms, type_, key, value, headers, _, _, epoch = event[0]
        version, event_time_ms, texts = event[12], event[8], self._texts
        high = self._high
        zigzag = offset << 1
        moment = self._moment(time_ms)
        return b"".join(
            (
                self._place,
                _LOW[zigzag & 0x3FFF] + high[zigzag >> 14] if zigzag > 0x3FFF else avro_long(offset),
                moment,
                _TYPES[type_],
                self._epochs.get(epoch) or self._epoch(epoch),
                _NULL if key is None else _some(key),
                _NULL if value is None else _some(value),
                _headers(headers) if headers else _NULL,
                _bytes(event[2].encode("utf-8", "replace")),
                texts[event[3]][1:],
                texts[event[4]],
                texts[event[5]],
                texts[event[6]],
                self._versions.get(version) or self._version(version),
                moment if event_time_ms == time_ms else self._moment(event_time_ms),
            )
        )

    def _moment(self, time_ms: int | None) -> bytes:
        if time_ms is None:
            return _NULL
        zigzag = (time_ms << 1) ^ (time_ms >> 63)
        if zigzag > 0x3FFF:
            return _SOME + _LOW[zigzag & 0x3FFF] + self._high[zigzag >> 14]
        return _SOME + avro_long(time_ms)

    def _epoch(self, epoch: int | None) -> bytes:
        self._epochs[epoch] = written = _NULL if epoch is None else _SOME + avro_long(epoch)
        return written

    def _version(self, version: int | str) -> bytes:
        if len(self._versions) >= _REMEMBERED:
            self._versions.clear()
        written = _SOME + _bytes(str(version).encode("utf-8", "replace"))
        self._versions[version] = written
        return written


def _headers(headers: Headers) -> bytes:
    parts = [avro_long(len(headers))]
    for name, value in headers:
        parts.append(_bytes(name.encode("utf-8", "replace")))
        parts.append(_NULL if value is None else _SOME + _bytes(value))
    parts.append(_NULL)
    return b"".join(parts)


def rows_of(data: bytes, count: int) -> list[dict[str, Any]]:
    """Read rows with all their columns; whatever is wrong with the bytes is an exception of some kind.

    The rows of a block are, with their count before and a zero behind, an array: read in one call.
    """
    file = BytesIO(b"".join((avro_long(count), data, _END)) if count else _END)
    rows = cast("list[dict[str, Any]]", fastavro.schemaless_reader(file, _ARRAY, None))
    if len(rows) != count or file.read(1):
        raise ValueError("bytes are left behind its last record")
    return rows


def record_of(row: Mapping[str, Any]) -> Record:
    """Return the record of a row, without its mapped columns."""
    headers = row["headers"]
    return Record(
        row["topic"],
        row["partition"],
        row["offset"],
        row["timestamp_ms"],
        _KINDS[row["timestamp_type"]],
        row["key"],
        row["value"],
        tuple((header["name"], header["value"]) for header in headers) if headers else (),
        SourceKind.ARCHIVE,
        None,
        row["leader_epoch"],
    )
