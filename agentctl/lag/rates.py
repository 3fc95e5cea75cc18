"""How fast a partition grows and a group reads it, over the last minutes."""

from agentctl.lag.history import CommitHistory
from agentctl.lag.position import Position
from agentctl.lag.track import GONE

SPAN_MS = 5 * 60 * 1000
"""Over how long rates are measured."""


def into(then: int, now: int, span_ms: int) -> float | None:
    """Return how many records a second a partition got, by its ends at two moments."""
    return (now - then) * 1_000 / span_ms if span_ms > 0 and now >= then else None


def out(history: CommitHistory, group: str, position: Position, standing: int, now_ms: int) -> float | None:
    """Return how many records a second a group has read, by where it stands and where it stood.

    None when it stood further than now, or when the commits do not tell where it stood.
    """
    track = history.track(group, *position)
    if track is None:
        return None
    since_ms = now_ms - SPAN_MS
    index = len(track) - 1
    while index > 0 and track.time_ms(index) > since_ms:
        index -= 1
    # Where all are later it began within the span, or what it committed before is no longer known.
    start_ms = max(since_ms, track.time_ms(index))
    offset = track.offset(index)
    if offset == GONE or start_ms >= now_ms or offset > standing:
        return None
    return (standing - offset) * 1_000 / (now_ms - start_ms)
