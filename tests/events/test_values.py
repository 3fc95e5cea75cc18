"""What found values mean; nothing that stands in an event may raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.events.values import RecordTime, as_duration_ms, as_moment_ms, as_text, as_version, as_whole
from tests.builders import ms

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda x: st.lists(x) | st.dictionaries(st.text(), x),
)
NUMERIC = st.from_regex(r"[-+]?[0-9_.eE]{0,400}", fullmatch=True)


@pytest.mark.parametrize(
    ("found", "moment"),
    [
        ("2026-11-23T03:00:00Z", ms("03:00")),
        ("2026-11-23t03:00:00z", ms("03:00")),
        ("2026-11-23 04:00:00+01:00", ms("03:00")),
        ("2026-11-23T03:00:00.412345678Z", ms("03:00:00.412")),
        (ms("03:00") // 1000, ms("03:00")),
        (ms("03:00"), ms("03:00")),
        (str(ms("03:00")), ms("03:00")),
        (ms("03:00") / 1000 + 0.412, ms("03:00:00.412")),
        (f"{ms('03:00') // 1000}.412", ms("03:00:00.412")),
        (ms("03:00") * 1_000_000, ms("03:00")),
        (RecordTime(5), 5),
        (RecordTime(-1), -1),
    ],
)
def test_moments(found: object, moment: int) -> None:
    assert as_moment_ms(found) == moment


@pytest.mark.parametrize(
    "found",
    [
        *("", "yesterday", "2026-11-23", "2026-11-23T03:00:00", "2026-13-01T00:00:00Z", "9" * 400),
        *(-1, 10**30, float("nan"), float("inf"), True, None, [], {}),
        "0001-01-01T00:00:00+99:00",
    ],
)
def test_impossible_moments_are_none(found: object) -> None:
    assert as_moment_ms(found) is None


@pytest.mark.parametrize(
    ("found", "duration_ms"),
    [
        *((1800, 1_800_000), (0.5, 500), ("1800", 1_800_000), ("30m", 1_800_000), ("24h", 86_400_000)),
        *(("1h30m", 5_400_000), ("7d", 604_800_000), ("250ms", 250), (0, 0)),
    ],
)
def test_durations(found: object, duration_ms: int) -> None:
    assert as_duration_ms(found) == duration_ms


@pytest.mark.parametrize(
    "found", ["", "soon", "m", "-5m", -1, True, None, 10**30, float("nan"), "9" * 12 + "d"]
)
def test_what_is_no_duration_is_none(found: object) -> None:
    assert as_duration_ms(found) is None


@pytest.mark.parametrize(("found", "number"), [(3, 3), ("3", 3), (3.0, 3), (-1, -1), ("-1", -1), (0, 0)])
def test_whole_numbers(found: object, number: int) -> None:
    assert as_whole(found) == number


@pytest.mark.parametrize(
    "found", ["3/5", "", 3.5, True, None, [3], 10**30, "9" * 30, float("inf"), float("nan"), "٣"]
)
def test_nonsense_is_no_whole_number(found: object) -> None:
    assert as_whole(found) is None


def test_versions_are_numbers_where_they_can_be() -> None:
    assert [as_version(text) for text in ("2", "0", "02", "1.0", "v2")] == [2, 0, "02", "1.0", "v2"]


@pytest.mark.parametrize(
    ("found", "text"), [(7, "7"), (True, "true"), (False, "false"), (0, "0"), ("x", "x")]
)
def test_scalars_are_text(found: object, text: str) -> None:
    assert as_text(found) == text


@given(ANY | NUMERIC)
def test_no_value_raises(found: object) -> None:
    for moment in (as_moment_ms(found), as_duration_ms(found), as_whole(found)):
        assert moment is None or -(2**63) <= moment < 2**63
    text = as_text(found)
    assert text is None or as_version(text) in (
        text,
        int(text) if text.isdecimal() and len(text) < 19 else text,
    )
