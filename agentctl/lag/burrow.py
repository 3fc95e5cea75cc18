"""Burrow's rules: how a group does in a partition, judged by its last commits.

After ``core/internal/evaluator/caching.go`` and ``core/internal/storage/inmemory.go`` of LinkedIn's Burrow.
It has watched the ends of the log all along; here they are asked for afterwards, by the moment. So a rule
is a generator: it gives the time at which it has to know where the log ended, is sent the offset, and
returns the verdict. It asks for no moment that the verdict does not hang on.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agentctl.lag.rows import Verdict
from agentctl.lag.track import GONE, Track

INTERVALS = 10
"""How many commits are looked at."""
MINIMUM = 3
"""Fewer say nothing."""
DISTANCE_MS = 1_000
"""A commit that follows sooner takes the place of the one before."""
RECENT_MS = 9 * 30_000
"""How long ago the log may have ended where the group stands for it not to count as stopped: the age of the
oldest of ten ends that Burrow keeps, one every 30 s."""

Judging = Generator[int, int, Verdict]
"""Gives times in ms, is sent the log end at each, returns a verdict."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A commit as the rules see it."""

    offset: int
    time_ms: int
    """When it was made; of commits in close succession, when the first of them was."""
    seen_ms: int
    """When the last of them was made, at which its lag counts."""


def window(commits: Iterable[tuple[int, int]]) -> tuple[Sample, ...]:
    """Return the last commits that count, of pairs (offset, time in ms) in their order.

    Where the position was dropped (``GONE``) nothing before it counts.
    """
    kept: list[tuple[int, int, int]] = []
    for offset, time_ms in commits:
        if offset == GONE:
            kept.clear()
        elif kept and time_ms - kept[-1][1] < DISTANCE_MS:
            # The stored time stays: else steady commits in close succession would never become two.
            kept[-1] = (offset, kept[-1][1], time_ms)
        else:
            kept.append((offset, time_ms, time_ms))
    return tuple(Sample(*one) for one in kept[-INTERVALS:])


def recent(track: Track) -> tuple[Sample, ...]:
    """Return the last commits of a track that count."""
    begins = 0
    start = len(track) - 1
    # A commit that follows late begins a sample, whatever was before it: so few need to be looked at.
    while start > 0 and begins < INTERVALS:
        begins += track.time_ms(start) - track.time_ms(start - 1) >= DISTANCE_MS
        start -= begins < INTERVALS
    return window(track.entries(max(start, 0)))


def judging(samples: Sequence[Sample], now_ms: int) -> Judging:
    """Judge a group that has something left to read in a partition, by at least ``MINIMUM`` samples."""
    first, last = samples[0], samples[-1]
    stopped = now_ms - last.time_ms > last.time_ms - first.time_ms
    if stopped and (yield now_ms - RECENT_MS) > last.offset:
        return Verdict.STOP
    if went_back(samples):
        return Verdict.REWIND
    lags: list[int] = []
    for sample in samples:
        lag = (yield sample.seen_ms) - sample.offset
        if lag <= 0:
            return Verdict.OK
        lags.append(lag)
    if all(sample.offset == first.offset for sample in samples):
        return Verdict.STALL
    return Verdict.WARN if all(before <= after for before, after in pairwise(lags)) else Verdict.OK


def went_back(samples: Sequence[Sample]) -> bool:
    """Whether an offset is smaller than the one before it, and none behind has made up for it."""
    for at, (before, after) in enumerate(pairwise(samples), 1):
        if after.offset < before.offset:
            return all(later.offset < before.offset for later in samples[at:])
    return False
