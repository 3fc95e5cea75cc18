"""What was found out of one object: enough to hold lookups and neighbours against it, and little of it."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from struct import Struct

from agentctl.archive.blocks import Block
from agentctl.archive.checksum import crc32c
from agentctl.archive.faults import Fault
from agentctl.archive.ids import day_name, day_of, id_hash
from agentctl.archive.keys import ObjectKey, month_of
from agentctl.archive.lines import Line

_ENTRY = Struct("<IQIIIqqq")
_NO_TIME = -(2**63)
_WRAP = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Facts:
    """One object as it was found. Some 20 bytes for each block."""

    key: ObjectKey
    size: int | None
    """In bytes; None where it is damaged."""
    crc32c: int | None = None
    """Of the whole object; None where it could not be learnt."""
    next_offset: int | None = None
    records: int | None = None
    entries: Mapping[int, int] = field(default_factory=dict)
    """For each block that is known ``entry_sum``."""
    days: Mapping[str, "array[int]"] = field(default_factory=dict)
    """The blocks that hold a record of a day; not all such days unless the records were read."""
    ids: Mapping[tuple[str, int], int] | None = None
    """For each day and month, and each block, ``ids_sum``; None unless the records were read."""


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """What came of checking one object."""

    facts: Facts
    faults: tuple[Fault, ...] = ()
    frozen: bool = False
    """It could only be checked by what is hot."""
    records_read: int = 0
    bytes_read: int = 0


def entry_sum(block: Block) -> int:
    """Return a checksum of all that a table says of a block."""
    least = _NO_TIME if block.min_time_ms is None else block.min_time_ms
    most = _NO_TIME if block.max_time_ms is None else block.max_time_ms
    said = (block.number, block.offset, block.size, block.records, block.crc32c, block.first_offset)
    return crc32c(_ENTRY.pack(*said, least, most))


def ids_sum(hashes: Iterable[int]) -> int:
    """Return the sum of distinct hashes, which no order changes: one too few or too many is another sum."""
    return sum(hashes) & _WRAP


def days_of_table(blocks: Iterable[Block]) -> dict[str, "array[int]"]:
    """Return the days of which blocks hold records for certain: those of their first and last time."""
    days: dict[str, array[int]] = {}
    for block in blocks:
        if block.records:
            both = {day_name(day_of(block.min_time_ms)), day_name(day_of(block.max_time_ms))}
            for day in both:
                days.setdefault(day, array("I")).append(block.number)
    return days


def ids_by_day(lines: Iterable[Line]) -> dict[str, set[int]]:
    """Return the hashes of the ids that a block's lines hold, by day."""
    texts: dict[int | None, set[str | None]] = {}
    for line in lines:
        own = texts.setdefault(day_of(line.time_ms), set())
        own.update((line.workflow_id, line.work_item, line.event_id))
    found: dict[str, set[int]] = {}
    for day, some in texts.items():
        found.setdefault(day_name(day), set()).update(id_hash(text) for text in some if text is not None)
    return found


def by_period(days: Mapping[str, set[int]]) -> Iterator[tuple[str, set[int]]]:
    """Give the hashes of days, then of their months."""
    months: dict[str, set[int]] = {}
    for day, hashes in days.items():
        yield day, hashes
        if month_of(day) != day:
            months.setdefault(month_of(day), set()).update(hashes)
    yield from months.items()
