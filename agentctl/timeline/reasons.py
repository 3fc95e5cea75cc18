"""Why nothing happened: what explains a silence, from evidence alone."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from agentctl.lag.position import Position
from agentctl.model.event import Role
from agentctl.model.span import span
from agentctl.timeline.gaps import Gap
from agentctl.timeline.reads import Reads
from agentctl.timeline.scene import Scene
from agentctl.timeline.words import clock_time

MOST_REASONS = 100_000
"""How many reasons the silences of a story give together: of thousands of agents each names the latest."""

_MOST_SAID = 4
"""How many agents are named for one reason."""

Ends = Callable[[Collection[Position], int], Mapping[Position, int]]
"""Where partitions ended at a moment, of those where that is known."""


class Why(StrEnum):
    """What an agent was kept by."""

    BEHIND = "behind"
    """Its group had records before it that it had not read."""
    SILENT = "silent"
    """It was in the middle of work and showed no sign."""
    NO_INPUT = "no input"
    """Its group had read everything, and its work was finished."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one agent did nothing during a silence."""

    agent: str
    why: Why
    group: str | None = None
    place: str | None = None
    """Where its group stood: ``topic[partition]@offset``."""
    records: int | None = None
    """How many records were before it at the end of the silence."""
    since_ms: int | None = None
    """Since when it stood there, or showed no sign."""
    work_item: str | None = None

    @property
    def evidence(self) -> dict[str, object]:
        """The reason as data."""
        return {
            "agent": self.agent,
            "why": self.why.value,
            "group": self.group,
            "place": self.place,
            "records": self.records,
            "since_ms": self.since_ms,
            "work_item": self.work_item,
        }


def no_ends(_places: Collection[Position], _at_ms: int) -> Mapping[Position, int]:
    """Know of no partition where it ended."""
    return {}


@dataclass(frozen=True, slots=True)
class Explained:
    """A silence, and what kept each agent."""

    gap: Gap
    reasons: tuple[Reason, ...]

    @property
    def sentence(self) -> str:
        """How long nothing happened, and why, as far as there is evidence."""
        return f"{span(self.gap.duration_ms)} without events. {sentence(self.reasons)}"


def explained(scene: Scene, ends: Ends, most: int = MOST_REASONS) -> tuple[Explained, ...]:
    """Explain the silences of a scene, with at most so many reasons, but one for each silence."""
    if not scene.gaps:
        return ()
    places = {
        (event.record.topic, event.record.partition) for event in scene.events if event.role is Role.TASK
    }
    each = max(most // len(scene.gaps), 1)
    found = []
    at_work = _AtWork(scene)
    for gap in scene.gaps:
        at_work.read_to(gap.after)
        end_at = ends(places, gap.until_ms - 1) if scene.reads.known and places else {}
        agents = at_work.agents(each)
        reasons = (_reason(scene.reads, agent, gap, end_at, at_work.unfinished(agent)) for agent in agents)
        found.append(Explained(gap, tuple(reasons)))
    return tuple(found)


class _AtWork:
    """What every agent was in the middle of, as the story goes on."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._next = 0
        self._order = dict.fromkeys(event.agent for event in scene.events if event.agent is not None)
        """All agents, in the order of their first event."""
        self._acted: dict[str, int] = {}
        """The latest act of each agent, the latest agent last."""
        self._worked: dict[str, int] = {}
        """The latest work of each agent on an item."""
        self._ended: set[int] = set()
        """Sessions that a result or a release has ended."""

    def read_to(self, last: int) -> None:
        """Read on, up to and with an event."""
        for n in range(self._next, last + 1):
            event, session = self._scene.events[n], self._scene.sessions.of[n]
            if event.agent is None:
                continue
            self._acted.pop(event.agent, None)
            self._acted[event.agent] = n
            if session is not None:
                self._worked[event.agent] = n
                if self._scene.sessions.ends_work(event):
                    self._ended.add(session)
        self._next = max(self._next, last + 1)

    def agents(self, most: int) -> Sequence[str]:
        """Return all agents in the order of their first event; of more than ``most`` the latest to act."""
        if len(self._order) <= most:
            return tuple(self._order)
        return tuple(islice(reversed(self._acted), most))

    def unfinished(self, agent: str) -> tuple[str, int | None] | None:
        """Return on what an agent was in the middle of work, and since when it is unseen; else None."""
        n = self._worked.get(agent)
        session = None if n is None else self._scene.sessions.of[n]
        if n is None or session is None or session in self._ended:
            return None
        item = self._scene.events[n].work_item
        return None if item is None else (item, self._scene.times[n])


def _reason(
    reads: Reads,
    agent: str,
    gap: Gap,
    end_at: Mapping[Position, int],
    unfinished: tuple[str, int | None] | None,
) -> Reason:
    standings = [
        (end - stand.offset, position, stand)
        for position, end in end_at.items()
        for stand in reads.standings(agent, *position, gap.until_ms - 1)
    ]
    behind, position, stand = max(standings, key=lambda one: one[0], default=(0, None, None))
    if behind > 0 and position is not None and stand is not None:
        place = f"{position[0]}[{position[1]}]@{stand.offset}"
        since_ms = reads.stood_since_ms(stand)
        return Reason(agent, Why.BEHIND, stand.group, place, behind, since_ms)
    if unfinished is not None:
        item, since_ms = unfinished
        return Reason(agent, Why.SILENT, since_ms=since_ms, work_item=item)
    if standings and stand is not None:
        return Reason(agent, Why.NO_INPUT, stand.group)
    return Reason(agent, Why.UNKNOWN)


def sentence(found: Sequence[Reason]) -> str:
    """Say why nothing happened; of what is not known, nothing is guessed."""
    by = {why: [one for one in found if one.why is why] for why in Why}
    parts = _several([_behind(one) for one in by[Why.BEHIND]], "were behind")
    parts += _several([_silent(one) for one in by[Why.SILENT]], "were at work and showed no sign")
    idle, unknown = by[Why.NO_INPUT], by[Why.UNKNOWN]
    if idle:
        parts.append(f"{'The others' if parts and not unknown else _names(idle)} had nothing to do")
    if unknown:
        parts.append(f"Of {_names(unknown)} nothing is known" if parts else "Why is not known")
    return " ".join(f"{part}." for part in parts)


def _several(said: Sequence[str], rest: str) -> list[str]:
    """Say the first few one by one, and of the others how many they are."""
    if len(said) <= _MOST_SAID:
        return list(said)
    return [*said[: _MOST_SAID - 1], f"{len(said) - _MOST_SAID + 1:,} more {rest}"]


def _silent(one: Reason) -> str:
    since = "" if one.since_ms is None else f" since {clock_time(one.since_ms)}"
    return f"{one.agent} was at work on {one.work_item} and showed no sign{since}"


def _behind(one: Reason) -> str:
    since = "" if one.since_ms is None else f", where it stood since {clock_time(one.since_ms)}"
    records = f"{one.records:,} record" + ("" if one.records == 1 else "s")
    return f"{one.agent} was behind: {records}, at {one.place}{since}"


def _names(found: Sequence[Reason]) -> str:
    names = [one.agent for one in found]
    if len(names) > _MOST_SAID:
        return f"{', '.join(names[: _MOST_SAID - 1])} and {len(names) - _MOST_SAID + 1:,} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
