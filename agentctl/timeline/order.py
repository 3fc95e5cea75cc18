"""Which event comes before which: offsets in a partition, time between partitions, then cause and effect.

Merging partitions by the times of their heads is the same as sorting by the running maximum of
each partition's times, ties by topic, partition and offset. Sorting by that key depends neither on
how the log was read nor in which batches, and the first N of it can be kept in bounded memory.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentctl.model.event import Event
from agentctl.model.instant import BEFORE_ALL_TIME
from agentctl.model.query import Clock

_SPARE = 1_000
"""Events kept beyond the limit: among them stand causes, for which an event inside of it has to wait."""

Key = tuple[int, str, int, int]
"""Running maximum of times in the partition, topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An event at its place in the timeline."""

    event: Event
    time_ms: int | None
    """By the clock that orders."""
    cause: int | None
    """Index of the event that it states as its cause, among the ordered ones."""
    reordered: bool
    """Whether it stands after an event that is later by the clock, because an effect waits for its cause."""


def time_of(event: Event, clock: Clock) -> int | None:
    """Return the event's time by that clock, in milliseconds since 1970."""
    return event.record.timestamp_ms if clock is Clock.RECORD else event.event_time_ms


class Merging:
    """Gives events the keys that sort them; each partition comes in offset order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest: dict[tuple[str, int], int] = {}

    def key(self, event: Event) -> Key:
        """Return an event's key, and note its time for those behind it."""
        record = event.record
        partition = (record.topic, record.partition)
        time_ms = time_of(event, self._clock)
        latest = self._latest.get(partition, BEFORE_ALL_TIME)
        if time_ms is not None and time_ms > latest:
            self._latest[partition] = latest = time_ms
        return latest, record.topic, record.partition, record.offset


class Gathering:
    """Events as they arrive, each partition in offset order; keeps the first ``limit`` in merged order."""

    def __init__(self, clock: Clock = Clock.RECORD, limit: int | None = None) -> None:
        self._clock = clock
        self._limit = limit
        self._merging = Merging(clock)
        self._kept: list[tuple[Key, Event]] = []
        self.seen = 0
        """Events that were added, kept or not."""

    @property
    def events(self) -> list[Event]:
        """What was kept, in no order."""
        return [event for _, event in self._kept]

    def add(self, event: Event) -> None:
        """Take one event."""
        self._kept.append((self._merging.key(event), event))
        self.seen += 1
        if self._limit is not None and len(self._kept) > 2 * (self._limit + _SPARE):
            self._cut()

    def _cut(self) -> None:
        self._kept.sort(key=lambda kept: kept[0])
        if self._limit is not None:
            del self._kept[self._limit + _SPARE :]

    def ordered(self) -> list[Ordered]:
        """Return what was kept, effects after their causes where that breaks no partition's order."""
        self._cut()
        events = [event for _, event in self._kept]
        causes = stated_causes(events)
        sequence = effects_after_causes(events, causes)
        position = {rank: n for n, rank in enumerate(sequence)}
        latest = -1
        result = []
        for rank in sequence:
            cause = causes.get(rank)
            result.append(
                Ordered(
                    event=events[rank],
                    time_ms=time_of(events[rank], self._clock),
                    cause=None if cause is None else position[cause],
                    reordered=rank < latest,
                )
            )
            latest = max(latest, rank)
        return result if self._limit is None else _first(result, self._limit)


def _first(ordered: list[Ordered], limit: int) -> list[Ordered]:
    """Cut after the first ``limit``; a cause behind the cut is none that can be pointed at."""
    return [
        replace(one, cause=None) if one.cause is not None and one.cause >= limit else one
        for one in ordered[:limit]
    ]


def stated_causes(events: Sequence[Event]) -> dict[int, int]:
    """Return, for each event whose stated cause is among the events, the index of both.

    A cause may be a place or an event id; of several events with one id the first counts. An event
    that names itself has no cause.
    """
    known: dict[str, int] = {}
    for n, event in enumerate(events):
        known.setdefault(event.event_id, n)
    for n, event in enumerate(events):
        known[str(event.place)] = n
    found = ((n, known.get(event.cause)) for n, event in enumerate(events) if event.cause is not None)
    return {n: cause for n, cause in found if cause is not None and cause != n}


def effects_after_causes(events: Sequence[Event], causes: Mapping[int, int]) -> list[int]:
    """Return ranks in an order in which an effect waits for its cause, cycles broken at the earliest time."""
    if not any(cause > effect for effect, cause in causes.items()):
        return list(range(len(events)))
    waits = _without_cycles(events, causes)
    queues: dict[tuple[str, int], list[int]] = {}
    for rank, event in enumerate(events):
        queues.setdefault((event.record.topic, event.record.partition), []).append(rank)
    heads = [(queue[0], queue, 0) for queue in queues.values()]
    heapq.heapify(heads)
    parked: dict[int, list[tuple[int, list[int], int]]] = {}
    placed: set[int] = set()
    sequence: list[int] = []
    while heads:
        head = heapq.heappop(heads)
        rank, queue, at = head
        cause = waits.get(rank)
        if cause is not None and cause not in placed:
            parked.setdefault(cause, []).append(head)
            continue
        placed.add(rank)
        sequence.append(rank)
        if at + 1 < len(queue):
            heapq.heappush(heads, (queue[at + 1], queue, at + 1))
        for waiting in parked.pop(rank, ()):
            heapq.heappush(heads, waiting)
    return sequence


def _without_cycles(events: Sequence[Event], causes: Mapping[int, int]) -> dict[int, int]:
    """Return the causes that can be waited for.

    Effects must follow causes and every partition must keep its order; inside a cycle of the two, the
    order of time stands, so its earliest event comes first.
    """
    follows: list[list[int]] = [[] for _ in events]
    previous: dict[tuple[str, int], int] = {}
    for rank, event in enumerate(events):
        partition = (event.record.topic, event.record.partition)
        if partition in previous:
            follows[previous[partition]].append(rank)
        previous[partition] = rank
    for effect, cause in causes.items():
        follows[cause].append(effect)
    component = _strong_components(follows)
    return {
        effect: cause
        for effect, cause in causes.items()
        if cause < effect or component[effect] != component[cause]
    }


def _strong_components(follows: Sequence[Iterable[int]]) -> list[int]:
    """Number the strongly connected components of a graph (Tarjan 1972, without recursion)."""
    component = [-1] * len(follows)
    index: list[int] = [-1] * len(follows)
    low = [0] * len(follows)
    open_nodes: list[int] = []
    count = 0
    for start in range(len(follows)):
        if index[start] >= 0:
            continue
        index[start] = low[start] = count
        count += 1
        open_nodes.append(start)
        path = [(start, iter(follows[start]))]
        while path:
            node, targets = path[-1]
            for target in targets:
                if index[target] < 0:
                    index[target] = low[target] = count
                    count += 1
                    open_nodes.append(target)
                    path.append((target, iter(follows[target])))
                    break
                if component[target] < 0:
                    low[node] = min(low[node], index[target])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == index[node]:
                    while component[node] < 0:
                        component[open_nodes.pop()] = node
    return component
