"""Stale reads: an agent acts on what a newer event had replaced, or a group reads an event far too late."""

from collections.abc import Iterator, Mapping

from agentctl.model.event import Role
from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.span import span
from agentctl.timeline.acts import (
    Act,
    acts_of,
    downstream_words,
    places,
    seen_by,
    share,
    travels,
)
from agentctl.timeline.newer import Newer
from agentctl.timeline.scene import Scene


def stale_read(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Acts on an event that a newer one had replaced, and groups that read an event long after it came."""
    newer = Newer(scene.events, scene.times)
    replaced: list[tuple[Act, int]] = []
    acted: dict[int, set[str]] = {}
    for act in acts_of(scene):
        agent = scene.events[act.first].agent
        if agent is not None:
            acted.setdefault(act.cause, set()).add(agent)
        replacing = None if travels(scene, act) else _replacing(scene, act, newer)
        if replacing is not None:
            replaced.append((act, replacing))
    for act, replacing in replaced:
        yield _replaced(scene, act, replacing, share(len(replaced)), labels)
    yield from _late_groups(scene, acted, labels)


def _replacing(scene: Scene, act: Act, newer: Newer) -> int | None:
    """Return the newest event that says anew what the cause said and that the agent could have read."""
    source, agent = scene.events[act.cause], scene.events[act.first].agent
    began_ms = scene.times[act.first]
    if source.role is not Role.TASK or source.work_item is None or agent is None or began_ms is None:
        return None
    return newer.replacing(
        act.cause, act.first, began_ms, lambda other: scene.reads.readable(agent, other, began_ms)
    )


def _replaced(scene: Scene, act: Act, newer: int, most: int, labels: Labels) -> Finding:
    source, event = scene.events[act.cause], scene.events[act.first]
    after, more = scene.after(act.flagged, most)
    age = "" if act.age_ms is None else f", {span(act.age_ms)} old"
    ahead = scene.age_ms(newer, act.first)
    sentences = [
        f"{event.agent} acted at {scene.numbers(act.flagged, 3)} on #{act.cause + 1}{age}, although "
        f"#{newer + 1} on the same item stood there{'' if ahead is None else ' for ' + span(ahead)}.",
        *downstream_words(scene, after, more),
    ]
    return Finding(
        id=labels.next(Code.STALE_READ),
        code=Code.STALE_READ,
        severity=Severity.WARNING,
        title="stale read",
        explanation=" ".join(sentences),
        events=places(scene, (act.cause, newer, *act.flagged)),
        flags=places(scene, act.flagged),
        downstream=places(scene, after),
        evidence={
            "agent": event.agent,
            "cause": str(source.place),
            "cause_kind": "stated" if act.stated(scene) else "inferred",
            "newer": str(scene.events[newer].place),
            "effect": str(scene.events[act.flagged[-1]].place),
            "age_ms": act.age_ms,
            "downstream": [str(place) for place in places(scene, after)],
            "downstream_more": more,
        },
        next=seen_by(scene, act),
    )


def _late_groups(scene: Scene, acted: Mapping[int, set[str]], labels: Labels) -> Iterator[Finding]:
    """Give one finding a group that passed tasks later than their limit.

    Where its agent acted on a task, that act says how old the task was then: a group commits after its work.
    """
    late: dict[str, list[tuple[int, int]]] = {}
    for n, event in enumerate(scene.events):
        if event.role is not Role.TASK:
            continue
        limit_ms = scene.stale_after_ms(event.record.topic)
        for one in scene.reads.consumed(event):
            if not one.certain or one.behind_ms is None or one.behind_ms <= limit_ms:
                continue
            if not any(one.group in scene.reads.groups(agent) for agent in acted.get(n, ())):
                late.setdefault(one.group, []).append((n, one.behind_ms))
    for group, found in sorted(late.items()):
        indices = [n for n, _ in found]
        worst_ms = max(behind_ms for _, behind_ms in found)
        yield Finding(
            id=labels.next(Code.STALE_READ),
            code=Code.STALE_READ,
            severity=Severity.WARNING,
            title="stale read",
            explanation=(
                f"{group} read {scene.numbers(indices)} up to {span(worst_ms)} after "
                f"{'it was' if len(indices) == 1 else 'they were'} written (its commits say so)."
            ),
            events=places(scene, indices),
            evidence={"group": group, "behind_ms": worst_ms},
        )
