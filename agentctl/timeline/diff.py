"""Two runs side by side: what both tell, what only one tells, and where they first differ.

Two runs of one workflow have other ids, tokens and times, so an event is known by what happened: role, type,
agent, step, status, and the work item. An item of the same name in both runs is the same; of the others the
first one to appear in one run is the first one in the other.

What agents do side by side has no order that matters. So each agent's events are aligned with its own in the
other run, by their longest common subsequence; between agents only the order of claims, results, tasks and
other news on one item counts.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from agentctl.model.event import Event, Role
from agentctl.model.span import span
from agentctl.timeline.alignment import Match, aligned, in_order
from agentctl.timeline.words import what

LATER_MS = 60_000
"""A step that took longer, or less long, by so much and by half of what it took in A is said to be later or
earlier. That alone is no divergence: no two runs take equally long."""


class Told(Protocol):
    """An event at its place in a run."""

    @property
    def event(self) -> Event:
        """The event."""

    @property
    def time_ms(self) -> int | None:
        """Its time by the clock that orders the run."""


class Deed(NamedTuple):
    """What happened, whatever it was called in this run."""

    agent: str | None
    role: Role
    type: str
    item: Hashable
    workflow: Hashable
    step: int | None
    total: int | None
    status: str | None
    readable: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One row: an event of A, the one of B that stands for it, or one of both alone. Indices, from 0."""

    a: int | None
    b: int | None
    same: bool
    difference: str | None
    """In words; also where the times differ much and nothing else does."""
    later_ms: int | None
    """How much longer after its start B came there; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, aligned."""

    a: Sequence[Told]
    b: Sequence[Told]
    pairs: tuple[Pair, ...]

    @property
    def first(self) -> Pair | None:
        """The first divergence; None when both runs tell the same."""
        return next((pair for pair in self.pairs if not pair.same), None)

    def event(self, pair: Pair) -> Event:
        """Return the event of a row: A's, else B's."""
        told = self.a[pair.a] if pair.a is not None else self.b[pair.b or 0]
        return told.event

    def since_start_ms(self, pair: Pair) -> int | None:
        """Return how long after the start of its run a row's event came: in A, else in B."""
        if pair.a is not None:
            return _since(self.a[pair.a], started_ms(self.a))
        return _since(self.b[pair.b or 0], started_ms(self.b))

    @property
    def sentence(self) -> str:
        """Where the runs first differ, in one sentence."""
        pair = self.first
        if pair is None:
            return f"Both runs tell the same in {_events(len(self.pairs))}."
        event, since_ms = self.event(pair), self.since_start_ms(pair)
        when = "" if since_ms is None else f", {span(max(since_ms, 0))} after the start"
        who = "" if event.agent is None else f"{event.agent} "
        return f"They first differ at {_numbers(pair)}{when}: {who}{what(event)}: {pair.difference}."


def compared(a: Sequence[Told], b: Sequence[Told]) -> Comparison:
    """Compare two runs, each in its order."""
    deeds_a, deeds_b = _deeds(a, b)
    matches = _by_agent(deeds_a, deeds_b)
    said = _out_of_order(deeds_a, matches)
    left_a = sorted(set(range(len(a))) - {i for i, _ in matches})
    left_b = sorted(set(range(len(b))) - {j for _, j in matches})
    order = in_order(matches)
    for i, j in _alike(deeds_a, deeds_b, left_a, left_b):
        matches.append((i, j))
        other = _other(deeds_a[i], deeds_b[j], a[i].event, b[j].event)
        said[i] = other or _moved((i, j), order)
    rows = _rows(matches, len(a), len(b))
    return Comparison(a, b, tuple(_judged(rows, said, a, b)))


def started_ms(run: Sequence[Told]) -> int | None:
    """Return the earliest time of a run."""
    return min((told.time_ms for told in run if told.time_ms is not None), default=None)


def _deeds(a: Sequence[Told], b: Sequence[Told]) -> tuple[list[Deed], list[Deed]]:
    """Return what happened in both runs, work items and workflows by the names that they share."""
    events_a, events_b = [told.event for told in a], [told.event for told in b]
    items = _shared_names((e.work_item for e in events_a), (e.work_item for e in events_b))
    workflows = _shared_names((e.workflow_id for e in events_a), (e.workflow_id for e in events_b))
    return (
        [_deed(event, items[0], workflows[0]) for event in events_a],
        [_deed(event, items[1], workflows[1]) for event in events_b],
    )


