"""What the groups committed through the day."""

import pytest

from agentctl.lag.commits import Commit
from agentctl.sandbox.groups import GROUPS, LATE_GROUP, NEVER_COMMITTED, commits, positions
from agentctl.sandbox.incident import night
from agentctl.sandbox.night import Night
from tests.builders import ms

ANCHOR_MS = ms("14:25:40")
RESEARCH = ("research-events", 2)
STANDING_AT = 8_841
"""Where the analysis of 03:00 stands, as the stories tell it."""


@pytest.fixture(scope="module")
def told() -> Night:
    return night(ANCHOR_MS)


@pytest.fixture(scope="module")
def written(told: Night) -> list[Commit]:
    return commits(told)


@pytest.fixture(scope="module")
def late(written: list[Commit]) -> list[Commit]:
    """The commits of Oracle's group on the partition that it falls behind on."""
    return [one for one in written if one.group == LATE_GROUP and (one.topic, one.partition) == RESEARCH]


def test_oracles_group_stands_at_the_event_of_0300_until_1415(told: Night, late: list[Commit]) -> None:
    place = told.labelled["7k2p/analysis"].place
    assert (place.topic, place.partition, place.offset) == (*RESEARCH, STANDING_AT)
    standing = [one.time_ms for one in late if one.offset == STANDING_AT]
    # It has read all that was there, and waits for the next, which is that event.
    assert ms("02:50") < standing[0] < ms("03:00:04.210")
    assert ms("14:14:50") < standing[-1] < ms("14:15:03.118")
    passed = next(one for one in late if one.offset > STANDING_AT)
    assert passed.time_ms == ms("14:15:03.118")


def test_its_lag_is_1207_records_when_the_night_is_over(told: Night, written: list[Commit]) -> None:
    ends = told.ends()
    behind = {
        group: sum(ends[position] - offset for position, offset in own.items())
        for group, own in positions(written).items()
    }
    assert behind == {group: 1_207 if group == LATE_GROUP else 0 for group in GROUPS}


def test_its_lag_only_grows_while_it_stands(told: Night, late: list[Commit]) -> None:
    times = [laid.time_ms for laid in told.events if (laid.place.topic, laid.place.partition) == RESEARCH]
    lags = [
        sum(time_ms <= one.time_ms for time_ms in times) - one.offset
        for one in late[::200]
        if ms("03:01") < one.time_ms < ms("14:15")
    ]
    assert lags == sorted(lags)
    assert lags[0] < 30
    assert lags[-1] > 1_000


def test_a_position_never_goes_back_nor_beyond_the_end(told: Night, written: list[Commit]) -> None:
    ends, before = told.ends(), dict[tuple[str, str, int], int]()
    for one in written:
        where = (one.group, one.topic, one.partition)
        assert before.get(where, 0) <= one.offset <= ends[one.topic, one.partition]
        before[where] = one.offset
    assert [one.time_ms for one in written] == sorted(one.time_ms for one in written)


def test_one_group_never_committed(written: list[Commit]) -> None:
    assert {one.group for one in written} == set(GROUPS)
    assert NEVER_COMMITTED not in GROUPS
