"""Reads the history of commits from a cluster, as far as that is allowed and cheap."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from confluent_kafka import Message

from agentctl.errors import AccessError, AgentctlError, InterruptedScan, NotFoundError
from agentctl.kafka import topics
from agentctl.kafka.connection import Connection
from agentctl.kafka.topics import Topic
from agentctl.lag.commits import TOPIC, coordinator_partition
from agentctl.lag.history import Commits
from agentctl.lag.position import Position
from agentctl.lag.recording import Recording
from agentctl.model.instant import instant
from agentctl.model.query import Isolation, Query, Window
from agentctl.ports import Progress
from agentctl.sources.account import problems as missing
from agentctl.sources.consuming import RangeReader
from agentctl.sources.ranges import Range, Ranges, ask, decide
from agentctl.sources.reading import Reading

CHEAP_RECORDS = 2_000_000
"""How many records are read unasked: some seconds."""
LEAD_MS = 10 * 60 * 1000
"""How long before a window to begin: most groups have committed in that time, so where they stood is known.
"""

_NOTHING = "when groups read the events is not known: "
_SAID = 3
"""How many of the partitions that are not whole are named."""


def read_commits(
    connection: Connection,
    wanted: Collection[Position] | None,
    since_ms: int | None,
    *,
    groups: Collection[str] | None = None,
    most: int | None = CHEAP_RECORDS,
    progress: Progress | None = None,
) -> Commits:
    """Read the commits for partitions since a moment, and a little before it; None wants all.

    With ``groups`` only the partitions that hold their commits are read. More than ``most`` records are not
    begun with; None reads any number. Whatever prevents it ends in a sentence, never in an error: the
    history adds to an answer that stands without it.
    """
    try:
        return _Pass(connection, wanted, since_ms, groups).read(most, progress)
    except InterruptedScan:
        raise
    except AccessError as error:
        return Commits(None, f"{_NOTHING}{error.message}")
    except NotFoundError:
        return Commits(None, f"{_NOTHING}the cluster has no {TOPIC}, or this user may not see it")
    except AgentctlError as error:
        return Commits(None, f"{_NOTHING}{error.message}")


class _Pass:
    """One reading of the history."""

    def __init__(
        self,
        connection: Connection,
        wanted: Collection[Position] | None,
        since_ms: int | None,
        groups: Collection[str] | None,
    ) -> None:
        self._connection = connection
        self._since_ms = None if since_ms is None else max(since_ms - LEAD_MS, 0)
        self._groups = groups
        self._recording = Recording(wanted, groups)

    def read(self, most: int | None, progress: Progress | None) -> Commits:
        """Read it, unless it is too much."""
        [topic] = topics.describe(self._connection, [TOPIC]).topics
        ranges = self._ranges(topic)
        if not ranges.troubles and all(one.high_watermark == 0 for one in ranges.ranges):
            return Commits(None, f"{_NOTHING}{self._silence()}")
        if most is not None and ranges.expected > most:
            return Commits(
                None,
                f"{_NOTHING}{TOPIC} holds about {ranges.expected:,} records {self._since()}, "
                f"more than the {most:,} that are read unasked",
                excess=True,
            )
        for one in ranges.ranges:
            self._recording.begin(one.partition, one.start)
        reader = RangeReader(self._connection, ranges.ranges, Isolation.READ_COMMITTED, [topic])
        for runs in reader:
            for reading, run in runs:
                self._take(reading, run, progress)
        readings = reader.readings.values()
        for reading in readings:
            self._recording.end(
                *(reading.range.partition, reading.position),
                whole=_whole(reading),
                torn=bool(reading.lost),
            )
        return self._answer(readings, ranges.troubles)

    def _ranges(self, topic: Topic) -> Ranges:
        numbers: Iterable[int] = topic.partitions
        if self._groups is not None:
            numbers = sorted({coordinator_partition(group, len(topic.partitions)) for group in self._groups})
        partitions = [(TOPIC, number) for number in numbers]
        query = Query(topics=(TOPIC,), window=Window(since_ms=self._since_ms), slack_ms=None)
        found = decide(ask(self._connection, partitions, query), partitions, query, {})
        return replace(found, ranges=tuple(map(_one_earlier, found.ranges)))

    def _take(self, reading: Reading, run: list[Message], progress: Progress | None) -> None:
        if not run:
            return
        if progress is not None:
            progress.advance(len(run), sum(map(len, run)))
        self._recording.take(
            reading.range.partition,
            list(map(Message.offset, run)),  # type: ignore[arg-type]
            list(map(Message.key, run)),
            list(map(Message.value, run)),
            [time_ms for _, time_ms in map(Message.timestamp, run)],
        )

    def _answer(self, readings: Iterable[Reading], troubles: Sequence[str]) -> Commits:
        history = self._recording.history()
        problems = [*troubles, *missing(tuple(readings))]
        unreadable = sum(one.unreadable for one in history.reaches.values())
        if unreadable:
            problems.append(f"{unreadable:,} records of {TOPIC} are not what a coordinator writes")
        if not problems:
            return Commits(history, "")
        more = f"; and {len(problems) - _SAID:,} more like this" if len(problems) > _SAID else ""
        return Commits(
            history, f"when groups read the events is not wholly known: {'; '.join(problems[:_SAID])}{more}"
        )

    def _silence(self) -> str:
        if self._groups is not None:
            return f"{TOPIC} holds nothing where the commits of {', '.join(sorted(self._groups))} would be"
        return f"{TOPIC} is empty, so nobody has committed, or this broker keeps no history"

    def _since(self) -> str:
        return "in all" if self._since_ms is None else f"since {instant(self._since_ms)}"


def _one_earlier(one: Range) -> Range:
    """Begin one record before the window: if it is there, compaction took nothing between it and the next."""
    if one.pruned is not None or one.start <= one.log_start:
        return one
    return replace(one, start=one.start - 1)


def _whole(reading: Reading) -> bool:
    one = reading.range
    return one.held_back == 0 and (one.pruned is not None or reading.position >= one.end)
