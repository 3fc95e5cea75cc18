"""Finds the first unread records, exactly where that is quick."""

from collections.abc import Mapping

from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position
from agentctl.lag.seconds import Seconds
from agentctl.lag.unread import Standpoint, Unread


class ChosenUnread:
    """Chooses by what it costs."""

    def __init__(self, connection: Connection, seconds: Seconds | None = None) -> None:
        self._connection = connection
        self._seconds = seconds

    def __call__(
        self, standpoints: Mapping[Position, tuple[int, ...]], bounds: Mapping[Position, Bounds]
    ) -> Mapping[Standpoint, Unread]:
        """Return what was found."""
        return {}
