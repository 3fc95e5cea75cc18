"""Which offsets of which partitions answer a query: decided from a few batched questions, before reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Found, Offsets, Partition
from agentctl.kafka.topics import Topic
from agentctl.model.coverage import Pruned
from agentctl.model.query import Isolation, Query
from agentctl.sources.naming import not_read


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the cluster said of all partitions, in the order it was asked: ends first, then beginnings.

    In that order no record can slip between the answers: what is appended later lies behind the end.
    """

    high_watermark: Offsets
    last_stable: Offsets | None
    """None when aborted and open transactions are read as well."""
    log_start: Offsets
    first_record: Offsets
    since: Offsets | None
    until: Offsets | None


@dataclass(frozen=True, slots=True)
class Range:
    """What is to be read of one partition: offsets ``[start, end)``."""

    topic: str
    partition: int
    log_start: int
    high_watermark: int
    start: int
    end: int
    retained_since_ms: int | None = None
    pruned: Pruned | None = None
    held_back: int = 0
    """Offsets that would be read, were it not for an open transaction before them."""
    cut: bool = False
    """Whether retention removed records that may belong to the window."""

    @property
    def place(self) -> Partition:
        """Topic and number."""
        return self.topic, self.partition

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]"


@dataclass(frozen=True, slots=True)
class Ranges:
    """What is to be read, and what cannot be."""

    ranges: tuple[Range, ...]
    troubles: tuple[str, ...] = ()
    """Topics and partitions of which nothing is known, each in a sentence with the reason."""
    remarks: tuple[str, ...] = ()
    """What is worth knowing although nothing is missing."""
    topics: tuple[Topic, ...] = ()
    """The topics as they were when this was decided."""
    as_of_ms: int | None = None
    """When the ends were about to be asked for."""

    @property
    def to_read(self) -> tuple[Range, ...]:
        """Those that hold anything to read."""
        return tuple(one for one in self.ranges if one.pruned is None)

    @property
    def expected(self) -> int:
        """How many records there are at most: offsets, holes among them."""
        return sum(one.end - one.start for one in self.to_read)


def ask(connection: Connection, partitions: Iterable[Partition], query: Query) -> Bounds:
    """Ask the cluster for everything that decides the ranges, each question once for all partitions."""
    wanted = tuple(partitions)
    high = offsets.high_watermark(connection, wanted)
    # A leader that did not answer is not waited for again.
    wanted = tuple(one for one in wanted if one in high.found)
    stable = offsets.last_stable(connection, wanted) if query.isolation is Isolation.READ_COMMITTED else None
    start = offsets.log_start(connection, wanted)
    filled = [one for one, found in high.found.items() if found.offset > _offset(start, one, found.offset)]
    window, slack_ms = query.window, query.slack_ms
    until_ms = None if window.until_ms is None or slack_ms is None else window.until_ms + slack_ms
    return Bounds(
        high_watermark=high,
        last_stable=stable,
        log_start=start,
        first_record=offsets.at_time(connection, filled, 0),
        since=None if window.since_ms is None else offsets.at_time(connection, filled, window.since_ms),
        until=None if until_ms is None else offsets.at_time(connection, filled, until_ms),
    )


def decide(
    bounds: Bounds, partitions: Iterable[Partition], query: Query, refused: Mapping[str, str]
) -> Ranges:
    """Decide what to read of each partition; ``refused`` are topics that may not be described, and why."""
    ranges: list[Range] = []
    failed: list[tuple[Partition, str]] = []
    asked = (bounds.high_watermark, bounds.last_stable, bounds.log_start, bounds.since, bounds.until)
    for partition in partitions:
        why = [one.failed[partition] for one in asked if one is not None and partition in one.failed]
        if why:
            failed.append((partition, why[0]))
        else:
            ranges.append(_decided(partition, bounds, query))
    hidden = [f"{topic} was not read: {reason}" for topic, reason in refused.items()]
    return Ranges(tuple(ranges), (*hidden, *not_read(failed)))


def _decided(partition: Partition, bounds: Bounds, query: Query) -> Range:
    high = bounds.high_watermark.found[partition].offset
    stable = high if bounds.last_stable is None else min(bounds.last_stable.found[partition].offset, high)
    log_start = bounds.log_start.found[partition].offset
    first = bounds.first_record.found.get(partition)
    retained_since_ms = None if first is None else first.timestamp_ms
    start = max(log_start, _by_time(bounds.since, partition, otherwise=high))
    wanted_end = _by_time(bounds.until, partition, otherwise=high) if bounds.until is not None else high
    end = min(wanted_end, stable)
    if query.tail is not None:
        start = max(start, end - query.tail)
    since_ms = query.window.since_ms
    pruned = None
    if log_start >= high:
        pruned = Pruned.EMPTY
    elif start >= end:
        pruned = Pruned.TIME if query.window.bounded else Pruned.EMPTY
    return Range(
        topic=partition[0],
        partition=partition[1],
        log_start=log_start,
        high_watermark=high,
        start=start,
        end=max(end, min(start, stable)),
        retained_since_ms=retained_since_ms,
        pruned=pruned,
        held_back=max(wanted_end - max(stable, start), 0) if stable < wanted_end else 0,
        cut=since_ms is not None
        and not query.as_far_as_kept
        and log_start > 0
        and (retained_since_ms is None or retained_since_ms > since_ms),
    )


def _by_time(found: Offsets | None, partition: Partition, *, otherwise: int) -> int:
    """Return the offset that a look-up by time gave; ``otherwise`` when no record is that late."""
    if found is None:
        return 0
    answer = found.found.get(partition)
    return otherwise if answer is None or answer.offset < 0 else answer.offset


def _offset(found: Offsets, partition: Partition, otherwise: int) -> int:
    answer: Found | None = found.found.get(partition)
    return otherwise if answer is None else answer.offset
