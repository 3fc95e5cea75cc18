"""How far the groups of agents are behind: in records, and in seconds."""

from collections.abc import Callable, Collection, Mapping

from agentctl.agents.board import Lag
from agentctl.errors import AgentctlError, InterruptedScan
from agentctl.kafka.committed import groups
from agentctl.kafka.connection import Connection
from agentctl.kafka.fetching import OffsetFetch
from agentctl.kafka.offsets import Partition
from agentctl.lag.rows import LagRow
from agentctl.lag.wanted import Wanted
from agentctl.ports import Progress
from agentctl.sources.lag import LagSource
from agentctl.sources.unread import ChosenUnread
from agentctl.timeline.reads import groups_of


class GroupLag:
    """Asks the cluster. What it may not or cannot tell is unknown, and never an error."""

    def __init__(self, connection: Connection, now: Callable[[], int], progress: Progress) -> None:
        """``now`` is a clock in ms since 1970."""
        self._connection = connection
        unread = ChosenUnread(None, connection, now, progress)
        self._source = LagSource(connection, OffsetFetch(connection.properties), now, unread=unread)

    def __call__(self, agents: Collection[str], partitions: Collection[Partition]) -> Mapping[str, Lag]:
        """Return how far the groups of some agents are behind, of several groups of one the worst."""
        try:
            return self._asked(agents, frozenset(partitions))
        except InterruptedScan:
            raise
        except AgentctlError:
            return {}

    def _asked(self, agents: Collection[str], partitions: Collection[Partition]) -> Mapping[str, Lag]:
        known = groups(self._connection)
        own = {agent: groups_of(agent, tuple(known)) for agent in agents}
        wanted = sorted({group for found in own.values() for group in found})
        if not wanted or not partitions:
            return {}
        answer = self._source.look(Wanted(tuple(wanted)))
        lags = {group.name: Lag(group.name, None, None) for group in answer.groups if group.refusal}
        for name, rows in answer.by_group.items():
            concerned = [row for row in rows if (row.topic, row.partition) in partitions]
            if any(row.committed is not None for row in concerned):
                lags[name] = _lag(name, concerned)
        worst: dict[str, Lag] = {}
        for agent, found in own.items():
            told = [lags[group] for group in found if group in lags]
            if told:
                worst[agent] = max(told, key=lambda lag: (lag.records or 0, lag.seconds or 0))
        return worst


def _lag(group: str, rows: Collection[LagRow]) -> Lag:
    """Return how far a group is behind in the partitions in which it has a commit."""
    committed = [row for row in rows if row.committed is not None]
    records = [row.lag for row in committed if row.lag is not None]
    seconds = [row.oldest_unread_seconds for row in committed]
    known = [one for one in seconds if one is not None]
    return Lag(group, sum(records), max(known) if known else None)
