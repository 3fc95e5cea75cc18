"""Rows of lag summed up: by topic, by group, by member, and by group and topic for screens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentctl.lag.limits import By
from agentctl.lag.rows import LagRow, Verdict

ORDER = (Verdict.OK, Verdict.UNKNOWN, Verdict.WARN, Verdict.STALL, Verdict.STOP, Verdict.REWIND)
"""From the best to the worst."""


@dataclass(frozen=True, slots=True)
class Summed:
    """Several rows taken together. Unknown is None."""

    name: tuple[str, ...]
    """What they have in common, such as the topic."""
    rows: tuple[LagRow, ...]

    @property
    def partitions(self) -> int:
        """How many partitions there are."""
        return len({(row.topic, row.partition) for row in self.rows})

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, the one that is furthest behind first."""
        return tuple(dict.fromkeys(row.group for row in sorted(self.rows, key=order)))

    @property
    def lag(self) -> int | None:
        """Offsets in all; None when no partition tells."""
        known = [row.lag for row in self.rows if row.lag is not None]
        return sum(known) if known else None

    @property
    def lag_seconds(self) -> float | None:
        """Those of the partition that is furthest behind, as far as known; None when nothing is known."""
        return furthest(self.rows)

    @property
    def behind_seconds(self) -> float | None:
        """The same, against the last record instead of now."""
        return largest(row.behind_seconds for row in self.rows)

    @property
    def verdict(self) -> Verdict:
        """The worst."""
        return max((row.judged.verdict for row in self.rows), key=ORDER.index)

    @property
    def rate_in(self) -> float | None:
        """Records a second into all partitions; each counts once."""
        return _sum({(row.topic, row.partition): row.rates.into for row in self.rows}.values())

    @property
    def rate_out(self) -> float | None:
        """Records a second that are read of them."""
        return _sum(row.rates.out for row in self.rows)

    @property
    def drain_seconds(self) -> float | None:
        """How long the slowest partition takes; None when that is never, or unknown."""
        known = [row.drain_seconds for row in self.rows]
        return None if any(one is None for one in known) else largest(known)

    @property
    def never_drains(self) -> bool:
        """Whether some partition grows as fast as it is read, or faster."""
        return any(row.never_drains for row in self.rows)

    @property
    def never_committed(self) -> bool:
        """Whether the group has no commit in any of them."""
        return all(row.committed is None for row in self.rows)


def summed(rows: Iterable[LagRow], by: By | None) -> list[Summed]:
    """Return rows summed up, the furthest behind first; None sums by group and topic."""
    name = _NAMES[by]
    found: dict[tuple[str, ...], list[LagRow]] = {}
    for row in rows:
        found.setdefault(name(row), []).append(row)
    together = [Summed(key, tuple(own)) for key, own in found.items()]
    return sorted(together, key=lambda one: (-(one.lag_seconds or 0.0), -(one.lag or 0), one.name))


def order(row: LagRow) -> tuple[float, int, str, str, int]:
    """Sort the furthest behind first."""
    return -(row.lag_seconds or 0.0), -(row.lag or 0), row.group, row.topic, row.partition


_NAMES: dict[By | None, Callable[[LagRow], tuple[str, ...]]] = {
    None: lambda row: (row.group, row.topic),
    By.TOPIC: lambda row: (row.topic,),
    By.GROUP: lambda row: (row.group,),
    By.MEMBER: lambda row: (row.group, row.member.member_id if row.member else ""),
}


def furthest(rows: Iterable[LagRow]) -> float | None:
    """Return the most seconds that any row is behind.

    Where some are not known it is still the least that it is; a zero would say too much then.
    """
    seconds = [row.lag_seconds for row in rows]
    most = largest(seconds)
    return None if not most and None in seconds else most


def largest(values: Iterable[float | None]) -> float | None:
    """Return the largest of what is known; None when nothing is."""
    return max((one for one in values if one is not None), default=None)


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum; None as soon as one is unknown, for it would be too small."""
    found = list(values)
    return None if not found or any(one is None for one in found) else sum(one for one in found if one)


def too_far(rows: Sequence[LagRow], max_seconds: float | None, max_records: int | None) -> list[LagRow]:
    """Return the rows over a threshold: seconds are judged by partition, records by group and topic."""
    found = [
        row
        for row in rows
        if max_seconds is not None and row.lag_seconds is not None and row.lag_seconds > max_seconds
    ]
    if max_records is None:
        return found
    behind = [one for one in summed(rows, None) if one.lag is not None and one.lag > max_records]
    return [*found, *(row for one in behind for row in one.rows if row.lag and row not in found)]


def partitions_behind(rows: Iterable[LagRow]) -> int:
    """Return in how many partitions of groups there is something to read."""
    return sum(bool(row.lag) for row in rows)
