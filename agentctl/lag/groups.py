"""Consumer groups as the cluster tells of them: where they stand, who is in them, where the logs end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agentctl.lag.position import Position


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a partition's log begins and ends, in offsets."""

    log_start: int
    """The first offset that retention has kept."""
    high_watermark: int
    """The offset after the last record that is replicated."""
    last_stable: int
    """Where the first open transaction begins, else the high watermark: a read_committed reader gets no
    further."""

    @property
    def empty(self) -> bool:
        """Whether nothing is kept."""
        return self.log_start >= self.high_watermark


@dataclass(frozen=True, slots=True)
class Member:
    """A living member of a group."""

    member_id: str
    client_id: str
    host: str
    """As the coordinator saw it, without the slash that it writes before an address."""
    partitions: frozenset[Position]


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group at one moment."""

    name: str
    state: str
    """Kafka's name of the state in lower case: ``stable``, ``empty``, ``preparing-rebalance``, ``dead``, …"""
    committed: Mapping[Position, int]
    """The offset that the group will read next, of the partitions in which it has a commit."""
    members: tuple[Member, ...] = ()
    refusal: str | None = None
    """Why where it stands could not be learned; None when it could."""

    @property
    def topics(self) -> frozenset[str]:
        """The topics in which it has a commit."""
        return frozenset(topic for topic, _ in self.committed)

    def member_of(self, position: Position) -> Member | None:
        """Return who reads a partition now; None when nobody does."""
        return next((one for one in self.members if position in one.partitions), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the cluster said of some groups and of all partitions that concern them."""

    groups: tuple[Group, ...]
    bounds: Mapping[Position, Bounds]
    partitions: Mapping[str, int]
    """How many partitions the topics have that are still there."""
    failed: Mapping[Position, str] = field(default_factory=dict)
    """Partitions whose bounds nobody told, and why."""
    troubles: tuple[str, ...] = ()
    """What could not be learned, each in a sentence: it makes the answer partial."""
    as_of_ms: int = 0
    """When the ends were about to be asked for."""
