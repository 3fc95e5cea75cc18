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
    cause_kind: str | None = None
    """``stated`` by the event itself, or ``inferred``; None without a cause."""
    verdict: str | None = None
    """What a finding says of this very event in a word or two: ``LOST to #2``, ``duplicate``."""
    lost: bool = False
    """Whether it is a claim that lost."""
    downstream: tuple[str, ...] = ()
    """Findings of stale reads that this event stands causally after."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without events that is long beside the others; drawn as a break of the axis."""

    since_ms: int
    until_ms: int
    explanation: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which an agent was at work on something."""

    agent: str
    since_ms: int
    until_ms: int
    what: str
    """Its latest status or act then, such as ``Writing draft  3/5  kubernetes_observability``."""
    n: int
    """The event that says so."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """A time in which an agent held the claim on a work item."""

    work_item: str
    holder: str
    token: str
    since_ms: int
    until_ms: int
    ended: str
    """By what: ``result``, ``released``, ``expired``, or ``alive`` when it had not ended."""


class Evidence(StrEnum):
    """From what it is known that an agent could have read an event."""

    OWN = "own"
    """It wrote the event."""
    COMMITS = "commits"
    """Its consumer group's committed offset passed the event."""
    CAUSE = "cause"
    """It acted on the event."""


@dataclass(frozen=True, slots=True)
class Sight:
    """When an agent is known to have had an event before it. Without one, nothing is known."""

    agent: str
    n: int
    """The event."""
    at_ms: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments in order, with silences between them."""

    lanes: tuple[Lane, ...]
    entries: tuple[Moment | Silence, ...]
    others: int = 0
    """Agents that have no lane of their own."""
    hidden: int = 0
    """Progress events that are folded into other rows."""
    mark: int | None = None
    """The number of the event that gaps are counted from; None counts from the row before."""
    doing: tuple[Stretch, ...] = ()
    """What every agent was doing when, by agent and time."""
    tenancies: tuple[Tenancy, ...] = ()
    """Which claims were held when, by time."""
    sights: tuple[Sight, ...] = ()
    """What each agent could know at a moment: the events that it had before it until then."""
