"""What a cluster knows beside its records: commits, where partitions ended when, and retention."""

from collections.abc import Collection, Mapping

from agentctl.errors import AgentctlError, InterruptedScan
from agentctl.kafka.configs import retention_ms
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import at_time, high_watermark
from agentctl.lag.history import Commits
from agentctl.lag.position import Position
from agentctl.ports import Progress
from agentctl.sources.commits import CHEAP_RECORDS, read_commits


class KafkaWitness:
    """Asks the cluster. What it may not or cannot tell is unknown, and never an error."""

    def __init__(self, connection: Connection, progress: Progress, *, at_any_cost: bool = False) -> None:
        """``at_any_cost`` reads the history of commits however long it is."""
        self._connection = connection
        self._progress = progress
        self._most = None if at_any_cost else CHEAP_RECORDS

    def commits(self, partitions: Collection[Position], since_ms: int | None) -> Commits:
        """Return the commits of all groups for these partitions, since a moment; or why there are none."""
        return read_commits(self._connection, partitions, since_ms, most=self._most, progress=self._progress)

    def ends(self, partitions: Collection[Position], time_ms: int) -> Mapping[Position, int]:
        """Return where partitions ended at a moment, by the index of time that brokers keep."""
        try:
            found = at_time(self._connection, partitions, time_ms).found
            ends = {one: answer.offset for one, answer in found.items() if answer.offset >= 0}
            still = [one for one in found if one not in ends]
            if still:
                latest = high_watermark(self._connection, still).found
                ends |= {one: answer.offset for one, answer in latest.items()}
        except InterruptedScan:
            raise
        except AgentctlError:
            return {}
        return ends

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        """Return the ``retention.ms`` of the topics that tell it."""
        try:
            return retention_ms(self._connection, topics)
        except InterruptedScan:
            raise
        except AgentctlError:
            return {}
