"""How far a restore is in each log it reads from; it travels in the transactions that carry the records.

A log's records come in the order of their offsets. What could not be read is remembered as a hole, so that a
restore that is resumed once it can be read writes exactly what is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agentctl.model.record import Record


class Log(NamedTuple):
    """One partition of one topic, as long as that topic lived."""

    topic: str
    generation: str
    """The topic's id in Kafka's base64url."""
    partition: int


class Span(NamedTuple):
    """Offsets ``[first, until)``."""

    first: int
    until: int


@dataclass(slots=True)
class _Done:
    """Of one log."""

    next: int = 0
    """Everything below is written or was not asked for, but for the holes."""
    holes: list[Span] = field(default_factory=list)
    """What could not be read, sorted."""
    met: list[Span] = field(default_factory=list)
    """Those of the holes that this pass has met, too."""


class Progress:
    """What of the logs is done. Records that are not ``open`` were written before."""

    def __init__(self) -> None:
        self._logs: dict[Log, _Done] = {}

    def open(self, log: Log, records: Sequence[Record]) -> Sequence[Record]:
        """Return those of some records, in the order of their offsets, that are still to be written."""
        done = self._logs.get(log)
        if done is None or not records or records[0].offset >= done.next:
            return records
        holes = done.holes
        return [
            record
            for record in records
            if record.offset >= done.next or any(hole.first <= record.offset < hole.until for hole in holes)
        ]

    def took(self, log: Log, offset: int) -> None:
        """Take down that a record is written, and so everything before it in its log that could be read."""
        done = self._logs.setdefault(log, _Done())
        if done.holes:
            left = (Span(max(one.first, offset + 1), one.until) for one in done.holes)
            done.holes = _merged((*(one for one in left if one.first < one.until), *done.met))
        done.next = max(done.next, offset + 1)

    def missed(self, log: Log, span: Span) -> None:
        """Take down that what was still to be written of a span could not be read."""
        done = self._logs.setdefault(log, _Done())
        before = [Span(max(span.first, one.first), min(span.until, one.until)) for one in done.holes]
        fresh = [*before, Span(max(span.first, done.next), span.until)]
        met = [one for one in fresh if one.first < one.until]
        done.met = _merged((*done.met, *met))
        done.holes = _merged((*done.holes, *met))
        done.next = max(done.next, span.until)

    def ended(self) -> None:
        """Take down that all logs were read to their ends."""
        for done in self._logs.values():
            done.holes, done.met = done.met, []

    @property
    def holes(self) -> Mapping[Log, tuple[Span, ...]]:
        """What could not be read."""
        return {log: tuple(done.holes) for log, done in self._logs.items() if done.holes}

    def __iter__(self) -> Iterator[tuple[Log, int]]:
        for log, done in self._logs.items():
            yield log, done.next

    def to_json(self) -> list[Any]:
        """Return it in few characters: topic, generation, then of each partition next and the holes' ends."""
        by_topic: dict[tuple[str, str], list[list[int]]] = {}
        for log, done in sorted(self._logs.items()):
            row = [log.partition, done.next, *(number for hole in done.holes for number in hole)]
            by_topic.setdefault((log.topic, log.generation), []).append(row)
        return [[*name, rows] for name, rows in by_topic.items()]

    @classmethod
    def of_json(cls, told: Iterable[Any]) -> "Progress":
        """Read what ``to_json`` gave."""
        progress = cls()
        for topic, generation, rows in told:
            for partition, next_offset, *ends in rows:
                holes = [Span(*ends[at : at + 2]) for at in range(0, len(ends), 2)]
                progress._logs[Log(topic, generation, partition)] = _Done(next_offset, holes)
        return progress


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.first <= merged[-1].until:
            merged[-1] = Span(merged[-1].first, max(merged[-1].until, span.until))
        else:
            merged.append(span)
    return merged
