"""A deposition in the rows of an export: each thing that is known stands on the first row that it is about.

docs/formats.md describes the members. They are for machines, and each row stays a row without them.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from agentctl.claims.terms import Terms
from agentctl.lag.history import CommitHistory, Commits, Reach
from agentctl.lag.position import Position
from agentctl.lag.track import GONE, Track
from agentctl.model.event import Event
from agentctl.model.instant import BEFORE_ALL_TIME, instant
from agentctl.model.portable import portable_record
from agentctl.model.view import Column, Kind, Shown, View
from agentctl.timeline.deposition import Deposition

COLUMNS = (
    Column("role", "ROLE", shown=Shown.MACHINE),
    Column("terms", "TERMS", Kind.DATA, Shown.MACHINE),
    Column("as_of", "AS OF", shown=Shown.MACHINE),
    Column("witness", "WITNESS", Kind.DATA, Shown.MACHINE),
    Column("around", "AROUND", Kind.DATA, Shown.MACHINE),
)
"""What the rows of an export have beside key, value, headers and payload."""


class Told(Protocol):
    """An event at its place in a story."""

    @property
    def event(self) -> Event:
        """The event."""

    @property
    def time_ms(self) -> int | None:
        """Its time by the clock that orders the story."""


def row_members(
    story: Sequence[Told], deposition: Deposition, around: Sequence[Event] = ()
) -> list[dict[str, object]]:
    """Return for each row of a story the members that carry the deposition; most rows have but a role.

    ``around`` are the events of the deposition's records.
    """
    rows: list[dict[str, object]] = [{"role": told.event.role.value} for told in story]
    if not rows:
        return rows
    rows[0]["as_of"] = None if deposition.as_of_ms is None else instant(deposition.as_of_ms)
    first = _First(story)
    for topic, terms in deposition.terms.items():
        row = rows[first.topic.get(topic, 0)]
        members = row.setdefault("terms", {})
        assert isinstance(members, dict)
        members[topic] = _terms(terms)
    if deposition.commits is not None:
        _commits(rows, first, deposition.commits)
    for time_ms, ends in deposition.ends.items():
        _of(rows[first.since(time_ms)], "ends").append(_ends(time_ms, ends))
    for event in around:
        row = rows[first.item.get(event.work_item, 0)]
        records = row.setdefault("around", [])
        assert isinstance(records, list)
        records.append(portable_record(event.record))
    return rows


def carrying(view: View, story: Sequence[Told], deposition: Deposition, around: Sequence[Event] = ()) -> View:
    """Return a story's View with the deposition in its rows, in whatever order: ``n`` says whose each is.

    ``around`` are the events of the deposition's records.
    """
    members = row_members(story, deposition, around)
    rows = []
    for row in view.rows:
        n = row["n"]
        assert isinstance(n, int)
        rows.append({**row, **members[n - 1]})
    return replace(view, columns=(*view.columns, *COLUMNS), rows=rows)


class _First:
    """The first row of each topic, partition and work item, and at each moment."""

    def __init__(self, story: Sequence[Told]) -> None:
        self.topic: dict[str, int] = {}
        self.partition: dict[Position, int] = {}
        self.item: dict[str | None, int] = {}
        self._latest: list[int] = []
        """For each row the latest time until then: what a moment is looked up in."""
        for n, told in enumerate(story):
            record = told.event.record
            self.topic.setdefault(record.topic, n)
            self.partition.setdefault((record.topic, record.partition), n)
            self.item.setdefault(told.event.work_item, n)
            before = self._latest[-1] if self._latest else BEFORE_ALL_TIME
            self._latest.append(before if told.time_ms is None else max(before, told.time_ms))

    def since(self, time_ms: int) -> int:
        """Return the first row of that time or a later one; the first of all where there is none."""
        n = bisect_left(self._latest, time_ms)
        return n if n < len(self._latest) else 0


def _of(row: dict[str, object], name: str) -> list[object]:
    """Return a list in a row's ``witness``, begun where there is none."""
    witness = row.setdefault("witness", {})
    assert isinstance(witness, dict)
    found = witness.setdefault(name, [])
    assert isinstance(found, list)
    return found


def _terms(terms: Terms) -> Mapping[str, object]:
    return {
        "ttl_ms": terms.ttl_ms,
        "retention_ms": terms.retention_ms,
        "stale_after_ms": terms.stale_after_ms,
    }


def _commits(rows: list[dict[str, object]], first: _First, commits: Commits) -> None:
    """Put the commits of each partition on its first row, and what holds for all on the first of all."""
    witness = rows[0].setdefault("witness", {})
    assert isinstance(witness, dict)
    history = commits.history
    witness["history"] = {
        "note": commits.note,
        "known": history is not None,
        "tracks": 0 if history is None else len(history.tracks),
        "reaches": [] if history is None else _reaches(history),
    }
    for track in () if history is None else history.tracks:
        position = (track.owner.topic, track.owner.partition)
        _of(rows[first.partition.get(position, 0)], "commits").append(_track(track))


def _reaches(history: CommitHistory) -> list[Mapping[str, object]]:
    return [_reach(history.reaches[number]) for number in sorted(history.reaches)]


def _reach(reach: Reach) -> Mapping[str, object]:
    members: dict[str, object] = {
        "partition": reach.partition,
        "complete_since_ms": reach.complete_since_ms,
        "known_until_ms": reach.known_until_ms,
        "unreadable": reach.unreadable,
        "torn": reach.torn,
    }
    return {name: value for name, value in members.items() if name in _ALWAYS or value}


_ALWAYS = frozenset({"partition", "complete_since_ms"})


def _track(track: Track) -> Mapping[str, object]:
    owner = track.owner
    return {
        "group": owner.group,
        "topic": owner.topic,
        "partition": owner.partition,
        "kept_in": track.coordinator,
        "commits": [_commit(track, n) for n in range(len(track))],
    }


def _commit(track: Track, n: int) -> list[int | None]:
    offset, left_out = track.offset(n), track.left_out(n)
    commit: list[int | None] = [None if offset == GONE else offset, track.time_ms(n)]
    return [*commit, left_out] if left_out else commit


def _ends(time_ms: int, ends: Mapping[Position, int]) -> Mapping[str, object]:
    return {
        "at_ms": time_ms,
        "ends": [[topic, partition, ends[topic, partition]] for topic, partition in sorted(ends)],
    }
