"""Silence: stretches without events that are long beside the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

SHORTEST_SILENCE_MS = 5 * 60 * 1000
LONGER_THAN_MEDIAN = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence between two neighbours of the timeline."""

    after: int
    """Index of the last event before it."""
    since_ms: int
    until_ms: int

    @property
    def duration_ms(self) -> int:
        """How long nothing happened."""
        return self.until_ms - self.since_ms


def silences(times: Sequence[int | None]) -> tuple[Gap, ...]:
    """Return the gaps longer than ten times the median gap and than five minutes, in order.

    ``times`` are the events' times in milliseconds, in the order of the timeline. Where times run
    backwards, a gap begins at the latest time seen until then.
    """
    gaps: list[Gap] = []
    latest: int | None = None
    for n, time_ms in enumerate(times):
        if time_ms is None:
            continue
        if latest is not None:
            gaps.append(Gap(n - 1, latest, max(latest, time_ms)))
        latest = time_ms if latest is None else max(latest, time_ms)
    if not gaps:
        return ()
    limit = max(LONGER_THAN_MEDIAN * median(gap.duration_ms for gap in gaps), SHORTEST_SILENCE_MS)
    return tuple(gap for gap in gaps if gap.duration_ms > limit)
