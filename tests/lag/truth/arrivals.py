"""When producers write: at a changing rate, in bursts, or not at all."""

from collections.abc import Iterator
from random import Random

_STEADY, _BURST, _SILENCE = "steady", "burst", "silence"


def arrivals(seed: int, begin_ms: int, end_ms: int, *, per_second: float = 1.0) -> list[int]:
    """Return the times of records in ``[begin_ms, end_ms)``, ascending, about ``per_second`` on the whole."""
    return list(_arrivals(Random(seed), begin_ms, end_ms, per_second))


def _arrivals(random: Random, begin_ms: int, end_ms: int, per_second: float) -> Iterator[int]:
    now_ms = begin_ms
    span_ms = end_ms - begin_ms
    while now_ms < end_ms:
        until_ms = min(now_ms + int(span_ms * random.uniform(0.02, 0.15)) + 1, end_ms)
        phase = random.choices((_STEADY, _BURST, _SILENCE), (6, 2, 2))[0]
        if phase is _STEADY:
            rate = per_second * random.uniform(0.2, 2)
            while (now_ms := now_ms + int(random.expovariate(rate) * 1_000) + 1) < until_ms:
                yield now_ms
        elif phase is _BURST:
            # Many within the same few milliseconds.
            for _ in range(int(per_second * (until_ms - now_ms) / 1_000 * random.uniform(0.5, 2)) + 1):
                yield min(now_ms, end_ms - 1)
                now_ms += random.choice((0, 0, 0, 1))
        now_ms = max(now_ms, until_ms)


def disordered(times_ms: list[int], seed: int, most_ms: int) -> list[int]:
    """Return the times as agents' clocks would have them: some are older than the one before them."""
    random = Random(seed)
    return [time_ms - random.choice((0, 0, 0, random.randrange(most_ms))) for time_ms in times_ms]
