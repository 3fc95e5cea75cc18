"""Why a group is behind: one cause, from where it stands, what waits, and whether it moves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.lag.generations import Generation
from agentctl.lag.groups import Group
from agentctl.lag.history import CommitHistory
from agentctl.lag.rows import LagRow, Verdict
from agentctl.lag.summing import order
from agentctl.model.event import Event

_STUCK_MS = 60_000
"""How long a group has to stand at an offset, with something to read, to be called stuck there."""
_MANY_REBALANCES = 5
"""How many within the last hour keep a group from working."""
_HOUR_MS = 3_600_000
_SHARE = 0.8
"""The share of a group's lag in one partition, of several, from which on that partition is the bottleneck."""
_HOT_KEY = 0.5
_LEAST_WAITING = 10
_WORKING = frozenset({"stable", "reconciling", "assigning"})
_REBALANCING = frozenset({"preparing-rebalance", "completing-rebalance"})


class Cause(StrEnum):
    """Why a group is behind, or that it is not."""

    CAUGHT_UP = "caught-up"
    NEVER_COMMITTED = "never-committed"
    OPEN_TRANSACTION = "open-transaction"
    REBALANCING = "rebalancing"
    REWOUND = "rewound"
    NO_MEMBER = "no-member"
    POISON_RECORD = "poison-record"
    STOPPED = "stopped"
    HOT_KEY = "hot-key"
    TOO_SLOW = "too-slow"
    CATCHING_UP = "catching-up"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Movement:
    """How a group stands in a partition, by its commits."""

    stood_since_ms: int
    """Since when it has stood where it stands."""
    longer: bool
    """Whether it may have stood there longer still: the history does not tell."""
    last_ms: int
    """When it committed last."""
    commits: int


@dataclass(slots=True)
class Waiting:
    """What is not read yet, as far as it was looked through."""

    records: int = 0
    workflows: set[str] = field(default_factory=set)
    nameless: int = 0
    """Records of no workflow."""
    keys: Counter[bytes | None] = field(default_factory=Counter)
    """How many of the worst partition's records each key has."""
    whole: bool = True
    """Whether all of it was looked through."""

    def add(self, event: Event, *, in_worst: bool) -> None:
        """Take the next unread event."""
        self.records += 1
        if event.workflow_id is None:
            self.nameless += 1
        else:
            self.workflows.add(event.workflow_id)
        if in_worst:
            self.keys[event.record.key] += 1

    @property
    def hot_key(self) -> tuple[bytes | None, float] | None:
        """The key that most of the worst partition's waiting records have, and its share."""
        total = sum(self.keys.values())
        if not total:
            return None
        [(key, count)] = self.keys.most_common(1)
        return key, count / total


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a group that is behind."""

    group: Group
    rows: tuple[LagRow, ...]
    stands_on: Event | None
    """The first record that it has not read, in the partition in which it is furthest behind."""
    waiting: Waiting
    moves: Mapping[tuple[str, int], Movement]
    """By partition, where its commits are known."""
    rebalances: tuple[Generation, ...]
    as_of_ms: int

    @property
    def worst(self) -> LagRow | None:
        """Where it is furthest behind; None when it has nothing to read."""
        behind = [row for row in self.rows if row.lag and not (row.unread and row.unread.nothing)]
        return min(behind, key=order, default=None)

    @property
    def siblings(self) -> tuple[LagRow, ...]:
        """The other partitions of the same topic."""
        worst = self.worst
        return tuple(row for row in self.rows if worst and row is not worst and row.topic == worst.topic)

    @property
    def recent_rebalances(self) -> int:
        """How many there were within the last hour."""
        return sum(one.time_ms > self.as_of_ms - _HOUR_MS for one in self.rebalances)

    def stuck(self, row: LagRow) -> bool | None:
        """Whether the group has stood still there with something to read; None when that is not known."""
        move = self.moves.get((row.topic, row.partition))
        if move is None:
            return None
        return bool(row.lag) and self.as_of_ms - move.stood_since_ms > _STUCK_MS


def movements(rows: Iterable[LagRow], history: CommitHistory | None) -> Mapping[tuple[str, int], Movement]:
    """Return how a group stands in each partition in which its commits are known."""
    found: dict[tuple[str, int], Movement] = {}
    for row in rows if history is not None else ():
        track = history.track(row.group, row.topic, row.partition) if history is not None else None
        if track is None or not len(track) or track.offset(len(track) - 1) != row.committed:
            continue
        last = len(track) - 1
        since = track.stood_since(last)
        longer = since == 0 and history is not None and not history.reach_of(track).reaches(0)
        found[row.topic, row.partition] = Movement(
            track.time_ms(since), longer, track.time_ms(last), len(track)
        )
    return found


def cause(found: Evidence) -> Cause:
    """Return the cause that explains what is known, the first that does."""
    worst = found.worst
    if worst is None:
        if found.group.refusal is not None or any(row.lag is None for row in found.rows):
            return Cause.UNKNOWN
        return Cause.CAUGHT_UP if found.rows else Cause.NEVER_COMMITTED
    if all(row.committed is None for row in found.rows):
        return Cause.NEVER_COMMITTED
    if worst.unread is not None and worst.unread.open_transaction:
        return Cause.OPEN_TRANSACTION
    if found.group.state in _REBALANCING or found.recent_rebalances >= _MANY_REBALANCES:
        return Cause.REBALANCING
    if worst.judged.verdict is Verdict.REWIND:
        return Cause.REWOUND
    if not found.group.members and found.group.state not in _WORKING:
        return Cause.NO_MEMBER
    return _by_movement(found, worst)


def _by_movement(found: Evidence, worst: LagRow) -> Cause:
    """Return why a group with members is behind, by where it moves."""
    stuck = found.stuck(worst)
    if stuck:
        busy = [row for row in found.siblings if found.stuck(row) is False and _was_read(found, row)]
        return Cause.POISON_RECORD if busy else Cause.STOPPED
    gain = _gain(worst)
    if gain is None:
        return Cause.UNKNOWN
    if gain > 0:
        return Cause.CATCHING_UP
    return Cause.HOT_KEY if _hot(found, worst) else Cause.TOO_SLOW


def _was_read(found: Evidence, row: LagRow) -> bool:
    """Whether the group has moved in a partition since it stands still in the worst one."""
    own, worst = found.moves.get((row.topic, row.partition)), found.worst
    assert worst is not None
    there = found.moves.get((worst.topic, worst.partition))
    return own is not None and there is not None and own.stood_since_ms > there.stood_since_ms


def _gain(row: LagRow) -> float | None:
    into, out = row.rates.into, row.rates.out
    return None if into is None or out is None else out - into


def _hot(found: Evidence, worst: LagRow) -> bool:
    total = sum(row.lag or 0 for row in (worst, *found.siblings))
    hot = found.waiting.hot_key
    return (
        bool(found.siblings)
        and (worst.lag or 0) > _SHARE * total
        and found.waiting.records >= _LEAST_WAITING
        and hot is not None
        and hot[1] > _HOT_KEY
    )