def _deed(event: Event, items: Mapping[str, Hashable], workflows: Mapping[str, Hashable]) -> Deed:
    return Deed(
        agent=event.agent,
        role=event.role,
        type=event.type,
        item=None if event.work_item is None else items[event.work_item],
        workflow=None if event.workflow_id is None else workflows[event.workflow_id],
        step=event.step,
        total=event.total,
        status=event.status,
        readable=event.undecodable is None,
    )


def _shared_names(
    a: Iterable[str | None], b: Iterable[str | None]
) -> tuple[dict[str, Hashable], dict[str, Hashable]]:
    """Name what both runs name alike by its name, and the rest by the order in which it appears."""
    names_a = dict.fromkeys(name for name in a if name is not None)
    names_b = dict.fromkeys(name for name in b if name is not None)
    both = names_a.keys() & names_b.keys()

    def named(names: Iterable[str]) -> dict[str, Hashable]:
        others = (name for name in names if name not in both)
        found: dict[str, Hashable] = {name: number for number, name in enumerate(others)}
        return found | {name: name for name in both}

    return named(names_a), named(names_b)


def _by_agent(a: Sequence[Deed], b: Sequence[Deed]) -> list[Match]:
    """Align the events of each agent with its own in the other run."""
    lanes_a, lanes_b = _lanes(a), _lanes(b)
    found: list[Match] = []
    for agent, own in lanes_a.items():
        others = lanes_b.get(agent, [])
        for i, j in aligned([a[n] for n in own], [b[n] for n in others]):
            found.append((own[i], others[j]))
    return sorted(found)


def _lanes(deeds: Sequence[Deed]) -> dict[str | None, list[int]]:
    lanes: dict[str | None, list[int]] = {}
    for n, deed in enumerate(deeds):
        lanes.setdefault(deed.agent, []).append(n)
    return lanes


def _out_of_order(deeds: Sequence[Deed], matches: Sequence[Match]) -> dict[int, str]:
    """Say by A's index what comes in another order among the claims, results and news on one item."""
    by_item: dict[Hashable, list[Match]] = {}
    for i, j in matches:
        if deeds[i].item is not None and deeds[i].role is not Role.PROGRESS:
            by_item.setdefault(deeds[i].item, []).append((i, j))
    said: dict[int, str] = {}
    for found in by_item.values():
        order = in_order(found)
        if len(order) < len(found):
            kept = set(order)
            said |= {match[0]: _moved(match, order) for match in found if match not in kept}
    return said


def _moved(match: Match, order: Sequence[Match]) -> str:
    """Say past what an event was moved: the nearest of those that both runs have in one order."""
    i, j = match
    in_a = bisect_left(order, i, key=lambda one: one[0])
    in_b = bisect_left(order, j, key=lambda one: one[1])
    if in_a == in_b:
        return "out of order"
    here, there, at = ("after", "before", in_a - 1) if in_b < in_a else ("before", "after", in_a)
    x, y = order[at]
    return f"out of order: in A {here} #{x + 1}, in B {there} its like, #{y + 1}"


_Likeness = Callable[[Deed], Hashable]

_LIKENESSES: tuple[_Likeness, ...] = (
    lambda deed: deed,
    lambda deed: (deed.agent, deed.role, deed.type, deed.item, deed.step, deed.total),
    lambda deed: (deed.agent, deed.role, deed.item, deed.step, deed.total),
    lambda deed: (deed.role, deed.type, deed.item, deed.step, deed.total, deed.status),
    lambda deed: (deed.role, deed.type, deed.item, deed.step, deed.total),
    lambda deed: (deed.agent, deed.role, deed.type, deed.step, deed.total, deed.status),
)
"""What makes two events stand for each other where nothing equal is left, the closest first: the same at
another place; another status; another type; another agent; both; another item."""


