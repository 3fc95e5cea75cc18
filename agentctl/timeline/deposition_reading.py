"""A deposition out of the rows of an export, which may have been cut, joined or written by anybody.

What cannot be meant is left out and said in a note; the records of the rows stand without it. Commits are
taken all or not at all: with some of them missing, a group would seem not to have read what it has.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agentctl.claims.terms import Terms
from agentctl.lag.commits import Owner
from agentctl.lag.history import CommitHistory, Commits, Reach
from agentctl.lag.position import Position
from agentctl.lag.track import Track
from agentctl.model.event import Role
from agentctl.model.portable import moment_ms, record_from_row
from agentctl.model.record import Place, Record
from agentctl.timeline.deposition import Deposition
from agentctl.timeline.deposition_members import (
    Members,
    ends_of,
    list_of,
    members_of,
    reach_of,
    role_of,
    terms_of,
    track_of,
    whole_number,
)

_MOST_NAMED = 3
"""Notes that are given one by one; the rest is counted."""


class Hearing:
    """Takes the rows of an export one by one."""

    def __init__(self) -> None:
        self._as_of: list[int] = []
        self._roles: dict[str, Role] = {}
        self._terms: dict[str, Terms] = {}
        self._begun: _Begun | None = None
        self._tracks: dict[Owner, Track] = {}
        self._ends: dict[int, dict[Position, int]] = {}
        self._around: dict[Place, Record] = {}
        self._notes: list[str] = []
        self._spoilt: str | None = None
        """Why commits cannot be used; None while they can."""

    def take(self, where: str, row: object) -> None:
        """Take what a row carries; ``where`` names it in notes."""
        if not isinstance(row, Mapping):
            return
        self._try(where, "role", lambda: self._role(row))
        self._try(where, "terms", lambda: self._all_terms(row.get("terms")))
        self._try(where, "as_of", lambda: self._moment(row.get("as_of")))
        self._try(where, "around", lambda: self._all_around(row.get("around")))
        witness = row.get("witness")
        if witness is None:
            return
        try:
            self._witness(members_of(witness, "witness"))
        except ValueError as error:
            self._spoilt = self._spoilt or f"the witness of {where} cannot be used: {error}"

    def deposition(self) -> Deposition:
        """Return what was taken."""
        if len(set(self._as_of)) > 1:
            self._notes.append("it was put together from several answers: the latest says what is now")
        commits = self._commits()
        notes = self._notes[:_MOST_NAMED]
        if len(self._notes) > _MOST_NAMED:
            notes.append(f"{len(self._notes) - _MOST_NAMED:,} more things in it could not be used")
        return Deposition(
            as_of_ms=max(self._as_of, default=None),
            roles=self._roles,
            terms=self._terms,
            commits=commits,
            ends=self._ends,
            around=tuple(self._around[place] for place in sorted(self._around)),
            notes=tuple(notes),
        )

    def _try(self, where: str, name: str, take: Callable[[], None]) -> None:
        try:
            take()
        except ValueError as error:
            self._notes.append(f"the {name} of {where} cannot be used: {error}")

    def _role(self, row: Members) -> None:
        role, topic = row.get("role"), row.get("topic")
        if role is not None and isinstance(topic, str):
            self._roles.setdefault(topic, role_of(role))

    def _all_terms(self, found: object) -> None:
        for topic, terms in ({} if found is None else members_of(found, "terms")).items():
            self._terms.setdefault(str(topic), terms_of(terms))

    def _moment(self, found: object) -> None:
        time_ms = moment_ms(found, "moment")
        if time_ms is not None:
            self._as_of.append(time_ms)

    def _all_around(self, found: object) -> None:
        for row in [] if found is None else list_of(found, "around"):
            record = record_from_row(row)
            self._around.setdefault(record.place, record)

    def _witness(self, witness: Members) -> None:
        history = witness.get("history")
        if history is not None:
            self._begin(members_of(history, "history"))
        for one in list_of(witness.get("commits", []), "commits"):
            track = track_of(one)
            known = self._tracks.setdefault(track.owner, track)
            if known != track:
                raise ValueError(f"it tells other commits of {track.owner.group} than another row")
        for one in list_of(witness.get("ends", []), "ends"):
            time_ms, ends = ends_of(one)
            self._ends[time_ms] = {**ends, **self._ends.get(time_ms, {})}

    def _begin(self, history: Members) -> None:
        note = history.get("note")
        if not isinstance(note, str) or type(history.get("known")) is not bool:
            raise ValueError("its history is no history")
        reaches = tuple(reach_of(one) for one in list_of(history.get("reaches"), "reaches"))
        count = whole_number(history.get("tracks"), "number of tracks")
        begun = _Begun(note, bool(history["known"]), count, reaches)
        if self._begun is not None and self._begun != begun:
            raise ValueError("it is of another answer than that of another row")
        self._begun = begun

    def _commits(self) -> Commits | None:
        begun, spoilt = self._begun, self._spoilt
        if spoilt is None and begun is None and self._tracks:
            spoilt = "the row that says how far they reach is missing"
        if spoilt is None and begun is not None and len(self._tracks) != begun.tracks:
            spoilt = f"only {len(self._tracks):,} of {begun.tracks:,} parts are left"
        if spoilt is not None:
            return Commits(None, f"when groups read the events is not known: of the commits in it, {spoilt}")
        if begun is None:
            return None
        known = CommitHistory(self._tracks.values(), begun.reaches) if begun.known else None
        return Commits(known, begun.note)


@dataclass(frozen=True, slots=True)
class _Begun:
    """What holds for all commits."""

    note: str
    known: bool
    tracks: int
    """How many groups and partitions there have to be."""
    reaches: tuple[Reach, ...]
