"""Pieces of work, what each of them acted on, how old that was, and what the commits say of its reading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from agentctl.lag.history import Passing
from agentctl.model.event import Event, Role
from agentctl.model.instant import instant
from agentctl.model.record import Place
from agentctl.timeline.causes import CauseKind
from agentctl.timeline.scene import Scene
from agentctl.timeline.words import clock_time

MOST_DOWNSTREAM = 100_000
"""How many events downstream all findings of a code name together: of thousands each names the nearest."""

_WORK = frozenset({Role.CLAIM, Role.PROGRESS, Role.RESULT})


@dataclass(frozen=True, slots=True)
class Act:
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


def acts_of(scene: Scene) -> Iterator[Act]:
    """Give for each piece of work, and each foreign cause of it, when it began.

    A piece of work is a session; an event outside of all sessions is one of its own. A cause that was there
    when the session began was read then, whenever it is named.
    """
    for members in pieces(scene):
        by_cause: dict[int, list[int]] = {}
        for n in members:
            cause = scene.foreign[n]
            if cause is not None and scene.events[n].agent is not None and n not in scene.circles:
                by_cause.setdefault(cause, []).append(n)
        for cause, effects in by_cause.items():
            first = members[0] if cause < members[0] else effects[0]
            naming = [n for n in effects if (link := scene.links[n]) is not None and link.cause == cause]
            yield Act(cause, first, tuple(naming), _age_ms(scene, cause, first))


def pieces(scene: Scene) -> list[list[int]]:
    """Return the pieces of work, by the order of their first events."""
    loose = [[n] for n, session in enumerate(scene.sessions.of) if session is None]
    return sorted((*scene.sessions.members(), *loose))


def _age_ms(scene: Scene, cause: int, first: int) -> int | None:
    """Return how old the cause was when it was acted on."""
    return age_when_read(scene, scene.events[first], scene.events[cause], scene.age_ms(cause, first))


def age_when_read(scene: Scene, event: Event, source: Event, age_ms: int | None) -> int | None:
    """Return how old a cause was when it was acted on, at most ``age_ms``.

    What has no visible beginning, like a task or a lone result, began when its group read the cause, where
    the commits tell.
    """
    if age_ms is None or event.agent is None or event.role in {Role.CLAIM, Role.PROGRESS}:
        return age_ms
    passing = scene.reads.passing(event.agent, source)
    written_ms = source.record.timestamp_ms
    if passing is None or passing.at is None or not passing.certain or written_ms is None:
        return age_ms
    return min(age_ms, max(passing.at.time_ms - written_ms, 0))


def travels(scene: Scene, act: Act) -> bool:
    """Whether an act is on an event older than the limit of its topic. A takeover answers no event."""
    source, event = scene.events[act.cause], scene.events[act.first]
    if act.age_ms is None or source.role in {Role.CLAIM, Role.PROGRESS}:
        return False
    return (act.stated(scene) or event.role in _WORK) and act.age_ms > scene.stale_after_ms(
        source.record.topic
    )


def share(findings: int) -> int:
    """Return how many events downstream each of so many findings may name."""
    return max(MOST_DOWNSTREAM // findings, 1)


def downstream_words(scene: Scene, after: Sequence[int], more: bool) -> list[str]:
    """Say which events stand causally after; ``more`` says that there are further ones."""
    if not after:
        return []
    return [f"Downstream: {scene.numbers(after)}{', and further ones' if more else ''}."]


def places(scene: Scene, indices: Sequence[int]) -> tuple[Place, ...]:
    """Return where events stand."""
    return tuple(scene.events[n].place for n in indices)


def standing_words(passing: Passing | None, source: Event) -> list[str]:
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


def read_evidence(passing: Passing | None, source: Event) -> dict[str, object]:
    """Return what the commits say of the reading, as data."""
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


def seen_by(scene: Scene, act: Act) -> tuple[str, ...]:
    """Return the command that shows the story as the agent saw it."""
    event = scene.events[act.first]
    subject = event.workflow_id or event.work_item
    if subject is None or event.agent is None:
        return ()
    return (f"agentctl replay {quote(subject)} --as-seen-by {quote(event.agent)}",)
