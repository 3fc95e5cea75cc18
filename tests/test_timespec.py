"""What people write for a time: what each form means, and what is refused, with the readings considered."""

import zoneinfo
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentctl.errors import UsageError
from agentctl.model.query import Window
from agentctl.timespec import moment, window, zone
from tests.builders import ms

NOW = ms("14:25:40")
BERLIN = zone("Europe/Berlin", UTC)
EAST = timezone(timedelta(hours=1))


def read(text: str, where: tzinfo) -> int | UsageError:
    """Return what a text means, or its refusal."""
    try:
        return moment(text, NOW, where)
    except UsageError as error:
        return error


def refused(text: str, zone: tzinfo = UTC) -> UsageError:
    """Return the refusal of a text."""
    with pytest.raises(UsageError) as caught:
        moment(text, NOW, zone)
    assert caught.value.message.startswith("--since ")
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-02-14T03:00:00Z", ms("03:00", "2026-02-14")),
        ("2026-02-14t03:00:00z", ms("03:00", "2026-02-14")),
        ("2026-02-14T03:00:00.1239Z", ms("03:00:00.123", "2026-02-14")),
        ("2026-02-14T03:00:00+01:00", ms("02:00", "2026-02-14")),
        ("2026-02-14T03:00:00-0330", ms("06:30", "2026-02-14")),
        ("2026-02-14 03:00", ms("03:00", "2026-02-14")),
        ("2026-02-14 03:00 UTC", ms("03:00", "2026-02-14")),
        ("2026-02-14", ms("00:00", "2026-02-14")),
        ("2026/2/4", ms("00:00", "2026-02-04")),
        ("14:15", ms("14:15")),
        ("3:47am", ms("03:47")),
        ("2:15 PM", ms("14:15")),
        ("12pm", ms("12:00")),
        ("14:15+01:00", ms("13:15")),
        ("now", NOW),
        ("today", ms("00:00")),
        ("Yesterday", ms("00:00", "2026-11-22")),
        ("tomorrow", ms("00:00", "2026-11-24")),
        ("yesterday 03:00", ms("03:00", "2026-11-22")),
        ("03:00 yesterday", ms("03:00", "2026-11-22")),
        ("1771038000", ms("03:00", "2026-02-14")),
        ("1771038000.25", ms("03:00:00.250", "2026-02-14")),
        ("1771038000123", ms("03:00:00.123", "2026-02-14")),
        ("14 Feb 2026", ms("00:00", "2026-02-14")),
        ("February 14, 2026 3:00pm", ms("15:00", "2026-02-14")),
        ("Sat, 14 Feb 2026 03:00:00 GMT", ms("03:00", "2026-02-14")),
        ("14.02.2026", ms("00:00", "2026-02-14")),
        ("  -12h ", NOW - 12 * 3_600_000),
    ],
)
def test_each_form_means_one_moment(text: str, meant: int) -> None:
    assert moment(text, NOW, UTC) == meant


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("-12h", 43_200),
        ("-90s", 90),
        ("-2d", 172_800),
        ("-1h30m", 5_400),
        ("2h ago", 7_200),
        ("1h30m ago", 5_400),
        ("1w ago", 604_800),
        ("2 hours, 5 minutes ago", 7_500),
        ("1.5h ago", 5_400),
        ("-1500ms", 1.5),
        ("-0s", 0),
    ],
)
def test_a_span_ago_counts_from_now(text: str, seconds: float) -> None:
    assert NOW - moment(text, NOW, BERLIN) == round(seconds * 1000)


def test_a_zone_is_where_a_time_without_one_is_read() -> None:
    assert moment("2026-02-14 03:00", NOW, BERLIN) == ms("02:00", "2026-02-14")
    assert moment("2026-07-14 03:00", NOW, BERLIN) == ms("01:00", "2026-07-14")
    assert moment("2026-07-14T03:00:00Z", NOW, BERLIN) == ms("03:00", "2026-07-14")
    assert moment("14:15", NOW, EAST) == ms("13:15")


def test_today_is_the_day_that_the_zone_has_now() -> None:
    late = ms("23:30")
    assert moment("today", late, EAST) == ms("23:00")
    assert moment("14:15", late, EAST) == ms("13:15", "2026-11-24")
    assert moment("14:15Z", late, EAST) == ms("14:15")


def test_a_time_of_day_is_today_even_when_it_is_still_to_come() -> None:
    assert moment("14:15", ms("03:00"), UTC) == ms("14:15")


def test_a_clock_time_that_comes_twice_is_refused_with_both_moments() -> None:
    error = refused("2026-10-25 02:30", BERLIN)
    assert "comes twice" in error.message
    assert "2026-10-25T00:30:00Z and 2026-10-25T01:30:00Z" in error.message
    assert error.hint == "write 2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z"
    assert moment("2026-10-25 02:30+01:00", NOW, BERLIN) == ms("01:30", "2026-10-25")


