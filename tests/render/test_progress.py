"""How far long work is: a moving line at a terminal, one line in a log, nothing for short work."""

from dataclasses import replace
from typing import TextIO, cast

import pytest

from agentctl.render.progress import REDRAW_MS, SILENT_MS, ScreenProgress
from tests.screens import NOW_MS, Screen


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
        progress.expect(4_000)
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
        progress.expect(100_000)
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


@pytest.mark.parametrize("width", [1, 20, 80])
def test_it_never_fills_the_line(width: int) -> None:
    screen = Screen(width)
    with ScreenProgress(screen.surroundings) as progress:
        progress.expect(10**12)
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
