"""Time travel: an agent acts on an event that was old when it began, of the story or of another."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agentctl.model.event import Event, Role
from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.next_commands import lag_history
from agentctl.model.span import span
from agentctl.timeline.acts import (
    MOST_DOWNSTREAM,
    Act,
    acts_of,
    age_when_read,
    downstream_words,
    pieces,
    places,
    read_evidence,
    seen_by,
    share,
    standing_words,
    travels,
)
from agentctl.timeline.newer import Newer
from agentctl.timeline.scene import Scene


def time_travel(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Agents that acted on an event that was older than its topic's ``stale_after`` when they began."""
    late = [act for act in acts_of(scene) if travels(scene, act)]
    newer = Newer(scene.events, scene.times) if late else None
    for act in late:
        assert newer is not None
        yield _travelled(scene, act, newer.of_kind(act.cause, act.first), share(len(late)), labels)


def _travelled(scene: Scene, act: Act, newer: int | None, most: int, labels: Labels) -> Finding:
    source = scene.events[act.cause]
    stated = act.stated(scene)
    on = (
        f"#{act.cause + 1}, an event" if stated else f"what seems to be its cause, #{act.cause + 1}, an event"
    )
    replaced = ""
    if newer is not None:
        same = "item" if scene.events[newer].work_item == source.work_item else "workflow"
        replaced = f"A newer event on the same {same} was #{newer + 1}."
    assert act.age_ms is not None
    found = _finding(scene, source, act.flagged, act.age_ms, most, on, labels)
    return replace(
        found,
        explanation=f"{found.explanation} {replaced}".rstrip(),
        evidence={
            **found.evidence,
            "cause_kind": "stated" if stated else "inferred",
            "newer": None if newer is None else str(scene.events[newer].place),
        },
        next=(*found.next, *seen_by(scene, act)),
    )


def time_travel_from_elsewhere(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Agents that acted on an old event that is none of the story's own, such as another workflow's."""
    if not scene.elsewhere:
        return
    for members in pieces(scene):
        naming: dict[str, list[int]] = {}
        for n in members:
            cause, agent = scene.events[n].cause, scene.events[n].agent
            if cause is None or cause not in scene.elsewhere or agent is None:
                continue
            if agent != scene.elsewhere[cause].agent:
                naming.setdefault(cause, []).append(n)
        for cause, acts in naming.items():
            source = scene.elsewhere[cause]
            written_ms, began_ms = source.record.timestamp_ms, scene.times[members[0]]
            if written_ms is None or began_ms is None or source.role in {Role.CLAIM, Role.PROGRESS}:
                continue
            age_ms = age_when_read(scene, scene.events[members[0]], source, began_ms - written_ms)
            if age_ms is not None and age_ms > scene.stale_after_ms(source.record.topic):
                of = "" if source.workflow_id is None else f" of {source.workflow_id}"
                on = f"{source.place}, an event{of}"
                flagged = sorted({members[0], *acts})
                yield _finding(scene, source, flagged, age_ms, MOST_DOWNSTREAM, on, labels)


def _finding(
    scene: Scene,
    source: Event,
    flagged: Sequence[int],
    age_ms: int,
    most: int,
    on: str,
    labels: Labels,
) -> Finding:
    """Return what is told of acts on an old event; ``on`` names that in words."""
    agent = scene.events[flagged[0]].agent
    assert agent is not None
    limit_ms = scene.stale_after_ms(source.record.topic)
    after, more = scene.after(flagged, most)
    below, passing = places(scene, after), scene.reads.passing(agent, source)
    sentences = [
        f"{agent} acted at {scene.numbers(flagged, 3)} on {on} {span(age_ms)} old (limit {span(limit_ms)}).",
        *standing_words(passing, source),
        *downstream_words(scene, after, more),
    ]
    return Finding(
        id=labels.next(Code.TIME_TRAVEL),
        code=Code.TIME_TRAVEL,
        severity=Severity.PROBLEM,
        title="time travel",
        explanation=" ".join(sentences),
        events=(source.place, *places(scene, flagged)),
        flags=places(scene, flagged),
        downstream=below,
        evidence={
            "agent": agent,
            "cause": str(source.place),
            "cause_kind": "stated",
            "effect": str(scene.events[flagged[-1]].place),
            "age_ms": age_ms,
            "limit_ms": limit_ms,
            "newer": None,
            "downstream": [str(place) for place in below],
            "downstream_more": more,
            **read_evidence(passing, source),
        },
        next=() if passing is None else (lag_history(passing.group, source.record.topic),),
    )
