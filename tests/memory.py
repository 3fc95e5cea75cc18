"""A Source over Records in memory; a test decides in which batches they come, and what happens between."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agentctl.errors import NotFoundError
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.near import near_names
from agentctl.model.query import Query
from agentctl.model.record import Record, TimestampType
from agentctl.ports import Progress, RawFilter

Batches = Sequence[Sequence[Record]]


def nothing_between(_batch: int) -> None:
    """Let the scan go on."""


@dataclass(slots=True)
class MemorySource:
    """Gives the batches as they are, less what the query leaves out.

    ``before`` is called with the number of each batch before it is given: a test may press Ctrl-C there.
    """

    batches: Batches
    before: Callable[[int], None] = nothing_between
    scans: list[Query] = field(default_factory=list)
    """Every query that was scanned for, in order."""

    @classmethod
    def of(cls, *records: Record) -> "MemorySource":
        """Hold records, each in a batch of its own."""
        return cls([[record] for record in records])

    def topics(self) -> Sequence[str]:
        """Return the names of the topics, sorted."""
        return sorted({record.topic for batch in self.batches for record in batch})

    def ends(self) -> dict[tuple[str, int], int]:
        """Return the offset behind the last one of each partition."""
        found: dict[tuple[str, int], int] = {}
        for one in (record for batch in self.batches for record in batch):
            place = (one.topic, one.partition)
            found[place] = max(found.get(place, 0), one.offset + 1)
        return found

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "MemoryScan":
        """Begin a pass."""
        for topic in query.topics:
            if topic not in self.topics():
                near = near_names(topic, self.topics())
                raise NotFoundError(f"there is no topic {topic}", hint=f"did you mean {' or '.join(near)}?")
        self.scans.append(query)
        return MemoryScan(self, query, wanted, progress)


@dataclass(slots=True)
class MemoryScan:
    """One pass."""

    source: MemorySource
    query: Query
    wanted: RawFilter
    progress: Progress
    read: list[Record] = field(default_factory=list)
    ended: bool = False
    ends: dict[tuple[str, int], int] = field(init=False)

    def __post_init__(self) -> None:
        self.ends = self.source.ends()

    def __iter__(self) -> Iterator[Sequence[Record]]:
        for number, batch in enumerate(self.source.batches):
            self.source.before(number)
            here = [one for one in batch if self._in_scope(one)]
            self.read += here
            self.progress.advance(len(here), sum(len(one.value or b"") for one in here))
            if given := [one for one in here if self._asked_for(one)]:
                yield given
        self.ended = True

    def _in_scope(self, record: Record) -> bool:
        topics, partitions = self.query.topics, self.query.partitions
        return (not topics or record.topic in topics) and (
            not partitions or (record.topic, record.partition) in partitions
        )

    def _asked_for(self, record: Record) -> bool:
        window, tail = self.query.window, self.query.tail
        if tail is not None and record.offset < self.ends[record.topic, record.partition] - tail:
            return False
        if window.bounded and (record.timestamp_ms is None or record.timestamp_ms not in window):
            return False
        return record.place in self.wanted.places or self.wanted(
            record.key, record.value, lambda: record.headers
        )

    def _inversion_ms(self) -> int:
        latest: dict[tuple[str, int], int] = {}
        worst = 0
        for one in self.read:
            if one.timestamp_ms is not None:
                before = latest.get((one.topic, one.partition), one.timestamp_ms)
                worst = max(worst, before - one.timestamp_ms)
                latest[one.topic, one.partition] = max(before, one.timestamp_ms)
        return worst

    @property
    def coverage(self) -> Coverage:
        by_partition: dict[tuple[str, int], list[int]] = {}
        for record in self.read:
            by_partition.setdefault((record.topic, record.partition), []).append(record.offset)
        return Coverage(
            partitions=tuple(
                PartitionCoverage(*place, "kafka", first=min(found), last=max(found), scanned=len(found))
                for place, found in sorted(by_partition.items())
            ),
            complete=self.ended,
            reasons=() if self.ended else ("the scan was stopped",),
            max_inversion_ms=self._inversion_ms(),
            records_scanned=len(self.read),
            bytes_scanned=sum(len(one.value or b"") for one in self.read),
        )


def record(
    topic: str = "research-events",
    value: bytes | None = b"{}",
    *,
    at_ms: int | None = 0,
    partition: int = 0,
    offset: int = 0,
    key: bytes | None = None,
    headers: Iterable[tuple[str, bytes | None]] = (),
) -> Record:
    """Build one record."""
    kind = TimestampType.NONE if at_ms is None else TimestampType.CREATE
    return Record(topic, partition, offset, at_ms, kind, key, value, tuple(headers))
