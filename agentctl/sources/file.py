"""An exported incident: NDJSON as ``agentctl replay -o ndjson`` writes it, replayed without a broker."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

from agentctl.errors import NotFoundError
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.near import near_names
from agentctl.model.query import Query
from agentctl.model.record import Place, Record
from agentctl.ports import Progress, RawFilter
from agentctl.sources.lines import Line, check_readable, lines

FILE = "file"
_BATCH = 1_000
_MOST_NAMED = 5
"""Broken lines that are named one by one; the rest is counted."""
_INTERNAL = "__"
"""How the names of Kafka's own topics begin."""


class FileSource:
    """The events of one exported file."""

    def __init__(self, path: Path) -> None:
        """Take a file. Raises NotFoundError when it is not there, AgentctlError when it cannot be read."""
        check_readable(path)
        self._path = path

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    def topics(self) -> Sequence[str]:
        """Return the names of the topics whose events stand in the file, sorted."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name in self._all_names if not name.startswith(_INTERNAL))

    @cached_property
    def _all_names(self) -> tuple[str, ...]:
        return tuple(sorted({line.record.topic for line in lines(self._path) if line.record is not None}))

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "FileScan":
        """Begin a pass. Raises NotFoundError, naming near ones, for a topic that is not in the file."""
        for topic in query.topics:
            if topic not in self._all_names:
                near = near_names(topic, self._names) or self._names[:10]
                raise NotFoundError(
                    f"{self._path} holds nothing of topic {topic}",
                    hint=f"there are: {', '.join(near)}" if near else "it holds no event at all",
                )
        return FileScan(self._path, query, wanted, progress)


class FileScan:
    """One pass over a file."""

    def __init__(self, path: Path, query: Query, wanted: RawFilter, progress: Progress) -> None:
        self._path = path
        self._query = query
        self._wanted = wanted
        self._progress = progress
        self._partitions: dict[tuple[str, int], PartitionCoverage] = {}
        self._troubles: list[str] = []
        self._more_troubles = 0
        self._timeless = 0
        self._bytes = 0
        self._ended = False

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once. Records are sorted: a file may have been put together by hand."""
        matching: dict[Place, Record] = {}
        rows = lines(self._path)
        while batch := list(islice(rows, _BATCH)):
            size_bytes = sum(line.size_bytes for line in batch)
            self._bytes += size_bytes
            self._progress.advance(len(batch), size_bytes)
            for line in batch:
                self._take(line, matching)
        ordered = iter([matching[place] for place in sorted(matching) if self._in_tail(place)])
        while records := list(islice(ordered, _BATCH)):
            yield records
        self._ended = True

    def _take(self, line: Line, matching: dict[Place, Record]) -> None:
        record = line.record
        if record is None:
            self._trouble(f"{line.where} of {self._path} could not be read: {line.reason}")
        elif self._asked_for(record):
            self._count(record)
            if self._matches(record) and matching.setdefault(record.place, record) != record:
                self._trouble(f"{line.where} of {self._path} is another record at {record.place}: left out")

    def _asked_for(self, record: Record) -> bool:
        topics, partitions = self._query.topics, self._query.partitions
        return (not topics or record.topic in topics) and (
            not partitions or (record.topic, record.partition) in partitions
        )

    def _trouble(self, said: str) -> None:
        if len(self._troubles) < _MOST_NAMED:
            self._troubles.append(said)
        else:
            self._more_troubles += 1

    def _matches(self, record: Record) -> bool:
        window = self._query.window
        if window.bounded and record.timestamp_ms is None:
            self._timeless += 1
            return False
        if record.timestamp_ms is not None and record.timestamp_ms not in window:
            return False
        return record.place in self._wanted.places or self._wanted(
            record.key, record.value, lambda: record.headers
        )

    def _in_tail(self, place: Place) -> bool:
        last = self._partitions[place.topic, place.partition].last
        return self._query.tail is None or last is None or place.offset > last - self._query.tail

    def _count(self, record: Record) -> None:
        place = (record.topic, record.partition)
        known = self._partitions.get(place) or PartitionCoverage(
            record.topic, record.partition, FILE, first=record.offset, last=record.offset
        )
        assert known.first is not None
        assert known.last is not None
        self._partitions[place] = replace(
            known,
            first=min(known.first, record.offset),
            last=max(known.last, record.offset),
            scanned=known.scanned + 1,
        )

    @property
    def coverage(self) -> Coverage:
        """What has been read until now."""
        reasons = tuple(self._reasons())
        return Coverage(
            partitions=tuple(self._partitions[place] for place in sorted(self._partitions)),
            complete=not reasons,
            reasons=reasons,
            records_scanned=sum(part.scanned for part in self._partitions.values()),
            bytes_scanned=self._bytes,
        )

    def _reasons(self) -> Iterable[str]:
        yield from self._troubles
        if self._more_troubles:
            yield f"{self._more_troubles:,} more lines of {self._path} could not be read"
        if self._timeless:
            those = "1 record has" if self._timeless == 1 else f"{self._timeless:,} records have"
            yield f"{those} no timestamp, so no window can hold {'it' if self._timeless == 1 else 'them'}"
        if not self._ended:
            yield f"{self._path} was not read to its end: the scan was stopped"
