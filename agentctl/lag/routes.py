"""The way through one partition that gets every first unread record, and the last one: decided without I/O.

Standpoints that lie near each other are served by one pass over the records between them, others by going
to each of them. What it costs is known beforehand.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position

NEAR = 1_000
"""How many offsets are rather passed over than skipped: to go elsewhere takes about as long (measured)."""
_FIRST_STEP = 16
"""How far before the end the last record is looked for at first."""
_GROWTH = 4
"""How many times as far it is looked for each further time."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A record: where it stands, and its timestamp."""

    offset: int
    time_ms: int | None
    """None when it bears none."""


class Route:
    """One partition while it is walked through.

    ``end`` is where reading ends: nothing at or behind it is the last record, and a standpoint before it has
    nothing to read once the reader has passed it. Whoever reads begins at ``position``, hands over what comes
    by ``take``, says where the log ends by ``ended``, and asks by ``turn`` after every batch where to go on.
    """

    __slots__ = (
        "_began",
        "_end",
        "_looking",
        "_next",
        "_standpoints",
        "_step",
        "_tail",
        "_upper",
        "done",
        "found",
        "last",
        "position",
    )

    def __init__(self, standpoints: Sequence[int], end: int, *, tail: bool = True) -> None:
        """Begin; standpoints ascend and lie before the end. With ``tail`` the last record is wanted, too."""
        self._standpoints = standpoints
        self._end = end
        self._tail = tail
        self._next = 0
        self._began = standpoints[0]
        self._upper = end
        self._step = _FIRST_STEP
        self._looking = False
        self.position = standpoints[0]
        """The next offset that is not known yet."""
        self.done = False
        self.found: dict[int, Stamp | None] = {}
        """The first record for each standpoint; None where there is none before the end."""
        self.last: Stamp | None = None
        """The last record before the end at or behind the first standpoint, once it is done."""

    def take(self, offsets: Sequence[int], time_of: Callable[[int], int | None]) -> None:
        """Take the next records, in order; ``time_of`` gives the timestamp of the one at an index."""
        while self._next < len(self._standpoints):
            standpoint = self._standpoints[self._next]
            index = bisect_left(offsets, standpoint)
            if index == len(offsets):
                break
            self.found[standpoint] = Stamp(offsets[index], time_of(index))
            self._next += 1
        inside = bisect_left(offsets, self._upper)
        if inside:
            self.last = Stamp(offsets[inside - 1], time_of(inside - 1))
        self.position = max(self.position, offsets[-1] + 1)

    def ended(self) -> None:
        """The log ends here: whatever was not got by now is not there."""
        self.position = max(self.position, self._end)

    def moved(self, log_start: int) -> None:
        """What lies before this offset was removed meanwhile."""
        self.position = max(self.position, log_start)

    def turn(self) -> int | None:
        """Return the offset to go to; None to go on, or when it is done."""
        if self._next < len(self._standpoints):
            standpoint = self._standpoints[self._next]
            if self.position < self._end:
                return self._begin(standpoint) if standpoint - self.position > NEAR else None
            for left in self._standpoints[self._next :]:
                self.found[left] = None
            self._next = len(self._standpoints)
        if not self._tail:
            self.done = True
            return None
        return self._look_back()

    def _look_back(self) -> int | None:
        """Go on to the end where it is near; else look for the last record before it, ever further back."""
        if self.position < self._upper:
            if self._looking or self._upper - self.position <= NEAR:
                return None
        elif self._began <= self._floor:
            self.done = True
            return None
        else:
            self._upper = self._began
        self._looking = True
        begin = max(self._upper - self._step, self._floor)
        self._step *= _GROWTH
        return self._begin(begin)

    @property
    def _floor(self) -> int:
        """Where looking back ends: behind the last record that is known, or at the first standpoint."""
        return self._standpoints[0] if self.last is None else self.last.offset + 1

    def _begin(self, offset: int) -> int:
        self._began = self.position = offset
        return offset


@dataclass(frozen=True, slots=True)
class Cost:
    """What it takes to read all first unread records."""

    records: int
    """To be passed over, at most: offsets, holes among them."""
    seeks: int
    """How many times somewhere else is read from, the first time in a partition among them."""

    @property
    def brought(self) -> int:
        """About how many records come, for they come in whole batches."""
        return self.records + self.seeks * _BATCH

    @property
    def seconds(self) -> float:
        """About how long that takes, by rates that were measured on one machine: an order of magnitude."""
        return _BASE_SECONDS + self.records * _RECORD_SECONDS + self.seeks * _SEEK_SECONDS


_BATCH = 500
_BASE_SECONDS = 0.03
_RECORD_SECONDS = 1.2e-6
_SEEK_SECONDS = 0.9e-3
"""Going elsewhere brings at least one whole batch of records, mostly some hundreds of them."""


def cost(standpoints: Mapping[Position, Sequence[int]], bounds: Mapping[Position, Bounds]) -> Cost:
    """Return what it costs to read the first unread records from these standpoints on."""
    records = seeks = 0
    for position, offsets in standpoints.items():
        known = bounds.get(position)
        if known is None or not offsets:
            continue
        at = -NEAR - 2
        for offset in offsets:
            if offset - at - 1 > NEAR:
                seeks += 1
                at = offset - 1
            records += offset - at
            at = offset
        left = max(min(known.last_stable, known.high_watermark) - at - 1, 0)
        records += left if left <= NEAR else _FIRST_STEP
        seeks += left > NEAR
    return Cost(records, seeks)
