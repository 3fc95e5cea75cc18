"""A story: events in order, numbered, with their gaps, their causes and what is wrong with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentctl.model.event import Event
from agentctl.model.finding import Finding
from agentctl.model.query import Clock
from agentctl.timeline.gaps import Gap, silences
from agentctl.timeline.order import Gathering
from agentctl.timeline.rules import Labels, silence_found, undecodable_found


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
    read_age_ms: int | None
    """How old its cause was when it happened; None without a cause in the story."""
    reordered: bool
    findings: tuple[str, ...]


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


def tell(gathering: Gathering, ids: Sequence[str], clock: Clock = Clock.RECORD) -> Story:
    """Tell what the gathered events say."""
    ordered = gathering.ordered()
    events = [one.event for one in ordered]
    times = [one.time_ms for one in ordered]
    gaps = silences(times)
    labels = Labels()
    findings = (*undecodable_found(events, labels), *silence_found(events, gaps, labels))
    by_place: dict[str, list[str]] = {}
    for finding in findings:
        for place in finding.events:
            by_place.setdefault(str(place), []).append(finding.id)
    entries = []
    for at, one in enumerate(ordered):
        cause = None if one.cause is None else ordered[one.cause]
        entries.append(
            Entry(
                n=at + 1,
                event=one.event,
                time_ms=one.time_ms,
                gap_ms=_between(times[at - 1], one.time_ms) if at else None,
                cause=one.event.cause if one.cause is None else one.cause + 1,
                read_age_ms=None if cause is None else _between(cause.time_ms, one.time_ms),
                reordered=one.reordered,
                findings=tuple(by_place.get(str(one.event.place), ())),
            )
        )
    return Story(
        ids=tuple(ids),
        clock=clock,
        entries=tuple(entries),
        gaps=gaps,
        findings=findings,
        more=gathering.seen - len(entries),
    )


def _between(earlier_ms: int | None, later_ms: int | None) -> int | None:
    return None if earlier_ms is None or later_ms is None else later_ms - earlier_ms


def _distinct(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))
