"""Which records of a read_uncommitted scan a read_committed reader does not get, and why.

librdkafka does not say to which transaction a record belongs. So the ranges are read once more as a
read_committed reader sees them: what it leaves out below the last stable offset was aborted, what stands
at or behind that offset waits for an open transaction.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Partition
from agentctl.model.query import Isolation
from agentctl.model.record import Transaction
from agentctl.sources.consuming import RangeReader
from agentctl.sources.ranges import Range
from agentctl.sources.reading import Marks


def no_marks(_partition: Partition, _offset: int) -> None:
    """Know nothing of transactions: a read_committed reader gets only what is settled."""


def transaction_marks(connection: Connection, ranges: Iterable[Range]) -> Marks:
    """Read the ranges as a read_committed reader, and return what that tells of each offset."""
    wanted = {one.place: one for one in ranges}
    stable = offsets.last_stable(connection, wanted)
    ends = {
        place: min(wanted[place].end, max(found.offset, wanted[place].start))
        for place, found in stable.found.items()
    }
    reader = RangeReader(
        connection,
        [replace(wanted[place], end=end) for place, end in ends.items()],
        Isolation.READ_COMMITTED,
    )
    delivered = {place: _Delivered() for place in ends}
    for runs in reader:
        for reading, run in runs:
            delivered[reading.range.place].add([message.offset() or 0 for message in run])
    known_to = {place: reader.readings[place].position for place in ends}

    def mark(partition: Partition, offset: int) -> Transaction | None:
        if partition not in ends:
            return None
        if offset >= ends[partition]:
            return Transaction.OPEN
        if offset >= known_to[partition] or offset in delivered[partition]:
            return None
        return Transaction.ABORTED

    return mark


@dataclass(slots=True)
class _Delivered:
    """Offsets that were delivered, as stretches without a gap: their memory grows with the gaps only."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, found: list[int]) -> None:
        """Add offsets, in order."""
        for offset in found:
            if self.ends and self.ends[-1] == offset:
                self.ends[-1] = offset + 1
            else:
                self.starts.append(offset)
                self.ends.append(offset + 1)

    def __contains__(self, offset: int) -> bool:
        at = bisect_right(self.starts, offset) - 1
        return at >= 0 and offset < self.ends[at]
