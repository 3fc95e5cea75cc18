"""How far the groups of agents are behind: in records, and in seconds where that is cheap to know."""

from collections.abc import Callable, Collection, Mapping
from itertools import islice

from agentctl.agents.board import Lag
from agentctl.errors import AgentctlError, InterruptedScan
from agentctl.kafka.committed import committed, groups
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Partition, high_watermark, log_start
from agentctl.model.query import Isolation
from agentctl.sources.consuming import RangeReader
from agentctl.sources.ranges import Range
from agentctl.timeline.reads import groups_of

_MOST_LOOKED_AT = 24
"""Partitions whose first unread record is looked at; beyond that seconds are not told."""


class GroupLag:
    """Asks the cluster. What it may not or cannot tell is unknown, and never an error."""

    def __init__(self, connection: Connection, now: Callable[[], int]) -> None:
        """``now`` is a clock in ms since 1970."""
        self._connection = connection
        self._now = now

    def __call__(self, agents: Collection[str], partitions: Collection[Partition]) -> Mapping[str, Lag]:
        """Return how far the groups of some agents are behind, of several groups of one the worst."""
        try:
            return self._asked(agents, partitions)
        except InterruptedScan:
            raise
        except AgentctlError:
            return {}

    def _asked(self, agents: Collection[str], partitions: Collection[Partition]) -> Mapping[str, Lag]:
        known = groups(self._connection)
        own = {agent: groups_of(agent, known) for agent in agents}
        wanted = sorted({group for found in own.values() for group in found})
        if not wanted or not partitions:
            return {}
        ends = {
            place: one.offset for place, one in high_watermark(self._connection, partitions).found.items()
        }
        starts = {place: one.offset for place, one in log_start(self._connection, partitions).found.items()}
        lags = {group: self._lag(group, ends, starts) for group in wanted}
        worst: dict[str, Lag] = {}
        for agent, found in own.items():
            told = [lag for lag in (lags[group] for group in found) if lag is not None]
            if told:
                worst[agent] = max(told, key=lambda lag: (lag.records or 0, lag.seconds or 0))
        return worst

    def _lag(self, group: str, ends: Mapping[Partition, int], starts: Mapping[Partition, int]) -> Lag | None:
        """Return a group's lag; None for one that never committed in any of the partitions."""
        stands = committed(self._connection, group, ends)
        if stands is None:
            return Lag(group, None, None)
        if not stands:
            return None
        first = {place: max(offset, starts.get(place, offset)) for place, offset in stands.items()}
        behind = {place: ends[place] - offset for place, offset in first.items() if ends[place] > offset}
        if not behind:
            return Lag(group, 0, 0.0)
        return Lag(
            group, sum(behind.values()), self._seconds({place: first[place] for place in behind}, ends)
        )

    def _seconds(self, first: Mapping[Partition, int], ends: Mapping[Partition, int]) -> float | None:
        """Return the age of the oldest record that is the first unread one of its partition."""
        if len(first) > _MOST_LOOKED_AT:
            return None
        ranges = [
            Range(*place, log_start=offset, high_watermark=ends[place], start=offset, end=offset + 1)
            for place, offset in islice(first.items(), _MOST_LOOKED_AT)
        ]
        times = [
            stamp
            for runs in RangeReader(self._connection, ranges, Isolation.READ_UNCOMMITTED)
            for _, run in runs
            for kind, stamp in (message.timestamp() for message in run)
            if kind
        ]
        return max((self._now() - min(times)) / 1_000, 0.0) if times else None
