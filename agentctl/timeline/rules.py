"""What is wrong or odd in a story: one function a finding code, each over the scene alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from agentctl.model.finding import LETTERS, Code, Finding, Labels, Severity
from agentctl.model.record import TimestampType
from agentctl.timeline.causes import CauseKind
from agentctl.timeline.reasons import Explained
from agentctl.timeline.scene import Scene
from agentctl.timeline.staleness import stale_read, time_travel
from agentctl.timeline.words import span

_SKEW_THAT_MATTERS_MS = 1_000


def undecodable(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Events whose value cannot be decoded: they stand in the story with their bytes and a reason."""
    for event in scene.events:
        if event.undecodable is None:
            continue
        size = len(event.record.value or b"")
        yield Finding(
            id=labels.next(LETTERS[Code.UNDECODABLE]),
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
            id=labels.next(LETTERS[Code.SILENCE]),
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
    """Agents whose clock must differ: effects that bear an earlier time than the cause that they state.

    Both times are the agents' own (CreateTime); nothing is moved, and how far the clocks differ is known from
    below only. A time by the agent that lies after the broker's own of the same record shows the same.
    """
    behind: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for n, link in enumerate(scene.links):
        event = scene.events[n]
        if event.agent is None:
            continue
        if link is not None and link.kind is CauseKind.STATED and n not in scene.circles:
            source = scene.events[link.cause]
            by_ms = _earlier_by_ms(scene, link.cause, n)
            if by_ms is not None and source.agent is not None:
                behind.setdefault((event.agent, source.agent), []).append((by_ms, link.cause, n))
        ahead_ms = _ahead_of_broker_ms(scene, n)
        if ahead_ms is not None:
            behind.setdefault(("the broker", event.agent), []).append((ahead_ms, n, n))
    for (late, early), found in behind.items():
        worst_ms, cause, effect = max(found)
        indices = sorted({n for _, *pair in found for n in pair})
        shown = (
            f"#{effect + 1} is dated {span(worst_ms)} before its cause #{cause + 1}"
            if cause != effect
            else f"#{effect + 1} is dated {span(worst_ms)} after the broker received it"
        )
        yield Finding(
            id=labels.next(LETTERS[Code.CLOCK_SKEW]),
            code=Code.CLOCK_SKEW,
            severity=Severity.WARNING if worst_ms >= _SKEW_THAT_MATTERS_MS else Severity.NOTE,
            title="clock skew",
            explanation=(
                f"The clock of {late} is at least {span(worst_ms)} behind that of {early}, or the stated "
                f"cause is wrong: {shown}. Nothing was moved in time."
                if cause != effect
                else f"The clock of {early} is at least {span(worst_ms)} ahead: {shown}."
            ),
            events=tuple(scene.events[n].place for n in indices),
            flags=tuple(scene.events[n].place for n in sorted({n for _, _, n in found})),
            evidence={"behind": late, "ahead": early, "skew_ms": worst_ms, "events": len(found)},
        )


def _earlier_by_ms(scene: Scene, cause: int, effect: int) -> int | None:
    """Return by how much an effect is dated before its cause, when both times are the agents' own."""
    records = scene.events[cause].record, scene.events[effect].record
    if any(record.timestamp_type is not TimestampType.CREATE for record in records):
        return None
    cause_ms, effect_ms = (record.timestamp_ms for record in records)
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


def unknown_cause(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Stated causes that are nowhere in what was read, that several events could be, or that go round."""
    bearers = Counter(event.event_id for event in scene.events)
    for n, event in enumerate(scene.events):
        link = scene.links[n]
        if event.cause is None:
            continue
        if n in scene.circles:
            problem = "is, over its own causes, an effect of it: causes go in a circle"
        elif event.cause in (event.event_id, str(event.place)):
            problem = "is the event itself"
        elif link is None:
            problem = "is not among the events that were read"
        elif bearers[event.cause] > 1:
            problem = f"is the id of {bearers[event.cause]} events; the first of them is taken"
        else:
            continue
        yield Finding(
            id=labels.next(LETTERS[Code.UNKNOWN_CAUSE]),
            code=Code.UNKNOWN_CAUSE,
            severity=Severity.NOTE if link is not None and n not in scene.circles else Severity.WARNING,
            title="unknown cause",
            explanation=f"#{n + 1} states {event.cause} as its cause, which {problem}.",
            events=(event.place,),
            evidence={"cause": event.cause},
        )


Rule = Callable[[Scene, Labels], Iterator[Finding]]

STALE: tuple[Rule, ...] = (time_travel, stale_read)
"""What went wrong, and what stands downstream of it."""
ODD: tuple[Rule, ...] = (clock_skew, unknown_cause, undecodable)
"""What makes the story itself hard to trust or to read."""
