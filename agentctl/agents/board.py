"""What every agent does at a moment: at work, idle, or silent for longer than its steps usually take."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

from agentctl.claims.standing import Standing
from agentctl.model.event import RELEASED, Event, Role

USUAL_STEPS = 3
"""An agent at work that is silent for longer than so many of its usual steps is stalled."""
FLOOR_MS = 2 * 60 * 1000
"""Nobody is called stalled before that."""
UNKNOWN_STEP_MS = 5 * 60 * 1000
"""How long a step is taken to last where no two steps of anybody are known."""
_MOST_GAPS = 200


class AgentState(StrEnum):
    """How an agent stands."""

    WORKING = "working"
    IDLE = "idle"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class Lag:
    """How far an agent's consumer group is behind."""

    group: str
    records: int | None
    """Offsets from the committed ones to the ends of the log; None when nobody can tell."""
    seconds: float | None
    """Age of the first record that is not read; None when that was not looked for."""


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent. Times in milliseconds since 1970; unknown is None."""

    agent: str
    state: AgentState
    status: str | None
    """What it said last of the work in hand, or of its last work."""
    step: int | None
    total: int | None
    work_item: str | None
    workflow_id: str | None
    since_ms: int
    """Since when it is at this work; of an idle one, since when it has been."""
    last_seen_ms: int
    silent_after_ms: int
    """How long it may be silent before it is called stalled."""
    finished: str | None = None
    """How an idle agent's last work ended, if it did: ``published``, ``released``."""


@dataclass(slots=True)
class _Work:
    """One agent's work on one item, as its events pass by in any order."""

    item: str | None
    workflow_id: str | None = None
    began_ms: int | None = None
    progress_ms: int | None = None
    step: int | None = None
    total: int | None = None
    status: str | None = None
    result_ms: int | None = None
    released_ms: int | None = None
    claimed_ms: int | None = None

    @property
    def last_ms(self) -> int:
        """The last that was seen of it."""
        seen = (self.progress_ms, self.result_ms, self.released_ms, self.claimed_ms)
        return max((one for one in seen if one is not None), default=0)

    @property
    def ended_ms(self) -> int | None:
        """When it was published or given back, if nothing was done since."""
        ends = [one for one in (self.result_ms, self.released_ms) if one is not None]
        if not ends:
            return None
        begun = [one for one in (self.progress_ms, self.claimed_ms) if one is not None]
        return None if begun and max(begun) > max(ends) else max(ends)

    @property
    def unfinished(self) -> bool:
        """Whether it has begun and not come to its last step."""
        if self.progress_ms is None or self.ended_ms is not None:
            return False
        return self.step is None or self.total is None or self.step < self.total


@dataclass(slots=True)
class _Track:
    last_seen_ms: int
    works: dict[str, _Work] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    """By item, when its last step was."""
    gaps_ms: deque[int] = field(default_factory=lambda: deque(maxlen=_MOST_GAPS))


class AgentsBoard:
    """Agents as their events arrive; those of a partition come in offset order."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}

    @property
    def agents(self) -> tuple[str, ...]:
        """Every agent that was seen."""
        return tuple(self._tracks)

    def add(self, event: Event) -> None:
        """Take one event; one that names no agent is nobody's."""
        agent, time_ms = event.agent, event.record.timestamp_ms
        if not agent or time_ms is None:
            return
        track = self._tracks.get(agent)
        if track is None:
            track = self._tracks[agent] = _Track(time_ms)
        track.last_seen_ms = max(track.last_seen_ms, time_ms)
        if event.role in (Role.PROGRESS, Role.RESULT, Role.CLAIM):
            _note(track, event, time_ms)

    def rows(self, now_ms: int, held: Iterable[Standing] = ()) -> list[AgentRow]:
        """Return how every agent stands, by name; ``held`` are the items whose lease is alive."""
        own: dict[str, list[Standing]] = {}
        for one in held:
            if one.holder is not None and one.alive:
                own.setdefault(one.holder, []).append(one)
        every = [gap for track in self._tracks.values() for gap in track.gaps_ms]
        usual_ms = round(median(every)) if every else UNKNOWN_STEP_MS
        return [
            _row(agent, track, now_ms, own.get(agent, ()), usual_ms)
            for agent, track in sorted(self._tracks.items())
        ]


def _note(track: _Track, event: Event, time_ms: int) -> None:
    key = event.work_item or event.workflow_id or ""
    work = track.works.get(key)
    if work is None:
        work = track.works[key] = _Work(event.work_item)
    work.workflow_id = event.workflow_id or work.workflow_id
    if event.role is Role.RESULT:
        work.result_ms = max(time_ms, work.result_ms or time_ms)
    elif event.role is Role.CLAIM and event.type == RELEASED:
        work.released_ms = max(time_ms, work.released_ms or time_ms)
    elif event.role is Role.CLAIM:
        work.claimed_ms = max(time_ms, work.claimed_ms or time_ms)
        _begin(work, time_ms)
    else:
        before = track.steps.get(key)
        if before is not None and time_ms > before:
            track.gaps_ms.append(time_ms - before)
        track.steps[key] = time_ms
        _begin(work, time_ms)
        if work.progress_ms is None or time_ms >= work.progress_ms:
            work.progress_ms = time_ms
            work.step, work.total, work.status = event.step, event.total, event.status
    if event.role is Role.RESULT:
        track.steps.pop(key, None)


def _begin(work: _Work, time_ms: int) -> None:
    ended = [one for one in (work.result_ms, work.released_ms) if one is not None and one <= time_ms]
    if work.began_ms is None or (ended and max(ended) >= work.began_ms):
        work.began_ms = time_ms
    else:
        work.began_ms = min(work.began_ms, time_ms)


def _row(agent: str, track: _Track, now_ms: int, held: Iterable[Standing], usual_ms: int) -> AgentRow:
    step_ms = round(median(track.gaps_ms)) if track.gaps_ms else usual_ms
    silent_after_ms = max(FLOOR_MS, USUAL_STEPS * step_ms)
    latest = max(track.works.values(), key=lambda work: work.last_ms, default=None)
    current = latest if latest is not None and latest.unfinished else _held(track.works, held)
    if current is None:
        return _idle(agent, track, latest, silent_after_ms)
    stalled = now_ms - track.last_seen_ms > silent_after_ms
    return AgentRow(
        agent=agent,
        state=AgentState.STALLED if stalled else AgentState.WORKING,
        status=current.status,
        step=current.step,
        total=current.total,
        work_item=current.item,
        workflow_id=current.workflow_id,
        since_ms=track.last_seen_ms if current.began_ms is None else current.began_ms,
        last_seen_ms=track.last_seen_ms,
        silent_after_ms=silent_after_ms,
    )


def _held(works: Mapping[str, _Work], held: Iterable[Standing]) -> _Work | None:
    """Return the work on the item that an agent holds, of several on the latest."""
    found = [works[one.work_item] for one in held if one.work_item in works]
    return max(found, key=lambda work: work.last_ms, default=None)


def _idle(agent: str, track: _Track, last: _Work | None, silent_after_ms: int) -> AgentRow:
    ended = None
    if last is not None and last.ended_ms is not None:
        ended = "published" if last.ended_ms == last.result_ms else "released"
    return AgentRow(
        agent=agent,
        state=AgentState.IDLE,
        status=None if last is None else last.status,
        step=None,
        total=None,
        work_item=None if last is None else last.item,
        workflow_id=None if last is None else last.workflow_id,
        since_ms=track.last_seen_ms,
        last_seen_ms=track.last_seen_ms,
        silent_after_ms=silent_after_ms,
        finished=ended,
    )
