"""What the findings of a story rest on: its events in order, with their times, causes, sessions and reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.model.event import Event
from agentctl.timeline.causes import Link, circular, downstream, effects_of, foreign_causes, linked
from agentctl.timeline.gaps import Gap, silences
from agentctl.timeline.reads import Reads
from agentctl.timeline.sessions import Sessions

Limit = Callable[[str], int]
"""Gives a topic's ``stale_after`` in ms."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A story before it is judged. Indices are those of ``events``; numbers that people see are one more."""

    events: Sequence[Event]
    times: Sequence[int | None]
    """By the clock that orders, in ms since 1970."""
    reads: Reads
    stale_after_ms: Limit
    sessions: Sessions
    links: tuple[Link | None, ...]
    foreign: tuple[int | None, ...]
    """For each event the nearest event of another agent in the chain of its causes: what it acted on."""
    effects: Mapping[int, Sequence[int]]
    """By event what follows from it directly."""
    circles: frozenset[int]
    """Events that state themselves, over others, as their cause."""
    gaps: tuple[Gap, ...]
    elsewhere: Mapping[str, Event]
    """Causes that are none of the story's own events, by what its events state."""

    def after(self, acts: Sequence[int], most: int | None = None) -> tuple[tuple[int, ...], bool]:
        """Return what stands causally after the given events, and whether that is more than ``most``."""
        return downstream(self.effects, acts, most)

    def age_ms(self, earlier: int, later: int) -> int | None:
        """Return the time between two events; None when one of both is unknown."""
        began_ms, ended_ms = self.times[earlier], self.times[later]
        return None if began_ms is None or ended_ms is None else ended_ms - began_ms

    def numbers(self, indices: Sequence[int], most: int = 8) -> str:
        """Say events as people see them: ``#3, #4``; of many the first ones and how many more."""
        shown = ", ".join(f"#{n + 1}" for n in indices[:most])
        return f"{shown} and {len(indices) - most:,} more" if len(indices) > most else shown


def scene(
    events: Sequence[Event],
    times: Sequence[int | None],
    reads: Reads,
    stale_after_ms: Limit,
    elsewhere: Mapping[str, Event] | None = None,
) -> Scene:
    """Find what follows from what. ``events`` are in the timeline's order."""
    sessions = Sessions(events, times)
    links = linked(events, times, sessions, reads.readable, reads.in_hand)
    return Scene(
        events=events,
        times=times,
        reads=reads,
        stale_after_ms=stale_after_ms,
        sessions=sessions,
        links=links,
        foreign=foreign_causes(events, links, sessions),
        effects=effects_of(links),
        circles=circular(links),
        gaps=silences(times),
        elsewhere=elsewhere or {},
    )
