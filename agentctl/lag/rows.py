"""How far groups are behind, partition by partition: offsets, seconds and what stands beside them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.lag.groups import Bounds, Group, Member, Reading
from agentctl.lag.position import Position
from agentctl.lag.unread import Method, Standpoint, Unread

NEVER_COMMITTED = "never-committed"
OPEN_TRANSACTION = "open-transaction"
NOTHING_READABLE = "nothing-readable"
BEYOND_END = "committed-beyond-end"
REWOUND = "rewound"
INACTIVE = "inactive"
TOPIC_DELETED = "topic-deleted"

_AT_WORK = frozenset({"stable", "preparing-rebalance", "completing-rebalance", "assigning", "reconciling"})


class Verdict(StrEnum):
    """How a group does in a partition, by Burrow's rules; worse ones later."""

    UNKNOWN = "UNKNOWN"
    OK = "OK"
    WARN = "WARN"
    STALL = "STALL"
    STOP = "STOP"
    REWIND = "REWIND"


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and what it rests on."""

    verdict: Verdict
    commits: int = 0
    """How many commits it was judged by."""
    reason: str | None = None
    """Why it is unknown, or what limits it."""
    rewound: bool = False
    """Whether a commit among them went back."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast a partition grows and how fast a group reads it, in records a second; None is unknown."""

    into: float | None = None
    out: float | None = None


@dataclass(frozen=True, slots=True)
class LagRow:
    """One group in one partition. Unknown is None."""

    group: str
    state: str
    topic: str
    partition: int
    committed: int | None
    bounds: Bounds | None
    lag: int | None
    unread: Unread | None
    """None where seconds were not asked for, or nothing is unread."""
    as_of_ms: int
    judged: Judged
    rates: Rates
    member: Member | None
    notes: tuple[str, ...]

    oldest_unread_seconds: float | None = field(init=False)
    """Age of the first unread record; 0 when nothing is unread."""
    behind_seconds: float | None = field(init=False)
    """How much older the first unread record is than the last readable one; 0 when nothing is unread."""
    lag_seconds: float | None = field(init=False)
    """The larger of the two: it goes on growing when producers stop."""

    def __post_init__(self) -> None:
        oldest, behind = self._seconds()
        object.__setattr__(self, "oldest_unread_seconds", oldest)
        object.__setattr__(self, "behind_seconds", behind)
        object.__setattr__(
            self, "lag_seconds", None if oldest is None or behind is None else max(oldest, behind)
        )

    def _seconds(self) -> tuple[float | None, float | None]:
        if self._nothing_unread:
            return 0.0, 0.0
        if self.unread is None or self.unread.timestamp_ms is None:
            return None, None
        first_ms, last_ms = self.unread.timestamp_ms, self.unread.last_ms
        # Where an open transaction holds everything back there is no readable record behind it.
        behind_ms = 0 if last_ms is None else max(last_ms - first_ms, 0)
        return max(self.as_of_ms - first_ms, 0) / 1_000, behind_ms / 1_000

    @property
    def method(self) -> Method:
        """Where the seconds come from."""
        return Method.NONE if self.unread is None else self.unread.method

    @property
    def error_seconds(self) -> float | None:
        """By how much the seconds may err; None when there are none."""
        if self._nothing_unread:
            return 0.0
        return None if self.lag_seconds is None or self.unread is None else self.unread.error_ms / 1_000

    @property
    def drain_seconds(self) -> float | None:
        """How long it takes at these rates until nothing is left; None when that is never, or unknown."""
        if self.lag == 0:
            return 0.0
        if self.lag is None or self.rates.into is None or self.rates.out is None:
            return None
        gain = self.rates.out - self.rates.into
        return self.lag / gain if gain > 0 else None

    @property
    def never_drains(self) -> bool:
        """Whether the group is known to read no faster than the partition grows."""
        return bool(self.lag) and self.drain_seconds is None and None not in (self.rates.into, self.rates.out)

    @property
    def _nothing_unread(self) -> bool:
        return self.lag == 0 or (self.unread is not None and self.unread.nothing)


