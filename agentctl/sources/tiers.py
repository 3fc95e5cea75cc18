"""Kafka and the archive as one Source: each record once, and each says where it came from.

A record is the same in both when the topic's id, the partition and the offset are. Below Kafka's first offset
the archive alone speaks, and its records come first; from there on both may have a record, or one of them
alone: Kafka what is not archived yet, the archive what Kafka has compacted or deleted meanwhile. There they
are merged by offset, and of two Kafka's is taken.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from agentctl.errors import AgentctlError, InterruptedScan, NotFoundError
from agentctl.model.coverage import Coverage, PartitionCoverage, Pruned, joined
from agentctl.model.instant import instant
from agentctl.model.query import Match, Query
from agentctl.model.record import Record
from agentctl.ports import Progress, RawFilter
from agentctl.sources.archive import ArchiveScan, ArchiveSource
from agentctl.sources.kafka import KafkaScan, KafkaSource

Partition = tuple[str, int]

_LEFT_OUT = (
    "the archive was not read: without an ID, --since says how far back; --source archive reads it all"
)


class TieredSource:
    """Topics of a cluster, and what is archived of them."""

    def __init__(self, hot: KafkaSource, cold: Callable[[], ArchiveSource]) -> None:
        """Take a cluster, and what opens the archive once it is wanted."""
        self.hot = hot
        """The cluster; for those who ask it for more than its records."""
        self._open = cold
        self.gave = False
        """Whether the archive has given anything that was asked for until now."""

    @cached_property
    def cold(self) -> ArchiveSource:
        """The archive. Raises AgentctlError when it cannot be opened."""
        return self._open()

    def topics(self) -> Sequence[str]:
        """Return the names of the topics that Kafka has.

        What is archived of others is found by an id, or where such a topic is named.
        """
        return self.hot.topics()

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "TieredScan":
        """Begin a pass. Raises NotFoundError for a topic that is in neither, naming near ones."""
        hot_query = replace(query, as_far_as_kept=True)
        try:
            hot: KafkaScan | None = self.hot.scan(hot_query, wanted, progress)
        except NotFoundError as unknown:
            hot = self._without_the_deleted(hot_query, wanted, progress, unknown)
        return TieredScan(self, hot, query, wanted, progress)

    def _without_the_deleted(
        self, query: Query, wanted: RawFilter, progress: Progress, unknown: NotFoundError
    ) -> KafkaScan | None:
        """Scan without the topics that only the archive has. Raises ``unknown`` where that is not it."""
        try:
            archived = frozenset(self.cold.topics())
        except InterruptedScan:
            raise
        except AgentctlError:
            raise unknown from None
        there = frozenset(self.hot.topics())
        gone = [topic for topic in query.topics if topic not in there]
        if not gone or not archived.issuperset(gone):
            raise unknown
        left = tuple(topic for topic in query.topics if topic in there)
        return self.hot.scan(replace(query, topics=left), wanted, progress) if left else None


@dataclass(slots=True)
class TieredScan:
    """One pass over both."""

    source: TieredSource
    hot: KafkaScan | None
    query: Query
    wanted: RawFilter
    progress: Progress
    cold: ArchiveScan | None = None
    asks_archive: bool = field(init=False)
    _trouble: list[str] = field(default_factory=list)
    _held: dict[Partition, deque[Record]] = field(default_factory=dict)
    """Archived records that Kafka may have as well, by partition, in the order of offsets."""

    def __post_init__(self) -> None:
        self.asks_archive = self._has_to_ask()

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once."""
        if self.asks_archive:
            yield from self._older()
        for batch in self.hot or ():
            yield self._merged(batch) if self._held else batch
        for records in self._held.values():
            if records:
                yield list(records)

    def _has_to_ask(self) -> bool:
        """Whether the archive has to be asked, and that is cheap or was wanted.

        An id is looked up in a few requests. A window that begins before what Kafka keeps asks for the
        archive in words. Everything of all time is what Kafka has, unless the archive is named.
        """
        query = self.query
        if query.tail is not None:
            return False
        if query.as_far_as_kept and not self.source.gave:
            return False  # what stands around a story of which the archive has nothing
        if query.window.since_ms is not None:
            return self.hot is None or any(map(self._lies_before, self.hot.coverage.partitions))
        return self.hot is None or (bool(query.ids) and query.match is Match.FIELD)

    def _lies_before(self, part: PartitionCoverage) -> bool:
        """Whether the window begins before what Kafka has kept of a partition."""
        since_ms, kept_ms = self.query.window.since_ms, part.retained_since_ms
        if since_ms is None or not part.log_start:
            return False
        return kept_ms is None or kept_ms > since_ms

    def _older(self) -> Iterator[Sequence[Record]]:
        """Give what stands before Kafka's first offsets, and keep what stands behind."""
        generations = {} if self.hot is None else self.hot.generations
        starts = {part.place: part.log_start or 0 for part in self._hot_parts()}
        # What a promised key rules out in Kafka it rules out here; if the promise is broken, both are read.
        ruled_out = {part.place for part in self._hot_parts() if part.pruned is Pruned.KEY}
        try:
            self.cold = self.source.cold.scan_of_any(self.query, self.wanted, self.progress)
            for key, records in self.cold.parts():
                partition = key.topic, key.partition
                if partition in ruled_out:
                    continue
                self.source.gave = True
                if partition not in starts or generations.get(key.topic) not in (None, key.generation):
                    yield records
                    continue
                start = starts[partition]
                if older := [record for record in records if record.offset < start]:
                    yield older
                self._hold(partition, (record for record in records if record.offset >= start))
        except InterruptedScan:
            raise
        except AgentctlError as trouble:
            # Kafka's part is answered all the same.
            self._trouble.append(f"the archive was not read: {trouble.message}")

    def _hold(self, partition: Partition, records: Iterable[Record]) -> None:
        kept = deque(records)
        if kept:
            self._held.setdefault(partition, deque()).extend(kept)

    def _merged(self, batch: Sequence[Record]) -> Sequence[Record]:
        """Put archived records between those of Kafka, and leave out those that are there twice."""
        merged: list[Record] = []
        for record in batch:
            held = self._held.get((record.topic, record.partition))
            while held and held[0].offset <= record.offset:
                older = held.popleft()
                if older.offset < record.offset:
                    merged.append(older)
            merged.append(record)
        return merged

    @property
    def coverage(self) -> Coverage:
        """What has been read of both until now; a partition stands in it once for each."""
        hot = Coverage() if self.hot is None else self.hot.coverage
        cold = Coverage() if self.cold is None else self.cold.coverage
        both = joined((hot, cold))
        reasons = [*both.reasons, *self._trouble, *self._in_neither(hot)]
        remarks = list(both.remarks)
        if not self.asks_archive and self._keeps_less(hot) and self.query.tail is None:
            remarks.append(_LEFT_OUT)
        return replace(
            both, complete=not reasons, reasons=tuple(dict.fromkeys(reasons)), remarks=tuple(remarks)
        )

    def _keeps_less(self, hot: Coverage) -> bool:
        return self.query.window.since_ms is None and any(part.log_start for part in hot.partitions)

    def _in_neither(self, hot: Coverage) -> Iterator[str]:
        """Say of which topics a part of the window is neither in Kafka nor in the archive."""
        if self.query.window.since_ms is None or self.query.as_far_as_kept:
            return
        missing: dict[str, list[PartitionCoverage]] = {}
        for part in hot.partitions:
            if self._lies_before(part) and not self._is_archived(part):
                missing.setdefault(part.topic, []).append(part)
        for topic, parts in missing.items():
            known = [part.retained_since_ms for part in parts if part.retained_since_ms is not None]
            before = f" before {instant(max(known))}" if known else ""
            where = f"{topic} (in {len(parts):,} partition{'s' if len(parts) > 1 else ''})"
            yield f"of {where} a part{before} is neither in Kafka nor in the archive"

    def _is_archived(self, part: PartitionCoverage) -> bool:
        """Whether the archive reaches up to the first offset that Kafka still has."""
        if self.cold is None or part.log_start is None:
            return False
        generation = None if self.hot is None else self.hot.generations.get(part.topic)
        to = self.cold.archived_to(part.topic, part.partition, generation)
        return to is not None and to >= part.log_start

    def _hot_parts(self) -> Sequence[PartitionCoverage]:
        return () if self.hot is None else self.hot.coverage.partitions
