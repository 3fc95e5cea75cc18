"""The longest common subsequence: compared with the textbook's table, and quick where that would not be."""

from collections.abc import Sequence
from itertools import pairwise
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from agentctl.timeline.alignment import aligned, in_order

letters = st.text("abc", max_size=14)


def longest(a: Sequence[object], b: Sequence[object]) -> int:
    """The length of the longest common subsequence, by the table of all prefixes."""
    row = [0] * (len(b) + 1)
    for one in a:
        above, row = row, [0]
        for j, other in enumerate(b):
            row.append(above[j] + 1 if one == other else max(above[j + 1], row[j]))
    return row[-1]


def is_common(a: Sequence[object], b: Sequence[object], matches: Sequence[tuple[int, int]]) -> bool:
    pairs = pairwise(matches)
    rising = all(i < k and j < m for (i, j), (k, m) in pairs)
    return rising and all(a[i] == b[j] for i, j in matches)


@given(letters, letters)
def test_it_is_common_and_none_is_longer(a: str, b: str) -> None:
    found = aligned(a, b)
    assert is_common(a, b, found)
    assert len(found) == longest(a, b)


@given(letters, letters, st.integers(0, 3))
def test_beyond_the_bound_it_is_still_common(a: str, b: str, most: int) -> None:
    found = aligned(a, b, most)
    assert is_common(a, b, found)
    assert len(found) <= longest(a, b)


@given(st.permutations(range(9)))
def test_beyond_the_bound_it_is_the_longest_where_nothing_comes_twice(b: Sequence[int]) -> None:
    assert len(aligned(range(9), b, 0)) == longest(range(9), b)


@given(st.permutations(range(8)))
def test_in_order_keeps_the_most_pairs_that_rise(second: Sequence[int]) -> None:
    kept = in_order(list(enumerate(second)))
    assert is_common(range(8), range(8), [(j, j) for _, j in kept])
    assert [i for i, _ in kept] == sorted(i for i, _ in kept)
    assert len(kept) == longest(range(8), second)


def test_an_extra_element_early_shifts_nothing() -> None:
    assert aligned("xyxz", "xxyxz") == [(0, 0), (1, 2), (2, 3), (3, 4)]


def test_sequences_that_share_little_do_not_take_long() -> None:
    a = [n % 97 for n in range(20_000)]
    b = [n * n % 89 for n in range(20_000)]
    began = perf_counter()
    found = aligned(a, b)
    assert perf_counter() - began < 10
    assert is_common(a, b, found)
    assert found
