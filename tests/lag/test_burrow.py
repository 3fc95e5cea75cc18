"""Burrow's rules, against a literal implementation of the words in which they are published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.lag import burrow
from agentctl.lag.burrow import Judging, Sample
from agentctl.lag.commits import Owner
from agentctl.lag.rows import Verdict
from agentctl.lag.track import GONE, Track

NOW = 1_000_000


@dataclass(frozen=True)
class Stored:
    """What Burrow keeps of a commit."""

    offset: int
    timestamp: int
    lag: int


def literal(offsets: Sequence[Stored], broker_offsets: Sequence[int], current_lag: int, now: int) -> Verdict:
    """The rules, in their order, over everything that Burrow would have stored."""
    if current_lag <= 0:
        return Verdict.OK
    first, last = offsets[0], offsets[-1]
    recently_at_zero = any(end <= last.offset for end in broker_offsets)
    if now - last.timestamp > last.timestamp - first.timestamp and not recently_at_zero:
        return Verdict.STOP
    for n in range(1, len(offsets)):
        if offsets[n].offset < offsets[n - 1].offset:
            if not any(later.offset >= offsets[n - 1].offset for later in offsets[n:]):
                return Verdict.REWIND
            break
    if any(one.lag <= 0 for one in offsets):
        return Verdict.OK
    if all(one.offset == first.offset for one in offsets):
        return Verdict.STALL
    if not any(offsets[n].lag < offsets[n - 1].lag for n in range(1, len(offsets))):
        return Verdict.WARN
    return Verdict.OK


def answered(rule: Judging, end: Callable[[int], int]) -> Verdict:
    """Send a rule every log end that it asks for."""
    try:
        time_ms = next(rule)
        while True:
            time_ms = rule.send(end(time_ms))
    except StopIteration as verdict:
        found: Verdict = verdict.value
        return found


@st.composite
def pasts(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int]]:
    """Commits (offset, time) at least a second apart, and when the records were appended."""
    appended = sorted(draw(st.lists(st.integers(0, NOW), max_size=40)))
    times = sorted(draw(st.sets(st.integers(0, NOW // 1_000), min_size=3, max_size=14)))
    offsets = draw(st.lists(st.integers(0, 45), min_size=len(times), max_size=len(times)))
    if draw(st.booleans()):
        offsets.sort()
    return [(offset, time * 1_000) for offset, time in zip(offsets, times, strict=True)], appended


@given(pasts())
def test_every_verdict_is_that_of_the_literal_rules(past: tuple[list[tuple[int, int]], list[int]]) -> None:
    commits, appended = past

    def end(time_ms: int) -> int:
        return sum(one < time_ms for one in appended)

    samples = burrow.window(commits)
    current_lag = len(appended) - samples[-1].offset
    stored = [Stored(offset, time, max(end(time) - offset, 0)) for offset, time in commits[-10:]]
    expected = literal(stored, [end(NOW - n * 30_000) for n in range(10)], current_lag, NOW)

    found = answered(burrow.judging(samples, NOW), end) if current_lag > 0 else Verdict.OK

    assert found is expected


def at(*pairs: tuple[int, int]) -> tuple[Sample, ...]:
    return burrow.window(pairs)


@pytest.mark.parametrize(
    ("commits", "end", "verdict"),
    [
        pytest.param([(5, 100), (5, 200), (5, 300)], 90, Verdict.STOP, id="no commit for long"),
        pytest.param([(5, 100), (5, 200), (5, 300)], 5, Verdict.OK, id="none for long, and all was read"),
        pytest.param([(5, 700), (5, 800), (5, 900)], 90, Verdict.STALL, id="commits, and stands still"),
        pytest.param([(5, 700), (6, 800), (7, 900)], 0, Verdict.OK, id="had read all there was"),
        pytest.param([(9, 700), (5, 800), (6, 900)], 90, Verdict.REWIND, id="went back"),
        pytest.param([(9, 700), (5, 800), (9, 900)], 90, Verdict.OK, id="went back, and made up for it"),
    ],
)
def test_each_rule(commits: list[tuple[int, int]], end: int, verdict: Verdict) -> None:
    samples = burrow.window((offset, time * 1_000) for offset, time in commits)

    assert answered(burrow.judging(samples, NOW), lambda time_ms: end) is verdict


def test_one_that_falls_behind_more_and_more_is_warned_of() -> None:
    ends = {700_000: 50, 800_000: 70, 900_000: 90}
    samples = at((5, 700_000), (6, 800_000), (7, 900_000))

    assert answered(burrow.judging(samples, NOW), ends.__getitem__) is Verdict.WARN


def test_commits_in_close_succession_count_as_one_with_the_last_offset() -> None:
    """The stored time stays that of the first, or steady commits would never become two."""
    commits = [(n, n * 400) for n in range(6)]

    assert burrow.window(commits) == (Sample(2, 0, 800), Sample(5, 1_200, 2_000))


def test_only_the_last_ten_count() -> None:
    assert [one.offset for one in at(*((n, n * 1_000) for n in range(15)))] == list(range(5, 15))


def test_nothing_counts_from_before_the_position_was_dropped() -> None:
    assert at((5, 0), (6, 1_000), (GONE, 2_000), (1, 3_000)) == (Sample(1, 3_000, 3_000),)


@given(st.lists(st.tuples(st.integers(GONE, 50), st.integers(0, 2_500)), min_size=1, max_size=200))
def test_the_end_of_a_track_tells_what_the_whole_tells(steps: list[tuple[int, int]]) -> None:
    track, commits, time_ms = Track(Owner("g", "t", 0), 0), [], 0
    for offset, gap_ms in steps:
        time_ms += gap_ms
        track.add(offset, time_ms)
        commits.append((offset, time_ms))

    assert burrow.recent(track) == burrow.window(commits)
