"""How far long work is: a moving line at a terminal, one line in a log, nothing for short work."""

from dataclasses import replace
from typing import TextIO, cast

import pytest

from agentctl.model.expectation import Expectation
from agentctl.render.progress import LONG_SECONDS, REDRAW_MS, SILENT_MS, ScreenProgress
from tests.screens import NOW_MS, Screen


def coming(records: int, seconds: float = 0, *ways: str) -> Expectation:
    """Two topics of six partitions."""
    return Expectation(2, 6, records, seconds, ways)


def test_short_work_says_nothing() -> None:
    for terminal in (True, False):
        screen = Screen(terminal=terminal)
        with ScreenProgress(screen.surroundings) as progress:
            screen.now_ms += SILENT_MS - 1
            progress.advance(1_000, 340_000)
        assert screen.told == ""


def test_long_work_draws_one_line_that_is_gone_at_the_end() -> None:
    screen = Screen()
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(coming(4_000))
        screen.now_ms += SILENT_MS
        progress.advance(1_000, 340_000)
        drawn = "1,000 of 4,000 records  25%  500/s  6s left"
        assert screen.told == f"\r{drawn}"
    assert screen.told == f"\r{drawn}\r{' ' * len(drawn)}\r"
    assert screen.shown == ""


def test_it_is_drawn_ten_times_a_second_at_most() -> None:
    screen = Screen()
    with ScreenProgress(screen.surroundings) as progress:
        screen.now_ms += SILENT_MS
        for _ in range(1_000):
            screen.now_ms += 1
            progress.advance(1, 1)
        assert screen.told.count("\r") == 1_000 // REDRAW_MS


def test_a_shorter_line_covers_the_longer_one_before() -> None:
    screen = Screen()
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(coming(100_000))
        screen.now_ms += SILENT_MS
        progress.advance(10, 1)
        screen.now_ms += REDRAW_MS
        progress.advance(99_990, 1)
        first, second = screen.told.split("\r")[1:]
        assert len(second) == len(first)


def test_a_log_gets_one_line_at_the_end() -> None:
    screen = Screen(terminal=False)
    with ScreenProgress(screen.surroundings) as progress:
        for _ in range(5):
            screen.now_ms += 1_000
            progress.advance(1_000, 1)
        assert screen.told == ""
    assert screen.told == "agentctl: read 5,000 records in 5s\n"


def test_where_nothing_was_read_nothing_is_said_of_it() -> None:
    screen = Screen(terminal=False)
    with ScreenProgress(screen.surroundings):
        screen.now_ms += 10 * SILENT_MS
    assert screen.told == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_long_work_is_announced_before_it_begins_with_what_would_make_it_less(terminal: bool) -> None:
    screen = Screen(terminal=terminal)
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(coming(12_400_000, 24.8, "--since", "-t", "--keyed where it holds"))
        assert screen.told == (
            "agentctl: reading 2 topics, 6 partitions, 12,400,000 records at most, about 25s; "
            "less with --since, -t or --keyed where it holds\n"
        )


@pytest.mark.parametrize(
    ("ways", "said"), [((), "about 4s\n"), (("--since",), "about 4s; less with --since\n")]
)
def test_an_announcement_names_only_what_helps(ways: tuple[str, ...], said: str) -> None:
    screen = Screen()
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(Expectation(1, 1, 2_000_000, 4.0, ways))
        assert screen.told == f"agentctl: reading 1 topic, 1 partition, 2,000,000 records at most, {said}"


def test_short_work_is_not_announced() -> None:
    screen = Screen()
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(coming(1_500_000, LONG_SECONDS, "--since"))
    assert screen.told == ""


def test_a_second_scan_adds_to_what_is_expected() -> None:
    screen = Screen()
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(coming(100))
        progress.advance(100, 1)
        progress.expect(coming(300))
        assert progress.line(NOW_MS + 1_000) == "100 of 400 records  25%  100/s  3s left"


@pytest.mark.parametrize("width", [1, 20, 80])
def test_it_never_fills_the_line(width: int) -> None:
    screen = Screen(width)
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(coming(10**12))
        screen.now_ms += SILENT_MS
        progress.advance(10**11, 1)
        assert len(screen.told.strip("\r")) < width


@pytest.mark.parametrize(
    ("records", "expected", "after_ms", "line"),
    [
        (0, None, 0, "0 records  0/s"),
        (1_204_000, None, 2_000, "1,204,000 records  602,000/s"),
        (0, 100, 2_000, "0 of 100 records  0%  0/s"),
        (50, 100, 2_000, "50 of 100 records  50%  25/s  2s left"),
        (100, 100, 2_000, "100 of 100 records  100%  50/s"),
        (120, 100, 2_000, "120 of 120 records  100%  60/s"),
        (99, 100, 1_000, "99 of 100 records  99%  99/s  1s left"),
        (5, 0, 1_000, "5 records  5/s"),
    ],
)
def test_the_line(records: int, expected: int | None, after_ms: int, line: str) -> None:
    screen = Screen()
    progress = ScreenProgress(screen.surroundings, records=records, expected=expected)
    assert progress.line(NOW_MS + after_ms) == line


def test_a_closed_stderr_is_no_fault() -> None:
    class Closed:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    screen = Screen()
    surroundings = replace(screen.surroundings, stderr=cast("TextIO", Closed()))
    with ScreenProgress(surroundings) as progress:
        screen.now_ms += SILENT_MS
        progress.advance(1, 1)
    assert progress.records == 1
