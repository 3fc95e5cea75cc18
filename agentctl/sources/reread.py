"""What was read once, as a Source: to be asked again and again at no further request.

Whoever judges a workflow looks for the claims of others on its items, and for causes elsewhere. Of an archive
each such question would be requests and money; what stands in the blocks that were read anyway is free.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from agentctl.model.coverage import Coverage
from agentctl.model.query import Query
from agentctl.model.record import FrozenRecord, Record
from agentctl.ports import Progress, RawFilter, Scan

_BATCH = 1_000


class ReadSource:
    """The records of a scan that was read to its end."""

    def __init__(self, records: Sequence[Record], coverage: Coverage) -> None:
        self._records = records
        self.coverage = coverage
        """Of the scan."""
        self._told = False

    @classmethod
    def of(cls, scan: Scan) -> "ReadSource":
        """Read a scan to its end and keep what it gives."""
        records = [record for batch in scan for record in batch]
        return cls(records, scan.coverage)

    def topics(self) -> Sequence[str]:
        """Return the names of the topics of which anything was read or looked for, sorted."""
        return sorted({*self.coverage.topics, *(record.topic for record in self._records)})

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "RereadScan":
        """Begin a pass; a topic of which nothing was read holds nothing.

        Only the first tells what could not be read: it is missing once, not again in each look.
        """
        of = replace(self.coverage, complete=True, reasons=()) if self._told else self.coverage
        self._told = True
        return RereadScan(self._records, of, query, wanted)


@dataclass(slots=True)
class RereadScan:
    """One pass over what was read."""

    records: Sequence[Record]
    of: Coverage
    query: Query
    wanted: RawFilter
    _ended: bool = field(default=False)

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Give what matches; may be called once."""
        batch: list[Record] = []
        for record in self.records:
            if self._matches(record):
                batch.append(record)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch
        self._ended = True

    def _matches(self, record: Record) -> bool:
        query = self.query
        if query.topics and record.topic not in query.topics:
            return False
        if query.partitions and (record.topic, record.partition) not in query.partitions:
            return False
        if query.window.bounded and (record.timestamp_ms is None or record.timestamp_ms not in query.window):
            return False
        if isinstance(record, FrozenRecord) or record.place in self.wanted.places:
            return True
        return self.wanted(record.key, record.value, lambda: record.headers)

    @property
    def coverage(self) -> Coverage:
        """What was read then."""
        if self._ended:
            return self.of
        return replace(self.of, complete=False, reasons=(*self.of.reasons, "the scan was stopped"))
