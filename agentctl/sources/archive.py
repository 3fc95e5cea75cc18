"""The archive as a Source: finds the objects and blocks that may answer, and reads those alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.keys import ObjectKey
from agentctl.archive.lines import Line
from agentctl.archive.metadata import beside
from agentctl.archive.store import Store
from agentctl.errors import NotFoundError
from agentctl.model.coverage import Coverage
from agentctl.model.near import near_names
from agentctl.model.query import Query
from agentctl.model.record import FrozenRecord, Hint, Record, SourceKind, TimestampType
from agentctl.ports import Progress, RawFilter
from agentctl.sources.archive_account import Account
from agentctl.sources.archive_catalogue import Catalogue
from agentctl.sources.archive_finding import Finding, find
from agentctl.sources.archive_reading import BlockReader, Fault, Piece


class ArchiveSource:
    """What is archived under one prefix of one bucket.

    What was asked for once is kept: lookups, pages, lists. Records are not.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        """Where the objects are; for those who ask for more than records."""
        self._catalogue = Catalogue(store)
        self._found: dict[Query, Finding] = {}

    @property
    def address(self) -> str:
        """Return ``s3://bucket/prefix``, for people."""
        return self.store.address

    def topics(self) -> Sequence[str]:
        """Return the names of the topics of which anything is archived, sorted: one request."""
        return [name for name in self._catalogue.topics if not name.startswith("__")]

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "ArchiveScan":
        """Begin a pass. Raises NotFoundError, naming near ones, for a topic of which nothing is archived."""
        finding = self.find(query)
        for topic in query.topics:
            # What the lookups know need not be listed.
            if topic not in finding.topics and topic not in self._catalogue.topics:
                near = near_names(topic, self.topics()) or tuple(self.topics()[:10])
                raise NotFoundError(
                    f"nothing of topic {topic} is in {self.address}",
                    hint=f"there are: {', '.join(near)}" if near else "the archive is empty",
                )
        return ArchiveScan(self, query, finding, wanted, progress)

    def scan_of_any(self, query: Query, wanted: RawFilter, progress: Progress) -> "ArchiveScan":
        """Begin a pass over those of the topics that are archived; it may be none of them."""
        return ArchiveScan(self, query, self.find(query), wanted, progress)

    def find(self, query: Query) -> Finding:
        """Return which blocks may answer, without reading them."""
        # Agents and types are not looked up: they stand in nearly every block.
        asked = replace(query, agents=(), types=())
        if asked not in self._found:
            self._found[asked] = find(self._catalogue, asked)
        return self._found[asked]

    def lines(self, piece: Piece) -> tuple[Sequence[Line], str | None]:
        """Return the sidecar's lines of a piece, and what was wrong with it, if anything."""
        try:
            return list(self._catalogue.lines(piece)), None
        except (DamagedError, FormatError, NotFoundError) as failure:
            return [], failure.message

    def hints(self, piece: Piece) -> tuple[list[FrozenRecord], str | None]:
        """Return what the sidecar says of the records in a piece, and what was wrong with it, if anything."""
        lines, fault = self.lines(piece)
        key = piece.key
        return [
            FrozenRecord.of(
                Record(
                    *(key.topic, key.partition, line.offset, line.time_ms),
                    TimestampType.NONE if line.time_ms is None else TimestampType.CREATE,
                    None,
                    None,
                    source=SourceKind.ARCHIVE,
                ),
                Hint(line.event_id, line.type, line.workflow_id, line.work_item, line.agent),
            )
            for line in lines
        ], fault

    def archived_to(self, topic: str, partition: int, generation: str | None) -> int | None:
        """Return the first offset of a partition that is not archived: up to two requests.

        ``generation`` is the topic's id; None takes the latest in the archive. None: nothing is archived.
        """
        keys = [
            key
            for key, _ in self._catalogue.objects(topic).stored
            if key.partition == partition and generation in (None, key.generation)
        ]
        if not keys:
            return None
        last = max(keys, key=lambda key: key.position)
        said = beside(self.store.head(last.name).metadata).next_offset
        return self._catalogue.piece(last).next_offset if said is None else said


@dataclass
class ArchiveScan:
    """One pass over what was found."""

    source: ArchiveSource
    query: Query
    finding: Finding
    wanted: RawFilter
    progress: Progress
    frozen: list[FrozenRecord] = field(default_factory=list)
    """What stands in for records that are out of reach."""
    _account: Account = field(init=False)
    _reader: BlockReader = field(init=False)

    def __post_init__(self) -> None:
        self._account = Account(self.query, self.finding)
        self._reader = BlockReader(self.source.store)

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once."""
        for _, records in self.parts():
            yield records

    def parts(self) -> Iterator[tuple[ObjectKey, Sequence[Record]]]:
        """Read, and give the records of each block with the name of its object; may be called once."""
        # Where even no text may match, anything does.
        anything = self.wanted.any_of(b"") and not self.query.window.bounded
        for piece in self.finding.pieces:
            before = len(self._reader.faults)
            for size, records in self._reader.records(piece):
                fresh = self._account.take(piece.key, size, records)
                self.progress.advance(len(fresh), size)
                if matching := fresh if anything else [record for record in fresh if self._matches(record)]:
                    yield piece.key, matching
            if any(fault.frozen for fault in self._reader.faults[before:]) and (found := self._hints(piece)):
                yield piece.key, found
        self._account.ended = True

    def _matches(self, record: Record) -> bool:
        window = self.query.window
        if window.bounded and (record.timestamp_ms is None or record.timestamp_ms not in window):
            return False
        places = self.wanted.places
        return (bool(places) and record.place in places) or self.wanted(
            record.key, record.value, lambda: record.headers
        )

    def _hints(self, piece: Piece) -> list[FrozenRecord]:
        """Return what is known of the records of a frozen piece, those of the window."""
        window = self.query.window
        hints, trouble = self.source.hints(piece)
        if trouble is not None:
            self._account.troubles.append(trouble)
        found = [
            hint
            for hint in hints
            if not window.bounded or (hint.timestamp_ms is not None and hint.timestamp_ms in window)
        ]
        self.frozen += found
        return found

    @property
    def faults(self) -> Sequence[Fault]:
        """What could not be read."""
        return self._reader.faults

    @property
    def coverage(self) -> Coverage:
        """What has been read until now."""
        return self._account.coverage(self._reader.faults)

    def archived_to(self, topic: str, partition: int, generation: str | None) -> int | None:
        """Return the first offset of a partition that is not archived."""
        return self.source.archived_to(topic, partition, generation)
