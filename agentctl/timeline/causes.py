"""Links from events to their causes: stated by the event itself, else inferred, and always marked which."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from agentctl.model.event import RELEASED, Event, Role
from agentctl.timeline.order import stated_causes
from agentctl.timeline.sessions import Sessions

Readable = Callable[[str, Event, int | None], bool]
"""Whether an agent could have read an event by a moment (ms since 1970; None is unknown)."""
InHand = Callable[[str, Event, int | None], bool]
"""Whether it is known that an agent was reading an event at a moment."""

_LATEST = 64
"""Of so many latest events on a work item one may be an inferred cause."""

_LATEST = 64
"""Of so many latest events on a work item one may be an inferred cause."""

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


def never(_agent: str, _event: Event, _at_ms: int | None) -> bool:
    """Say of nothing that it was being read: where nothing is known of who read what."""
    return False


def linked(
    events: Sequence[Event],
    times: Sequence[int | None],
    sessions: Sessions,
    readable: Readable = always,
    in_hand: InHand = never,
) -> tuple[Link | None, ...]:
    """Return the cause of each event, None where none is known. ``events`` are in the timeline's order.

    Inferred is, for the first act of an agent in a session, the event that it names as cause later in that
    session; else an event on the same work item that it was just reading; else what freed the item for it: a
    claim whose lease is over, or its release; else the newest earlier event on the item that it could have
    read. Of those only the latest are looked at. Every further act follows from the agent's act before.
    A task has no inferred cause, and no inference closes a circle.
    """
    links = list(_Inference(events, times, sessions, readable, in_hand).links())
    for n in circular(links):
        link = links[n]
        if link is not None and link.kind is CauseKind.INFERRED:
            links[n] = None
    return tuple(links)


@dataclass(slots=True)
class _Held:
    """Who holds an item, for all that its claims say, and what would free it for others."""

    agent: str | None
    by: int
    """The claim, or the release that ended it."""
    until_ms: int | None
    """When the lease ends; None when that is not known."""
    released: bool = False

    def over(self, at_ms: int | None) -> bool:
        """Whether nobody holds the item any more."""
        return self.released or (self.until_ms is not None and at_ms is not None and at_ms >= self.until_ms)


@dataclass(slots=True)
class _Inference:
    events: Sequence[Event]
    times: Sequence[int | None]
    sessions: Sessions
    readable: Readable
    in_hand: InHand
    news: dict[str, list[int]] = field(default_factory=dict)
    """By work item: what others may have reacted to until now, the newest last."""
    held: dict[str, _Held] = field(default_factory=dict)
    """By work item: its holder, until the holder's result."""
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
        news = list(self._news(n, event, event.agent, event.work_item))
        read = next((one for one in news if self.in_hand(event.agent, self.events[one], self.times[n])), None)
        if read is not None:
            return read
        return self._freed(n, event, event.work_item, news[0] if news else None)

    def _freed(self, n: int, event: Event, item: str, news: int | None) -> int | None:
        """Return what freed the item for a claim, unless a task came after that; else the news."""
        held = self.held.get(item)
        if held is None or not self.sessions.claims_anew(event) or not held.over(self.times[n]):
            return news
        return news if news is not None and self._asked_anew(news, held) else held.by

    def _asked_anew(self, news: int, held: _Held) -> bool:
        """Whether a task came when nobody held the item: it, not the end of the lease, calls for a claim."""
        return self.events[news].role is Role.TASK and news > held.by and held.over(self.times[news])

    def _news(self, n: int, event: Event, agent: str, item: str) -> Iterator[int]:
        """Give what an agent could have read on an item, the newest first."""
        time_ms = self.times[n]
        for candidate in islice(reversed(self.news.get(item, ())), _LATEST):
            other, at_ms = self.events[candidate], self.times[candidate]
            if other.agent == agent and event.role is not Role.OTHER:
                continue
            if at_ms is not None and time_ms is not None and at_ms > time_ms:
                continue
            if self.readable(agent, other, time_ms):
                yield candidate

    def _remember(self, n: int, event: Event) -> None:
        session = self.sessions.of[n]
        if session is not None:
            self.latest[session] = n
        if event.work_item is None or event.undecodable is not None:
            return
        if event.role in _NEWS:
            self.news.setdefault(event.work_item, []).append(n)
        if event.role in (Role.CLAIM, Role.RESULT):
            self._hold(n, event, event.work_item)

    def _hold(self, n: int, event: Event, item: str) -> None:
        """Note what a claim, a renewal, a release or a result changes; somebody else's nothing."""
        held = self.held.get(item)
        if self.sessions.claims_anew(event):
            if held is None or held.agent == event.agent or held.over(self.times[n]):
                self.held[item] = _Held(event.agent, n, self.sessions.lease_end_ms(n))
        elif held is None or (event.agent is not None and event.agent != held.agent):
            return
        elif event.role is Role.RESULT:
            del self.held[item]
        elif event.type == RELEASED:
            held.by, held.released = n, True
        elif not held.over(self.times[n]):
            held.by, held.until_ms = n, self.sessions.lease_end_ms(n)


def foreign_causes(
    events: Sequence[Event], links: Sequence[Link | None], sessions: Sessions
) -> tuple[int | None, ...]:
    """Return for each event the nearest one of another agent in the chain of its causes; None without.

    The chain ends too where an item was claimed because a lease was over, whoever had held it.
    """
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
            if cause is not None and (
                events[cause].agent != events[node].agent or _frees(events, sessions, cause, node)
            ):
                answer = cause
                break
            node = cause
        else:
            answer = None if node is None else found[node]
        for node_of_chain in chain:
            found[node_of_chain] = answer
    return tuple(found[n] for n in range(len(events)))


def _frees(events: Sequence[Event], sessions: Sessions, cause: int, effect: int) -> bool:
    both_claims = events[cause].role is Role.CLAIM and events[effect].role is Role.CLAIM
    return both_claims and sessions.of[cause] != sessions.of[effect]


def effects_of(links: Sequence[Link | None]) -> Mapping[int, Sequence[int]]:
    """Return by cause what follows from it directly, in order."""
    effects: dict[int, list[int]] = {}
    for effect, link in enumerate(links):
        if link is not None:
            effects.setdefault(link.cause, []).append(effect)
    return effects


def downstream(
    effects: Mapping[int, Sequence[int]], acts: Iterable[int], most: int | None = None
) -> tuple[tuple[int, ...], bool]:
    """Return what stands causally after the given events, without those themselves, in order.

    Of more than ``most`` it returns those that the fewest steps lead to, and that there are more.
    """
    waiting = deque(sorted(set(acts)))
    reached, found = set(waiting), list[int]()
    while waiting and (most is None or len(found) <= most):
        for effect in effects.get(waiting.popleft(), ()):
            if effect not in reached:
                reached.add(effect)
                found.append(effect)
                waiting.append(effect)
    cut = most is not None and len(found) > most
    return tuple(sorted(found[:most] if cut else found)), cut


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
