"""Looks at what a group has not read, and at its rebalances: the evidence for why it is behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from confluent_kafka import Message

from agentctl.errors import AgentctlError, InterruptedScan
from agentctl.kafka import topics
from agentctl.kafka.connection import Connection
from agentctl.lag.commits import TOPIC, UnreadableError, coordinator_partition
from agentctl.lag.generations import Generation, generation_of, rebalances
from agentctl.lag.rows import LagRow, standpoint
from agentctl.lag.summing import order
from agentctl.lag.why import Waiting
from agentctl.model.event import Event
from agentctl.model.query import Isolation, Query, Window
from agentctl.model.record import Record
from agentctl.ports import Progress
from agentctl.sources.consuming import RangeReader
from agentctl.sources.ranges import Range, ask, decide
from agentctl.sources.reading import record_of

_MOST_RECORDS = 50_000
"""How many unread records are looked through: a second or two."""
_COMMITTED = Isolation.READ_COMMITTED
_DAY_MS = 24 * 3_600_000
_MOST_COMMITS = 500_000


@dataclass(frozen=True, slots=True)
class Unread:
    """What was found of what is not read."""

    stands_on: Event | None
    waiting: Waiting


class UnreadReader:
    """Reads what a group has not read yet, without its group."""

    def __init__(self, connection: Connection, event: Callable[[Record], Event], progress: Progress) -> None:
        """``event`` is the field mapping."""
        self._connection = connection
        self._event = event
        self._progress = progress

    def read(self, rows: Sequence[LagRow]) -> Unread:
        """Read from where the group stands in each partition, most where it is furthest behind."""
        behind = [row for row in sorted(rows, key=order) if row.lag and row.bounds is not None]
        if not behind:
            return Unread(None, Waiting())
        worst = behind[0]
        share = max(_MOST_RECORDS // len(behind), 1)
        ranges = [_range(row, _MOST_RECORDS if row is worst else share) for row in behind]
        waiting = Waiting(
            whole=all(one.end == most for one, most in zip(ranges, map(_last, behind), strict=True))
        )
        reader = RangeReader(self._connection, [one for one in ranges if one.end > one.start], _COMMITTED)
        stands_on: Event | None = None
        for runs in reader:
            for reading, run in runs:
                in_worst = reading.range.place == (worst.topic, worst.partition)
                for message in run:
                    event = self._event(record_of(message))
                    waiting.add(event, in_worst=in_worst)
                    if in_worst and stands_on is None:
                        stands_on = event
                self._progress.advance(len(run), sum(map(len, run)))
        return Unread(stands_on or self._held(worst), waiting)

    def _held(self, worst: LagRow) -> Event | None:
        """Return the record that an open transaction begins with, when that is what the group waits for."""
        if worst.unread is None or not worst.unread.open_transaction or worst.unread.offset is None:
            return None
        at = worst.unread.offset
        assert worst.bounds is not None
        one = Range(worst.topic, worst.partition, worst.bounds.log_start, at + 1, at, at + 1)
        for runs in RangeReader(self._connection, [one], Isolation.READ_UNCOMMITTED):
            for _, run in runs:
                if run:
                    return self._event(record_of(run[0]))
        return None


def seen_rebalances(connection: Connection, group: str, now_ms: int) -> tuple[Generation, ...]:
    """Return the rebalances of a group within the last day, as far as its coordinator has kept them.

    None is found where that may not be read, or is too much.
    """
    try:
        return rebalances(_generations(connection, group, now_ms))
    except InterruptedScan:
        raise
    except AgentctlError:
        return ()


def _generations(connection: Connection, group: str, now_ms: int) -> list[Generation]:
    [topic] = topics.describe(connection, [TOPIC]).topics
    place = (TOPIC, coordinator_partition(group, len(topic.partitions)))
    query = Query(topics=(TOPIC,), window=Window(since_ms=now_ms - _DAY_MS), slack_ms=None)
    ranges = decide(ask(connection, [place], query), [place], query, {})
    if ranges.expected > _MOST_COMMITS:
        return []
    found: list[Generation] = []
    for runs in RangeReader(connection, ranges.ranges, _COMMITTED, [topic]):
        for _, run in runs:
            found += filter(None, (_generation(message, group) for message in run))
    return found


def _generation(message: Message, group: str) -> Generation | None:
    key, value = message.key(), message.value()
    try:
        return generation_of(
            key if isinstance(key, bytes) else None,
            value if isinstance(value, bytes) else None,
            message.timestamp()[1],
            group,
        )
    except UnreadableError:
        return None


def _range(row: LagRow, most: int) -> Range:
    bounds = row.bounds
    assert bounds is not None
    start = standpoint(row.committed, bounds)
    end = min(bounds.last_stable, start + most)
    return Range(row.topic, row.partition, bounds.log_start, bounds.high_watermark, start, max(end, start))


def _last(row: LagRow) -> int:
    """Return the offset up to which there is something to read."""
    assert row.bounds is not None
    return max(row.bounds.last_stable, standpoint(row.committed, row.bounds))
