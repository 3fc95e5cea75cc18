"""Which events say anew, or further, what an earlier one said: found by the index, however many there are."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agentctl.model.event import Event, Role

_Kind = tuple[str, Role, bool, str]
"""Topic, role, and a work item, or else, with False, a workflow."""
_Same = tuple[str, str, str | None, str | None]
"""Topic, type, work item and workflow."""


@dataclass(slots=True)
class _Sayings:
    """Events that say the same thing anew, in order; of several with one id only the first."""

    indices: list[int] = field(default_factory=list)
    latest_ms: list[int] = field(default_factory=list)
    """The latest time until each of them."""
    ids: set[str] = field(default_factory=set)

    def add(self, n: int, event_id: str, time_ms: int) -> None:
        if event_id not in self.ids:
            self.ids.add(event_id)
            self.indices.append(n)
            self.latest_ms.append(max(time_ms, self.latest_ms[-1]) if self.latest_ms else time_ms)


class Newer:
    """Finds what is newer than an event. ``events`` are in the timeline's order; ``times`` are in ms."""

    def __init__(self, events: Sequence[Event], times: Sequence[int | None]) -> None:
        self._events = events
        self._kinds: dict[_Kind, list[int]] = {}
        self._sayings: dict[_Same, _Sayings] = {}
        for n, event in enumerate(events):
            for kind in _kinds(event):
                self._kinds.setdefault(kind, []).append(n)
            time_ms = times[n]
            if time_ms is not None:
                self._sayings.setdefault(_same(event), _Sayings()).add(n, event.event_id, time_ms)

    def of_kind(self, source: int, before: int) -> int | None:
        """Return the newest event of the source's topic and role, in its workflow or on its item."""
        newest = source
        for kind in _kinds(self._events[source]):
            indices = self._kinds[kind]
            at = bisect_left(indices, before)
            newest = max(newest, indices[at - 1] if at else -1)
        return None if newest == source else newest

    def replacing(
        self, source: int, before: int, by_ms: int, readable: Callable[[Event], bool]
    ) -> int | None:
        """Return the newest event that says anew what the source said, earlier than ``by_ms``, and readable.

        Where the newest is not readable, whatever comes behind the first that is not is none either.
        """
        sayings = self._sayings.get(_same(self._events[source]))
        if sayings is None:
            return None
        indices = sayings.indices
        first = bisect_right(indices, source)
        end = min(bisect_left(indices, before), bisect_left(sayings.latest_ms, by_ms))
        if first >= end:
            return None
        if readable(self._events[indices[end - 1]]):
            return indices[end - 1]
        unread = bisect_left(indices, 1, first, end, key=lambda n: int(not readable(self._events[n])))
        return indices[unread - 1] if unread > first else None


def _kinds(event: Event) -> list[_Kind]:
    found: list[_Kind] = []
    if event.work_item is not None:
        found.append((event.record.topic, event.role, True, event.work_item))
    if event.workflow_id is not None:
        found.append((event.record.topic, event.role, False, event.workflow_id))
    return found


def _same(event: Event) -> _Same:
    return event.record.topic, event.type, event.work_item, event.workflow_id
