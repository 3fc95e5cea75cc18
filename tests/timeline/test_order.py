"""Offsets decide in a partition, time between partitions, and an effect waits for its cause."""

from collections import deque
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from agentctl.model.event import Event
from agentctl.model.query import Clock
from agentctl.timeline.order import Gathering, Ordered
from tests.builders import event, ms


def ordered(events: Sequence[Event], clock: Clock = Clock.RECORD, limit: int | None = None) -> list[Ordered]:
    gathering = Gathering(clock, limit)
    for one in events:
        gathering.add(one)
    return gathering.ordered()


def ids(events: Sequence[Event], clock: Clock = Clock.RECORD, limit: int | None = None) -> list[str]:
    return [one.event.event_id for one in ordered(events, clock, limit)]


def test_between_partitions_the_earlier_comes_first() -> None:
    late = event(at="03:10", partition=0, event_id="late")
    early = event(at="03:05", partition=1, event_id="early")
    assert ids([late, early]) == ["early", "late"]


def test_in_a_partition_offsets_decide_whatever_the_timestamps_say() -> None:
    first = event(at="03:10", offset=0, event_id="first")
    second = event(at="03:05", offset=1, event_id="second")
    assert ids([first, second]) == ["first", "second"]


def test_what_follows_a_late_head_of_its_partition_comes_right_after_it() -> None:
    head = event(at="03:10", partition=0, offset=0, event_id="head")
    behind = event(at="03:01", partition=0, offset=1, event_id="behind")
    other = event(at="03:05", partition=1, event_id="other")
    later = event(at="03:11", partition=1, offset=1, event_id="later")
    assert ids([head, behind, other, later]) == ["other", "head", "behind", "later"]


def test_ties_are_broken_by_topic_then_partition_then_offset() -> None:
    b0 = event("b", event_id="b0")
    a1 = event("a", partition=1, event_id="a1")
    a0 = event("a", partition=0, event_id="a0")
    assert ids([b0, a1, a0]) == ["a0", "a1", "b0"]


def test_a_record_without_timestamp_stays_behind_its_predecessor() -> None:
    first = event(at="03:00", offset=0, event_id="first")
    timeless = event(at=None, offset=1, event_id="timeless")
    other = event(at="03:00:00.001", partition=1, event_id="other")
    assert ids([first, timeless, other]) == ["first", "timeless", "other"]


def test_the_event_clock_orders_by_the_time_that_events_name() -> None:
    a = event(at="03:00", partition=0, event_id="a", event_time_ms=ms("05:00"))
    b = event(at="04:00", partition=1, event_id="b", event_time_ms=ms("02:00"))
    assert ids([a, b], Clock.RECORD) == ["a", "b"]
    assert ids([a, b], Clock.EVENT) == ["b", "a"]


def test_an_effect_waits_for_its_cause_and_says_so() -> None:
    effect = event(at="03:00", partition=0, event_id="effect", cause="cause")
    between = event(at="03:01", partition=1, event_id="between")
    cause = event(at="03:02", partition=2, event_id="cause")
    rows = ordered([effect, between, cause])
    assert [row.event.event_id for row in rows] == ["between", "cause", "effect"]
    assert [row.reordered for row in rows] == [False, False, True]
    assert rows[2].cause == 1


def test_what_stands_behind_a_waiting_effect_in_its_partition_waits_too() -> None:
    effect = event(at="03:00", partition=0, offset=0, event_id="effect", cause="cause")
    behind = event(at="03:01", partition=0, offset=1, event_id="behind")
    cause = event(at="03:02", partition=1, event_id="cause")
    assert ids([effect, behind, cause]) == ["cause", "effect", "behind"]


def test_a_cause_may_be_named_by_its_place() -> None:
    cause = event(at="03:02", partition=2, offset=7, event_id="named")
    effect = event(at="03:00", partition=0, event_id="effect", cause="research-events[2]@7")
    assert ids([effect, cause]) == ["named", "effect"]


def test_a_partition_order_is_never_broken_for_a_cause() -> None:
    effect = event(at="03:00", offset=0, event_id="effect", cause="cause")
    cause = event(at="03:01", offset=1, event_id="cause")
    rows = ordered([effect, cause])
    assert [row.event.event_id for row in rows] == ["effect", "cause"]
    assert not any(row.reordered for row in rows)
    assert rows[0].cause == 1


def test_a_cycle_is_broken_at_its_earliest_time_without_delaying_it() -> None:
    a = event(at="03:00", partition=0, event_id="a", cause="b")
    other = event(at="03:05", partition=2, event_id="other")
    b = event(at="03:10", partition=1, event_id="b", cause="a")
    assert ids([a, other, b]) == ["a", "other", "b"]


