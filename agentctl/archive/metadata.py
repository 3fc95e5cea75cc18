"""What stands beside an object in the store: enough to list an archive without reading any of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from agentctl.archive.objects import FORMAT, ArchiveObject

_FORMAT, _NEXT, _RECORDS, _CRC = "format", "next", "records", "crc32c"
# No underscores: they stand in HTTP headers, and some proxies drop such.
_MIN_TIME, _MAX_TIME = "min-time-ms", "max-time-ms"


@dataclass(frozen=True, slots=True)
class Beside:
    """What the store can say of an object. None is what it does not, such as for one that others put."""

    next_offset: int | None = None
    """The first offset that the object does not cover."""
    records: int | None = None
    crc32c: str | None = None
    """Of the whole file, as eight hexadecimal digits."""
    min_time_ms: int | None = None
    max_time_ms: int | None = None


def metadata_of(content: ArchiveObject, crc32c: str) -> dict[str, str]:
    """Return the user metadata with which an object is put."""
    times = {_MIN_TIME: content.min_time_ms, _MAX_TIME: content.max_time_ms}
    return {
        _FORMAT: str(FORMAT),
        _NEXT: str(content.next_offset),
        _RECORDS: str(content.records),
        _CRC: crc32c,
        **{name: str(time) for name, time in times.items() if time is not None},
    }


def beside(metadata: Mapping[str, str]) -> Beside:
    """Read the user metadata of an object. It is a hint, which anybody may have written."""
    return Beside(
        _number(metadata, _NEXT),
        _number(metadata, _RECORDS),
        metadata.get(_CRC),
        _number(metadata, _MIN_TIME),
        _number(metadata, _MAX_TIME),
    )


def _number(metadata: Mapping[str, str], name: str) -> int | None:
    text = metadata.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None
