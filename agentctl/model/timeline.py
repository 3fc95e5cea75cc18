"""A timeline that is ready to be drawn: lanes, rows in order, and the silences between them."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What a row stands for in its agent's lane."""

    TASK = "task"
    CLAIM = "claim"
    PROGRESS = "progress"
    RESULT = "result"
    OTHER = "other"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class Lane:
    """One agent's lane. ``short`` is two letters, unique among the lanes."""

    agent: str
    short: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One row: an event, or several progress events of one agent folded into one."""

    n: int
    """The event's number in the answer, counted from 1."""
    time_ms: int | None
    gap_ms: int | None
    """Time since the row shown before; None on the first and where a time is unknown."""
    lane: int | None
    """Index into the timeline's lanes; None when it belongs to ``others`` or to nobody."""
    open_lanes: frozenset[int]
    """Lanes that are between their first and last mark, outside of a silence."""
    mark: Mark
    agent: str | None
    what: str
    place: str
    cause: str | None = None
    """``#3``, or the place or id of a cause outside the answer."""
    findings: tuple[str, ...] = ()
    reordered: bool = False
    folded: int = 0
    """How many events this row stands for beside its own."""
    began_ms: int | None = None
    """Earliest time of the events folded into this row; None when there is none."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without events that is long beside the others; drawn as a break of the axis."""

    since_ms: int
    until_ms: int
    explanation: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments in order, with silences between them."""

    lanes: tuple[Lane, ...]
    entries: tuple[Moment | Silence, ...]
    others: int = 0
    """Agents that have no lane of their own."""
    hidden: int = 0
    """Progress events that are folded into other rows."""
