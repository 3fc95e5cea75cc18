"""A story: events in order, numbered, with their gaps, their causes and what is wrong with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.events.topics import DEFAULT_STALE_AFTER_MS
from agentctl.model.event import Event
from agentctl.model.finding import Finding, Labels
from agentctl.model.query import Clock
from agentctl.model.record import Place
from agentctl.timeline.causes import CauseKind, Link
from agentctl.timeline.gaps import Gap
from agentctl.timeline.order import Gathering
from agentctl.timeline.reads import Consumed, Reads
from agentctl.timeline.rules import ODD, STALE
from agentctl.timeline.scene import Limit, Scene, scene


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a story."""

    n: int
    """Its number, counted from 1."""
    event: Event
    time_ms: int | None
    """By the clock that orders the story."""
    gap_ms: int | None
    """Time since the event before; negative where clocks run backwards, None where a time is unknown."""
    cause: int | str | None
    """The number of its cause, else the cause as the event states it."""
    cause_kind: str | None
    """``stated`` or ``inferred``; None without a cause."""
    read_age_ms: int | None
    """How old its cause was when it happened; None without a cause in the story."""
    reordered: bool
    findings: tuple[str, ...]
    downstream: tuple[str, ...]
    """The stale reads that it stands causally after."""
    consumed: tuple[Consumed, ...]
    """When consumer groups passed it, as far as their commits are known."""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, in order."""

    ids: tuple[str, ...]
    """What was asked for; empty for everything."""
    clock: Clock
    entries: tuple[Entry, ...]
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    more: int
    """Events that follow after the last entry and were left out by the limit."""

    @property
    def times(self) -> tuple[int, ...]:
        """All known times of entries, in order, in milliseconds."""
        return tuple(entry.time_ms for entry in self.entries if entry.time_ms is not None)

    @property
    def started_ms(self) -> int | None:
        """The earliest time."""
        return min(self.times, default=None)

    @property
    def ended_ms(self) -> int | None:
        """The latest time."""
        return max(self.times, default=None)

    @property
    def agents(self) -> tuple[str, ...]:
        """Agents in the order of their first event."""
        return _distinct(entry.event.agent for entry in self.entries)

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics in the order of their first event."""
        return _distinct(entry.event.record.topic for entry in self.entries)

    @property
    def workflow_ids(self) -> tuple[str, ...]:
        """Workflows in the order of their first event."""
        return _distinct(entry.event.workflow_id for entry in self.entries)


Judge = Callable[[Scene, Labels], Sequence[Finding]]
"""Finds more in a scene than its own events say, such as what the ledger of claims knows."""


def no_judge(_scene: Scene, _labels: Labels) -> Sequence[Finding]:
    """Find nothing more."""
    return ()


def default_limit(_topic: str) -> int:
    """Return the age from which an event is stale where nothing is configured, in ms."""
    return DEFAULT_STALE_AFTER_MS


def tell(
    gathering: Gathering,
    ids: Sequence[str],
    clock: Clock = Clock.RECORD,
    *,
    reads: Reads | None = None,
    stale_after_ms: Limit = default_limit,
    judge: Judge = no_judge,
) -> Story:
    """Tell what the gathered events say, and what is wrong with it."""
    ordered = gathering.ordered()
    known = scene(
        [one.event for one in ordered],
        [one.time_ms for one in ordered],
        Reads() if reads is None else reads,
        stale_after_ms,
    )
    labels = Labels()
    findings = (
        *(finding for rule in STALE for finding in rule(known, labels)),
        *judge(known, labels),
        *(finding for rule in ODD for finding in rule(known, labels)),
    )
    flagged = _labels((one.id, one.flags or one.events) for one in findings)
    tainted = _labels((one.id, one.downstream) for one in findings)
    entries = []
    for at, one in enumerate(ordered):
        link, place = known.links[at], one.event.place
        entries.append(
            Entry(
                n=at + 1,
                event=one.event,
                time_ms=one.time_ms,
                gap_ms=known.age_ms(at - 1, at) if at else None,
                cause=one.event.cause if link is None else link.cause + 1,
                cause_kind=_cause_kind(one.event, link),
                read_age_ms=None if link is None else known.age_ms(link.cause, at),
                reordered=one.reordered,
                findings=tuple(flagged.get(place, ())),
                downstream=tuple(tainted.get(place, ())),
                consumed=known.reads.consumed(one.event),
            )
        )
    return Story(
        ids=tuple(ids),
        clock=clock,
        entries=tuple(entries),
        gaps=known.gaps,
        findings=findings,
        more=gathering.seen - len(entries),
    )


def _labels(found: Iterable[tuple[str, Iterable[Place]]]) -> Mapping[Place, list[str]]:
    """Return the labels of findings by the places that they name."""
    labels: dict[Place, list[str]] = {}
    for label, places in found:
        for place in places:
            labels.setdefault(place, []).append(label)
    return labels


def _cause_kind(event: Event, link: Link | None) -> str | None:
    if link is not None:
        return link.kind.value
    return None if event.cause is None else CauseKind.STATED.value


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))