def _alike(
    a: Sequence[Deed], b: Sequence[Deed], left_a: Sequence[int], left_b: Sequence[int]
) -> Iterator[Match]:
    """Pair what is left over in both runs with what is most like it."""
    rest_a, rest_b = list(left_a), list(left_b)
    for likeness in _LIKENESSES:
        waiting: dict[Hashable, list[int]] = {}
        for j in reversed(rest_b):
            waiting.setdefault(likeness(b[j]), []).append(j)
        found = [
            (i, candidates.pop())
            for i in rest_a
            if (candidates := waiting.get(likeness(a[i]))) is not None and candidates
        ]
        yield from found
        taken_a, taken_b = {i for i, _ in found}, {j for _, j in found}
        rest_a = [i for i in rest_a if i not in taken_a]
        rest_b = [j for j in rest_b if j not in taken_b]


def _other(a: Deed, b: Deed, event_a: Event, event_b: Event) -> str:
    """Say in which fields two events differ; empty when in none."""
    found = [
        ("agent", a.agent, b.agent, a.agent, b.agent),
        ("type", a.type, b.type, a.type, b.type),
        ("status", a.status, b.status, a.status, b.status),
        ("work item", a.item, b.item, event_a.work_item, event_b.work_item),
        ("workflow", a.workflow, b.workflow, event_a.workflow_id, event_b.workflow_id),
    ]
    words = [
        f"other {name}: {_word(said_a)}, in B {_word(said_b)}"
        for name, value_a, value_b, said_a, said_b in found
        if value_a != value_b
    ]
    if a.readable != b.readable:
        words.append(f"undecodable in {'B' if a.readable else 'A'}")
    return "; ".join(words)


def _word(value: str | None) -> str:
    return "none" if value is None else value


def _rows(pairs: Sequence[Match], size_a: int, size_b: int) -> list[tuple[int | None, int | None]]:
    """Put all events in one order: A's, and what only B has behind what came before it there."""
    partner_a, partner_b = dict(pairs), {j: i for i, j in pairs}
    behind: dict[int, list[int]] = {}
    at = -1
    for j in range(size_b):
        if j in partner_b:
            at = max(at, partner_b[j])
        else:
            behind.setdefault(at, []).append(j)
    rows: list[tuple[int | None, int | None]] = [(None, j) for j in behind.get(-1, ())]
    for i in range(size_a):
        rows.append((i, partner_a.get(i)))
        rows += [(None, j) for j in behind.get(i, ())]
    return rows


def _judged(
    rows: Iterable[tuple[int | None, int | None]],
    said: Mapping[int, str],
    a: Sequence[Told],
    b: Sequence[Told],
) -> Iterator[Pair]:
    start_a, start_b = started_ms(a), started_ms(b)
    before: tuple[int, int] | None = None
    """How long after the start the row before was, and how much later in B."""
    for i, j in rows:
        if i is None or j is None:
            yield Pair(
                i, j, same=False, difference="missing in B" if j is None else "only in B", later_ms=None
            )
            continue
        since_a, since_b = _since(a[i], start_a), _since(b[j], start_b)
        later_ms = None if since_a is None or since_b is None else since_b - since_a
        slow = None
        if since_a is not None and later_ms is not None:
            slow = _later(since_a, later_ms, before or (0, 0))
            before = since_a, later_ms
        words = [word for word in (said.get(i), slow) if word]
        yield Pair(i, j, same=i not in said, difference="; ".join(words) or None, later_ms=later_ms)


def _later(since_ms: int, later_ms: int, before: tuple[int, int]) -> str | None:
    """Say that B came there much later, or earlier, on the row where that arises."""
    took_ms, more_ms = since_ms - before[0], later_ms - before[1]
    if abs(more_ms) < LATER_MS or 2 * abs(more_ms) < took_ms or later_ms == 0:
        return None
    return f"{'later' if later_ms > 0 else 'earlier'} by {span(abs(later_ms))}"


def _since(told: Told, start_ms: int | None) -> int | None:
    return None if told.time_ms is None or start_ms is None else told.time_ms - start_ms


def _numbers(pair: Pair) -> str:
    a = None if pair.a is None else f"#{pair.a + 1} of A"
    b = None if pair.b is None else f"#{pair.b + 1} of B"
    return " and ".join(word for word in (a, b) if word is not None)


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
