"""What one group has committed for one partition, in 16 bytes a commit, asked in logarithmic time."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from agentctl.lag.commits import Commit, Owner

GONE = -1
"""Stands for an offset where the position is no longer kept: it expired, or it or its topic was deleted."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is derived of all entries at once. Indices are those of the entries."""

    size: int
    clock: list[int]
    """The latest time until then: clocks may run backwards when another broker becomes coordinator."""
    furthest: list[int]
    """The furthest offset until then, within a life."""
    lives: list[range]
    """Stretches without a loss of the position."""
    turns: list[int]
    """Where the offset differs from the one before, the first entry among them."""
    drops: list[int]
    """Where it is smaller than the one before: rewinds."""


class Track:
    """The entries of one owner, in the order in which the coordinator wrote them."""

    __slots__ = ("_left_out", "_offsets", "_shape", "_times", "coordinator", "owner")

    def __init__(self, owner: Owner, coordinator: int) -> None:
        self.owner = owner
        self.coordinator = coordinator
        """The partition of ``__consumer_offsets`` that holds them."""
        self._times = array("q")
        self._offsets = array("q")
        self._left_out: dict[int, int] = {}
        self._shape: _Shape | None = None

    def __len__(self) -> int:
        return len(self._times)

    def __eq__(self, other: object) -> bool:
        """Whether they are of one owner and hold the same entries."""
        if not isinstance(other, Track):
            return NotImplemented
        return self._state() == other._state()

    __hash__ = None  # type: ignore[assignment]  # it grows

    def _state(self) -> tuple[object, ...]:
        return self.owner, self.coordinator, self._times, self._offsets, self._left_out

    def add(self, offset: int, time_ms: int, left_out: int = 0) -> None:
        """Take the next commit; ``GONE`` for an offset says that the position was dropped.

        ``left_out`` is how many entries an excerpt has left out directly before it.
        """
        if left_out:
            self._left_out[len(self._offsets)] = left_out
        self._offsets.append(offset)
        self._times.append(time_ms)

    def time_ms(self, index: int) -> int:
        """Return when an entry was written."""
        return self._times[index]

    def left_out(self, index: int) -> int:
        """Return how many entries were left out directly before an entry: 0 but in an excerpt."""
        return self._left_out.get(index, 0)

    def offset(self, index: int) -> int:
        """Return an entry's offset; ``GONE`` where it drops the position."""
        return self._offsets[index]

    def entries(self, start: int = 0) -> Iterator[tuple[int, int]]:
        """Give offset and time of the entries from one on."""
        return zip(self._offsets[start:], self._times[start:], strict=True)

    def commit(self, index: int) -> Commit | None:
        """Return an entry; None where it drops the position."""
        if self._offsets[index] == GONE:
            return None
        owner = self.owner
        return Commit(owner.group, owner.topic, owner.partition, self._offsets[index], self._times[index])

    def commits(self) -> Iterator[Commit]:
        """Give the commits in their order."""
        found = (self.commit(index) for index in range(len(self)))
        return (one for one in found if one is not None)

    def rewinds(self) -> Iterator[tuple[Commit, Commit]]:
        """Give each commit that went back, behind the one before it."""
        for index in self._derived().drops:
            before, after = self.commit(index - 1), self.commit(index)
            assert before is not None
            assert after is not None
            yield before, after

    def at(self, time_ms: int) -> int | None:
        """Return the entry that was valid at a moment; None before the first."""
        index = bisect_right(self._derived().clock, time_ms) - 1
        return None if index < 0 else index

    def passed(self, offset: int, since_ms: int | None) -> int | None:
        """Return the first commit behind an offset; None when there is none.

        What came before a loss of the position that lies before ``since_ms`` is of another time: the topic
        may have been deleted, and made anew under its name.
        """
        shape = self._derived()
        for life in shape.lives:
            if since_ms is not None and life.stop < shape.size and self._times[life.stop] < since_ms:
                continue
            index = bisect_right(shape.furthest, offset, life.start, life.stop)
            if index < life.stop:
                return index
        return None

    def fell_back(self, index: int, offset: int) -> int | None:
        """Return the first later entry of the same life that stands at an offset or before it again."""
        shape = self._derived()
        if not shape.drops:
            return None
        life = next(life for life in shape.lives if index in life)
        for drop in shape.drops[bisect_right(shape.drops, index) :]:
            if drop >= life.stop:
                return None
            if self._offsets[drop] <= offset:
                return drop
        return None

    def stood_since(self, index: int) -> int:
        """Return the first of the entries in a row that have the offset of this one."""
        turns = self._derived().turns
        return turns[bisect_right(turns, index) - 1]

    def landmarks(self) -> Iterator[int]:
        """Give the first and the last entry, and where the position was dropped or went back: with the entry
        before, so that between two of them the offsets only rise.
        """
        shape = self._derived()
        for life in shape.lives:
            yield from (life.start, life.stop - 1)
        for index in shape.drops:
            yield from (index - 1, index)
        if GONE in self._offsets:
            yield from (index for index, offset in enumerate(self._offsets) if offset == GONE)
        if shape.size:
            yield from (0, shape.size - 1)

    def only(self, indices: Sequence[int]) -> "Track":
        """Return the track with these entries only; the indices rise."""
        kept = Track(self.owner, self.coordinator)
        before = -1
        for index in indices:
            between = range(before + 1, index)
            left_out = (
                len(between) + sum(self.left_out(n) for n in (*between, index))
                if self._left_out
                else len(between)
            )
            kept.add(self._offsets[index], self._times[index], left_out)
            before = index
        return kept

    def _derived(self) -> _Shape:
        if self._shape is None or self._shape.size != len(self):
            self._shape = _shape(self._times, self._offsets)
        return self._shape


def _shape(times: "array[int]", offsets: "array[int]") -> _Shape:
    lives = list(_lives(offsets))
    furthest: list[int] = [GONE] * len(offsets)
    for life in lives:
        furthest[life.start : life.stop] = accumulate(offsets[life.start : life.stop], max)
    steps = list(enumerate(pairwise(offsets), 1))
    return _Shape(
        size=len(times),
        clock=list(accumulate(times, max)),
        furthest=furthest,
        lives=lives,
        turns=[0, *(index for index, (before, after) in steps if before != after)],
        drops=[index for index, (before, after) in steps if GONE < after < before],
    )


def _lives(offsets: "array[int]") -> Iterator[range]:
    start = 0
    # Mostly there is no loss at all, which is seen without looking at each entry here.
    ends = [index for index, offset in enumerate(offsets) if offset == GONE] if GONE in offsets else []
    for end in [*ends, len(offsets)]:
        if end > start:
            yield range(start, end)
        start = end + 1
