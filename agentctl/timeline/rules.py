"""What is wrong or odd in a story: one function a finding code, each over the scene alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.record import TimestampType
from agentctl.model.span import span
from agentctl.timeline.causes import CauseKind
from agentctl.timeline.reasons import Explained
from agentctl.timeline.scene import Scene
from agentctl.timeline.staleness import stale_read
from agentctl.timeline.travel import time_travel, time_travel_from_elsewhere

_SKEW_THAT_MATTERS_MS = 1_000
_MOST_CAUSES = 5

BROKER = "the broker"
"""Whose clock it is where a topic's timestamps are the broker's own."""


def undecodable(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Events whose value cannot be decoded: they stand in the story with their bytes and a reason."""
    for event in scene.events:
        if event.undecodable is None:
            continue
        size = len(event.record.value or b"")
        yield Finding(
            id=labels.next(Code.UNDECODABLE),
            code=Code.UNDECODABLE,
            severity=Severity.WARNING,
            title="undecodable",
            explanation=f"{event.place} cannot be decoded: {event.undecodable}. Its {size:,} bytes are kept.",
            events=(event.place,),
            evidence={"reason": event.undecodable, "value_bytes": size},
            next=(f"agentctl replay '{event.place}' -o ndjson",),
        )


def silence(scene: Scene, silences: Iterable[Explained], labels: Labels) -> Iterator[Finding]:
    """Long stretches without events, with what explains them and the events on both sides as evidence."""
    for one in silences:
        gap = one.gap
        before, after = scene.events[gap.after], scene.events[gap.after + 1]
        yield Finding(
            id=labels.next(Code.SILENCE),
            code=Code.SILENCE,
            severity=Severity.NOTE,
            title="silence",
            explanation=one.sentence,
            events=(before.place, after.place),
            evidence={
                "since_ms": gap.since_ms,
                "until_ms": gap.until_ms,
                "duration_ms": gap.duration_ms,
                "agents": [reason.evidence for reason in one.reasons],
            },
        )