def test_a_clock_time_that_is_skipped_is_refused_with_both_readings() -> None:
    error = refused("2026-03-29 02:30", BERLIN)
    assert "is skipped" in error.message
    assert "2026-03-29T00:30:00Z and 2026-03-29T01:30:00Z" in error.message


@pytest.mark.parametrize(
    ("name", "day", "begin"),
    [
        ("America/Sao_Paulo", "2018-11-04", ms("03:00", "2018-11-04")),  # no midnight: it begins at 01:00
        ("America/Havana", "2026-11-01", ms("04:00", "2026-11-01")),  # two midnights: it begins at the first
        ("Europe/Berlin", "2026-03-29", ms("23:00", "2026-03-28")),
    ],
)
def test_a_day_begins_at_its_first_moment(name: str, day: str, begin: int) -> None:
    assert moment(day, NOW, zone(name, UTC)) == begin


def test_a_day_that_a_place_never_had_is_refused() -> None:
    error = refused("2011-12-30", zone("Pacific/Apia", UTC))
    assert "2011-12-30T10:00:00Z was considered" in error.message


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("01/02/2026", ("2026-01-02", "2026-02-01")),
        ("01/02/2026 03:00", ("2026-01-02", "2026-02-01")),
        ("1.2.2026", ("2026-01-02", "2026-02-01")),
        ("26 Feb 14", ("2014-02-26", "2026-02-14")),
        ("20261123", ("2026-11-23", "1970-08-23T12:05:23Z")),
        ("20261123030000", ("2026-11-23 03:00:00",)),
        ("1771038000123456", ("2026-02-14T03:00:00.123Z", "microseconds")),
        ("1771038000123456789", ("2026-02-14T03:00:00.123Z", "nanoseconds")),
        ("12h", ("12h ago", "12h from now")),
        ("+2h", ("2h ago", "2h from now")),
        ("-2h ago", ("2h ago", "2h from now")),
        ("1M ago", ("months", "minutes")),
        ("Feb 14", ("no year", "2026-02-14")),
        ("Feb 2026", ("no day", "2026-02-23")),
        ("monday", ("no day", "2026-11-23")),
        ("Mon Feb 2026", ("no day",)),
        ("14 Feb 69", ("two digits",)),
    ],
)
def test_what_can_be_read_in_several_ways_is_refused_with_the_readings(
    text: str, readings: tuple[str, ...]
) -> None:
    message = refused(text).message
    for reading in readings:
        assert reading in message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("soon", "is no time"),
        ("2026-02-30", "calendar"),
        ("2026-13-01T00:00:00Z", "calendar"),
        ("0000-01-01", "calendar"),
        ("25:00", "hour"),
        ("24:00", "hour"),
        ("14:60", "minute"),
        ("2026-12-31T23:59:60Z", "second"),
        ("13pm", "hours go from 1 to 12"),
        ("0am", "hours go from 1 to 12"),
        ("14:15-16:00", "offset -16:00"),
        ("99999999999999999999", "10 digits and milliseconds 13, not 20"),
        ("0", "10 digits and milliseconds 13, not 1"),
        ("-1700000000", "is no time"),
        ("-3mo", "months"),
        ("Fri 14 Feb 2026", "2026-02-14 is a Saturday"),
        ("Feb 29 2025", "calendar"),
        ("1969-12-31", "before 1970"),
        ("-99999w", "before 1970"),
        ("0001-01-01", "before 1970"),
        ("9999-12-31T23:59:59-12:00", "beyond the year 9999"),
        ("2026-02-14 03", "calendar"),
        ("2026-02-14+01:00", "is no time"),
        ("10:00 14:15", "is no time"),
        ("1.5 Jan 2026", "is no time"),
        ("0000 Feb 14", "is no time"),
        ("１４:１５", "is no time"),
        ("9" * 5000, "too long"),
    ],
)
def test_what_is_no_time_is_refused_with_the_reason(text: str, why: str) -> None:
    error = refused(text)
    assert why in error.message
    assert len(error.message) < 250


def test_the_error_names_the_option() -> None:
    with pytest.raises(UsageError, match=r"^--at 'soon' "):
        moment("soon", NOW, UTC, "--at")
    with pytest.raises(UsageError, match=r"^--until 'soon' "):
        window(None, "soon", NOW, UTC)


def test_a_window_is_open_where_nothing_is_said() -> None:
    assert window(None, None, NOW, UTC) == Window(None, None)
    assert window("-1h", None, NOW, UTC) == Window(NOW - 3_600_000, None)
    assert window(None, "2026-11-23 14:00", NOW, EAST) == Window(None, ms("13:00"))


