"""Consumer groups as the cluster tells of them: where they stand, who is in them, where the logs end."""

from collections.abc import Mapping, Sequence
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


def positions_of(group: Group, partitions: Mapping[str, int]) -> list[Position]:
    """Return the partitions that concern a group, sorted.

    All of every topic in which it has a commit, and those that a living member is assigned; of a topic
    that is gone, the partitions in which it has a commit.
    """
    found = set(group.committed)
    found |= {(topic, number) for topic in group.topics for number in range(partitions.get(topic, 0))}
    for member in group.members:
        found |= member.partitions
    return sorted(found)


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
    positions: Mapping[str, Sequence[Position]] = field(init=False)
    """By group the partitions that concern it, as ``positions_of`` gives them."""

    def __post_init__(self) -> None:
        positions = {group.name: positions_of(group, self.partitions) for group in self.groups}
        object.__setattr__(self, "positions", positions)
