"""A route gets every first unread record and the last one, whatever is in the log and however it comes."""

from bisect import bisect_left
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.lag import routes
from agentctl.lag.groups import Bounds
from agentctl.lag.routes import NEAR, Cost, Route, Stamp, cost

PLACE = ("events", 0)


class Reader:
    """Gives what stands in a log, in batches, as a consumer does; counts what it takes."""

    def __init__(self, offsets: Sequence[int], batch: int) -> None:
        self._offsets = offsets
        self._batch = batch
        self.records = 0
        self.seeks = 1

    def __call__(self, route: Route) -> Route:
        at = route.position
        while not route.done:
            first = bisect_left(self._offsets, at)
            run = list(self._offsets[first : first + self._batch])
            self.records += len(run)
            if run:
                route.take(run, lambda index, run=run: run[index] * 10)  # type: ignore[misc]
                at = run[-1] + 1
            else:
                route.ended()
            goal = route.turn()
            if goal is not None:
                at = goal
                self.seeks += 1
        return route


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[int], int, list[int]]:
    """Draw which offsets can be read, where reading ends, and where groups stand before that."""
    end = draw(st.integers(1, 400))
    readable = sorted(draw(st.sets(st.integers(0, end + 20), max_size=40)))
    standing = sorted(draw(st.sets(st.integers(0, end - 1), min_size=1, max_size=20)))
    return readable, end, standing


@settings(max_examples=500)
@given(log=logs(), batch=st.integers(1, 50), near=st.integers(0, 100))
def test_every_standpoint_and_the_last(log: tuple[list[int], int, list[int]], batch: int, near: int) -> None:
    readable, end, standing = log
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "NEAR", near)
        route = Reader(readable, batch)(Route(standing, end))
    for one in standing:
        truth = next((offset for offset in readable if offset >= one), None)
        found = route.found[one]
        if found is None:
            assert truth is None or truth >= end
        else:
            assert (found.offset, found.time_ms) == (truth, found.offset * 10)
    before = [offset for offset in readable if standing[0] <= offset < end]
    assert route.last == (Stamp(before[-1], before[-1] * 10) if before else None)


def test_near_standpoints_take_one_pass() -> None:
    reader = Reader(range(10_000), 100)
    reader(Route([9_000, 9_200, 9_400, 9_600], 10_000))
    assert (reader.records, reader.seeks) == (1_000, 1)


def test_far_ones_are_gone_to_and_so_is_the_end() -> None:
    reader = Reader(range(100_000), 10)
    reader(Route([0, 50_000, 90_000], 100_000))
    # The last 16 are read in two batches.
    assert (reader.records, reader.seeks) == (3 * 10 + 16, 4)


def test_the_last_record_before_a_long_aborted_tail() -> None:
    reader = Reader(range(1_000), 10)
    route = reader(Route([0], 60_000))
    assert route.last == Stamp(999, 9_990)
    assert reader.seeks < 10


def test_the_end_of_an_aborted_tail_is_not_looked_for_again() -> None:
    reader = Reader(range(1_000), 10)
    route = reader(Route([2_000], 60_000))
    assert (route.found, route.last, reader.records) == ({2_000: None}, None, 0)


def test_what_retention_took_meanwhile() -> None:
    route = Route([5, 50], 100)
    route.moved(40)
    route.take([40, 41], lambda index: index)
    assert route.found == {5: Stamp(40, 0)}


@given(st.sets(st.integers(0, 6_000), min_size=1, max_size=5), st.integers(1, 500))
def test_the_cost_is_what_a_log_without_holes_takes(standing: set[int], batch: int) -> None:
    own = sorted(standing)
    end = own[-1] + batch
    predicted = cost({PLACE: own}, {PLACE: Bounds(0, end, end)})
    reader = Reader(range(end), 1)
    reader(Route(own, end))
    assert predicted == Cost(reader.records, reader.seeks)


def test_the_cost_of_partitions_adds_up() -> None:
    bounds = Bounds(0, 10 * NEAR, 10 * NEAR)
    one = cost({PLACE: [5]}, {PLACE: bounds})
    both = cost({PLACE: [5], ("events", 1): [5], ("unknown", 0): [5]}, {PLACE: bounds, ("events", 1): bounds})
    assert (both.records, both.seeks) == (2 * one.records, 2 * one.seeks)
    assert one.seconds < both.seconds < 0.1
