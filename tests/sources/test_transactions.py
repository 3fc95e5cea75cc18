"""Offsets that a read_committed reader was given are remembered as stretches, however they came in."""

from hypothesis import given
from hypothesis import strategies as st

from agentctl.sources.transactions import _Delivered


def delivered(*runs: list[int]) -> _Delivered:
    found = _Delivered()
    for run in runs:
        found.add(run)
    return found


def test_nothing_was_delivered_at_first() -> None:
    assert 0 not in delivered()


def test_a_stretch_holds_its_offsets_and_neither_of_its_neighbours() -> None:
    found = delivered([5, 6, 7])
    assert [offset for offset in range(10) if offset in found] == [5, 6, 7]


def test_a_gap_is_what_was_left_out() -> None:
    found = delivered([0, 1, 4, 5])
    assert [offset for offset in range(7) if offset not in found] == [2, 3, 6]


def test_batches_that_follow_each_other_are_one_stretch() -> None:
    found = delivered([0, 1], [2, 3], [], [4])
    assert (found.starts, found.ends) == ([0], [5])


@given(st.sets(st.integers(0, 200)), st.integers(1, 20))
def test_exactly_what_was_added_is_held_and_memory_grows_with_the_gaps(given_: set[int], size: int) -> None:
    offsets = sorted(given_)
    found = delivered(*(offsets[at : at + size] for at in range(0, len(offsets), size)))
    assert {offset for offset in range(-1, 203) if offset in found} == given_
    assert len(found.starts) == sum(offset - 1 not in given_ for offset in given_)
