"""Sessions: what one agent does on one work item, until a result, a release, or a claim after its lease."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agentctl.model.event import RELEASED, RENEWED, Event, Role

_WORK = frozenset({Role.CLAIM, Role.PROGRESS, Role.RESULT})

_Thread = tuple[str, str, str | None]
"""Agent, work item and workflow."""


@dataclass(slots=True)
class _Open:
    session: int
    ended: bool = False
    claimed: bool = False
    lease_until_ms: int | None = None


@dataclass(slots=True)
class Sessions:
    """The sessions of a story. ``events`` are in the timeline's order, ``times`` their times in ms."""

    events: Sequence[Event]
    times: Sequence[int | None]
    of: list[int | None] = field(default_factory=list)
    """The session of each event; None for one that is no work of an agent on an item."""
    starts: list[int] = field(default_factory=list)
    """The first event of each session."""

    def __post_init__(self) -> None:
        threads: dict[_Thread, _Open] = {}
        for n, event in enumerate(self.events):
            self.of.append(self._session(n, event, threads))

    def members(self) -> list[list[int]]:
        """Return the events of each session, in order."""
        found: list[list[int]] = [[] for _ in self.starts]
        for n, session in enumerate(self.of):
            if session is not None:
                found[session].append(n)
        return found

    def _session(self, n: int, event: Event, threads: dict[_Thread, _Open]) -> int | None:
        if event.agent is None or event.work_item is None or event.role not in _WORK:
            return None
        thread = (event.agent, event.work_item, event.workflow_id)
        now = threads.get(thread)
        if now is None or self._begins_anew(n, event, now):
            threads[thread] = now = _Open(len(self.starts))
            self.starts.append(n)
        now.ended = now.ended or self.ends_work(event)
        if event.role is Role.CLAIM and event.type != RELEASED:
            now.claimed = True
            now.lease_until_ms = self.lease_end_ms(n)
        return now.session

    def _begins_anew(self, n: int, event: Event, now: _Open) -> bool:
        """Whether it is new work: a claim after the end or after the lease.

        An agent that does not claim begins anew with progress after its result. What else comes after the
        end belongs to the work before: a second result, a release, progress of one who claims first.
        """
        if now.ended:
            return self.claims_anew(event) or (event.role is Role.PROGRESS and not now.claimed)
        if not self.claims_anew(event) or now.lease_until_ms is None:
            return False
        time_ms = self.times[n]
        return time_ms is not None and time_ms >= now.lease_until_ms

    def lease_end_ms(self, claim: int) -> int | None:
        """Return when the lease ends that a claim or renewal gives, as far as the event itself says."""
        time_ms, ttl_ms = self.times[claim], self.events[claim].ttl_ms
        return None if time_ms is None or ttl_ms is None else time_ms + ttl_ms

    @staticmethod
    def claims_anew(event: Event) -> bool:
        """Whether the event is a claim, not a renewal or a release."""
        return event.role is Role.CLAIM and event.type not in (RENEWED, RELEASED)

    @staticmethod
    def ends_work(event: Event) -> bool:
        """Whether the event is a result or a release."""
        return event.role is Role.RESULT or (event.role is Role.CLAIM and event.type == RELEASED)