def test_since_after_until_shows_both_in_utc_and_how_to_swap_them() -> None:
    with pytest.raises(UsageError) as caught:
        window("2026-11-23", "2026-11-22", NOW, EAST)
    assert "--since 2026-11-22T23:00:00Z is not before --until 2026-11-21T23:00:00Z" in caught.value.message
    assert caught.value.hint == "--since 2026-11-21T23:00:00Z --until 2026-11-22T23:00:00Z"


def test_a_window_without_a_moment_in_it_is_refused() -> None:
    with pytest.raises(UsageError, match="is not before"):
        window("14:15", "14:15", NOW, UTC)


def test_zones_are_named_as_people_name_them() -> None:
    assert zone("utc", EAST) is UTC
    assert zone("Local", EAST) is EAST
    assert zone("+00:00", EAST) is UTC
    assert zone("+01:00", UTC).utcoffset(None) == timedelta(hours=1)
    assert zone("-0330", UTC).utcoffset(None) == timedelta(hours=-3, minutes=-30)
    assert zone("europe/berlin", UTC) == BERLIN


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berlni", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New_York", "America/New_York"),
        ("../../etc/passwd", "+01:00"),
        ("+15:00", "+01:00"),
        ("\0", "+01:00"),
        ("x" * 5000, "+01:00"),
    ],
)
def test_an_unknown_zone_is_refused_with_near_names(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="time zone") as caught:
        zone(name, UTC)
    assert hint in (caught.value.hint or "")


@pytest.fixture
def machine_without_zones() -> Iterator[None]:
    zoneinfo.reset_tzpath(to=())
    try:
        yield
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("machine_without_zones")
def test_a_machine_without_zones_of_its_own_has_those_of_the_package() -> None:
    tokyo = zone("asia/tokyo", UTC)
    assert moment("2026-02-14 03:00", NOW, tokyo) == ms("18:00", "2026-02-13")


WORDS = st.sampled_from(
    [
        *("today", "yesterday", "now", "ago", "at", "on", "am", "pm", "T", "Z", "UTC", "+01:00", "-12:00"),
        *("Feb", "february", "Mon", "14th", "of", "2026", "26", "1969", "9999", "0001", "03:00", "25:61:61"),
        *(
            "12",
            "h",
            "30m",
            "1.5",
            "mo",
            "M",
            "-",
            "+",
            "/",
            ".",
            ",",
            ":",
            " ",
            " ",
            "0",
            "99",
            "1771038000",
        ),
    ]
)
ANY_TEXT = st.text(max_size=90) | st.text("0123456789:-/., TZaFebpm+", max_size=30)
LIKE_TIMES = st.lists(WORDS, max_size=9).map("".join) | st.lists(WORDS, max_size=9).map(" ".join)


@given(text=ANY_TEXT | LIKE_TIMES, where=st.sampled_from([UTC, BERLIN, EAST, zone("Pacific/Apia", UTC)]))
@example(text="9999-12-31 23:59:59.999", where=timezone(timedelta(hours=-12)))
@example(text="0001-01-01", where=timezone(timedelta(hours=14)))
@example(text="\ud800", where=UTC)
def test_any_text_means_a_moment_or_is_refused(text: str, where: tzinfo) -> None:
    found = read(text, where)
    if isinstance(found, UsageError):
        assert found.message.startswith("--since ")
        assert found.hint
    else:
        assert 0 <= found <= ms("23:59:59.999", "9999-12-31")


@given(text=st.text(max_size=40))
def test_any_name_is_a_zone_or_is_refused(text: str) -> None:
    with suppress(UsageError):
        assert isinstance(zone(text, EAST), tzinfo)


@given(
    at=st.integers(0, ms("23:59:59.999", "9998-12-31")),
    shift=st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    where=st.sampled_from([UTC, BERLIN]),
)
def test_rfc_3339_says_the_same_in_every_zone(at: int, shift: timezone, where: tzinfo) -> None:
    written = (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=at)).astimezone(shift)
    assert moment(written.isoformat(timespec="milliseconds"), NOW, where) == at


@given(at=st.integers(ms("00:00", "1971-01-01"), ms("00:00", "2037-01-01")).map(lambda ms: ms // 1000 * 1000))
def test_what_the_clocks_of_a_zone_show_is_read_back_or_refused(at: int) -> None:
    clock = datetime.fromtimestamp(at // 1000, BERLIN).strftime("%Y-%m-%d %H:%M:%S")
    found = read(clock, BERLIN)
    if isinstance(found, UsageError):
        assert "comes twice" in found.message
        assert datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") in found.message
    else:
        assert found == at
