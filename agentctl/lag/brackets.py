"""What look-ups by time tell of the times of offsets, and which one to make next: pure.

A look-up answers with the first record that has the asked timestamp or a later one. So what lies before that
record is older than what was asked, and all answers together are points of the running maximum of the
timestamps. Where timestamps never run backwards, that is their own course.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_TOLERANCE_MS = 1_000
"""An error up to this is as good as none."""
_TOLERANCE = 100
"""An error of one part in so many of the age is as good as none."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """Between which two times a record's timestamp lies, both included."""

    low_ms: int
    high_ms: int

    @property
    def middle_ms(self) -> int:
        """The best guess."""
        return (self.low_ms + self.high_ms) // 2

    @property
    def error_ms(self) -> int:
        """By how much the guess may err."""
        return self.high_ms - self.middle_ms


class Brackets:
    """All that is known of one partition below an end, which is no record's offset that was asked about."""

    __slots__ = ("_asked", "_beyond", "_end", "_offsets", "_times")

    def __init__(self, end: int) -> None:
        self._end = end
        self._offsets: list[int] = []
        self._times: list[int] = []
        self._asked: list[int] = []
        """The earliest time for which each was the answer."""
        self._beyond: int | None = None
        """The earliest time that no record before the end has reached."""

    def add(self, asked_ms: int, offset: int, time_ms: int | None) -> None:
        """Take an answer; an offset of -1 says that no record is that late."""
        if offset < 0 or offset >= self._end or time_ms is None:
            self._beyond = asked_ms if self._beyond is None else min(self._beyond, asked_ms)
            return
        index = bisect_left(self._offsets, offset)
        if index < len(self._offsets) and self._offsets[index] == offset:
            self._asked[index] = min(self._asked[index], asked_ms)
            return
        self._offsets.insert(index, offset)
        self._times.insert(index, time_ms)
        self._asked.insert(index, asked_ms)

    def bracket(self, offset: int, *, holes: bool) -> Bracket | None:
        """Return when the first record at or after an offset is dated; None when that is not known.

        With ``holes`` the log may hold nothing at the offset itself, so that the record may be the next
        known one.
        """
        index = bisect_right(self._offsets, offset) - 1
        if not self._offsets:
            return None
        if index < 0:
            # Before the first answer, which is that to the earliest time: it is the first record of all.
            return Bracket(self._times[0], self._times[0])
        low = self._times[index]
        if self._offsets[index] == offset:
            return Bracket(low, low)
        if index + 1 < len(self._offsets):
            high = self._times[index + 1] if holes else self._asked[index + 1] - 1
        elif self._beyond is not None:
            high = self._beyond - 1
        else:
            return None
        return Bracket(low, max(low, high))

    def question(self, standpoints: Sequence[int], now_ms: int, *, number: int) -> int | None:
        """Return the time to ask for next, which narrows the widest bracket of all standpoints.

        None when nothing can be narrowed that matters. ``number`` counts the questions: they take turns in
        how they aim.
        """
        widest, found = 1.0, None
        for index, low in enumerate(self._times):
            begin = self._offsets[index]
            last = index + 1 == len(self._offsets)
            end = self._end if last else self._offsets[index + 1]
            inside = standpoints[bisect_right(standpoints, begin) : bisect_left(standpoints, end)]
            if not inside:
                continue
            high = self._beyond if last else self._asked[index + 1]
            if high is None:
                return max(now_ms, low + 1) if low < now_ms else low + 2 * (low - now_ms) + LEAST_TOLERANCE_MS
            tolerance = tolerance_ms(now_ms - (low + high) // 2)
            width = (high - 1 - low) / 2 / tolerance
            if width > widest:
                share = (inside[len(inside) // 2] - begin) / (end - begin)
                aim = _aim(low, high, share, tolerance, number)
                widest, found = width, min(max(aim, low + 1), high - 1)
        return found


def _aim(low: int, high: int, share: float, tolerance: int, number: int) -> int:
    """Aim a little before and a little behind where the time should lie if records came evenly.

    Every third time into the middle: that is never far too slow.
    """
    if number % 3 == 2:
        return (low + high) // 2
    even = low + int((high - low) * share)
    return even + (-1 if number % 3 == 0 else 1) * tolerance * 3 // 4


def tolerance_ms(age_ms: int) -> int:
    """Return which error of an age is as good as none."""
    return max(LEAST_TOLERANCE_MS, age_ms // _TOLERANCE)
