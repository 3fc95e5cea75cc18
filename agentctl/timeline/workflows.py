"""What ran: events → one row a workflow, with its span, its agents and its state."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.model.event import RELEASED, Event, Role
from agentctl.model.finding import Code
from agentctl.timeline.gaps import silences

STALE_AFTER_MS = 15 * 60 * 1000
"""How old the last event of unfinished work may be before it counts as stalled."""

_FAILED = frozenset({"failed", "failure", "error", "errored", "cancelled", "canceled", "rejected"})


class State(StrEnum):
    """How a workflow stands."""

    RUNNING = "running"
    DONE = "done"
    STALLED = "stalled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow in short. Times in milliseconds since 1970."""

    workflow_id: str
    started_ms: int | None
    last_ms: int | None
    events: int
    agents: tuple[str, ...]
    state: State
    findings: dict[Code, int]


_Work = tuple[str | None, str | None]
"""An agent and the item it works on."""


@dataclass(slots=True)
class _Track:
    """What is remembered of a workflow while its events pass by in any order."""

    times: list[int] = field(default_factory=list)
    events: int = 0
    undecodable: int = 0
    agents: dict[str, int] = field(default_factory=dict)
    """Each agent with the time of its first event."""
    claimed: dict[_Work, int] = field(default_factory=dict)
    """When each claim was last made or renewed, and below when it was given back or fulfilled."""
    ended: dict[_Work, int] = field(default_factory=dict)
    failed: dict[str | None, tuple[int, bool]] = field(default_factory=dict)
    """Each agent's latest time, and whether it spoke of failure then."""
    has_result: bool = False


class Board:
    """Workflows as their events arrive. The answer does not depend on the order of arrival."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}

    def add(self, event: Event) -> None:
        """Take one event; one that names no workflow belongs to none."""
        if event.workflow_id is None:
            return
        track = self._tracks.setdefault(event.workflow_id, _Track())
        track.events += 1
        track.undecodable += event.undecodable is not None
        time_ms = event.record.timestamp_ms
        if time_ms is None:
            return
        track.times.append(time_ms)
        if event.agent is not None:
            track.agents[event.agent] = min(time_ms, track.agents.get(event.agent, time_ms))
        self._note_work(track, event, time_ms)

    def _note_work(self, track: _Track, event: Event, time_ms: int) -> None:
        work = (event.agent, event.work_item)
        if event.role is Role.RESULT or (event.role is Role.CLAIM and event.type == RELEASED):
            track.has_result |= event.role is Role.RESULT
            track.ended[work] = max(time_ms, track.ended.get(work, time_ms))
        elif event.role is Role.CLAIM:
            track.claimed[work] = max(time_ms, track.claimed.get(work, time_ms))
        words = (event.status or "").casefold(), event.type.casefold().rpartition("_")[2]
        spoke = (time_ms, not _FAILED.isdisjoint(words))
        track.failed[event.agent] = max(spoke, track.failed.get(event.agent, spoke))

    def workflows(self, now_ms: int, stale_after_ms: int) -> list[Workflow]:
        """Return all workflows, the latest first.

        A workflow is *failed* when an agent's latest word is a failure; *done* when there is a result
        and every claim has one, or was released; else *running* while its last event is younger than
        ``stale_after_ms``, and *stalled* after that.
        """
        found = [_summed(name, track, now_ms, stale_after_ms) for name, track in self._tracks.items()]
        return sorted(found, key=lambda w: (-(w.last_ms or 0), w.workflow_id))


def _summed(name: str, track: _Track, now_ms: int, stale_after_ms: int) -> Workflow:
    track.times.sort()
    last_ms = track.times[-1] if track.times else None
    findings = {Code.SILENCE: len(silences(track.times)), Code.UNDECODABLE: track.undecodable}
    return Workflow(
        workflow_id=name,
        started_ms=track.times[0] if track.times else None,
        last_ms=last_ms,
        events=track.events,
        agents=tuple(sorted(track.agents, key=lambda agent: (track.agents[agent], agent))),
        state=_state(track, last_ms, now_ms, stale_after_ms),
        findings={code: count for code, count in findings.items() if count},
    )


def _state(track: _Track, last_ms: int | None, now_ms: int, stale_after_ms: int) -> State:
    if any(failed for _, failed in track.failed.values()):
        return State.FAILED
    open_work = [work for work, at in track.claimed.items() if track.ended.get(work, at - 1) < at]
    if track.has_result and not open_work:
        return State.DONE
    if last_ms is not None and now_ms - last_ms < stale_after_ms:
        return State.RUNNING
    return State.STALLED


def selected(
    workflows: Iterable[Workflow], agents: tuple[str, ...] = (), states: tuple[State, ...] = ()
) -> list[Workflow]:
    """Return the workflows that any of the agents took part in, in any of the states; empty asks for all."""
    return [
        workflow
        for workflow in workflows
        if (not agents or not set(agents).isdisjoint(workflow.agents))
        and (not states or workflow.state in states)
    ]
