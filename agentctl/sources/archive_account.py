"""What was read of the archive, added up: a Coverage, with every object and block that was out of reach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agentctl.archive.keys import ObjectKey
from agentctl.model.coverage import Coverage, PartitionCoverage, Pruned
from agentctl.model.instant import BEFORE_ALL_TIME
from agentctl.model.query import Query
from agentctl.model.record import Record
from agentctl.sources.archive_finding import Finding, Log
from agentctl.sources.archive_reading import Fault

ARCHIVE = "archive"
_MOST_NAMED = 5
"""Objects of one fault that are named; the others are counted."""


@dataclass(slots=True)
class Account:
    """Notes what is read of a finding."""

    query: Query
    finding: Finding
    ended: bool = False
    troubles: list[str] = field(default_factory=list)
    bytes_read: int = 0
    max_inversion_ms: int = 0
    _timeless: int = 0
    _scanned: dict[Log, int] = field(default_factory=dict)
    _latest: dict[Log, int] = field(default_factory=dict)
    _passed: dict[Log, int] = field(default_factory=dict)
    """The last offset that was taken of each log."""

    def take(self, key: ObjectKey, size: int, records: Sequence[Record]) -> Sequence[Record]:
        """Note a block, and return those of its records that were not read before and belong to the tail."""
        log = key.topic, key.generation, key.partition
        passed = self._passed.get(log, -1)
        if records and records[0].offset <= passed:  # objects overlap, which a faulty writer may cause
            records = [record for record in records if record.offset > passed]
        if self.query.tail is not None:
            records = [record for record in records if self.in_tail(record, log)]
        if records:
            self._passed[log] = records[-1].offset
        self.bytes_read += size
        self._scanned[log] = self._scanned.get(log, 0) + len(records)
        self._measure(log, records)
        return records

    def in_tail(self, record: Record, log: Log | None = None) -> bool:
        """Whether a record is among the last offsets that were asked for."""
        if self.query.tail is None:
            return True
        logs = [log] if log is not None else self._logs_of(record)
        return any(record.offset >= self._end(one) - self.query.tail for one in logs)

    def _logs_of(self, record: Record) -> list[Log]:
        return [log for log in self.finding.spans if (log[0], log[2]) == (record.topic, record.partition)]

    def _end(self, log: Log) -> int:
        return self.finding.spans[log][-1][1]

    def _measure(self, log: Log, records: Sequence[Record]) -> None:
        latest = self._latest.get(log, BEFORE_ALL_TIME)
        for record in records:
            time_ms = record.timestamp_ms
            if time_ms is None:
                self._timeless += 1
            elif time_ms >= latest:
                latest = time_ms
            elif not self.finding.by_index:
                self.max_inversion_ms = max(self.max_inversion_ms, latest - time_ms)
        self._latest[log] = latest

    def coverage(self, faults: Sequence[Fault]) -> Coverage:
        """Return what has been read until now."""
        reasons = [*self.finding.reasons, *_named(faults), *self.troubles]
        if self._timeless and self.query.window.bounded:
            reasons.append(
                f"{self._timeless:,} archived records have no timestamp, so no window can hold them"
            )
        if not self.ended:
            reasons.append("the archive was not read to its end: the scan was stopped")
        return Coverage(
            partitions=tuple(self._partitions(faults)),
            complete=not reasons,
            reasons=tuple(dict.fromkeys(reasons)),
            max_inversion_ms=self.max_inversion_ms,
            records_scanned=sum(self._scanned.values()),
            bytes_scanned=self.bytes_read,
            remarks=self.finding.remarks,
        )

    def _partitions(self, faults: Sequence[Fault]) -> Iterator[PartitionCoverage]:
        """Give each partition once: of a topic that was made again, all generations together."""
        places: dict[tuple[str, int], list[Log]] = {}
        for log in self.finding.spans:
            places.setdefault((log[0], log[2]), []).append(log)
        for place, logs in sorted(places.items()):
            yield self._partition(place, logs, faults)

    def _partition(
        self, place: tuple[str, int], logs: Sequence[Log], faults: Sequence[Fault]
    ) -> PartitionCoverage:
        starts = [self.finding.spans[log][0][0] for log in logs]
        end = max(self._end(log) for log in logs)
        lost = sum(
            fault.records for fault in faults if (fault.piece.key.topic, fault.piece.key.partition) == place
        )
        pieces = [one for one in self.finding.pieces if (one.key.topic, one.key.partition) == place]
        first, last = min(starts), end - 1
        if not self.finding.by_index:
            first = min(
                (one.blocks[0].first_offset if self._narrow else one.key.position for one in pieces),
                default=end,
            )
            first = max(first, end - self.query.tail) if self.query.tail is not None else first
            last = max((one.next_offset for one in pieces), default=end) - 1
        pruned = None
        if not pieces and not self.finding.by_index:
            pruned = Pruned.TIME if self.query.window.bounded else Pruned.EMPTY
        several = len(logs) > 1
        return PartitionCoverage(
            topic=place[0],
            partition=place[1],
            source=ARCHIVE,
            log_start=min(starts),
            end=last + 1,
            first=None if pruned is not None or last < first else first,
            last=None if pruned is not None or last < first else last,
            scanned=sum(self._scanned.get(log, 0) for log in logs),
            lost=0 if self.finding.by_index else lost,
            pruned=pruned,
            by_index=self.finding.by_index or several or self._narrow,
        )

    @property
    def _narrow(self) -> bool:
        """Whether blocks were left out of objects by their times."""
        return self.query.window.bounded


def _named(faults: Sequence[Fault]) -> Iterator[str]:
    """Name what could not be read: each damaged block, and frozen objects together."""
    frozen = list(dict.fromkeys(fault.piece.key for fault in faults if fault.frozen))
    if frozen:
        more = len(frozen) - _MOST_NAMED
        names = ", ".join(
            f"{one.topic}[{one.partition}] from {one.position:,} on" for one in frozen[:_MOST_NAMED]
        )
        names += f" and {more:,} more" if more > 0 else ""
        yield f"{'1 object is' if len(frozen) == 1 else f'{len(frozen):,} objects are'} frozen: {names}"
    for fault in faults:
        if not fault.frozen:
            block = "" if fault.block is None else f"block {fault.block} of "
            yield f"{block}{fault.piece.key.name} could not be read: {fault.reason}"
