"""Asks a cluster how far groups were behind at one moment: the rows of now, as they were then."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from agentctl.lag import burrow
from agentctl.lag.answer import Answer
from agentctl.lag.burrow import Sample
from agentctl.lag.groups import Bounds, Group, Reading, positions_of
from agentctl.lag.history import CommitHistory
from agentctl.lag.over_time import Course
from agentctl.lag.position import Owned, Position
from agentctl.lag.rows import INACTIVE, LagRow, lag_of, rows, standpoints
from agentctl.lag.unread import Method, Standpoint, Unread
from agentctl.lag.wanted import Wanted
from agentctl.sources.lag_history import LagHistory, Told, unknown
from agentctl.sources.naming import not_read
from agentctl.sources.verdicts import judge

NOT_KNOWN = "not-known-then"
"""Where a group stood at that moment is not known."""
_STATE = "unknown"
"""Nobody keeps who was in a group."""
_DELETED = "what it had not read has been deleted since"
_NO_END = "where it ended then is not known: what was there has been deleted since"
_MOST_COMMITS = 1_000
"""Commits that are looked at for ten that are a second apart."""
_OF_NOW = "members, states and log starts of then are not kept by anybody"


@dataclass(slots=True)
class _Then:
    """What is known of one group at the moment."""

    committed: dict[Position, int] = field(default_factory=dict)
    unknown: set[Position] = field(default_factory=set)


class LagAt:
    """Looks at one moment of the past, or several one after the other."""

    def __init__(self, history: LagHistory) -> None:
        self._history = history

    def look(self, groups: Collection[str], topics: Collection[str], time_ms: int) -> Answer:
        """Return how far groups were behind at a moment; all groups when none is named.

        Raises NotFoundError for a group or topic that is not there, naming near ones.
        """
        commits, whole = self._history.commits(groups or None, time_ms)
        readings = (
            [self._history.standing_now(one, commits.history) for one in dict.fromkeys(groups)]
            if groups
            else [self._history.source.reading(Wanted())]
        )
        troubles = [trouble for one in readings for trouble in one.troubles]
        if topics:
            self._history.check_topics(topics)
        if commits.history is None:
            return Answer((), (), time_ms, (commits.note,))
        now = Reading(tuple(group for one in readings for group in one.groups), {}, {})
        told = Told(commits.history, now, whole=whole)
        names = groups or sorted({*commits.history.groups, *(group.name for group in now.groups)})
        then: dict[str, _Then] = {}
        for name in dict.fromkeys(names):
            then[name], courses = _then(told, name, topics, time_ms)
            troubles += unknown(courses, name)
        found, failed = self._rows(then, topics, time_ms, commits.history)
        troubles += [*((commits.note,) if commits.note else ()), *not_read(list(failed.items()))]
        states = tuple(Group(name, _STATE, own.committed) for name, own in then.items())
        return Answer(tuple(found), states, time_ms, tuple(dict.fromkeys(troubles)), (_OF_NOW,))

    def _rows(
        self, then: Mapping[str, _Then], topics: Collection[str], time_ms: int, history: CommitHistory
    ) -> tuple[list[LagRow], Mapping[Position, str]]:
        """Return a row for each partition that concerned a group, and which could not be asked."""
        partitions = self._history.partitions()
        groups = tuple(
            Group(name, _STATE, {**own.committed, **dict.fromkeys(own.unknown, 0)})
            for name, own in then.items()
        )
        wanted = {one for group in groups for one in positions_of(group, partitions) if one[0] in partitions}
        now, failed = self._history.bounds(sorted(wanted))
        ends = self._history.ends(dict.fromkeys(now, (time_ms,)), now)
        bounds = {
            # Lag counts from where the group stood: where the log began then is not known.
            place: Bounds(0, end, end)
            for (place, _), end in ends.items()
            if end is not None
        }
        lacking = {place: _NO_END for place in now if place not in bounds}
        reading = Reading(
            groups=groups,
            bounds=bounds,
            partitions={name: count for name, count in partitions.items() if name in {t for t, _ in wanted}},
            failed={**failed, **lacking},
            as_of_ms=time_ms,
        )
        unread = self._unread(reading, now, time_ms)
        judged = judge(
            self._history.connection,
            _windows(reading, history),
            {one: now[one].high_watermark for one in now},
            time_ms,
            {},
        )
        found = rows(reading, unread, judged, {}, topics)
        return [_mended(row, then[row.group], now) for row in found], failed

    def _unread(
        self, reading: Reading, now: Mapping[Position, Bounds], time_ms: int
    ) -> dict[Standpoint, Unread]:
        """Return what was the first unread record at the moment, and the last record that there was."""
        wanted = standpoints(reading)
        asked: dict[Position, tuple[int, ...]] = {}
        for place, own in wanted.items():
            kept = {*own, reading.bounds[place].high_watermark - 1}
            inside = sorted(one for one in kept if now[place].log_start <= one < now[place].high_watermark)
            if inside:
                asked[place] = tuple(inside)
        told = self._history.unread(asked, now) if asked else {}
        found: dict[Standpoint, Unread] = {}
        for place, own in wanted.items():
            end = reading.bounds[place].high_watermark
            last = told.get((*place, end - 1))
            for one in own:
                first = told.get((*place, one))
                found[*place, one] = (
                    Unread(Method.NONE, reason=_DELETED)
                    if first is None
                    else _as_of(first, last, end, time_ms)
                )
        return found


def _then(told: Told, name: str, topics: Collection[str], time_ms: int) -> tuple[_Then, list[Course]]:
    """Return where a group stood at a moment, and the courses that say so."""
    own, courses = _Then(), []
    for place in told.positions(name):
        if topics and place[0] not in topics:
            continue
        course = told.course(name, place, time_ms, time_ms + 1, {})
        courses.append(course)
        stand = course.standing(time_ms)
        if stand is not None and stand.offset is not None:
            own.committed[place] = stand.offset
        elif stand is None and course.unknown_until_ms is not None:
            own.unknown.add(place)
    return own, courses


def _windows(reading: Reading, history: CommitHistory) -> Iterator[tuple[Owned, tuple[Sample, ...]]]:
    """Give the commits that groups are judged by which were behind at the moment of a reading."""
    for group in reading.groups:
        for place, committed in group.committed.items():
            track, bounds = history.track(group.name, *place), reading.bounds.get(place)
            if track is None or bounds is None or not lag_of(committed, bounds):
                continue
            last = track.at(reading.as_of_ms)
            if last is not None:
                own = range(max(last - _MOST_COMMITS, 0), last + 1)
                yield (
                    (group.name, place),
                    burrow.window((track.offset(index), track.time_ms(index)) for index in own),
                )


def _as_of(first: Unread, last: Unread | None, end: int, time_ms: int) -> Unread:
    """Return what was unread at a moment at which the log ended there."""
    if first.method is Method.NONE:
        return first
    if first.nothing or first.timestamp_ms is None or (first.offset is not None and first.offset >= end):
        return Unread(first.method, nothing=True)
    last_ms = None
    if last is not None and last.timestamp_ms is not None and (last.offset is None or last.offset < end):
        last_ms = min(last.timestamp_ms, time_ms)
    written_ms = min(first.timestamp_ms, time_ms) if first.method is Method.TIME_INDEX else first.timestamp_ms
    return replace(
        first,
        timestamp_ms=written_ms,
        last_ms=written_ms if last_ms is None else max(last_ms, written_ms),
        open_transaction=False,
    )


def _mended(row: LagRow, then: _Then, now: Mapping[Position, Bounds]) -> LagRow:
    """Return a row that does not say of then what is known only of now."""
    place = (row.topic, row.partition)
    notes = tuple(one for one in row.notes if one != INACTIVE)
    if place in then.unknown:
        return replace(row, committed=None, lag=None, unread=None, notes=(NOT_KNOWN,))
    begins = now[place].log_start if place in now else None
    if row.committed is None and begins:
        # How much was there to be read depends on where the log began then.
        return replace(row, lag=None, unread=None, notes=notes)
    return replace(row, notes=notes)
