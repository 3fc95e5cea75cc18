"""What a retrieval gives, as a restore into Kafka takes it: records by log, and what could not be read."""

from collections.abc import Iterator

from agentctl.archive.keys import ObjectKey
from agentctl.ports import Progress
from agentctl.restoring.into_kafka import Part, Unread
from agentctl.restoring.progress import Log, Span
from agentctl.restoring.retrieval import Retrieval, out_of_reach


def in_order(retrieval: Retrieval, progress: Progress) -> Iterator[Part | Unread]:
    """Read, and give what is out of reach before the records of its log that stand behind it."""
    pending: list[Unread] = []
    told = 0
    for key, records in retrieval.parts(progress):
        known = _known(retrieval)
        pending, told = [*pending, *known[told:]], len(known)
        if records:
            log = _log(key)
            before = [one for one in pending if one.log == log and one.span.first < records[0].offset]
            pending = [one for one in pending if one not in before]
            yield from sorted(before, key=lambda one: one.span)
            yield Part(log, records)
    pending += _known(retrieval)[told:]
    yield from sorted(pending, key=lambda one: (one.log, one.span))


def _known(retrieval: Retrieval) -> list[Unread]:
    """Return what is out of reach as far as the scan knows by now; it only grows at its end."""
    scan = retrieval.scan
    if scan is None:
        return []
    finding = scan.finding
    return [
        *(Unread(Log(*one.log), Span(one.first, one.until)) for one in finding.missing),
        *(_unread(one.piece.key, *out_of_reach(one)) for one in (*finding.faults, *scan.faults)),
    ]


def _log(key: ObjectKey) -> Log:
    return Log(key.topic, key.generation, key.partition)


def _unread(key: ObjectKey, first: int, until: int) -> Unread:
    return Unread(_log(key), Span(first, until))
