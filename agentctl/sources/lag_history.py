"""Asks a cluster how far groups were behind in the past: commits, ends of logs, and times of records."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from agentctl.errors import NotFoundError
from agentctl.kafka import offsets
from agentctl.kafka.moments import at_times
from agentctl.lag.commits import coordinator_partition
from agentctl.lag.groups import Bounds, Reading
from agentctl.lag.history import FROM_THE_FIRST, CommitHistory, Commits, Reach
from agentctl.lag.over_time import (
    NEVER,
    Course,
    Past,
    Point,
    Stand,
    Stretch,
    commits_within,
    moments,
    point,
    stands,
)
from agentctl.lag.position import Position
from agentctl.lag.routes import cost
from agentctl.lag.unread import UnreadSource
from agentctl.lag.wanted import Wanted
from agentctl.model.instant import instant
from agentctl.model.near import near_names
from agentctl.model.span import span
from agentctl.ports import Progress
from agentctl.sources.commits import CHEAP_RECORDS, read_commits
from agentctl.sources.lag import LagSource
from agentctl.sources.naming import named, not_read

_MOST_POINTS, _LEAST_POINTS, _ALL_POINTS = 60, 8, 1_500
"""Moments that a partition has rows for, and all partitions together: each is a look-up by time."""
_WORTH_SECONDS = 3.0
"""For so long the times of all records at which the group stood are read."""
_AT_ONCE = 50_000
"""Of how many at a time, which bounds the memory that it takes."""
_BUDGET, _LEAST_BUDGET, _ROUNDS = 4_000, 16, 10
"""Beyond that, how many are read over all partitions, at least in each, and in how many rounds."""


class LagHistory:
    """Looks at the past of groups. No group is joined, nothing is committed."""

    def __init__(self, source: LagSource, unread: UnreadSource, progress: Progress) -> None:
        """``unread`` finds the first record at or after an offset."""
        self.source = source
        self.connection = source.connection
        """The cluster that is asked."""
        self.unread = unread
        self._progress = progress

    def past(self, group: str, topics: Collection[str], since_ms: int, until_ms: int, limit_ms: int) -> Past:
        """Return how far a group was behind through a stretch of time; with ``topics``, only on these.

        What is exact is so to the millisecond of commits and records. Raises NotFoundError for a group or
        topic that is not there, naming near ones.
        """
        commits, whole = self.commits([group], since_ms)
        now = self.standing_now(group, commits.history)
        if commits.history is None:
            return Past(group, since_ms, until_ms, troubles=(commits.note,))
        told = Told(commits.history, now, whole=whole)
        positions = told.positions(group)
        seen = tuple(sorted({topic for topic, _ in positions}))
        if topics:
            self.check_topics(topics)
            positions = [one for one in positions if one[0] in topics]
        bounds, failed = self.bounds(positions)
        courses = tuple(told.course(group, one, since_ms, until_ms, bounds) for one in positions)
        courses = tuple(one for one in courses if one.stands or one.unknown_until_ms is not None)
        remarks = tuple(self._date(courses, bounds, limit_ms))
        points = self._points(courses, bounds, limit_ms, since_ms, until_ms)
        troubles = (
            *((commits.note,) if commits.note else ()),
            *not_read(list(failed.items())),
            *unknown(courses, group),
            *_lost(courses, group),
        )
        return Past(group, since_ms, until_ms, courses, points, troubles, remarks, seen)

    def commits(self, groups: Collection[str] | None, since_ms: int) -> tuple[Commits, bool]:
        """Return the commits of groups since a moment at least, and whether it is all that is kept."""
        found = read_commits(
            self.connection, None, None, groups=groups, most=CHEAP_RECORDS, progress=self._progress
        )
        if not found.excess:
            return found, True
        return (
            read_commits(self.connection, None, since_ms, groups=groups, most=None, progress=self._progress),
            False,
        )

    def bounds(self, positions: Collection[Position]) -> tuple[dict[Position, Bounds], dict[Position, str]]:
        """Return where partitions begin and end now, and of which that could not be learned, and why."""
        known = self.partitions() if positions else {}
        gone = {one: "the topic is deleted" for one in positions if one[0] not in known}
        left = [one for one in positions if one not in gone]
        high = offsets.high_watermark(self.connection, left) if left else offsets.Offsets({}, {})
        answered = list(high.found)
        if not answered:
            return {}, {**gone, **high.failed}
        start = offsets.log_start(self.connection, answered)
        stable = offsets.last_stable(self.connection, answered)
        failed = {**gone, **high.failed, **start.failed, **stable.failed}
        return {
            one: Bounds(start.found[one].offset, high.found[one].offset, stable.found[one].offset)
            for one in answered
            if one not in failed
        }, failed

    def ends(
        self, wanted: Mapping[Position, Collection[int]], bounds: Mapping[Position, Bounds]
    ) -> dict[tuple[Position, int], int | None]:
        """Return where partitions ended at moments, by the index of times; None where it is not known.

        What was appended within that millisecond had been appended. Once retention has deleted what was
        there, the index tells only that the log ended at or before its first record of now.
        """
        asked = {one: {0, *(time_ms + 1 for time_ms in own)} for one, own in wanted.items() if one in bounds}
        told = at_times(self.connection, asked)
        found: dict[tuple[Position, int], int | None] = {}
        for one, own in wanted.items():
            first = told.get((one, 0))
            for time_ms in own:
                end = told.get((one, time_ms + 1))
                if end is not None and end < 0:
                    end = bounds[one].high_watermark
                if first is None or (end == first and first > 0) or (first < 0 and end):
                    end = None
                found[one, time_ms] = end
        return found

    def dates(
        self, wanted: Mapping[Position, Sequence[int]], bounds: Mapping[Position, Bounds]
    ) -> Iterator[tuple[Position, int, int]]:
        """Give the times of the first records at or after offsets, those that are known."""
        inside = {
            one: tuple(offset for offset in own if offset < bounds[one].high_watermark)
            for one, own in wanted.items()
            if one in bounds
        }
        asked = {one: own for one, own in inside.items() if own}
        if asked:
            for (topic, partition, offset), found in self.unread(asked, bounds).items():
                if found.nothing:
                    yield (topic, partition), offset, NEVER
                elif found.timestamp_ms is not None:
                    yield (topic, partition), offset, found.timestamp_ms
        for one, own in wanted.items():
            if one in bounds:
                yield from ((one, offset, NEVER) for offset in own if offset >= bounds[one].high_watermark)

    def _date(
        self, courses: Sequence[Course], bounds: Mapping[Position, Bounds], limit_ms: int
    ) -> Iterator[str]:
        """Find out when the records were written at which the group stood; say what is not exact in it."""
        by_position = {one.position: one for one in courses}
        every = {one.position: one.offsets for one in courses}
        if cost(every, bounds).seconds <= _WORTH_SECONDS:
            for some in _parts(every):
                self._take(by_position, some, bounds)
            return
        budget = max(_BUDGET // len(courses), _LEAST_BUDGET)
        asked = {one.position: one.first_questions(budget // 2) for one in courses}
        left = dict.fromkeys(by_position, budget)
        for _ in range(_ROUNDS):
            asked = {one: own for one, own in asked.items() if own}
            if not asked:
                break
            self._take(by_position, asked, bounds)
            left = {one: most - len(asked.get(one, ())) for one, most in left.items()}
            asked = {
                one: by_position[one].questions(limit_ms, most) for one, most in left.items() if most > 0
            }
        doubt_ms = max(one.doubt_ms(limit_ms) for one in courses)
        if doubt_ms:
            count = sum(map(len, every.values()))
            yield (
                f"the times of {count:,} records were wanted, more than are read one by one: between those "
                f"that were, seconds are interpolated, and may err by up to {span(doubt_ms)}"
            )

    def _take(
        self,
        courses: Mapping[Position, Course],
        wanted: Mapping[Position, Sequence[int]],
        bounds: Mapping[Position, Bounds],
    ) -> None:
        for position, offset, time_ms in self.dates(wanted, bounds):
            courses[position].dated(offset, time_ms)

    def _points(
        self,
        courses: Sequence[Course],
        bounds: Mapping[Position, Bounds],
        limit_ms: int,
        since_ms: int,
        until_ms: int,
    ) -> tuple[Point, ...]:
        most = min(max(_ALL_POINTS // max(len(courses), 1), _LEAST_POINTS), _MOST_POINTS)
        wanted = {one.position: moments(one, limit_ms, since_ms, until_ms, most) for one in courses}
        ends = self.ends(wanted, bounds)
        return tuple(
            point(one, time_ms, _end(one, time_ms, ends[one.position, time_ms]))
            for one in courses
            for time_ms in wanted[one.position]
        )

    def standing_now(self, group: str, history: CommitHistory | None) -> Reading:
        """Return where the group stands now; it may be gone although its commits are still known."""
        try:
            return self.source.reading(Wanted((group,)))
        except NotFoundError:
            if history is not None and group in history.groups:
                return Reading((), {}, {})
            raise

    def partitions(self) -> Mapping[str, int]:
        """Return how many partitions each topic has."""
        return self.source.partitions()

    def check_topics(self, topics: Collection[str]) -> None:
        """Raise NotFoundError for a topic that is not there."""
        known = self.partitions()
        for topic in topics:
            if topic not in known:
                near = near_names(topic, known)
                hint = f"did you mean {' or '.join(near)}?" if near else "agentctl lag shows all"
                raise NotFoundError(f"no such topic: {topic}", hint=hint)


def _parts(wanted: Mapping[Position, Sequence[int]]) -> Iterator[dict[Position, Sequence[int]]]:
    """Give what is wanted in parts of a bounded number of offsets."""
    part: dict[Position, Sequence[int]] = {}
    room = _AT_ONCE
    for position, own in wanted.items():
        left = own
        while left:
            part[position], left = left[:room], left[room:]
            room -= len(part[position])
            if not room:
                yield part
                part, room = {}, _AT_ONCE
    if part:
        yield part


class Told:
    """What the history of commits and the present tell together."""

    def __init__(self, history: CommitHistory, now: Reading, *, whole: bool) -> None:
        """``whole`` says that all of the history was read that is kept."""
        self.history = history
        self._whole = whole
        self._now = {group.name: group.committed for group in now.groups if group.refusal is None}

    def positions(self, group: str) -> list[Position]:
        """Return every partition in which a group is known to have committed."""
        known = {one for one in self.history.positions if self.history.track(group, *one) is not None}
        return sorted(known | set(self._now.get(group, {})))

    def course(
        self, group: str, one: Position, since_ms: int, until_ms: int, bounds: Mapping[Position, Bounds]
    ) -> Course:
        """Return where a group stood in a partition through a stretch of time."""
        track, reach = self.history.track(group, *one), self.reach(group)
        found: tuple[Stand, ...] = ()
        unknown_ms: int | None = None
        complete = reach.reaches(since_ms)
        if track is not None:
            found = stands(track, since_ms, until_ms)
            late = found[0].since_ms if found else until_ms
            if late > since_ms and not (complete and self._whole):
                unknown_ms = late
        else:
            found, unknown_ms = self._stood_all_along(group, one, reach, since_ms, until_ms)
        log_start = bounds[one].log_start if one in bounds else 0
        return Course(
            one,
            found,
            commits=0 if track is None else commits_within(track, since_ms, until_ms),
            unknown_until_ms=unknown_ms,
            log_start=log_start,
        )

    def reach(self, group: str) -> Reach:
        """Return how far the history goes where a group's commits are kept."""
        reaches = self.history.reaches
        if len(reaches) == 1:
            return next(iter(reaches.values()))
        number = coordinator_partition(group, max(len(reaches), 1))
        return reaches.get(number, Reach(number, None))

    def _stood_all_along(
        self, group: str, one: Position, reach: Reach, since_ms: int, until_ms: int
    ) -> tuple[tuple[Stand, ...], int | None]:
        """A group without a known commit has stood where it stands now since the commits are known."""
        offset = self._now.get(group, {}).get(one)
        complete_ms = reach.complete_since_ms
        if offset is None:
            return (), (None if reach.reaches(FROM_THE_FIRST) else until_ms)
        if not reach.sound or complete_ms is None or complete_ms >= until_ms:
            return (), until_ms
        begin = max(since_ms, complete_ms)
        return (Stand(begin, until_ms, offset, ended=False),), (begin if begin > since_ms else None)