def lag_of(committed: int | None, bounds: Bounds) -> int:
    """Return the lag in offsets, as all Kafka tools have it, never counting what retention took."""
    return max(bounds.high_watermark - standpoint(committed, bounds), 0)


def standpoint(committed: int | None, bounds: Bounds) -> int:
    """Return the offset that the group reads next."""
    return bounds.log_start if committed is None else max(committed, bounds.log_start)


def standpoints(reading: Reading) -> dict[Position, tuple[int, ...]]:
    """Return where groups stand before the end of a partition, each offset once, ascending."""
    wanted: dict[Position, set[int]] = {}
    for group in reading.groups:
        if group.refusal is not None:
            continue
        for position in reading.positions[group.name]:
            bounds = reading.bounds.get(position)
            if bounds is not None:
                at = standpoint(group.committed.get(position), bounds)
                if at < bounds.high_watermark:
                    wanted.setdefault(position, set()).add(at)
    return {position: tuple(sorted(offsets)) for position, offsets in wanted.items()}


def rows(
    reading: Reading,
    unread: Mapping[Standpoint, Unread],
    judged: Mapping[tuple[str, Position], Judged],
    rates: Mapping[tuple[str, Position], Rates],
    topics: Iterable[str] = (),
) -> Iterator[LagRow]:
    """Give a row for every group and partition that concerns it; with ``topics``, only of these."""
    only = frozenset(topics)
    for group in reading.groups:
        if group.refusal is not None:
            continue
        for position in reading.positions[group.name]:
            if not only or position[0] in only:
                yield _row(group, position, reading, unread, judged, rates)


_NOT_JUDGED = Judged(Verdict.UNKNOWN)
_NO_RATES = Rates()


def _row(
    group: Group,
    position: Position,
    reading: Reading,
    unread: Mapping[Standpoint, Unread],
    judged: Mapping[tuple[str, Position], Judged],
    rates: Mapping[tuple[str, Position], Rates],
) -> LagRow:
    topic, partition = position
    bounds, committed = reading.bounds.get(position), group.committed.get(position)
    lag = None if bounds is None else lag_of(committed, bounds)
    found = None
    if bounds is not None and lag:
        found = unread.get((topic, partition, standpoint(committed, bounds)))
    own = judged.get((group.name, position), _NOT_JUDGED)
    if lag == 0 or (found is not None and found.nothing):
        own = Judged(Verdict.OK, own.commits, rewound=own.rewound)
    return LagRow(
        group=group.name,
        state=group.state,
        topic=topic,
        partition=partition,
        committed=committed,
        bounds=bounds,
        lag=lag,
        unread=found,
        as_of_ms=reading.as_of_ms,
        judged=own,
        rates=rates.get((group.name, position), _NO_RATES),
        member=group.member_of(position) if group.members else None,
        notes=tuple(_notes(group, position, reading, found, own)),
    )


def _notes(
    group: Group, position: Position, reading: Reading, found: Unread | None, judged: Judged
) -> Iterator[str]:
    """Give what has to be said beside the figures."""
    bounds, committed = reading.bounds.get(position), group.committed.get(position)
    if position[0] not in reading.partitions:
        yield TOPIC_DELETED
    elif position in reading.failed:
        yield reading.failed[position]
    if committed is None:
        yield NEVER_COMMITTED
    elif bounds is not None and committed < bounds.log_start:
        yield f"lost {bounds.log_start - committed}"
    elif bounds is not None and committed > bounds.high_watermark:
        yield BEYOND_END
    if found is not None and found.open_transaction:
        yield OPEN_TRANSACTION
    if found is not None and found.nothing:
        yield NOTHING_READABLE
    if judged.rewound:
        yield REWOUND
    if group.state not in _AT_WORK:
        yield INACTIVE
    if found is not None and found.reason is not None:
        yield found.reason
    if judged.verdict is Verdict.UNKNOWN and judged.reason is not None:
        yield judged.reason
