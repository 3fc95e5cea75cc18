"""Reading what was found, and keeping account of which object gave how many records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from agentctl.archive.keys import ObjectKey
from agentctl.errors import AgentctlError, InterruptedScan
from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import Everything, matcher, raw_filter
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.query import Query
from agentctl.model.record import FrozenRecord, Record
from agentctl.ports import Progress, RawFilter, Source
from agentctl.restoring.result import Hole, Result, Used, restore_id
from agentctl.sources.archive import ArchiveScan, ArchiveSource
from agentctl.sources.archive_reading import Fault
from agentctl.sources.reread import ReadSource
from agentctl.timeline.search import schemas_missed


@dataclass
class Retrieval:
    """A restore while it reads."""

    archive: ArchiveSource
    query: Query
    mapping: FieldMapping
    counts: dict[ObjectKey, int] = field(default_factory=dict)
    """How many records of each object are what was looked for."""
    frozen: set[ObjectKey] = field(default_factory=set)
    scan: ArchiveScan | None = None
    _matches: Callable[[Event], bool] = field(init=False)

    def __post_init__(self) -> None:
        self._matches = matcher(self.query)

    def events(self, progress: Progress) -> Iterator[Event]:
        """Give the events themselves, by object; what is frozen is counted and left out."""
        scan = self._begin(raw_filter(self.query, self.mapping), progress)
        for key, records in scan.parts():
            for event in self._noted(key, records):
                if not isinstance(event.record, FrozenRecord):
                    yield event

    def parts(self, progress: Progress) -> Iterator[tuple[ObjectKey, Sequence[Record]]]:
        """Give the records themselves with the object they stand in, by the order of each log."""
        scan = self._begin(raw_filter(self.query, self.mapping), progress)
        for key, records in scan.parts():
            if self.query.of_records and not isinstance(records[0], FrozenRecord):
                self.counts[key] = self.counts.get(key, 0) + len(records)
                yield key, records
            else:
                found = (event.record for event in self._noted(key, records))
                yield key, [record for record in found if not isinstance(record, FrozenRecord)]

    def source(self, progress: Progress) -> Source:
        """Return what a timeline is made from.

        Of a search by ids all records of its blocks are kept: what else stands in them judges the story at no
        further request. Anything else is read when it is asked for, as it may be long.
        """
        if not self.query.ids:
            return _Tallied(self)
        scan = self._begin(Everything(), progress)
        kept: list[Record] = []
        for key, records in scan.parts():
            kept += records
            for _ in self._noted(key, records):
                pass
        return ReadSource(kept, scan.coverage)

    def _begin(self, wanted: RawFilter, progress: Progress) -> ArchiveScan:
        self.counts.clear()
        self.scan = self.archive.scan(self.query, wanted, progress)
        return self.scan

    def _noted(self, key: ObjectKey, records: Sequence[Record]) -> Iterator[Event]:
        """Give the events of records that match, and count them."""
        for event in map(self.mapping.event, records):
            if self._matches(event):
                self.counts[key] = self.counts.get(key, 0) + 1
                if isinstance(event.record, FrozenRecord):
                    self.frozen.add(key)
                yield event

    @property
    def matched(self) -> int:
        """How many records are what was looked for, the frozen ones among them."""
        return sum(self.counts.values())

    @property
    def coverage(self) -> Coverage:
        """What was read, and what was not."""
        return Coverage() if self.scan is None else schemas_missed(self.scan.coverage, self.mapping)

    def result(self, written: int, target: str | None) -> Result:
        """Return what scripts read."""
        coverage = self.coverage
        return Result(
            restore_id=restore_id(self.archive.address, self.query),
            matched=self.matched,
            written=written,
            target=target,
            objects=[
                Used(key.name, self._class_of(key), key in self.frozen, count)
                for key, count in self.counts.items()
            ],
            requests=self.archive.store.requests,
            complete=coverage.complete,
            gaps=holes(self.scan),
        )

    def _class_of(self, key: ObjectKey) -> str | None:
        if key not in self.frozen:
            return None
        try:
            return self.archive.store.head(key.name).storage_class
        except InterruptedScan:
            raise
        except AgentctlError:
            return None  # it is named as frozen all the same


def holes(scan: ArchiveScan | None) -> list[Hole]:
    """Return the offsets of which no record could be had although some stand around them, with the reason."""
    if scan is None:
        return []
    found = [Hole(one.log[0], one.log[2], one.first, one.until, "missing") for one in scan.finding.missing]
    for fault in (*scan.finding.faults, *scan.faults):
        place = fault.piece.key.topic, fault.piece.key.partition
        found.append(Hole(*place, *out_of_reach(fault), "frozen" if fault.frozen else "damaged"))
    for piece in scan.finding.pieces:
        for gap in piece.gaps:
            place = piece.key.topic, piece.key.partition
            found.append(Hole(*place, gap.first, gap.until, gap.reason.value))
    return found


def out_of_reach(fault: Fault) -> tuple[int, int]:
    """Return the offsets, the end exclusive, that cannot be had because of a fault."""
    piece = fault.piece
    blocks = [block for block in piece.blocks if fault.block in (None, block.number)]
    first = blocks[0].first_offset if blocks else piece.key.position
    behind = [block.first_offset for block in piece.blocks if blocks and block.number > blocks[-1].number]
    return first, max(min(behind, default=piece.next_offset), first)


@dataclass(frozen=True, slots=True)
class _Tallied:
    """The archive, with a count of what the first scan gives."""

    retrieval: Retrieval

    def topics(self) -> Sequence[str]:
        return self.retrieval.archive.topics()

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "ArchiveScan | _Tally":
        if self.retrieval.scan is not None:
            return self.retrieval.archive.scan_of_any(query, wanted, progress)
        return _Tally(self.retrieval, self.retrieval._begin(wanted, progress))


@dataclass(frozen=True, slots=True)
class _Tally:
    retrieval: Retrieval
    scan: ArchiveScan

    def __iter__(self) -> Iterator[Sequence[Record]]:
        for key, records in self.scan.parts():
            for _ in self.retrieval._noted(key, records):
                pass
            yield records

    @property
    def coverage(self) -> Coverage:
        return self.scan.coverage
