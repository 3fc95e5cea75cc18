"""A story: events in order, numbered, with their gaps, their causes and what is wrong with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agentctl.events.topics import DEFAULT_STALE_AFTER_MS
from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Labels
from agentctl.model.query import Clock
from agentctl.model.record import FrozenRecord, Place
from agentctl.model.timeline import Sight, Stretch, Tenancy
from agentctl.timeline.activity import doing, sights
from agentctl.timeline.causes import CauseKind, Link
from agentctl.timeline.order import Ordered
from agentctl.timeline.reads import Consumed, Reads
from agentctl.timeline.reasons import Ends, Explained, explained, no_ends
from agentctl.timeline.rules import ODD, STALE, silence
from agentctl.timeline.scene import Limit, Scene, scene
from agentctl.timeline.verdicts import Claims


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
    silences: tuple[Explained, ...]
    findings: tuple[Finding, ...]
    doing: tuple[Stretch, ...]
    tenancies: tuple[Tenancy, ...]
    sights: tuple[Sight, ...]
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


class Gathered(Protocol):
    """Events in the order in which they are to be told."""

    @property
    def seen(self) -> int:
        """How many there were, told or not."""

    def ordered(self) -> list[Ordered]:
        """Return those that are told."""


def default_limit(_topic: str) -> int:
    """Return the age from which an event is stale where nothing is configured, in ms."""
    return DEFAULT_STALE_AFTER_MS


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beside the events of a story."""

    stale_after_ms: Limit = default_limit
    reads: Reads = field(default_factory=Reads)
    """Who had read what."""
    ends: Ends = no_ends
    """Where partitions ended when."""
    elsewhere: Mapping[str, Event] = field(default_factory=dict)
    """Causes that are none of the story's own events, by what its events state."""
    claims: Claims | None = None
    """None where claims are not to be judged."""


def tell(
    gathering: Gathered,
    ids: Sequence[str],
    clock: Clock = Clock.RECORD,
    knowledge: Knowledge | None = None,
) -> Story:
    """Tell what the gathered events say, and what is wrong with it."""
    knowledge = knowledge or Knowledge()
    ordered = gathering.ordered()
    known = scene(
        [one.event for one in ordered],
        [one.time_ms for one in ordered],
        knowledge.reads,
        knowledge.stale_after_ms,
        knowledge.elsewhere,
    )
    silences = explained(known, knowledge.ends)
    findings, tenancies = _judged(known, silences, knowledge.claims)
    return Story(
        ids=tuple(ids),
        clock=clock,
        entries=_entries(ordered, known, findings),
        silences=silences,
        findings=findings,
        doing=doing(known),
        tenancies=tuple(tenancies),
        sights=sights(known),
        more=gathering.seen - len(ordered),
    )


def _judged(
    known: Scene, silences: Sequence[Explained], claims: Claims | None
) -> tuple[tuple[Finding, ...], Sequence[Tenancy]]:
    """Say what is wrong; where the bytes of an event are out of reach, nobody is accused by half of them."""
    if any(isinstance(event.record, FrozenRecord) for event in known.events):
        return (), ()
    labels = Labels()
    stale = [finding for rule in STALE for finding in rule(known, labels)]
    of_claims, tenancies = claims.judged(known, labels) if claims else ((), ())
    return (
        *stale,
        *_told_once(of_claims, stale),
        *(finding for rule in ODD for finding in rule(known, labels)),
        *silence(known, silences, labels),
    ), tenancies


def _entries(ordered: Sequence[Ordered], known: Scene, findings: Sequence[Finding]) -> tuple[Entry, ...]:
    """Number the events, each with its cause and with what was found about it."""
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
                read_age_ms=_read_age_ms(known, at),
                reordered=one.reordered,
                findings=tuple(flagged.get(place, ())),
                downstream=tuple(tainted.get(place, ())),
                consumed=known.reads.consumed(one.event),
            )
        )
    return tuple(entries)


def _read_age_ms(known: Scene, at: int) -> int | None:
    """Return how old an event's cause was; that of one from elsewhere by its record."""
    link, cause, time_ms = known.links[at], known.events[at].cause, known.times[at]
    if link is not None:
        return known.age_ms(link.cause, at)
    if cause is None or cause not in known.elsewhere or time_ms is None:
        return None
    written_ms = known.elsewhere[cause].record.timestamp_ms
    return None if written_ms is None else time_ms - written_ms


def _told_once(of_claims: Iterable[Finding], stale: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out that a result had no claim where it is already told as the fruit of old news."""
    acts = {place for finding in stale if finding.code is Code.TIME_TRAVEL for place in finding.flags}
    for finding in of_claims:
        if finding.code is not Code.RESULT_WITHOUT_CLAIM or acts.isdisjoint(finding.flags or finding.events):
            yield finding


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
