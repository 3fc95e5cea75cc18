"""What the time index tells is never wrong, and narrow soon."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.lag.brackets import Bracket, Brackets, tolerance_ms

HOUR = 3_600_000


class Index:
    """A log's time index, as Kafka's: the first record with that time or a later one."""

    def __init__(self, times_ms: dict[int, int]) -> None:
        self._offsets = sorted(times_ms)
        self._times = [times_ms[offset] for offset in self._offsets]
        self._highest = list(accumulate(self._times, max))

    def __call__(self, asked_ms: int) -> tuple[int, int | None]:
        index = bisect_left(self._highest, asked_ms)
        return (-1, None) if index == len(self._offsets) else (self._offsets[index], self._times[index])


def asked(
    index: Index, end: int, standing: Sequence[int], now_ms: int, rounds: int, newest_ms: int | None = None
) -> Brackets:
    brackets = Brackets(end)
    brackets.add(0, *index(0))
    if newest_ms is not None:
        brackets.add(newest_ms + 1, -1, None)
    for number in range(rounds):
        question = brackets.question(standing, now_ms, number=number)
        if question is None:
            break
        brackets.add(question, *index(question))
    return brackets


@st.composite
def logs(draw: st.DrawFn) -> tuple[dict[int, int], int]:
    """Draw a log with bursts, silence and holes, and its end."""
    steps = draw(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0, 0, 1, 50, 4_000, HOUR])), min_size=1)
    )
    offsets = accumulate(step for step, _ in steps)
    times = accumulate(gap for _, gap in steps)
    log = dict(zip(offsets, times, strict=True))
    return log, max(log) + draw(st.integers(1, 3))


@settings(max_examples=500)
@given(log=logs(), rounds=st.integers(0, 40), ahead=st.integers(-HOUR, HOUR), newest=st.booleans())
def test_the_truth_is_never_outside(
    log: tuple[dict[int, int], int], rounds: int, ahead: int, *, newest: bool
) -> None:
    times, end = log
    standing = list(range(end))
    latest = max(times.values())
    brackets = asked(Index(times), end, standing, latest + ahead, rounds, latest if newest else None)
    for one in standing:
        truth = next((times[offset] for offset in sorted(times) if offset >= one), None)
        if (found := brackets.bracket(one, holes=True)) is not None and truth is not None:
            assert found.low_ms <= truth <= found.high_ms
            assert abs(found.middle_ms - truth) <= found.error_ms
        exact = brackets.bracket(one, holes=False)
        if exact is not None and one in times:
            assert exact.low_ms <= times[one] <= exact.high_ms


@given(log=logs())
def test_enough_rounds_tell_all_that_matters(log: tuple[dict[int, int], int]) -> None:
    times, end = log
    now_ms = max(times.values()) + HOUR
    standing = sorted(times)
    brackets = asked(Index(times), end, standing, now_ms, 30 * len(times) + 40)
    for one in standing:
        found = brackets.bracket(one, holes=False)
        assert found is not None
        assert found.error_ms <= tolerance_ms(now_ms - found.middle_ms) + 1


def test_an_even_log_is_known_at_once() -> None:
    times = {offset: 1_000_000 + offset * 1_000 for offset in range(86_400)}
    brackets = asked(Index(times), 86_400, [43_200], 88_000_000, 3, newest_ms=times[86_399])
    found = brackets.bracket(43_200, holes=False)
    assert found is not None
    assert found.error_ms <= tolerance_ms(43_000_000)


def test_times_that_run_backwards_are_known_by_their_running_maximum() -> None:
    times = {0: HOUR, 1: 9 * HOUR, 2: 3 * HOUR, 3: 10 * HOUR}
    found = asked(Index(times), 4, [2], 20 * HOUR, 60).bracket(2, holes=False)
    assert found is not None
    assert 9 * HOUR <= found.low_ms <= found.high_ms < 10 * HOUR


def test_what_is_behind_the_end_is_no_record() -> None:
    brackets = Brackets(2)
    brackets.add(0, 0, 100)
    brackets.add(500, 2, 700)
    assert brackets.bracket(1, holes=True) == Bracket(100, 499)


def test_nothing_is_known_without_an_answer() -> None:
    brackets = Brackets(2)
    assert brackets.bracket(0, holes=True) is None
    brackets.add(0, -1, None)
    assert brackets.bracket(0, holes=True) is None
    assert brackets.question([0], 1_000, number=0) is None


def test_tolerance() -> None:
    assert [tolerance_ms(age) for age in (0, 50_000, HOUR)] == [1_000, 1_000, 36_000]