def test_a_cycle_through_the_order_of_partitions_is_broken_too() -> None:
    p0 = [
        event(at="03:00", partition=0, offset=0, event_id="a", cause="d"),
        event(at="03:02", partition=0, offset=1, event_id="b"),
    ]
    p1 = [
        event(at="03:01", partition=1, offset=0, event_id="c", cause="b"),
        event(at="03:03", partition=1, offset=1, event_id="d"),
    ]
    assert ids([*p0, *p1]) == ["a", "c", "b", "d"]


def test_an_event_that_names_itself_has_no_cause() -> None:
    rows = ordered([event(event_id="x", cause="x")])
    assert rows[0].cause is None


def test_of_two_events_with_one_id_the_first_is_the_cause() -> None:
    first = event(at="03:00", partition=0, event_id="twin")
    second = event(at="03:05", partition=1, event_id="twin")
    effect = event(at="03:10", partition=2, event_id="effect", cause="twin")
    assert ordered([second, effect, first])[2].cause == 0


def test_the_limit_keeps_the_first_in_order_and_counts_the_rest() -> None:
    events = [event(at=n, partition=p, offset=n, event_id=f"{p}.{n}") for p in range(3) for n in range(3000)]
    gathering = Gathering(limit=7)
    for one in events:
        gathering.add(one)
    assert [o.event.event_id for o in gathering.ordered()] == ids(events)[:7]
    assert gathering.seen == 9000


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """One night of events at distinct times, laid twice over partitions, each read in other batches."""
    times = sorted(draw(st.sets(st.integers(0, 10**6), min_size=1, max_size=40)))
    causes = [draw(st.none() | st.integers(0, len(times) - 1)) for _ in times]

    def laid() -> list[Event]:
        queues: dict[int, deque[Event]] = {}
        for n, time_ms in enumerate(times):
            partition = draw(st.integers(0, 4))
            queue = queues.setdefault(partition, deque())
            cause = causes[n]
            # Only causes from the past: those ask for no repair, which may depend on the partitions.
            stated = f"e{cause}" if cause is not None and cause < n else None
            queue.append(
                event(at=time_ms, partition=partition, offset=len(queue), event_id=f"e{n}", cause=stated)
            )
        arrived = []
        while queues:
            partition = draw(st.sampled_from(sorted(queues)))
            for _ in range(draw(st.integers(1, 5))):
                if queues[partition]:
                    arrived.append(queues[partition].popleft())
            if not queues[partition]:
                del queues[partition]
        return arrived

    return laid(), laid()


@given(nights())
def test_the_timeline_is_the_same_for_any_partitions_and_any_batches(
    night: tuple[list[Event], list[Event]],
) -> None:
    one, other = night
    assert ids(one) == ids(other)
    assert [row.cause for row in ordered(one)] == [row.cause for row in ordered(other)]


@st.composite
def tangles(draw: st.DrawFn) -> list[Event]:
    """Any times, any partitions, any causes, cycles among them."""
    count = draw(st.integers(1, 25))
    offsets = [0] * 4
    events = []
    for n in range(count):
        partition = draw(st.integers(0, 3))
        cause = draw(st.none() | st.integers(0, count - 1))
        at = draw(st.none() | st.integers(0, 50))
        events.append(
            event(
                at=at,
                partition=partition,
                offset=offsets[partition],
                event_id=f"e{n}",
                cause=None if cause is None else f"e{cause}",
            )
        )
        offsets[partition] += 1
    return events


@given(tangles())
def test_however_tangled_nothing_is_lost_and_no_partition_loses_its_order(events: list[Event]) -> None:
    rows = ordered(events)
    assert sorted(row.event.event_id for row in rows) == sorted(e.event_id for e in events)
    for partition in range(4):
        offsets = [r.event.record.offset for r in rows if r.event.record.partition == partition]
        assert offsets == sorted(offsets)


@given(tangles())
def test_an_effect_precedes_its_cause_only_in_a_cycle(events: list[Event]) -> None:
    rows = ordered(events)
    position = {row.event.event_id: n for n, row in enumerate(rows)}
    must_precede: dict[str, set[str]] = {e.event_id: set() for e in events}
    for a in events:
        if a.cause is not None and a.cause != a.event_id:
            must_precede[a.event_id].add(a.cause)
        for b in events:
            if b.record.partition == a.record.partition and b.record.offset < a.record.offset:
                must_precede[a.event_id].add(b.event_id)

    def reaches(start: str, goal: str) -> bool:
        todo, seen = [start], set()
        while todo:
            at = todo.pop()
            if at == goal:
                return True
            if at not in seen:
                seen.add(at)
                todo.extend(must_precede[at])
        return False

    for effect, befores in must_precede.items():
        for cause in befores:
            assert position[cause] < position[effect] or reaches(cause, effect)
