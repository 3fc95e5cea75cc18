"""How far a group was behind through a stretch of time, from its commits and the times of records: pure.

Between two commits a group stands still, so how long the first record that it has not read has waited grows
by one second a second. What is asked of a stretch is therefore computed from the times at which the group
moved and from the times of the records at which it stood, not sampled.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agentctl.lag.position import Position
from agentctl.lag.track import GONE, Track

NEVER = 2**62
"""As the time of a record: there is none at or behind that offset."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A group stands at one offset from a moment on, until before another one."""

    since_ms: int
    until_ms: int
    offset: int | None
    """None where it has no position: it was dropped, or there was no commit yet."""
    ended: bool
    """Whether a commit ended it; else the stretch that is looked at did."""

    @property
    def last_ms(self) -> int:
        """The last moment at which it stood there."""
        return self.until_ms - 1 if self.ended else self.until_ms


def stands(track: Track, since_ms: int, until_ms: int) -> tuple[Stand, ...]:
    """Return where a group stood from its first known commit on, within ``[since_ms, until_ms]``."""
    begins: list[tuple[int, int]] = []
    clock = since_ms
    for index in range(track.at(since_ms) or 0, len(track)):
        # Another broker that becomes coordinator may have an earlier clock.
        clock = max(clock, track.time_ms(index))
        if clock >= until_ms:
            break
        if begins and begins[-1][0] == clock:
            begins.pop()
        if not begins or begins[-1][1] != track.offset(index):
            begins.append((clock, track.offset(index)))
    if not begins:
        return ()
    ends = [time_ms for time_ms, _ in begins[1:]]
    return tuple(
        Stand(begin, end, None if offset == GONE else offset, ended)
        for (begin, offset), end, ended in zip(
            begins, [*ends, until_ms], [*(True for _ in ends), False], strict=True
        )
    )


