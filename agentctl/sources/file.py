"""An exported incident: NDJSON as ``agentctl replay -o ndjson`` writes it, replayed without a broker."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import orjson

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.near import near_names
from agentctl.model.portable import record_from_row
from agentctl.model.query import Query
from agentctl.model.record import Place, Record
from agentctl.ports import Progress, RawFilter

FILE = "file"
_BATCH = 1_000
_MOST_NAMED = 5
"""Broken lines that are named one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file."""

    number: int
    size_bytes: int
    record: Record | None
    reason: str | None
    """Why the line could not be read; None when it could."""


class FileSource:
    """The events of one exported file."""

    def __init__(self, path: Path) -> None:
        """Take a file. Raises NotFoundError when it is not there, AgentctlError when it cannot be read."""
        self._path = path
        if not path.exists():
            raise NotFoundError(f"there is no file {path}", hint="agentctl replay --export FILE writes one")
        if path.is_dir():
            raise AgentctlError(f"cannot read {path}: it is a folder", hint="name a file in it")

    def topics(self) -> Sequence[str]:
        """Return the names of the topics whose events stand in the file, sorted."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted({line.record.topic for line in self.lines() if line.record is not None}))

    def lines(self) -> Iterator[Line]:
        """Read the file line by line; blank ones are passed over."""
        try:
            with self._path.open("rb") as file:
                for number, text in enumerate(file, start=1):
                    if text.strip():
                        yield _line(number, text)
        except OSError as error:
            raise AgentctlError(
                f"cannot read {self._path}: {error.strerror}", hint="make the file readable"
            ) from error

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "FileScan":
        """Begin a pass. Raises NotFoundError, naming near ones, for a topic that is not in the file."""
        for topic in query.topics:
            if topic not in self._names:
                near = near_names(topic, self._names) or self._names[:10]
                raise NotFoundError(
                    f"{self._path} holds nothing of topic {topic}",
                    hint=f"there are: {', '.join(near)}" if near else "it holds no event at all",
                )
        return FileScan(self, str(self._path), query, wanted, progress)


class FileScan:
    """One pass over a file."""

    def __init__(
        self, source: FileSource, name: str, query: Query, wanted: RawFilter, progress: Progress
    ) -> None:
        self._source = source
        self._name = name
        self._query = query
        self._wanted = wanted
        self._progress = progress
        self._partitions: dict[tuple[str, int], PartitionCoverage] = {}
        self._broken: list[Line] = []
        self._bytes = 0

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once. Records are sorted: a file may have been put together by hand."""
        matching: dict[Place, Record] = {}
        for line in self._source.lines():
            self._progress.advance(1, line.size_bytes)
            self._bytes += line.size_bytes
            if line.record is None:
                self._broken.append(line)
            elif not self._query.topics or line.record.topic in self._query.topics:
                self._count(line.record)
                if self._matches(line.record):
                    matching.setdefault(line.record.place, line.record)
        ordered = iter([matching[place] for place in sorted(matching)])
        while batch := list(islice(ordered, _BATCH)):
            yield batch

    def _matches(self, record: Record) -> bool:
        window = self._query.window
        if window.bounded and (record.timestamp_ms is None or record.timestamp_ms not in window):
            return False
        return record.place in self._wanted.places or self._wanted(
            record.key, record.value, lambda: record.headers
        )

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
        return Coverage(
            partitions=tuple(self._partitions[place] for place in sorted(self._partitions)),
            complete=not self._broken,
            reasons=tuple(self._reasons(self._broken)),
            records_scanned=sum(part.scanned for part in self._partitions.values()),
            bytes_scanned=self._bytes,
        )

    def _reasons(self, broken: Sequence[Line]) -> Iterable[str]:
        for line in broken[:_MOST_NAMED]:
            yield f"line {line.number:,} of {self._name} could not be read: {line.reason}"
        if len(broken) > _MOST_NAMED:
            yield f"{len(broken) - _MOST_NAMED:,} more lines of {self._name} could not be read"


def _line(number: int, text: bytes) -> Line:
    try:
        return Line(number, len(text), record_from_row(orjson.loads(text)), None)
    except orjson.JSONDecodeError as error:
        return Line(number, len(text), None, f"it is no JSON ({error})")
    except ValueError as error:
        return Line(number, len(text), None, str(error))
