"""Time travel: an agent acts on an event that was old when it began, of the story or of another."""

from collections.abc import Iterator, Sequence

from agentctl.model.event import Event, Role
from agentctl.model.finding import Code, Finding, Labels, Severity
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
from agentctl.timeline.words import span


def time_travel(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Agents that acted on an event that was older than its topic's ``stale_after`` when they began."""
    late = [act for act in acts_of(scene) if travels(scene, act)]
    newer = Newer(scene.events, scene.times) if late else None
    for act in late:
        assert newer is not None
        yield _travelled(scene, act, newer.of_kind(act.cause, act.first), share(late), labels)


def _travelled(scene: Scene, act: Act, newer: int | None, most: int, labels: Labels) -> Finding:
    source, event = scene.events[act.cause], scene.events[act.first]
    assert act.age_ms is not None
    assert event.agent is not None
    limit_ms = scene.stale_after_ms(source.record.topic)
    after, more = scene.after(act.flagged, most)
    below = places(scene, after)
    passing = scene.reads.passing(event.agent, source)
    seems = "" if act.stated(scene) else "what seems to be its cause, "
    sentences = [
        f"{event.agent} acted at {scene.numbers(act.flagged, 3)} on {seems}#{act.cause + 1}, an event "
        f"{span(act.age_ms)} old (limit {span(limit_ms)})."
    ]
    sentences += standing_words(passing, source)
    sentences += downstream_words(scene, after, more)
    if newer is not None:
        same = "item" if scene.events[newer].work_item == source.work_item else "workflow"
        sentences.append(f"A newer event on the same {same} was #{newer + 1}.")
    return Finding(
        id=labels.next(Code.TIME_TRAVEL),
        code=Code.TIME_TRAVEL,
        severity=Severity.PROBLEM,
        title="time travel",
        explanation=" ".join(sentences),
        events=places(scene, (act.cause, *act.flagged)),
        flags=places(scene, act.flagged),
        downstream=below,
        evidence={
            "agent": event.agent,
            "cause": str(source.place),
            "cause_kind": "inferred" if seems else "stated",
            "effect": str(scene.events[act.flagged[-1]].place),
            "age_ms": act.age_ms,
            "limit_ms": limit_ms,
            "newer": None if newer is None else str(scene.events[newer].place),
            "downstream": [str(place) for place in below],
            "downstream_more": more,
            **read_evidence(passing, source),
        },
        next=seen_by(scene, act),
    )


def time_travel_from_elsewhere(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Agents that acted on an old event that is none of the story's own, such as another workflow's."""
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
                yield _from_elsewhere(scene, source, sorted({members[0], *acts}), age_ms, labels)


def _from_elsewhere(
    scene: Scene, source: Event, flagged: Sequence[int], age_ms: int, labels: Labels
) -> Finding:
    agent = scene.events[flagged[0]].agent
    assert agent is not None
    limit_ms = scene.stale_after_ms(source.record.topic)
    after, more = scene.after(flagged, MOST_DOWNSTREAM)
    below, passing = places(scene, after), scene.reads.passing(agent, source)
    of = "" if source.workflow_id is None else f" of {source.workflow_id}"
    sentences = [
        f"{agent} acted at {scene.numbers(flagged, 3)} on {source.place}, an event{of} {span(age_ms)} old "
        f"(limit {span(limit_ms)}).",
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
    )
