"""Offsets without a record are told with their reason; together with the records they are all there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.archive.gaps import (
    Gap,
    GapReason,
    gaps_as_json,
    gaps_between,
    gaps_from_json,
    joined,
    unexplained,
)

RETENTION, TRANSACTION, COMPACTED, UNKNOWN = GapReason

offset_sets = st.sets(st.integers(0, 40))


def test_what_lies_below_the_log_start_was_taken_by_retention() -> None:
    found = list(gaps_between(0, [12, 14], 17, log_start=10, compacted=False))
    assert found == [
        *(Gap(0, 10, RETENTION), Gap(10, 12, TRANSACTION)),
        *(Gap(13, 14, TRANSACTION), Gap(15, 17, TRANSACTION)),
    ]


def test_holes_of_a_compacted_topic_say_so() -> None:
    assert list(gaps_between(5, [8], 9, log_start=0, compacted=True)) == [Gap(5, 8, COMPACTED)]


@pytest.mark.parametrize(("log_start", "compacted"), [(None, False), (0, None), (None, None)])
def test_what_is_not_known_is_not_guessed(log_start: int | None, compacted: bool | None) -> None:
    assert list(gaps_between(0, [], 3, log_start=log_start, compacted=compacted)) == [Gap(0, 3, UNKNOWN)]


@given(offset_sets, st.none() | st.integers(0, 50), st.sampled_from([None, True, False]))
def test_records_and_gaps_are_every_offset_once(
    offsets: set[int], log_start: int | None, compacted: bool | None
) -> None:
    gaps = list(gaps_between(0, sorted(offsets), 41, log_start=log_start, compacted=compacted))
    covered = [offset for gap in gaps for offset in range(gap.first, gap.until)]
    assert sorted([*covered, *offsets]) == list(range(41))
    assert sum(gap.offsets for gap in gaps) == len(covered)
    assert list(unexplained(gaps, 0, sorted(offsets), 41)) == []


@given(offset_sets, offset_sets)
def test_a_hole_that_was_not_told_is_found(told: set[int], found: set[int]) -> None:
    gaps = list(gaps_between(0, sorted(told), 41, log_start=0, compacted=False))
    assert bool(list(unexplained(gaps, 0, sorted(found), 41))) == (told != found)


@given(offset_sets)
def test_gaps_come_back_from_json(offsets: set[int]) -> None:
    gaps = tuple(gaps_between(0, sorted(offsets), 41, log_start=7, compacted=False))
    assert gaps_from_json(gaps_as_json(gaps)) == gaps


def test_a_reason_of_a_later_version_is_unknown() -> None:
    assert gaps_from_json([[1, 3, "moonlight"]]) == (Gap(1, 3, UNKNOWN),)


@pytest.mark.parametrize("rows", [None, {}, [[1, 2]], [[3, 3, "unknown"]], [["1", 2, "unknown"]], [7]])
def test_what_is_no_list_of_gaps_is_refused(rows: object) -> None:
    with pytest.raises(ValueError, match="gap"):
        gaps_from_json(rows)


def test_neighbours_are_one_gap() -> None:
    assert list(joined([Gap(4, 6, UNKNOWN), Gap(0, 3, RETENTION), Gap(3, 4, TRANSACTION)])) == [
        Gap(0, 6, RETENTION)
    ]
