"""What a story may ask of the world beside its records."""

from collections.abc import Collection, Mapping
from typing import Protocol

from agentctl.lag.history import Commits
from agentctl.lag.position import Position


class Witness(Protocol):
    """Knows who had read what, where partitions ended, and how long topics keep their records."""

    def commits(self, partitions: Collection[Position], since_ms: int | None) -> Commits:
        """Return the commits of all groups for these partitions, since a moment; or why there are none."""

    def ends(self, partitions: Collection[Position], time_ms: int) -> Mapping[Position, int]:
        """Return where partitions ended at a moment (the next offset then), of those where that is known."""

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        """Return the ``retention.ms`` of those topics where it is known; -1 keeps everything."""


class NoWitness:
    """Knows nothing: for files, and where nothing was to be asked."""

    def commits(self, partitions: Collection[Position], since_ms: int | None) -> Commits:
        """Return no history and say nothing."""
        return Commits(None, "")

    def ends(self, partitions: Collection[Position], time_ms: int) -> Mapping[Position, int]:
        """Return nothing."""
        return {}

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        """Return nothing."""
        return {}