def commits_within(track: Track, since_ms: int, until_ms: int) -> int:
    """Return how many commits were made in that time."""
    return sum(since_ms <= one.time_ms < until_ms for one in track.commits())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time during which a group was too far behind."""

    since_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Peak:
    """When a group was furthest behind, and how far."""

    lag_ms: int
    time_ms: int
    position: Position


class Course:
    """A group in one partition through a stretch of time. ``dated`` gives it the times of records."""

    def __init__(
        self,
        position: Position,
        found: Sequence[Stand],
        *,
        commits: int = 0,
        unknown_until_ms: int | None = None,
        log_start: int = 0,
    ) -> None:
        self.position = position
        self.stands = tuple(found)
        self.commits = commits
        """How many were made within the stretch."""
        self.unknown_until_ms = unknown_until_ms
        """Until when where the group stood is not known; None where it is known from the beginning."""
        self.log_start = log_start
        """What lies before it has been removed since: when that was written is not known any more."""
        self._begins = [one.since_ms for one in self.stands]
        self._offsets: list[int] = []
        self._times: dict[int, int] = {}

    @property
    def offsets(self) -> list[int]:
        """Every offset at which it stood and of which more can be known, ascending."""
        return sorted({one.offset for one in self.stands if one.offset is not None and self._kept(one)})

    def dated(self, offset: int, time_ms: int) -> None:
        """Take when the first record at or after an offset was written; ``NEVER`` when there is none."""
        if offset not in self._times:
            insort(self._offsets, offset)
        self._times[offset] = time_ms

    def standing(self, time_ms: int) -> Stand | None:
        """Return where it stood at a moment; None when that is not known."""
        index = bisect_right(self._begins, time_ms) - 1
        return None if index < 0 else self.stands[index]

    def lag_ms(self, stand: Stand, time_ms: int) -> int | None:
        """Return how long at a moment the first record that it had not read had waited; 0 when none had."""
        if stand.offset is None:
            return None
        written_ms = self.written_ms(stand.offset)
        return None if written_ms is None else max(time_ms - written_ms, 0)

    def written_ms(self, offset: int) -> int | None:
        """Return when the first record at or after an offset was written: of those asked for exactly, else
        between its neighbours. None when it is not known.
        """
        exact = self._times.get(offset)
        if exact is not None or offset < self.log_start:
            return exact
        low, high = self._around(offset)
        if low is None:
            return None
        return low if high is None or high == NEVER else (low + high) // 2

    def over(self, limit_ms: int) -> list[Stretch]:
        """Return when it was further behind than that, in order; what touches is one stretch."""
        return merged(Stretch(*found) for found in self._over(limit_ms))

    def peak(self) -> Peak | None:
        """Return when it was furthest behind; None when nothing is known."""
        known = [
            (lag, one.last_ms) for one in self.stands if (lag := self.lag_ms(one, one.last_ms)) is not None
        ]
        if not known:
            return None
        lag_ms, time_ms = max(known, key=lambda one: (one[0], -one[1]))
        return Peak(lag_ms, time_ms, self.position)

    def first_questions(self, most: int) -> list[int]:
        """Return the offsets whose times are wanted first: of the longest stands, and evenly over time."""
        longest = sorted(self.stands, key=lambda one: one.since_ms - one.until_ms)[: most // 4]
        wanted = [*longest, *self.stands[:1], *self.stands[-1:]]
        if self.stands:
            begin, end = self.stands[0].since_ms, self.stands[-1].until_ms
            moments = (begin + (end - begin) * n // most for n in range(most * 3 // 4))
            wanted += [stand for one in moments if (stand := self.standing(one)) is not None]
        return sorted({one.offset for one in wanted if one.offset is not None and self._kept(one)})

    def questions(self, limit_ms: int, most: int) -> list[int]:
        """Return the offsets whose times are wanted next: to know when a limit was exceeded, and how far."""
        peak = self.peak()
        worst_ms = 0 if peak is None else peak.lag_ms
        gaps: dict[int, list[int]] = {}
        for one in self.stands:
            if one.offset is None or one.offset in self._times or not self._kept(one):
                continue
            low, high = self._around(one.offset)
            most_ms = one.until_ms - (0 if low is None else low)
            least_ms = NEVER if high is None else one.until_ms - high
            if most_ms > limit_ms and (least_ms <= limit_ms or most_ms > worst_ms):
                gaps.setdefault(bisect_left(self._offsets, one.offset), []).append(one.offset)
        # The middle of each gap, the gaps with most in them first.
        largest = sorted(gaps.values(), key=len, reverse=True)[:most]
        return sorted({sorted(own)[len(own) // 2] for own in largest})

    def doubt_ms(self, limit_ms: int) -> int:
        """Return by how much the time of a record may err where that matters; 0 where all is exact."""
        doubts = [0]
        for one in self.stands:
            if one.offset is not None and one.offset not in self._times and self._kept(one):
                low, high = self._around(one.offset)
                if low is not None and one.until_ms - low > limit_ms:
                    doubts.append(min(one.until_ms, NEVER if high is None else high) - low)
        return max(doubts)

    def lost(self) -> Stretch | None:
        """Return within which time it stood at records that have been deleted since; None when at none."""
        gone = [one for one in self.stands if one.offset is not None and not self._kept(one)]
        return Stretch(gone[0].since_ms, gone[-1].until_ms) if gone else None

    def _kept(self, stand: Stand) -> bool:
        return stand.offset is not None and stand.offset >= self.log_start

    def _around(self, offset: int) -> tuple[int | None, int | None]:
        """Return the times of the nearest known offsets before and behind; timestamps are taken to rise."""
        index = bisect_left(self._offsets, offset)
        low = self._times[self._offsets[index - 1]] if index else None
        high = self._times[self._offsets[index]] if index < len(self._offsets) else None
        return low, high

    def _over(self, limit_ms: int) -> Iterator[tuple[int, int]]:
        for one in self.stands:
            written_ms = None if one.offset is None else self.written_ms(one.offset)
            if written_ms is not None:
                begin = max(one.since_ms, written_ms + limit_ms)
                if begin < one.until_ms:
                    yield begin, one.until_ms


def merged(found: Iterable[Stretch]) -> list[Stretch]:
    """Return stretches in order, those that overlap or touch as one."""
    joined: list[Stretch] = []
    for one in sorted(found, key=lambda one: one.since_ms):
        if joined and one.since_ms <= joined[-1].until_ms:
            joined[-1] = Stretch(joined[-1].since_ms, max(joined[-1].until_ms, one.until_ms))
        else:
            joined.append(one)
    return joined


def over(courses: Iterable[Course], limit_ms: int) -> list[Stretch]:
    """Return when a group was further behind than that in any partition."""
    return merged(one for course in courses for one in course.over(limit_ms))


def worst(courses: Iterable[Course]) -> Course | None:
    """Return the partition in which a group was furthest behind; None when nothing is known."""
    known = [(found, one) for one in courses if (found := one.peak()) is not None]
    return max(known, key=lambda one: (one[0].lag_ms, -one[0].time_ms), default=(None, None))[1]


_EDGES = 12
"""Beginnings and ends of stretches that have points of their own, a partition."""


def moments(course: Course, limit_ms: int, since_ms: int, until_ms: int, most: int) -> list[int]:
    """Return the moments at which to tell how far behind it was, ascending: evenly, and where it matters."""
    found = {since_ms + (until_ms - since_ms) * n // most for n in range(most + 1)}
    longest = sorted(course.over(limit_ms), key=lambda one: one.since_ms - one.until_ms)
    for one in longest[:_EDGES]:
        found |= {one.since_ms, one.until_ms}
    worst = course.peak()
    if worst is not None and worst.lag_ms:
        found.add(worst.time_ms)
    begin = course.stands[0].since_ms if course.stands else until_ms + 1
    return sorted(one for one in found if begin <= one <= until_ms)


@dataclass(frozen=True, slots=True)
class Point:
    """How far a group was behind in a partition at a moment. Unknown is None."""

    position: Position
    time_ms: int
    committed: int | None
    log_end: int | None
    lag_ms: int | None

    @property
    def lag(self) -> int | None:
        """In offsets, as all Kafka tools have it."""
        if self.committed is None or self.log_end is None:
            return None
        return max(self.log_end - self.committed, 0)

    @property
    def lag_seconds(self) -> float | None:
        """How long the first record that it had not read had waited."""
        if self.lag == 0:
            return 0.0
        return None if self.lag_ms is None else self.lag_ms / 1_000


def point(course: Course, time_ms: int, log_end: int | None) -> Point:
    """Return how far behind it was at a moment at which the log ended there."""
    stand = course.standing(time_ms)
    if stand is None:
        return Point(course.position, time_ms, None, log_end, None)
    return Point(course.position, time_ms, stand.offset, log_end, course.lag_ms(stand, time_ms))


def profile(
    courses: Sequence[Course], since_ms: int, until_ms: int, buckets: int
) -> tuple[float | None, ...]:
    """Return how many seconds a group was behind at most in each of so many equal parts of the time.

    None where it is known of no partition; 0 where it is known to have had no position.
    """
    found: list[float | None] = [0.0] * buckets
    length = max(until_ms - since_ms, 1)

    def bucket_of(time_ms: int) -> int:
        return min(max((time_ms - since_ms) * buckets // length, 0), buckets - 1)

    for course in courses:
        if course.unknown_until_ms is not None:
            begun = bucket_of(course.unknown_until_ms - 1) + 1
            found[:begun] = [None] * begun
    gone: set[int] = set()
    told: dict[int, float] = {}
    for course in courses:
        for stand in course.stands:
            for bucket in range(bucket_of(stand.since_ms), bucket_of(stand.last_ms) + 1):
                end_ms = min(stand.last_ms, since_ms + (bucket + 1) * length // buckets)
                lag_ms = course.lag_ms(stand, end_ms)
                if lag_ms is not None:
                    told[bucket] = max(told.get(bucket, 0.0), lag_ms / 1_000)
                elif stand.offset is not None:
                    gone.add(bucket)
    return tuple(told.get(n, None if n in gone else one) for n, one in enumerate(found))


@dataclass(frozen=True, slots=True)
class Past:
    """How far a group was behind through ``[since_ms, until_ms]``, and what is missing."""

    group: str
    since_ms: int
    until_ms: int
    courses: tuple[Course, ...] = ()
    points: tuple[Point, ...] = ()
    """By partition, then by time."""
    troubles: tuple[str, ...] = ()
    """What could not be learned, each in a sentence: it makes the answer partial."""
    remarks: tuple[str, ...] = ()
    """What is worth knowing although nothing is missing."""
    topics: tuple[str, ...] = ()
    """The topics on which the group is known to have committed anything."""
