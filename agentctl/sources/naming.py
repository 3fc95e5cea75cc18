"""Partitions named in sentences: readably, also when there are hundreds of them."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from agentctl.kafka.offsets import Partition

_MOST_NAMED = 6
"""Stretches of neighbouring partitions that are named one by one; the rest is counted."""


def named(places: Iterable[Partition]) -> str:
    """Name partitions of one topic: ``topic[0], [2], [5] to [9]``, and of many the first few."""
    wanted = sorted(places)
    topic = wanted[0][0]
    # Neighbours are as far from the first as their numbers are.
    stretches = [
        [number for _, (_, number) in same]
        for _, same in groupby(enumerate(wanted), key=lambda one: one[1][1] - one[0])
    ]
    pieces = [piece for numbers in stretches for piece in _pieces(numbers)]
    shown = pieces[:_MOST_NAMED]
    more = len(wanted) - sum(count for _, count in shown)
    return f"{topic}{', '.join(text for text, _ in shown)}{f' and {more:,} more' if more else ''}"


def _pieces(numbers: Sequence[int]) -> list[tuple[str, int]]:
    """Return names of neighbours, each with how many it stands for."""
    if len(numbers) < 4:
        return [(f"[{number}]", 1) for number in numbers]
    return [(f"[{numbers[0]}] to [{numbers[-1]}]", len(numbers))]


def not_read(failed: Iterable[tuple[Partition, str]]) -> list[str]:
    """Say which partitions were not read at all: one sentence for all of a topic that share a reason."""
    by_reason: dict[tuple[str, str], list[Partition]] = {}
    for place, reason in failed:
        by_reason.setdefault((place[0], reason), []).append(place)
    return [
        f"{named(places)} {'was' if len(places) == 1 else 'were'} not read: {reason}"
        for (_, reason), places in by_reason.items()
    ]
