"""The machine's zone: as ``TZ`` names it, with the changes of the clocks on their days."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.surroundings import SystemZone, of_this_process
from tests.harness import Program

ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")


@pytest.fixture(params=ZONES, scope="module")
def zone(request: pytest.FixtureRequest) -> Iterator[ZoneInfo]:
    """This process in a zone, and the zone as the tz database has it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


moments = st.datetimes(datetime(1975, 1, 1), datetime(2036, 12, 31))  # noqa: DTZ001 — given a zone below


@given(moment=moments)
def test_moments_are_shown_as_the_tz_database_has_them(zone: ZoneInfo, moment: datetime) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(zone)
    here = moment.replace(tzinfo=UTC).astimezone(SystemZone())
    assert here.replace(tzinfo=None) == there.replace(tzinfo=None)
    assert here.fold == there.fold
    assert here.utcoffset() == there.utcoffset()
    assert here.astimezone(UTC) == moment.replace(tzinfo=UTC)


@given(day=st.integers(0, 365 * 10), minute=st.integers(0, 24 * 60 - 1), fold=st.sampled_from([0, 1]))
def test_clocks_are_read_as_the_tz_database_has_them(
    zone: ZoneInfo, day: int, minute: int, fold: int
) -> None:
    clock = datetime(2020, 1, 1, fold=fold) + timedelta(days=day, minutes=minute)  # noqa: DTZ001
    clock = clock.replace(fold=fold)
    assert SystemZone().utcoffset(clock) == clock.replace(tzinfo=zone).utcoffset()


@pytest.mark.parametrize("tz", ["Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"])
def test_hours_that_are_skipped_or_come_twice(monkeypatch: pytest.MonkeyPatch, tz: str) -> None:
    with monkeypatch.context() as environment:
        environment.setenv("TZ", tz)
        time.tzset()
        found = {
            (month, day, fold): SystemZone().utcoffset(datetime(2026, month, day, 2, 30, fold=fold))  # noqa: DTZ001
            for month, day in ((3, 29), (10, 25))
            for fold in (0, 1)
        }
    time.tzset()
    hour = timedelta(hours=1)
    assert found == {(3, 29, 0): hour, (3, 29, 1): 2 * hour, (10, 25, 0): 2 * hour, (10, 25, 1): hour}


@pytest.mark.parametrize(
    ("tz", "key"), [("Europe/Berlin", "Europe/Berlin"), (":Europe/Berlin", "Europe/Berlin"), ("CET-1", None)]
)
def test_it_is_called_as_it_is_configured(monkeypatch: pytest.MonkeyPatch, tz: str, key: str | None) -> None:
    monkeypatch.setenv("TZ", tz)
    assert getattr(of_this_process().local_zone, "key", None) == key


@pytest.mark.parametrize(
    ("day", "utc"), [("2026-02-14", "2026-02-13T23:00:00.000Z"), ("2026-07-14", "2026-07-13T22:00:00.000Z")]
)
def test_a_local_day_begins_by_the_clocks_of_that_day(agentctl: Program, day: str, utc: str) -> None:
    (agentctl.folder / "empty.ndjson").write_text("")
    words = ("replay", "--source", "empty.ndjson", "--tz", "local", "--since", day, "-o", "json")
    answer = agentctl(*words, environment={"TZ": "Europe/Berlin"})
    assert answer.json["window"]["since"] == utc
