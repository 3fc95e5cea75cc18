"""Acting on old news: an event that was read too late, or that a newer one had replaced."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentctl.lag.history import Passing
from agentctl.model.event import Event, Role
from agentctl.model.finding import LETTERS, Code, Finding, Labels, Severity
from agentctl.model.instant import instant
from agentctl.model.record import Place
from agentctl.timeline.causes import CauseKind
from agentctl.timeline.newer import Newer
from agentctl.timeline.scene import Scene
from agentctl.timeline.words import clock_time, quoted, span

MOST_DOWNSTREAM = 100_000
"""How many events downstream all findings of a code name together: of thousands each names the nearest."""

_WORK = frozenset({Role.CLAIM, Role.PROGRESS, Role.RESULT})


@dataclass(frozen=True, slots=True)
class _Act:
    """An agent begins to act on what another wrote. Indices of the scene."""

    cause: int
    first: int
    """The first event of the work."""
    naming: tuple[int, ...]
    """The events of the same work that have that cause themselves, stated or inferred."""
    age_ms: int | None
    """How old the cause was when the work began."""

    def stated(self, scene: Scene) -> bool:
        """Whether one of those states it as its cause itself; else it was inferred."""
        links = (scene.links[n] for n in self.naming)
        return any(link is not None and link.kind is CauseKind.STATED for link in links)

    @property
    def flagged(self) -> tuple[int, ...]:
        """The acts that bear the mark."""
        return tuple(sorted({self.first, *self.naming}))


def _acts(scene: Scene) -> Iterator[_Act]:
    """Give for each piece of work, and each foreign cause of it, when it began.

    A piece of work is a session; an event outside of all sessions is one of its own. A cause that was there
    when the session began was read then, whenever it is named.
    """
    loose = [[n] for n, session in enumerate(scene.sessions.of) if session is None]
    for members in sorted((*scene.sessions.members(), *loose)):
        by_cause: dict[int, list[int]] = {}
        for n in members:
            cause = scene.foreign[n]
            if cause is not None and scene.events[n].agent is not None and n not in scene.circles:
                by_cause.setdefault(cause, []).append(n)
        for cause, effects in by_cause.items():
            first = members[0] if cause < members[0] else effects[0]
            naming = [n for n in effects if (link := scene.links[n]) is not None and link.cause == cause]
            yield _Act(cause, first, tuple(naming), _age_ms(scene, cause, first))


def _age_ms(scene: Scene, cause: int, first: int) -> int | None:
    """Return how old the cause was when it was acted on.

    What has no visible beginning, like a task or a lone result, began when its group read the cause, where
    the commits tell.
    """
    age_ms = scene.age_ms(cause, first)
    event, source = scene.events[first], scene.events[cause]
    if age_ms is None or event.agent is None or event.role in {Role.CLAIM, Role.PROGRESS}:
        return age_ms
    passing = scene.reads.passing(event.agent, source)
    written_ms = source.record.timestamp_ms
    if passing is None or passing.at is None or not passing.certain or written_ms is None:
        return age_ms
    return min(age_ms, max(passing.at.time_ms - written_ms, 0))


def _travels(scene: Scene, act: _Act) -> bool:
    """Whether an act is on an event older than the limit of its topic. A takeover answers no event."""
    source, event = scene.events[act.cause], scene.events[act.first]
    if act.age_ms is None or source.role in {Role.CLAIM, Role.PROGRESS}:
        return False
    return (act.stated(scene) or event.role in _WORK) and act.age_ms > scene.stale_after_ms(
        source.record.topic
    )


def time_travel(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Agents that acted on an event that was older than its topic's ``stale_after`` when they began."""
    travels = [act for act in _acts(scene) if _travels(scene, act)]
    newer = Newer(scene.events, scene.times) if travels else None
    for act in travels:
        assert newer is not None
        yield _travelled(scene, act, newer.of_kind(act.cause, act.first), _share(travels), labels)


def _share(acts: Sequence[_Act]) -> int:
    """Return how many events downstream each of several findings may name."""
    return max(MOST_DOWNSTREAM // len(acts), 1)


def _travelled(scene: Scene, act: _Act, newer: int | None, most: int, labels: Labels) -> Finding:
    source, event = scene.events[act.cause], scene.events[act.first]
    assert act.age_ms is not None
    assert event.agent is not None
    limit_ms = scene.stale_after_ms(source.record.topic)
    after, more = scene.after(act.flagged, most)
    below = _places(scene, after)
    passing = scene.reads.passing(event.agent, source)
    seems = "" if act.stated(scene) else "what seems to be its cause, "
    sentences = [
        f"{event.agent} acted at {scene.numbers(act.flagged, 3)} on {seems}#{act.cause + 1}, an event "
        f"{span(act.age_ms)} old (limit {span(limit_ms)})."
    ]
    sentences += _standing(passing, source)
    sentences += _downstream(scene, after, more)
    if newer is not None:
        same = "item" if scene.events[newer].work_item == source.work_item else "workflow"
        sentences.append(f"A newer event on the same {same} was #{newer + 1}.")
    return Finding(
        id=labels.next(LETTERS[Code.TIME_TRAVEL]),
        code=Code.TIME_TRAVEL,
        severity=Severity.PROBLEM,
        title="time travel",
        explanation=" ".join(sentences),
        events=_places(scene, (act.cause, *act.flagged)),
        flags=_places(scene, act.flagged),
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
            **_read_evidence(passing, source),
        },
        next=_seen_by(scene, act),
    )