def _end(course: Course, time_ms: int, end: int | None) -> int | None:
    """Return where a log ended, also where the group stood at what is its first record now."""
    stand = course.standing(time_ms)
    if end is None and stand is not None and stand.offset is not None and stand.offset == course.log_start:
        lag_ms = course.lag_ms(stand, time_ms)
        return stand.offset if lag_ms == 0 else None
    return end


def unknown(courses: Sequence[Course], group: str) -> Iterator[str]:
    """Say until when it is not known where a group stood."""
    found: dict[int, list[Position]] = {}
    for one in courses:
        if one.unknown_until_ms is not None:
            found.setdefault(one.unknown_until_ms, []).append(one.position)
    if not found:
        return
    until_ms, count = max(found), sum(map(len, found.values()))
    first = min(place for own in found.values() for place in own)
    where = named([first]) if count == 1 else f"{first[0]} and others" if count > 6 else "its partitions"
    yield (
        f"where {group} stood on {where} is not known before {instant(until_ms)}: of its commits until then "
        "only the last ones are kept"
    )


def _lost(courses: Sequence[Course], group: str) -> Iterator[str]:
    """Say when a group stood at records that have been deleted since."""
    found: list[tuple[Position, Stretch]] = [
        (one.position, lost) for one in courses if (lost := one.lost()) is not None
    ]
    if found:
        until_ms = max(lost.until_ms for _, lost in found)
        places = [place for place, _ in found]
        topic = places[0][0]
        yield (
            f"{named([one for one in places if one[0] == topic])}: what {group} had not read before "
            f"{instant(until_ms)} has partly been deleted since: how old it was is not known"
        )