def clock_skew(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Clocks that must differ: effects that bear an earlier time than the cause that they state.

    A time is the agent's own (CreateTime) or the broker's; nothing is moved, and how far the clocks differ is
    known from below only. A time by the agent after the broker's own of the same record shows the same.
    """
    behind: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for n, link in enumerate(scene.links):
        event = scene.events[n]
        if link is not None and link.kind is CauseKind.STATED and n not in scene.circles:
            late, early = _clock(event), _clock(scene.events[link.cause])
            by_ms = _earlier_by_ms(scene, link.cause, n)
            if (
                by_ms is not None
                and late is not None
                and early is not None
                and (late, early) != (BROKER, BROKER)
            ):
                behind.setdefault((late, early), []).append((by_ms, link.cause, n))
        ahead_ms = _ahead_of_broker_ms(scene, n)
        if ahead_ms is not None and event.agent is not None:
            behind.setdefault((BROKER, event.agent), []).append((ahead_ms, n, n))
    for (late, early), found in behind.items():
        yield _skew(scene, late, early, found, labels)


def _skew(
    scene: Scene, late: str, early: str, found: Sequence[tuple[int, int, int]], labels: Labels
) -> Finding:
    worst_ms, cause, effect = max(found)
    indices = sorted({n for _, *pair in found for n in pair})
    if cause == effect:
        said = f"The clock of {early} is at least {span(worst_ms)} ahead: "
        said += f"#{effect + 1} is dated after the broker received it."
    else:
        than = f"behind that of {early}" if late != early else "off from one event to the other"
        said = (
            f"The clock of {late} is at least {span(worst_ms)} {than}, or the stated cause is wrong: "
            f"#{effect + 1} is dated {span(worst_ms)} before its cause #{cause + 1}. Nothing was moved."
        )
    return Finding(
        id=labels.next(Code.CLOCK_SKEW),
        code=Code.CLOCK_SKEW,
        severity=Severity.WARNING if worst_ms >= _SKEW_THAT_MATTERS_MS else Severity.NOTE,
        title="clock skew",
        explanation=said,
        events=tuple(scene.events[n].place for n in indices),
        flags=tuple(scene.events[n].place for n in sorted({n for _, _, n in found})),
        evidence={"behind": late, "ahead": early, "skew_ms": worst_ms, "events": len(found)},
    )


def _clock(event: Event) -> str | None:
    """Return whose clock an event's record bears; None when nobody's that is known."""
    kind = event.record.timestamp_type
    return BROKER if kind is TimestampType.APPEND else event.agent if kind is TimestampType.CREATE else None


def _earlier_by_ms(scene: Scene, cause: int, effect: int) -> int | None:
    """Return by how much an effect is dated before its cause."""
    cause_ms, effect_ms = (scene.events[n].record.timestamp_ms for n in (cause, effect))
    if cause_ms is None or effect_ms is None or effect_ms >= cause_ms:
        return None
    return cause_ms - effect_ms


def _ahead_of_broker_ms(scene: Scene, n: int) -> int | None:
    event = scene.events[n]
    if event.record.timestamp_type is not TimestampType.APPEND:
        return None
    if event.event_time_ms is None or event.record.timestamp_ms is None:
        return None
    ahead_ms = event.event_time_ms - event.record.timestamp_ms
    return ahead_ms if ahead_ms > 0 else None


class Unknown(StrEnum):
    """Why a stated cause cannot be pointed at."""

    CIRCLE = "circle"
    ITSELF = "itself"
    NOWHERE = "nowhere"
    AMBIGUOUS = "ambiguous"


_UNKNOWN: Mapping[Unknown, str] = {
    Unknown.CIRCLE: "by the causes stated there, each is an effect of the others: a circle",
    Unknown.ITSELF: "the cause stated there is the event itself",
    Unknown.NOWHERE: "the cause stated there is not among the events that were read",
    Unknown.AMBIGUOUS: "the cause stated there is the id of several events, the first of which is taken",
}


def unknown_cause(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Stated causes that are nowhere in what was read, that several events could be, or that go round.

    One finding for each circle, each id that several events bear, and else for each agent.
    """
    bearers = Counter(event.event_id for event in scene.events)
    round_ = _circles(scene)
    found: dict[tuple[Unknown, object], list[int]] = {}
    for n, event in enumerate(scene.events):
        if event.cause is None:
            continue
        if n in round_:
            found.setdefault((Unknown.CIRCLE, round_[n]), []).append(n)
        elif event.cause in (event.event_id, str(event.place)):
            found.setdefault((Unknown.ITSELF, event.agent), []).append(n)
        elif scene.links[n] is None and event.cause not in scene.elsewhere:
            found.setdefault((Unknown.NOWHERE, event.agent), []).append(n)
        elif scene.links[n] is not None and bearers[event.cause] > 1:
            found.setdefault((Unknown.AMBIGUOUS, event.cause), []).append(n)
    for (problem, _), indices in found.items():
        causes = list(dict.fromkeys(scene.events[n].cause for n in indices))
        agents = list(dict.fromkeys(scene.events[n].agent for n in indices))
        named = ", ".join(str(cause) for cause in causes[:_MOST_CAUSES])
        further = f" and {len(causes) - _MOST_CAUSES:,} more" if len(causes) > _MOST_CAUSES else ""
        yield Finding(
            id=labels.next(Code.UNKNOWN_CAUSE),
            code=Code.UNKNOWN_CAUSE,
            severity=Severity.NOTE if problem is Unknown.AMBIGUOUS else Severity.WARNING,
            title="unknown cause",
            explanation=f"{scene.numbers(indices)}: {_UNKNOWN[problem]} ({named}{further}).",
            events=tuple(scene.events[n].place for n in indices),
            evidence={"problem": problem.value, "agents": agents, "causes": causes},
        )


def _circles(scene: Scene) -> Mapping[int, int]:
    """Number the circles of causes: by event the first event of its circle."""
    found: dict[int, int] = {}
    for n in sorted(scene.circles):
        node = n
        while node not in found:
            found[node] = n
            link = scene.links[node]
            assert link is not None
            node = link.cause
    return found


Rule = Callable[[Scene, Labels], Iterator[Finding]]

STALE: tuple[Rule, ...] = (time_travel, time_travel_from_elsewhere, stale_read)
"""What went wrong, and what stands downstream of it."""
ODD: tuple[Rule, ...] = (clock_skew, unknown_cause, undecodable)
"""What makes the story itself hard to trust or to read."""
