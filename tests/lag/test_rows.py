"""What a row of lag says: offsets as all tools have them, seconds as they are defined, every odd case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.lag.groups import Bounds, Group, Member, Reading, positions_of
from agentctl.lag.rows import (
    Judged,
    LagRow,
    Rates,
    Verdict,
    lag_of,
    rows,
    standpoints,
)
from agentctl.lag.unread import Method, Standpoint, Unread

NOW_MS = 1_000_000


def reading(*groups: Group, bounds: Bounds | None = None, partitions: int = 1) -> Reading:
    own = bounds or Bounds(10, 100, 100)
    return Reading(groups, {("t", n): own for n in range(partitions)}, {"t": partitions}, as_of_ms=NOW_MS)


def group(committed: int | None, *, state: str = "stable", members: tuple[Member, ...] = ()) -> Group:
    return Group("g", state, {} if committed is None else {("t", 0): committed}, members)


def told(
    one: Reading,
    unread: dict[Standpoint, Unread] | None = None,
    judged: Judged | None = None,
    rates: Rates | None = None,
) -> LagRow:
    owned = ("g", ("t", 0))
    [row] = rows(
        one,
        unread or {},
        {} if judged is None else {owned: judged},
        {} if rates is None else {owned: rates},
    )
    return row


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_lag_never_counts_what_retention_took_and_is_never_negative(a: int, b: int, committed: int) -> None:
    start, end = sorted((a, b))

    lag = lag_of(committed, Bounds(start, end, end))

    assert lag == max(end - max(committed, start), 0)
    assert 0 <= lag <= end - start


def test_a_commit_below_the_log_start_is_counted_from_there_and_named() -> None:
    row = told(reading(group(4)))

    assert (row.lag, row.notes) == (90, ("lost 6",))


def test_a_commit_beyond_the_end_has_no_lag_and_is_named() -> None:
    row = told(reading(group(170)))

    assert (row.lag, row.notes, row.lag_seconds) == (0, ("committed-beyond-end",), 0.0)


def test_a_partition_without_a_commit_of_a_topic_with_one_is_behind_from_the_log_start() -> None:
    found = list(rows(reading(group(100), partitions=2), {}, {}, {}))

    assert [(row.partition, row.committed, row.lag, row.notes) for row in found] == [
        (0, 100, 0, ()),
        (1, None, 90, ("never-committed",)),
    ]


def test_a_partition_that_a_member_has_is_shown_although_nothing_is_committed() -> None:
    member = Member("m-1", "client", "10.0.0.7", frozenset({("t", 0)}))
    row = told(reading(group(None, members=(member,))))

    assert (row.committed, row.lag, row.member, row.notes) == (None, 90, member, ("never-committed",))


def test_a_group_without_members_is_called_inactive() -> None:
    assert told(reading(group(100, state="empty"))).notes == ("inactive",)


def test_of_a_deleted_topic_nothing_is_known_but_that() -> None:
    gone = Reading((group(7),), {}, {}, as_of_ms=NOW_MS)

    row = told(gone)

    assert (row.committed, row.lag, row.lag_seconds, row.notes) == (7, None, None, ("topic-deleted",))


def test_a_partition_that_nobody_leads_has_the_reason_and_no_number() -> None:
    one = Reading((group(7),), {}, {"t": 1}, {("t", 0): "it has no leader"}, as_of_ms=NOW_MS)

    assert (told(one).lag, told(one).notes) == (None, ("it has no leader",))


def test_seconds_are_the_larger_of_age_and_distance() -> None:
    first = Unread(Method.RECORD, 40, NOW_MS - 5_000, last_ms=NOW_MS + 3_000)

    row = told(reading(group(40)), {("t", 0, 40): first})

    assert (row.oldest_unread_seconds, row.behind_seconds, row.lag_seconds) == (5.0, 8.0, 8.0)


def test_seconds_are_never_negative() -> None:
    ahead = Unread(Method.RECORD, 40, NOW_MS + 9_000, last_ms=NOW_MS)

    row = told(reading(group(40)), {("t", 0, 40): ahead})

    assert (row.oldest_unread_seconds, row.behind_seconds, row.lag_seconds) == (0.0, 0.0, 0.0)


def test_when_only_markers_are_left_nothing_is_behind() -> None:
    markers = Unread(Method.RECORD, nothing=True)

    row = told(reading(group(98)), {("t", 0, 98): markers}, Judged(Verdict.STALL, 10))

    assert (row.lag, row.lag_seconds, row.judged.verdict) == (2, 0.0, Verdict.OK)
    assert row.notes == ("nothing-readable",)


def test_what_an_open_transaction_holds_back_is_counted_from_its_first_record() -> None:
    held = Unread(Method.RECORD, 60, NOW_MS - 7_000, last_ms=NOW_MS - 8_000, open_transaction=True)

    row = told(reading(group(60), bounds=Bounds(0, 100, 60)), {("t", 0, 60): held})

    assert (row.lag_seconds, row.behind_seconds, row.notes) == (7.0, 0.0, ("open-transaction",))


def test_seconds_that_are_not_known_are_none_and_say_why() -> None:
    row = told(reading(group(40)), {("t", 0, 40): Unread(Method.NONE, reason="its leader does not answer")})

    assert (row.lag_seconds, row.error_seconds, row.method) == (None, None, Method.NONE)
    assert row.notes == ("its leader does not answer",)


@pytest.mark.parametrize(
    ("rates", "drain", "never"),
    [
        (Rates(1.0, 4.0), 20.0, False),
        (Rates(4.0, 4.0), None, True),
        (Rates(4.0, None), None, False),
        (Rates(), None, False),
    ],
)
def test_time_to_drain(rates: Rates, drain: float | None, *, never: bool) -> None:
    row = told(reading(group(40)), rates=rates)

    assert (row.drain_seconds, row.never_drains) == (drain, never)


def test_a_verdict_that_is_unknown_says_why() -> None:
    row = told(reading(group(40)), judged=Judged(Verdict.UNKNOWN, 1, "not judged: 1 commit is known"))

    assert row.notes == ("not judged: 1 commit is known",)


def test_each_place_is_looked_at_once_however_many_groups_stand_there() -> None:
    two = (Group("a", "stable", {("t", 0): 40}), Group("b", "stable", {("t", 0): 40, ("t", 1): 3}))

    assert standpoints(reading(*two, partitions=2)) == {("t", 0): (40,), ("t", 1): (10,)}


def test_a_group_that_may_not_be_described_has_no_row_and_no_standpoint() -> None:
    refused = Group("g", "unknown", {}, refusal="no permission")

    assert not list(rows(reading(refused), {}, {}, {}))
    assert not standpoints(reading(refused))


def test_two_groups_on_one_topic_keep_their_own_offsets() -> None:
    two = (Group("a", "stable", {("t", 0): 100}), Group("b", "stable", {("t", 0): 30}))

    assert [(row.group, row.lag) for row in rows(reading(*two), {}, {}, {})] == [("a", 0), ("b", 70)]


def test_partitions_of_a_deleted_topic_are_those_with_a_commit() -> None:
    assert positions_of(Group("g", "empty", {("gone", 3): 1}), {}) == [("gone", 3)]
