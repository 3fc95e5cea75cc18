"""Links from events to their causes: stated by the event itself, else inferred, and always marked which."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.model.event import Event, Role
from agentctl.timeline.order import stated_causes
from agentctl.timeline.sessions import Sessions

Readable = Callable[[str, Event, int | None], bool]
"""Whether an agent could have read an event by a moment (ms since 1970; None is unknown)."""

_NEWS = frozenset({Role.TASK, Role.RESULT, Role.OTHER})
"""What others react to. A rival's claim or another agent's progress starts no work."""


class CauseKind(StrEnum):
    """From where a cause is known."""

    STATED = "stated"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Link:
    """The cause of an event, as an index into the same sequence."""

    cause: int
    kind: CauseKind


def always(_agent: str, _event: Event, _by_ms: int | None) -> bool:
    """Say that everything could have been read: where nothing is known of who read what."""
    return True


def linked(
    events: Sequence[Event],
    times: Sequence[int | None],
    sessions: Sessions,
    readable: Readable = always,
) -> tuple[Link | None, ...]:
    """Return the cause of each event, None where none is known. ``events`` are in the timeline's order.

    Inferred is, for the first act of an agent in a session, the event that it names as cause later in that
    session; else the claim that it takes over; else the newest earlier event on the same work item that it
    could have read. Every further act follows from the agent's act before. A task has no inferred cause.
    """
    return tuple(_Inference(events, times, sessions, readable).links())


@dataclass(slots=True)
class _Inference:
    events: Sequence[Event]
    times: Sequence[int | None]
    sessions: Sessions
    readable: Readable
    news: dict[str, list[int]] = field(default_factory=dict)
    """By work item: what others may have reacted to until now, the newest last."""
    claims: dict[str, int] = field(default_factory=dict)
    """By work item: the latest claim that no result and no release has ended."""
    latest: dict[int, int] = field(default_factory=dict)
    """By session: its latest event until now."""

    def links(self) -> Iterable[Link | None]:
        stated = stated_causes(self.events)
        named = self._named_later(stated)
        for n, event in enumerate(self.events):
            if n in stated:
                yield Link(stated[n], CauseKind.STATED)
            else:
                cause = None if event.cause is not None else self._inferred(n, event, named)
                yield None if cause is None else Link(cause, CauseKind.INFERRED)
            self._remember(n, event)

    def _named_later(self, stated: Mapping[int, int]) -> dict[int, int]:
        """Return by session the first cause by somebody else that an event of it names and it came after."""
        named: dict[int, int] = {}
        for effect, cause in sorted(stated.items()):
            session = self.sessions.of[effect]
            if session is None or self.events[cause].agent == self.events[effect].agent:
                continue
            if cause < self.sessions.starts[session]:
                named.setdefault(session, cause)
        return named

    def _inferred(self, n: int, event: Event, named: Mapping[int, int]) -> int | None:
        if event.agent is None or event.work_item is None or event.role is Role.TASK:
            return None
        session = self.sessions.of[n]
        if session is not None and session in self.latest:
            return self.latest[session]
        if session is not None and session in named:
            return named[session]
        claim = self.claims.get(event.work_item)
        if claim is not None and event.role is Role.CLAIM and self.sessions.lease_over(claim, self.times[n]):
            return claim
        return self._newest(n, event, event.agent, event.work_item)

    def _newest(self, n: int, event: Event, agent: str, item: str) -> int | None:
        time_ms = self.times[n]
        for candidate in reversed(self.news.get(item, ())):
            other, at_ms = self.events[candidate], self.times[candidate]
            if other.agent == agent and event.role is not Role.OTHER:
                continue
            if at_ms is not None and time_ms is not None and at_ms > time_ms:
                continue
            if self.readable(agent, other, time_ms):
                return candidate
        return None

    def _remember(self, n: int, event: Event) -> None:
        session = self.sessions.of[n]
        if session is not None:
            self.latest[session] = n
        if event.work_item is None or event.undecodable is not None:
            return
        if event.role in _NEWS:
            self.news.setdefault(event.work_item, []).append(n)
        if self.sessions.claims_anew(event):
            self.claims[event.work_item] = n
        elif self.sessions.ends_work(event):
            self.claims.pop(event.work_item, None)


def foreign_causes(events: Sequence[Event], links: Sequence[Link | None]) -> tuple[int | None, ...]:
    """Return for each event the nearest one of another agent in the chain of its causes; None without."""
    found: dict[int, int | None] = {}
    for start in range(len(events)):
        chain: list[int] = []
        node: int | None = start
        answer: int | None = None
        while node is not None and node not in found:
            chain.append(node)
            found[node] = None
            link = links[node]
            cause = None if link is None else link.cause
            if cause is not None and events[cause].agent != events[node].agent:
                answer = cause
                break
            node = cause
        else:
            answer = None if node is None else found[node]
        for node_of_chain in chain:
            found[node_of_chain] = answer
    return tuple(found[n] for n in range(len(events)))


def downstream(links: Sequence[Link | None], acts: Iterable[int]) -> tuple[int, ...]:
    """Return what stands causally after the given events, without those themselves, in order."""
    effects: dict[int, list[int]] = {}
    for effect, link in enumerate(links):
        if link is not None:
            effects.setdefault(link.cause, []).append(effect)
    acts = set(acts)
    waiting, reached = list(acts), set(acts)
    while waiting:
        for effect in effects.get(waiting.pop(), ()):
            if effect not in reached:
                reached.add(effect)
                waiting.append(effect)
    return tuple(sorted(reached - acts))


def circular(links: Sequence[Link | None]) -> frozenset[int]:
    """Return the events that are, by their causes, effects of themselves."""
    state = [0] * len(links)
    circles: set[int] = set()
    for start in range(len(links)):
        path: list[int] = []
        node: int | None = start
        while node is not None and state[node] == 0:
            state[node] = 1
            path.append(node)
            link = links[node]
            node = None if link is None else link.cause
        if node is not None and state[node] == 1:
            circles.update(path[path.index(node) :])
        for passed in path:
            state[passed] = 2
    return frozenset(circles)
