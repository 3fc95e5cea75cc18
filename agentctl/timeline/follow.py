"""What to show when, while events arrive: a short wait in which the order between partitions is repaired.

An event is held for the window after it arrived, or until every partition has moved past its time. Then it
is shown, and before it everything that sorts before it. An effect waits for a cause that is held with it, for
one window more at most. What arrives after something later was shown is shown where it arrives, and marked.
Nothing here depends on the batches in which events are read, nor on how often the clock is looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.model.event import Event
from agentctl.model.instant import BEFORE_ALL_TIME
from agentctl.model.query import Clock
from agentctl.timeline.order import Key, Merging, effects_after_causes, stated_causes

WINDOW_MS = 2_000
"""How long an event is held after it arrived."""
MOST_HELD = 20_000
"""Events that are held at a time; beyond that the earliest are shown before their time."""

_NOTHING: Key = (BEFORE_ALL_TIME - 1, "", 0, 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """An event whose place in the timeline is settled."""

    event: Event
    reordered: bool
    """Whether it stands after an event that is later by the clock, because it waited for its cause."""
    late: bool
    """Whether something later had been shown when it arrived."""


@dataclass(frozen=True, slots=True)
class _Held:
    key: Key
    event: Event
    at_ms: int
    """When it arrived."""
    due_ms: int
    latest_ms: int
    """Until when it waits for its cause."""
    late: bool


class Holding:
    """Events between their arrival and the moment in which they are shown."""

    def __init__(
        self,
        clock: Clock = Clock.RECORD,
        window_ms: int = WINDOW_MS,
        most: int = MOST_HELD,
        shown: Iterable[Event] = (),
    ) -> None:
        """``shown`` are the events that were shown before, each partition in its order."""
        self._window_ms = window_ms
        self._most = most
        self._merging = Merging(clock)
        self._top = max((self._merging.key(event) for event in shown), default=_NOTHING)
        self._held: list[_Held] = []
        self._passed_ms: int | None = None
        self._passed_at_ms = 0
        """When that was known."""
        self._now_ms: int | None = None
        """The moment up to which all is shown that was to be."""
        self._out: list[Shown] = []

    def __len__(self) -> int:
        return len(self._held)

    def take(self, events: Sequence[Event], at_ms: int, passed_ms: int | None = None) -> None:
        """Take events that arrived at a moment of a clock that never runs backwards.

        Every partition has moved past ``passed_ms``, a time of the clock that orders; None is unknown.
        """
        if self._now_ms is not None:
            at_ms = max(at_ms, self._now_ms + 1)
        self._advance(at_ms - 1)
        if passed_ms is not None and (self._passed_ms is None or passed_ms > self._passed_ms):
            self._passed_ms, self._passed_at_ms = passed_ms, at_ms
        for event in events:
            key = self._merging.key(event)
            due_ms = at_ms + self._window_ms
            self._held.append(_Held(key, event, at_ms, due_ms, due_ms + self._window_ms, key < self._top))
        if len(self._held) > self._most:
            self._held.sort(key=_by_key)
            self._show(self._held[: len(self._held) - self._most])

    def due(self, now_ms: int) -> list[Shown]:
        """Return what is to be shown by now, in order; nothing of an earlier moment may arrive after that."""
        self._advance(now_ms)
        return self._given()

    def rest(self) -> list[Shown]:
        """Return all that is held, in order: nobody waits any longer."""
        self._held.sort(key=_by_key)
        self._show(list(self._held))
        return self._given()

    def _given(self) -> list[Shown]:
        out, self._out = self._out, []
        return out

    def _advance(self, until_ms: int) -> None:
        """Let the time go by, moment by moment: at each, show what is to be shown then."""
        moments = {ms for one in self._held for ms in (one.at_ms, one.due_ms, one.latest_ms)}
        moments.add(self._passed_at_ms)
        began_ms, self._now_ms = self._now_ms, until_ms
        for moment_ms in sorted(moments):
            if moment_ms <= until_ms and (began_ms is None or moment_ms > began_ms):
                self._step(moment_ms)

    def _step(self, now_ms: int) -> None:
        passed_ms = BEFORE_ALL_TIME if self._passed_ms is None else self._passed_ms
        due = [one.key for one in self._held if one.due_ms <= now_ms or one.key[0] < passed_ms]
        limit = max(due, default=self._top)
        ready = sorted((one for one in self._held if one.key <= max(limit, self._top)), key=_by_key)
        if ready:
            blocked = self._blocked(ready, now_ms)
            self._show([one for n, one in enumerate(ready) if n not in blocked])

    def _blocked(self, ready: Sequence[_Held], now_ms: int) -> set[int]:
        """Return which of those that are ready still wait: for a cause that is held, or behind such a one."""
        known = self._known()
        inside = {id(one): n for n, one in enumerate(ready)}
        blocked: set[int] = set()
        before = -1
        while before < len(blocked):
            before = len(blocked)
            stopped: set[tuple[str, int]] = set()
            for n, one in enumerate(ready):
                partition = one.key[1:3]
                cause = None if one.event.cause is None else known.get(one.event.cause)
                waits = cause is not None and now_ms < one.latest_ms and _elsewhere(cause, one)
                if waits and cause is not None and inside.get(id(cause), n) not in blocked:
                    waits = id(cause) not in inside
                if waits or partition in stopped:
                    blocked.add(n)
                    stopped.add(partition)
        return blocked

    def _known(self) -> Mapping[str, _Held]:
        """Return what is held by event id, of several the first, and by place."""
        known: dict[str, _Held] = {}
        for one in sorted(self._held, key=_by_key):
            known.setdefault(one.event.event_id, one)
        return known | {str(one.event.place): one for one in self._held}

    def _show(self, ready: Sequence[_Held]) -> None:
        """Show those, sorted by their keys; effects among them after their causes."""
        events = [one.event for one in ready]
        for n in effects_after_causes(events, stated_causes(events)):
            one = ready[n]
            self._out.append(Shown(one.event, one.key < self._top and not one.late, one.late))
            self._top = max(self._top, one.key)
        gone = set(map(id, ready))
        self._held = [one for one in self._held if id(one) not in gone]


def _by_key(one: _Held) -> Key:
    return one.key


def _elsewhere(cause: _Held, effect: _Held) -> bool:
    """Whether waiting makes sense: what stands behind in the same partition cannot come first."""
    return cause is not effect and (cause.key[1:3] != effect.key[1:3] or cause.key < effect.key)
