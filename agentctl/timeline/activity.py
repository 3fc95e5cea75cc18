"""What every agent was doing when, which claims it held, and what it could know, for any moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from agentctl.claims.tenure import History, Tenure
from agentctl.claims.terms import ENDLESS
from agentctl.model.timeline import Evidence, Sight, Stretch, Tenancy
from agentctl.timeline.scene import Scene
from agentctl.timeline.words import what


def doing(scene: Scene) -> tuple[Stretch, ...]:
    """Return what agents were at work on: each act lasts until the next one of the same session.

    Unfinished work lasts until the end of the story: nothing says when it was given up.
    """
    end_ms = max((time_ms for time_ms in scene.times if time_ms is not None), default=None)
    found = [one for members in scene.sessions.members() for one in _stretches(scene, members, end_ms)]
    return tuple(sorted(found, key=lambda one: (one.agent, one.since_ms, one.n)))


def _stretches(scene: Scene, members: list[int], end_ms: int | None) -> Iterator[Stretch]:
    for at, n in enumerate(members):
        event, since_ms = scene.events[n], scene.times[n]
        later = scene.times[members[at + 1]] if at + 1 < len(members) else end_ms
        finished = at + 1 == len(members) and scene.sessions.ends_work(event)
        if since_ms is None or later is None or event.agent is None or finished or later <= since_ms:
            continue
        yield Stretch(event.agent, since_ms, later, what(event), n + 1)


def tenancies(histories: Iterable[History], now_ms: int) -> tuple[Tenancy, ...]:
    """Return who held which item when."""
    found = [_tenancy(history, tenure, now_ms) for history in histories for tenure in history.tenures]
    return tuple(sorted(found, key=lambda one: (one.since_ms, one.work_item, one.token)))


def _tenancy(history: History, tenure: Tenure, now_ms: int) -> Tenancy:
    if tenure.ended is not None and tenure.end_ms is not None:
        until_ms, ended = tenure.end_ms, tenure.ended.value
    elif tenure.lives(now_ms) or tenure.lease_end_ms in (None, ENDLESS):
        until_ms, ended = now_ms, "alive"
    else:
        until_ms, ended = tenure.lease_end_ms or now_ms, "expired"
    return Tenancy(history.work_item, tenure.agent, tenure.token, tenure.start_ms, until_ms, ended)


def sights(scene: Scene) -> tuple[Sight, ...]:
    """Return from when on each agent is known to have had which event before it.

    It wrote the event, or its group's committed offset passed it, or, at the latest, it acted on it.
    """
    found: dict[tuple[str, int], tuple[int, Evidence]] = {}

    def note(agent: str | None, n: int, at_ms: int | None, evidence: Evidence) -> None:
        if agent is None or at_ms is None:
            return
        known = found.get((agent, n))
        if known is None or at_ms < known[0]:
            found[agent, n] = at_ms, evidence

    readers = _readers(scene)
    for n, event in enumerate(scene.events):
        note(event.agent, n, scene.times[n], Evidence.OWN)
        for group, at_ms, _, _ in scene.reads.consumed(event) if readers else ():
            for agent in readers.get(group, ()) if at_ms is not None else ():
                note(agent, n, at_ms, Evidence.COMMITS)
        cause = scene.foreign[n]
        if cause is not None:
            note(event.agent, cause, scene.times[n], Evidence.CAUSE)
    ordered = sorted((at_ms, n, agent, evidence) for (agent, n), (at_ms, evidence) in found.items())
    return tuple(Sight(agent, n + 1, at_ms, evidence) for at_ms, n, agent, evidence in ordered)


def _readers(scene: Scene) -> Mapping[str, Sequence[str]]:
    """Return by group the agents whose name it bears."""
    readers: dict[str, list[str]] = {}
    for agent in dict.fromkeys(event.agent for event in scene.events if event.agent is not None):
        for group in scene.reads.groups(agent):
            readers.setdefault(group, []).append(agent)
    return readers
