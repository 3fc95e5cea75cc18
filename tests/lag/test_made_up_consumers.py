"""The made-up consumers do what they are said to, so that what is measured by them is measured rightly."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lag.truth.arrivals import arrivals, disordered
from tests.lag.truth.consumers import Event, Produced, Trouble, life, lives

SECOND = 1_000
HOUR = 3_600 * SECOND
LOG = Produced([n * SECOND for n in range(3_600)])
PLACE = ("events", 0)


def test_a_consumer_that_keeps_pace_has_read_all_at_its_commits() -> None:
    found = life("g", PLACE, LOG, 0, HOUR)
    assert found.committed(0) == 1
    assert found.lag(60 * SECOND) == 0
    assert found.lag(63 * SECOND) == 3
    assert found.oldest_unread_ms(63 * SECOND) == 2 * SECOND
    assert found.oldest_unread_ms(60 * SECOND) == 0


def test_one_that_stalls_commits_where_it_stands() -> None:
    found = life("g", PLACE, LOG, 0, HOUR, [Event(Trouble.STALL, 600 * SECOND, 300 * SECOND)])
    standing = {offset for time_ms, offset in found.commits if 600 <= time_ms / SECOND < 900}
    assert standing == {596}
    assert found.lag(895 * SECOND) == 300
    assert found.lag(1_000 * SECOND) == 0


def test_one_that_crashes_commits_nothing_and_goes_on_where_it_was() -> None:
    found = life("g", PLACE, LOG, 0, HOUR, [Event(Trouble.CRASH, 600 * SECOND, 300 * SECOND)])
    assert [one for one in found.commits if 600 <= one[0] / SECOND < 900] == []
    assert found.committed(900 * SECOND) == 596
    assert found.lag(899 * SECOND) == 304


def test_one_that_rewinds_commits_less_than_before() -> None:
    found = life("g", PLACE, LOG, 0, HOUR, [Event(Trouble.REWIND, 600 * SECOND, back=200)])
    assert found.committed(595 * SECOND) == 596
    assert found.committed(600 * SECOND) == 446


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_of_every_seed(seed: int) -> None:
    found = lives(seed, "events", 2, 0, 600 * SECOND)
    assert found == lives(seed, "events", 2, 0, 600 * SECOND)
    for one in found:
        times = list(one.log.times_ms)
        assert times == sorted(times)
        assert all(0 <= offset <= one.log.end(time_ms) for time_ms, offset in one.commits)


def test_rates_change() -> None:
    times = arrivals(3, 0, HOUR)
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) == 0
    assert max(gaps) > 60 * SECOND
    assert disordered(times, 1, 5_000) != times
    assert max(a - b for a, b in zip(times, disordered(times, 1, 5_000), strict=True)) < 5_000
