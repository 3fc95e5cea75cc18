"""What is derived from an object: collected block by block, while it is written or when it is read again."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from agentctl.archive.blocks import Block
from agentctl.archive.columns import from_little_endian
from agentctl.archive.ids import agent_hash, day_of, id_digest
from agentctl.archive.keys import ObjectKey
from agentctl.archive.lines import Line, pack_lines


@dataclass(frozen=True, slots=True)
class DayIds:
    """The ids in the records of one block that are of one day."""

    block: int
    day: int | None
    """Since 1970, in UTC; None for records without a timestamp."""
    ids: "array[int]"
    """Hashes of workflow ids, work items and event ids: each once, in no order. Agents are not among them."""


@dataclass(frozen=True, slots=True)
class ObjectIndex:
    """What lookups are made of, for one object."""

    key: ObjectKey
    size: int
    """Of the object, in bytes."""
    crc32c: int
    """Of the whole object."""
    next_offset: int
    records: int
    blocks: tuple[Block, ...]
    days: tuple[DayIds, ...]


@dataclass(frozen=True, slots=True)
class _Noted:
    """What is kept in memory of a block: where its lines and its ids are spooled."""

    block: Block
    lines: int
    """Bytes of its lines."""
    days: tuple[tuple[int | None, int], ...]
    """Each day with the number of its ids."""
    agents: tuple[int, ...]


class Indexer:
    """Collects lines and ids of an object's blocks, in a file, so that memory stays bounded."""

    def __init__(self, spool: BinaryIO) -> None:
        self._spool = spool
        self._noted: list[_Noted] = []

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks that were added."""
        return tuple(noted.block for noted in self._noted)

    def move(self, by: int) -> None:
        """Take all blocks to stand so many bytes later: behind the header, when that is known."""
        self._noted = [
            replace(one, block=replace(one.block, offset=one.block.offset + by)) for one in self._noted
        ]

    def add(self, block: Block, lines: Sequence[Line]) -> None:
        """Add the next block."""
        packed = pack_lines(lines)
        days = _ids_by_day(lines)
        self._spool.write(packed)
        for _, digests in days:
            self._spool.write(b"".join(digests))
        self._noted.append(
            _Noted(
                block,
                len(packed),
                tuple((day, len(digests)) for day, digests in days),
                tuple({agent_hash(agent) for agent in {line.agent for line in lines} if agent is not None}),
            )
        )

    def collected(self) -> Iterator[tuple[Block, bytes, tuple[DayIds, ...], tuple[int, ...]]]:
        """Give each block with its lines as bytes, its ids by day, and the hashes of its agents."""
        self._spool.seek(0)
        for noted in self._noted:
            lines = self._spool.read(noted.lines)
            days = tuple(
                DayIds(noted.block.number, day, from_little_endian("Q", self._spool.read(count * 8)))
                for day, count in noted.days
            )
            yield noted.block, lines, days, noted.agents


def _ids_by_day(lines: Sequence[Line]) -> list[tuple[int | None, list[bytes]]]:
    """Return the distinct ids of each day, as digests."""
    _, times, _, _, workflows, items, ids = zip(*lines, strict=True)
    if None not in times and day_of(min(times)) == day_of(max(times)):
        texts: dict[int | None, set[str | None]] = {day_of(times[0]): {*workflows, *items, *ids}}
    else:
        texts = {}
        for line in lines:
            texts.setdefault(day_of(line.time_ms), set()).update(
                (line.workflow_id, line.work_item, line.event_id)
            )
    return [(day, [id_digest(text) for text in found if text is not None]) for day, found in texts.items()]


def line_of(row: Mapping[str, Any]) -> Line:
    """Return the line of a row of an object."""
    place = f"{row['topic']}[{row['partition']}]@{row['offset']}"
    return Line(
        row["offset"],
        row["timestamp_ms"],
        row["type"],
        row["agent"],
        row["workflow_id"],
        row["work_item"],
        None if row["event_id"] == place else row["event_id"],
    )
