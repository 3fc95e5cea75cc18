"""A course of figures on a terminal: to scale, with its limit, in so many cells as there are."""

from datetime import UTC, timedelta, timezone

import pytest

from agentctl.model.chart import Chart
from agentctl.render.cells import width_of
from agentctl.render.chart import lines, short
from agentctl.render.interface import Style

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SINCE_MS = 1_795_392_000_000
"""2026-11-23 00:00 UTC."""


def chart(*values: float | None, limit: float | None = 300.0, hours: int = 12) -> Chart:
    return Chart(SINCE_MS, SINCE_MS + hours * HOUR_MS, values, limit, (("worst at ", SINCE_MS + HOUR_MS),))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 300])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_it_is_as_wide_as_the_screen_and_never_wider(width: int, ascii_only: bool) -> None:
    style = Style(width=width, ascii_only=ascii_only)
    drawn = list(lines(chart(*(float(n * 200) for n in range(240))), style))
    assert max(map(width_of, drawn)) == width
    assert all(line.isascii() for line in drawn) is ascii_only


def test_the_largest_figure_of_a_column_is_seen() -> None:
    values = [0.0] * 240
    values[100] = 900.0
    drawn = list(lines(chart(*values), Style(width=60)))
    # 900 of 1,000: the fifth row is half full, in a single column.
    assert drawn[0].startswith("  1k ┤")
    assert [line.count("█") for line in drawn[:5]] == [0, 1, 1, 1, 1]
    assert sum(drawn[0].count(sign) for sign in "▁▂▃▄▅▆▇") == 1


def test_the_limit_is_drawn_and_what_exceeds_it_is_marked() -> None:
    drawn = list(lines(chart(0.0, 300.0, 301.0, 1_000.0), Style(width=46)))
    over = next(line for line in drawn if line.startswith(">300 ┤"))
    assert over == ">300 ┤" + " " * 20 + "━" * 20
    assert any(line.startswith(" 300 ┤┄┄┄") for line in drawn)
    assert not any("━" in line or "┄" in line for line in lines(chart(5.0, limit=None), Style(width=46)))


def test_what_is_not_known_is_no_zero() -> None:
    drawn = list(lines(chart(None, 0.0), Style(width=46)))
    assert drawn[4] == "   0 ┼" + "?" * 20


def test_times_stand_in_the_zone_of_the_output() -> None:
    east = timezone(timedelta(hours=1))
    utc, other = (list(lines(chart(1.0), Style(width=80, zone=zone))) for zone in (UTC, east))
    assert utc[-2].split()[0] == "00:00"
    assert utc[-2].split()[-1] == "12:00"
    assert utc[-1] == "worst at 01:00:00"
    assert other[-2].split()[0] == "01:00"
    assert other[-1] == "worst at 02:00:00"


def test_over_several_days_the_day_is_said() -> None:
    drawn = list(lines(chart(1.0, hours=72), Style(width=80)))
    assert drawn[-2].split()[:3] == ["23", "Nov", "00:00"]
    assert drawn[-1] == "worst at 23 Nov 01:00:00"


def test_times_beyond_the_calendar_are_told_as_numbers() -> None:
    far = Chart(2**60, 2**60 + HOUR_MS, (1.0,), None, (("at ", 2**60),))
    assert list(lines(far, Style(width=80)))[-1] == f"at {2**60} ms"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (300.0, "300"), (1_500.0, "1.5k"), (40_000.0, "40k"), (2_000_000.0, "2M"), (0.5, "0.5")],
)
def test_figures_are_said_in_few_signs(value: float, said: str) -> None:
    assert short(value) == said