def stale_read(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Acts on an event that a newer one had replaced, and groups that read an event long after it came."""
    newer = Newer(scene.events, scene.times)
    replaced: list[tuple[_Act, int]] = []
    acted: dict[int, set[str]] = {}
    for act in _acts(scene):
        agent = scene.events[act.first].agent
        if agent is not None:
            acted.setdefault(act.cause, set()).add(agent)
        replacing = None if _travels(scene, act) else _replacing(scene, act, newer)
        if replacing is not None:
            replaced.append((act, replacing))
    for act, replacing in replaced:
        yield _replaced(scene, act, replacing, _share([one for one, _ in replaced]), labels)
    yield from _late_groups(scene, acted, labels)


def _replacing(scene: Scene, act: _Act, newer: Newer) -> int | None:
    """Return the newest event that says anew what the cause said and that the agent could have read."""
    source, agent = scene.events[act.cause], scene.events[act.first].agent
    began_ms = scene.times[act.first]
    if source.role is not Role.TASK or source.work_item is None or agent is None or began_ms is None:
        return None
    return newer.replacing(
        act.cause, act.first, began_ms, lambda other: scene.reads.readable(agent, other, began_ms)
    )


def _replaced(scene: Scene, act: _Act, newer: int, most: int, labels: Labels) -> Finding:
    source, event = scene.events[act.cause], scene.events[act.first]
    after, more = scene.after(act.flagged, most)
    age = "" if act.age_ms is None else f", {span(act.age_ms)} old"
    ahead = scene.age_ms(newer, act.first)
    sentences = [
        f"{event.agent} acted at {scene.numbers(act.flagged, 3)} on #{act.cause + 1}{age}, although "
        f"#{newer + 1} on the same item stood there{'' if ahead is None else ' for ' + span(ahead)}.",
        *_downstream(scene, after, more),
    ]
    return Finding(
        id=labels.next(LETTERS[Code.STALE_READ]),
        code=Code.STALE_READ,
        severity=Severity.WARNING,
        title="stale read",
        explanation=" ".join(sentences),
        events=_places(scene, (act.cause, newer, *act.flagged)),
        flags=_places(scene, act.flagged),
        downstream=_places(scene, after),
        evidence={
            "agent": event.agent,
            "cause": str(source.place),
            "cause_kind": "stated" if act.stated(scene) else "inferred",
            "newer": str(scene.events[newer].place),
            "effect": str(scene.events[act.flagged[-1]].place),
            "age_ms": act.age_ms,
            "downstream": [str(place) for place in _places(scene, after)],
            "downstream_more": more,
        },
        next=_seen_by(scene, act),
    )


def _downstream(scene: Scene, after: Sequence[int], more: bool) -> list[str]:
    if not after:
        return []
    return [f"Downstream: {scene.numbers(after)}{', and further ones' if more else ''}."]


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
            id=labels.next(LETTERS[Code.STALE_READ]),
            code=Code.STALE_READ,
            severity=Severity.WARNING,
            title="stale read",
            explanation=(
                f"{group} read {scene.numbers(indices)} up to {span(worst_ms)} after "
                f"{'it was' if len(indices) == 1 else 'they were'} written (its commits say so)."
            ),
            events=_places(scene, indices),
            evidence={"group": group, "behind_ms": worst_ms},
        )


def _places(scene: Scene, indices: Sequence[int]) -> tuple[Place, ...]:
    return tuple(scene.events[n].place for n in indices)


def _standing(passing: Passing | None, source: Event) -> list[str]:
    """Say where the agent's group stood, as far as its commits tell."""
    if passing is None:
        return []
    record = source.record
    stood = ""
    if passing.before is not None and passing.stood_since_ms is not None:
        at_least = "at least " if passing.stood_longer else ""
        since = clock_time(passing.stood_since_ms)
        place = f"{record.topic}[{record.partition}]@{passing.before.offset}"
        stood = f" stood at {place} since {at_least}{since}"
    if passing.at is None:
        passed = " has not passed it" if passing.certain else ""
    else:
        passed = f" passed it at {clock_time(passing.at.time_ms)}"
        if not passing.certain:
            passed += " at the latest"
    if not stood and not passed:
        return []
    both = " and" if stood and passed else ""
    return [f"Its group {passing.group}{stood}{both}{passed} (its commits say so)."]


def _read_evidence(passing: Passing | None, source: Event) -> dict[str, object]:
    if passing is None:
        return {"group": None, "read_at": None, "read_age_ms": None}
    written_ms = source.record.timestamp_ms
    at_ms = None if passing.at is None else passing.at.time_ms
    return {
        "group": passing.group,
        "read_at": None if at_ms is None else instant(at_ms),
        "read_age_ms": None if at_ms is None or written_ms is None else at_ms - written_ms,
        "stood_at": None if passing.before is None else passing.before.offset,
        "stood_since": None if passing.stood_since_ms is None else instant(passing.stood_since_ms),
    }


def _seen_by(scene: Scene, act: _Act) -> tuple[str, ...]:
    event = scene.events[act.first]
    subject = event.workflow_id or event.work_item
    if subject is None or event.agent is None:
        return ()
    return (f"agentctl replay {quoted(subject)} --as-seen-by {quoted(event.agent)}",)
