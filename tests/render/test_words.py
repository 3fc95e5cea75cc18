"""Values in words for people, and exact for machines: at the edges, too."""

import math
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.model.instant import instant
from agentctl.model.view import Column, Kind, View
from agentctl.render.interface import Style
from agentctl.render.words import (
    day_and_time,
    duration,
    exact,
    exact_rows,
    gap,
    moment_of,
    number,
    offset,
    plain,
    readable,
    spoken,
    zone_name,
)
from tests.builders import ms

LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1
YEAR_1, YEAR_10000 = -62_135_596_800_000, 253_402_300_800_000
STYLE = Style()


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (ms("03:00:04.210"), "2026-11-23T03:00:04.210Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (YEAR_1, "0001-01-01T00:00:00.000Z"),
        (YEAR_1 - 1, str(YEAR_1 - 1)),
        (YEAR_10000 - 1, "9999-12-31T23:59:59.999Z"),
        (YEAR_10000, str(YEAR_10000)),
        (LONG_MIN, str(LONG_MIN)),
        (LONG_MAX, str(LONG_MAX)),
    ],
)
def test_an_instant_is_rfc_3339_or_else_its_number(time_ms: int, text: str) -> None:
    assert instant(time_ms) == text


@given(st.integers(YEAR_1, YEAR_10000 - 1))
def test_an_instant_is_what_the_calendar_says(time_ms: int) -> None:
    moment = moment_of(time_ms, UTC)
    assert moment is not None
    assert instant(time_ms) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@given(
    st.integers(LONG_MIN, LONG_MAX),
    st.sampled_from([UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Asia/Kathmandu")]),
)
def test_every_number_of_milliseconds_has_words(time_ms: int, zone: timezone) -> None:
    assert day_and_time(time_ms, zone)
    assert readable(Kind.TIME_MS, time_ms, Style(zone=zone))
    assert gap(time_ms)[0] in "+-"
    assert duration(time_ms)


def test_times_on_screens_are_in_the_zone_that_was_asked_for() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert day_and_time(ms("03:00:04.210"), paris) == "2026-11-23 04:00:04"
    assert day_and_time(LONG_MAX, paris) == f"{LONG_MAX} ms"
    assert day_and_time(YEAR_10000 - 1, paris) == f"{YEAR_10000 - 1} ms"


def test_a_zone_is_named_with_its_offset_at_that_time() -> None:
    summer, winter = ms("12:00", "2026-07-01"), ms("12:00", "2026-12-01")
    paris = ZoneInfo("Europe/Paris")
    assert zone_name(UTC, 0) == "UTC"
    assert zone_name(paris, summer) == "Europe/Paris +02:00"
    assert zone_name(paris, winter) == "Europe/Paris +01:00"
    assert zone_name(timezone(-timedelta(hours=3, minutes=30)), 0) == "-03:30"
    assert offset(ZoneInfo("Asia/Kathmandu"), winter) == "+05:45"
    assert offset(paris, LONG_MAX) == "+01:00"


@pytest.mark.parametrize(
    ("gap_ms", "text"),
    [
        (0, "+0ms"),
        (412, "+412ms"),
        (1_831_000, "+30m31s"),
        (-90_000, "-1m30s"),
        (37_771_698, "+10h29m"),
        (99 * 86_400_000 + 3_600_000, "+99d1h"),
        (100 * 86_400_000 + 3_600_000, "+100d"),
        (LONG_MAX, "+106751991167d"),
        (LONG_MIN, "-106751991167d"),
    ],
)
def test_gaps(gap_ms: int, text: str) -> None:
    assert gap(gap_ms) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_207, "1,207"),
        (-1_207, "-1,207"),
        (0.4, "0.4"),
        (3.0, "3"),
        (1_234.567, "1,234.57"),
        (math.nan, "?"),
        (math.inf, "inf"),
        (LONG_MIN, "-9,223,372,036,854,775,808"),
        ("1\x1b", "1\\x1b"),
    ],
)
def test_numbers(value: object, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.TEXT, None, "–"),
        (Kind.TEXT, "a\nb", "a\\nb"),
        (Kind.TEXT, "", ""),
        (Kind.TIME_MS, None, "–"),
        (Kind.TIME_MS, ms("03:00:04.210"), "2026-11-23 03:00:04"),
        (Kind.TIME_MS, "not a time\x1b", "not a time\\x1b"),
        (Kind.DURATION_MS, -412, "-412ms"),
        (Kind.DURATION_MS, 37_740_000, "10h 29m"),
        (Kind.DURATION_MS, 0.6, "1ms"),
        (Kind.DURATION_MS, math.nan, "–"),
        (Kind.DURATION_MS, math.inf, "–"),
        (Kind.NUMBER, 0, "0"),
        (Kind.FLAG, True, "yes"),
        (Kind.FLAG, False, "no"),
        (Kind.FLAG, None, "–"),
        (Kind.LIST, [], "–"),
        (Kind.LIST, ["a", "b\x1b"], "a, b\\x1b"),
        (Kind.LIST, "one text", "one text"),
        (Kind.DATA, {"a": ["\x9b"]}, '{"a":["\\u009b"]}'),
        (Kind.DATA, "text", "text"),
    ],
)
def test_a_cell_for_people(kind: Kind, value: object, text: str) -> None:
    assert readable(kind, value, STYLE) == text


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (Kind.TIME_MS, 0, "1970-01-01T00:00:00.000Z"),
        (Kind.TIME_MS, LONG_MAX, str(LONG_MAX)),
        (Kind.TIME_MS, None, None),
        (Kind.DURATION_MS, 412, 412),
        (Kind.LIST, ("a", "b"), ["a", "b"]),
        (Kind.LIST, None, None),
        (Kind.TEXT, "\x1b", "\x1b"),
        (Kind.DATA, {"a": 1}, {"a": 1}),
    ],
)
def test_a_cell_for_machines_keeps_its_value(kind: Kind, value: object, found: object) -> None:
    assert exact(kind, value) == found


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.TEXT, None, "-"),
        (Kind.FLAG, False, "false"),
        (Kind.LIST, [], "-"),
        (Kind.LIST, ["a", "b"], "a;b"),
        (Kind.DATA, [1, {"a": None}], '[1,{"a":null}]'),
        (Kind.DURATION_MS, 37_740_000, "37740000"),
        (Kind.TIME_MS, 0, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_cell_in_a_pipe(kind: Kind, value: object, text: str) -> None:
    assert plain(kind, value, nothing="-") == text


def test_durations_are_spoken_where_people_read_without_a_screen() -> None:
    assert spoken(Kind.DURATION_MS, 37_740_000) == "10h 29m"
    assert spoken(Kind.NUMBER, 37_740_000) == "37740000"


def test_rows_have_every_declared_key_in_order_and_no_other() -> None:
    columns = (Column("a", "A"), Column("b", "B", Kind.LIST), Column("c", "C", Kind.TIME_MS))
    rows: list[dict[str, object]] = [{"a": 1, "b": ("x",), "c": 0}, {"c": 0, "a": 1, "other": 2}, {}]
    found = list(exact_rows(View("v", "v", columns, rows)))
    time = "1970-01-01T00:00:00.000Z"
    assert found == [
        {"a": 1, "b": ["x"], "c": time},
        {"a": 1, "b": None, "c": time},
        {"a": None, "b": None, "c": None},
    ]
    assert {tuple(row) for row in found} == {("a", "b", "c")}
    assert rows[0]["b"] == ("x",)
