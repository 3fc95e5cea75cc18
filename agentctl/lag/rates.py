"""How fast a partition grows and a group reads it, over the last minutes."""

from agentctl.lag.history import CommitHistory
from agentctl.lag.position import Position

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
    index = track.at(since_ms)
    start_ms = since_ms
    if index is None:
        # It began within the span, or what it committed before is no longer known.
        index, start_ms = 0, track.time_ms(0)
    commit = track.commit(index)
    if commit is None or start_ms >= now_ms or commit.offset > standing:
        return None
    return (standing - commit.offset) * 1_000 / (now_ms - start_ms)
