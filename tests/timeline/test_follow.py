"""What is shown when while events arrive: each once, in repaired order, however they are read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.model.event import Event
from agentctl.timeline.follow import Holding, Shown
from agentctl.timeline.order import Gathering
from tests.builders import event, ms

AT = ms("03:00")
WINDOW = 2_000


def one(id: str, at_ms: int, partition: int = 0, offset: int = 0, cause: str | None = None) -> Event:
    return event(at=AT + at_ms, partition=partition, offset=offset, event_id=id, cause=cause)


def ids(shown: list[Shown]) -> list[str]:
    return [each.event.event_id for each in shown]


def test_an_event_is_shown_when_the_window_is_over() -> None:
    holding = Holding()
    holding.take([one("a", 0)], at_ms=10_000)
    assert ids(holding.due(11_999)) == []
    assert ids(holding.due(12_000)) == ["a"]
    assert ids(holding.due(99_000)) == []


def test_order_between_partitions_is_repaired_inside_the_window() -> None:
    holding = Holding()
    holding.take([one("b", 500, partition=1)], at_ms=0)
    holding.take([one("a", 100)], at_ms=1_900)
    assert holding.due(2_000) == [
        Shown(one("a", 100), reordered=False, late=False),
        Shown(one("b", 500, partition=1), reordered=False, late=False),
    ]


def test_an_event_that_every_partition_has_moved_past_is_shown_at_once() -> None:
    holding = Holding()
    holding.take([one("a", 100), one("c", 300, partition=1)], at_ms=0, passed_ms=AT + 200)
    assert ids(holding.due(0)) == ["a"]
    holding.take([one("d", 400, offset=1)], at_ms=5, passed_ms=AT + 300)
    assert ids(holding.due(5)) == []
    holding.take([], at_ms=6, passed_ms=AT + 301)
    assert ids(holding.due(7)) == ["c"]


def test_what_comes_later_than_the_window_is_shown_where_it_arrives_and_marked() -> None:
    holding = Holding()
    holding.take([one("b", 500, partition=1)], at_ms=0)
    holding.due(2_000)
    holding.take([one("a", 100)], at_ms=2_100)
    assert holding.due(2_100) == [Shown(one("a", 100), reordered=False, late=True)]


def test_what_is_earlier_than_the_answer_before_is_late_too() -> None:
    holding = Holding(shown=[one("x", 900)])
    holding.take([one("a", 100, partition=1)], at_ms=0)
    assert [each.late for each in holding.due(0)] == [True]


def test_an_effect_waits_for_its_cause_and_is_marked_as_moved() -> None:
    holding = Holding()
    holding.take([one("effect", 100, cause="cause")], at_ms=0)
    holding.take([one("cause", 300, partition=1)], at_ms=1_000)
    assert ids(holding.due(2_999)) == []
    assert [(each.event.event_id, each.reordered, each.late) for each in holding.due(3_000)] == [
        ("cause", False, False),
        ("effect", True, False),
    ]


def test_what_stands_behind_a_waiting_effect_in_its_partition_waits_with_it() -> None:
    holding = Holding()
    holding.take([one("effect", 100, cause="cause"), one("next", 150, offset=1)], at_ms=0)
    holding.take([one("cause", 300, partition=1)], at_ms=1_000)
    holding.take([one("other", 200, partition=2)], at_ms=1_001)
    assert ids(holding.due(2_000)) == []
    assert ids(holding.due(4_000)) == ["other", "cause", "effect", "next"]


def test_causes_in_a_circle_are_waited_for_one_window_and_no_longer() -> None:
    holding = Holding()
    holding.take([one("a", 100, cause="d"), one("b", 101, offset=1)], at_ms=0)
    holding.take([one("c", 200, partition=1, cause="b"), one("d", 201, partition=1, offset=1)], at_ms=10)
    assert sorted(ids(holding.due(4_010))) == ["a", "b", "c", "d"]


def test_a_cause_that_never_comes_is_not_waited_for() -> None:
    holding = Holding()
    holding.take([one("effect", 100, cause="nowhere")], at_ms=0)
    assert ids(holding.due(2_000)) == ["effect"]


def test_more_than_can_be_held_is_shown_early_the_earliest_first() -> None:
    holding = Holding(most=2)
    holding.take([one("c", 300, 0), one("a", 100, 1), one("b", 200, 2), one("d", 400, 3)], at_ms=0)
    assert ids(holding.due(0)) == ["a", "b"]
    assert len(holding) == 2


def test_at_the_end_nothing_is_left_behind() -> None:
    holding = Holding()
    holding.take([one("b", 200, 1), one("a", 100)], at_ms=0)
    assert ids(holding.rest()) == ["a", "b"]
    assert ids(holding.rest()) == []


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, Event]]:
    """Events of three partitions, each in its order, with the moment at which each arrived."""
    offsets = [0, 0, 0]
    now_ms = 0
    found = []
    for n in range(draw(st.integers(0, 12))):
        partition = draw(st.integers(0, 2))
        cause = draw(st.none() | st.integers(0, 11).map(lambda which: f"e{which}"))
        at_ms = draw(st.integers(0, 6_000))
        found.append((now_ms, one(f"e{n}", at_ms, partition, offsets[partition], cause)))
        offsets[partition] += 1
        now_ms += draw(st.integers(0, 1_500))
    return found


END = 100_000


def shown(found: list[tuple[int, Event]], looks: list[int], batches: bool) -> list[Shown]:
    """Let events arrive, one by one or all of a moment at once, and look at some moments between."""
    holding = Holding()
    out: list[Shown] = []
    moments = sorted({at_ms for at_ms, _ in found} | set(looks))
    for moment in moments:
        here = [each for at_ms, each in found if at_ms == moment]
        for batch in [here] if batches else [[each] for each in here]:
            holding.take(batch, moment)
        if moment in looks:
            out += holding.due(moment)
    return out + holding.due(END)


@given(arrivals(), st.lists(st.integers(0, 30_000), max_size=8))
def test_every_event_is_shown_once_in_its_partitions_order(
    found: list[tuple[int, Event]], looks: list[int]
) -> None:
    out = [each.event for each in shown(found, looks, batches=True)]
    assert sorted(each.event_id for each in out) == sorted(each.event_id for _, each in found)
    for partition in range(3):
        offsets = [each.record.offset for each in out if each.record.partition == partition]
        assert offsets == sorted(offsets)


@given(arrivals(), st.lists(st.integers(0, 30_000), max_size=8), st.lists(st.integers(0, 30_000), max_size=8))
@settings(max_examples=300, deadline=None)
def test_neither_batches_nor_the_moments_of_looking_change_anything(
    found: list[tuple[int, Event]], one_way: list[int], other_way: list[int]
) -> None:
    assert shown(found, one_way, batches=True) == shown(found, other_way, batches=False)


@given(arrivals())
def test_what_arrives_inside_one_window_is_in_the_order_of_a_replay(found: list[tuple[int, Event]]) -> None:
    together = [(at_ms % WINDOW, each._replace(cause=None)) for at_ms, each in found]
    by_partition = sorted(together, key=lambda pair: pair[1].place)
    gathering = Gathering()
    for _, each in by_partition:
        gathering.add(each)
    holding = Holding()
    holding.take([each for _, each in by_partition], at_ms=0)
    assert [each.event for each in holding.due(WINDOW)] == [each.event for each in gathering.ordered()]


@given(arrivals())
def test_late_is_what_stands_behind_something_later_that_had_been_shown_before_it_came(
    found: list[tuple[int, Event]],
) -> None:
    plain = [(at_ms, each._replace(cause=None)) for at_ms, each in found]
    latest = -1
    for each in shown(plain, [], batches=True):
        assert each.event.record.timestamp_ms is not None
        running = max(
            other.record.timestamp_ms or 0
            for _, other in plain
            if other.record.partition == each.event.record.partition
            and other.record.offset <= each.event.record.offset
        )
        assert not each.reordered
        if running < latest:
            assert each.late
        latest = max(latest, running)


@pytest.mark.parametrize("times", [1, 5])
def test_a_delay_of_the_clock_that_reads_changes_nothing(times: int) -> None:
    holding = Holding()
    holding.take([one("b", 500, 1)], at_ms=0)
    holding.take([one("a", 100)], at_ms=1_000)
    assert ids(holding.due(2_000 * times)) == ["a", "b"]
