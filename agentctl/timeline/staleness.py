"""Acting on old news: an event that was read too late, or that a newer one had replaced."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentctl.lag.history import Passing
from agentctl.model.event import Event, Role
from agentctl.model.finding import LETTERS, Code, Finding, Labels, Severity
from agentctl.model.instant import instant
from agentctl.model.record import Place
from agentctl.timeline.reads import groups_of
from agentctl.timeline.scene import Scene
from agentctl.timeline.words import clock_time, quoted, span

_WORK = frozenset({Role.CLAIM, Role.PROGRESS, Role.RESULT})


@dataclass(frozen=True, slots=True)
class _Act:
    """An agent begins to act on what another wrote. Indices of the scene."""

    cause: int
    first: int
    """The first event of the work."""
    naming: tuple[int, ...]
    """The events of the same work that state that cause."""
    age_ms: int | None
    """How old the cause was when the work began."""

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
    stated = any((link := scene.links[n]) is not None and link.kind == "stated" for n in act.naming)
    return (stated or event.role in _WORK) and act.age_ms > scene.stale_after_ms(source.record.topic)


def time_travel(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Agents that acted on an event that was older than its topic's ``stale_after`` when they began."""
    for act in _acts(scene):
        if not _travels(scene, act):
            continue
        source, event = scene.events[act.cause], scene.events[act.first]
        assert act.age_ms is not None
        assert event.agent is not None
        limit_ms = scene.stale_after_ms(source.record.topic)
        after = scene.after(act.flagged)
        passing = scene.reads.passing(event.agent, source)
        newer = _newer(scene, act)
        sentences = [
            f"{event.agent} acted at {scene.numbers(act.flagged, 3)} on #{act.cause + 1}, an event "
            f"{span(act.age_ms)} old (limit {span(limit_ms)})."
        ]
        sentences += _standing(passing, source)
        if after:
            sentences.append(f"Downstream: {scene.numbers(after)}.")
        if newer is not None:
            same = "item" if scene.events[newer].work_item == source.work_item else "workflow"
            sentences.append(f"A newer event on the same {same} was #{newer + 1}.")
        yield Finding(
            id=labels.next(LETTERS[Code.TIME_TRAVEL]),
            code=Code.TIME_TRAVEL,
            severity=Severity.PROBLEM,
            title="time travel",
            explanation=" ".join(sentences),
            events=_places(scene, (act.cause, *act.flagged)),
            flags=_places(scene, act.flagged),
            downstream=_places(scene, after),
            evidence={
                "agent": event.agent,
                "cause": str(source.place),
                "effect": str(scene.events[act.flagged[-1]].place),
                "age_ms": act.age_ms,
                "limit_ms": limit_ms,
                "newer": None if newer is None else str(scene.events[newer].place),
                "downstream": [str(place) for place in _places(scene, after)],
                **_read_evidence(passing, source),
            },
            next=_seen_by(scene, act),
        )


def _newer(scene: Scene, act: _Act) -> int | None:
    """Return the newest event of the cause's kind, in its workflow or on its item, before the act."""
    source = scene.events[act.cause]
    for n in range(act.first - 1, act.cause, -1):
        event = scene.events[n]
        same_work = (source.workflow_id is not None and event.workflow_id == source.workflow_id) or (
            source.work_item is not None and event.work_item == source.work_item
        )
        if same_work and event.record.topic == source.record.topic and event.role is source.role:
            return n
    return None


def stale_read(scene: Scene, labels: Labels) -> Iterator[Finding]:
    """Acts on an event that a newer one had replaced, and groups that read an event long after it came."""
    travelled: set[tuple[str | None, int]] = set()
    for act in _acts(scene):
        agent = scene.events[act.first].agent
        if _travels(scene, act):
            travelled.add((agent, act.cause))
            continue
        replacing = _replacing(scene, act)
        if replacing is not None:
            yield _replaced(scene, act, replacing, labels)
    yield from _late_groups(scene, travelled, labels)


def _replacing(scene: Scene, act: _Act) -> int | None:
    """Return the newest event that says anew what the cause said and that the agent could have read."""
    source, event = scene.events[act.cause], scene.events[act.first]
    began_ms = scene.times[act.first]
    if source.role is not Role.TASK or source.work_item is None or event.agent is None or began_ms is None:
        return None
    for n in range(act.first - 1, act.cause, -1):
        other, at_ms = scene.events[n], scene.times[n]
        same = (other.record.topic, other.type, other.work_item, other.workflow_id) == (
            *(source.record.topic, source.type, source.work_item, source.workflow_id),
        )
        if same and other.event_id != source.event_id and at_ms is not None and at_ms < began_ms:
            return n if scene.reads.readable(event.agent, other, began_ms) else None
    return None


def _replaced(scene: Scene, act: _Act, newer: int, labels: Labels) -> Finding:
    source, event = scene.events[act.cause], scene.events[act.first]
    after = scene.after(act.flagged)
    downstream = f" Downstream: {scene.numbers(after)}." if after else ""
    age = "" if act.age_ms is None else f", {span(act.age_ms)} old"
    ahead = scene.age_ms(newer, act.first)
    return Finding(
        id=labels.next(LETTERS[Code.STALE_READ]),
        code=Code.STALE_READ,
        severity=Severity.WARNING,
        title="stale read",
        explanation=(
            f"{event.agent} acted at {scene.numbers(act.flagged, 3)} on #{act.cause + 1}{age}, although "
            f"#{newer + 1} on the same item stood there{'' if ahead is None else ' for ' + span(ahead)}."
            f"{downstream}"
        ),
        events=_places(scene, (act.cause, newer, *act.flagged)),
        flags=_places(scene, act.flagged),
        downstream=_places(scene, after),
        evidence={
            "agent": event.agent,
            "cause": str(source.place),
            "newer": str(scene.events[newer].place),
            "effect": str(scene.events[act.flagged[-1]].place),
            "age_ms": act.age_ms,
            "downstream": [str(place) for place in _places(scene, after)],
        },
    )


def _late_groups(scene: Scene, travelled: set[tuple[str | None, int]], labels: Labels) -> Iterator[Finding]:
    """Give one finding a group that passed tasks later than their limit and did not act on them then."""
    late: dict[str, list[tuple[int, int]]] = {}
    for n, event in enumerate(scene.events):
        if event.role is not Role.TASK:
            continue
        limit_ms = scene.stale_after_ms(event.record.topic)
        acted = {agent for agent, cause in travelled if cause == n and agent is not None}
        for one in scene.reads.consumed(event):
            acts = any(groups_of(agent, (one.group,)) for agent in acted)
            if one.certain and one.behind_ms is not None and one.behind_ms > limit_ms and not acts:
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
