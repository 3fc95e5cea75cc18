"""How far a group was behind is true at every moment, and what is summed up of it is."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.lag.commits import Owner
from agentctl.lag.over_time import (
    NEVER,
    Course,
    Point,
    Stand,
    Stretch,
    merged,
    moments,
    over,
    point,
    profile,
    stands,
    worst,
)
from agentctl.lag.track import GONE, Track
from tests.lag.truth.consumers import Event, Life, Produced, Trouble, life, lives

SECOND = 1_000
HOUR = 3_600 * SECOND
PLACE = ("events", 0)
LOG = Produced([n * SECOND for n in range(3_600)])


def track_of(*commits: tuple[int, int]) -> Track:
    track = Track(Owner("g", *PLACE), 0)
    for time_ms, offset in commits:
        track.add(offset, time_ms)
    return track


def course_of(one: Life, since_ms: int, until_ms: int) -> Course:
    """A course with the times of all records that it wants, as a broker would tell them."""
    found = course_without_times(one, since_ms, until_ms)
    for offset in found.offsets:
        found.dated(offset, written(one, offset))
    return found


def course_without_times(one: Life, since_ms: int, until_ms: int) -> Course:
    track = Track(Owner(one.group, *one.position), 0)
    for time_ms, offset in one.commits:
        track.add(offset, time_ms)
    return Course(one.position, stands(track, since_ms, until_ms))


def written(one: Life, offset: int) -> int:
    return one.log.times_ms[offset] if offset < len(one.log.times_ms) else NEVER


# Where a group stood


def test_a_group_stands_at_an_offset_until_it_commits_another_one() -> None:
    track = track_of((10, 1), (20, 1), (30, 5), (40, 5), (50, 6))
    assert stands(track, 0, 100) == (
        Stand(10, 30, 1, ended=True),
        Stand(30, 50, 5, ended=True),
        Stand(50, 100, 6, ended=False),
    )


def test_it_stands_already_when_the_time_begins_and_still_when_it_ends() -> None:
    assert stands(track_of((10, 1), (90, 2)), 40, 60) == (Stand(40, 60, 1, ended=False),)


def test_before_its_first_commit_it_stands_nowhere() -> None:
    assert stands(track_of((90, 2)), 40, 60) == ()
    assert stands(track_of((50, 2)), 40, 60) == (Stand(50, 60, 2, ended=False),)


def test_a_position_that_is_dropped_is_none() -> None:
    found = stands(track_of((10, 1), (20, GONE), (30, 0)), 0, 40)
    assert [(one.since_ms, one.offset) for one in found] == [(10, 1), (20, None), (30, 0)]


def test_a_coordinator_whose_clock_is_behind_does_not_turn_time_back() -> None:
    found = stands(track_of((10, 1), (30, 2), (25, 3), (40, 4)), 0, 50)
    assert [(one.since_ms, one.until_ms, one.offset) for one in found] == [
        (10, 30, 1),
        (30, 40, 3),
        (40, 50, 4),
    ]


# How far behind it was


def test_while_it_stands_it_falls_behind_by_one_second_a_second() -> None:
    course = Course(PLACE, [Stand(0, 1_000_000, 7, ended=True), Stand(1_000_000, 2_000_000, 9, ended=False)])
    course.dated(7, 200_000)
    course.dated(9, NEVER)
    assert [point(course, at, 8).lag_seconds for at in (100_000, 200_000, 200_001, 999_999, 1_000_000)] == [
        *(0.0, 0.0, 0.001, 799.999, 0.0)
    ]
    assert course.over(300_000) == [Stretch(500_000, 1_000_000)]
    assert course.over(800_000) == []
    peak = course.peak()
    assert peak is not None
    assert (peak.lag_ms, peak.time_ms) == (799_999, 999_999)


def test_stretches_of_one_lag_through_several_commits_are_one() -> None:
    course = Course(PLACE, [Stand(0, 1_000, 1, ended=True), Stand(1_000, 2_000, 2, ended=False)])
    course.dated(1, 0)
    course.dated(2, 100)
    assert course.over(500) == [Stretch(500, 2_000)]
    assert merged([Stretch(5, 9), Stretch(1, 5), Stretch(2, 3), Stretch(10, 11)]) == [
        Stretch(1, 9),
        Stretch(10, 11),
    ]


def test_nothing_is_made_up_of_what_was_deleted_since() -> None:
    course = Course(PLACE, [Stand(0, 1_000, 1, ended=True), Stand(1_000, 2_000, 5, ended=False)], log_start=5)
    course.dated(5, 900)
    assert course.offsets == [5]
    assert course.lost() == Stretch(0, 1_000)
    assert point(course, 500, None) == Point(PLACE, 500, 1, None, None)
    assert point(course, 500, None).lag_seconds is None
    assert profile([course], 0, 2_000, 2) == (None, 1.1)


def test_before_anything_is_known_nothing_is_told_and_without_a_position_none() -> None:
    found = stands(track_of((500, 1)), 0, 1_000)
    unknown, none = Course(PLACE, found, unknown_until_ms=500), Course(PLACE, found)
    for course in (unknown, none):
        course.dated(1, 600)
    assert profile([unknown], 0, 1_000, 4) == (None, None, 0.15, 0.4)
    assert profile([none], 0, 1_000, 4) == (0.0, 0.0, 0.15, 0.4)
    assert moments(unknown, 300, 0, 1_000, 10)[0] == 500


def test_a_group_without_anything_known_has_no_worst() -> None:
    assert worst([Course(PLACE, [])]) is None
    assert Course(PLACE, []).peak() is None


@pytest.mark.parametrize("limit_ms", [1 * SECOND, 60 * SECOND, 300 * SECOND])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_it_is_true_at_every_moment_of_made_up_consumers(seed: int, limit_ms: int) -> None:
    random = Random(seed)
    for one in lives(seed, "events", 1, 0, 1_200 * SECOND, groups=2):
        course = course_of(one, 0, 1_200 * SECOND)
        stretches, peak = course.over(limit_ms), course.peak()
        assert peak is not None
        assert peak.lag_ms == one.oldest_unread_ms(peak.time_ms)
        for at in (random.randrange(1_200 * SECOND) for _ in range(60)):
            truth, records = one.oldest_unread_ms(at), one.lag(at)
            told = point(course, at, one.log.end(at))
            assert told.committed == one.committed(at)
            if truth is None:
                continue
            assert (told.lag, told.lag_seconds) == (records, truth / SECOND)
            assert truth <= peak.lag_ms
            inside = any(each.since_ms <= at < each.until_ms for each in stretches)
            assert inside is (truth >= limit_ms and records != 0)


def test_several_partitions_are_as_far_behind_as_the_worst_of_them() -> None:
    slow = life("g", PLACE, LOG, 0, HOUR, [Event(Trouble.STALL, 600 * SECOND, 900 * SECOND)])
    prompt = life("g", ("events", 1), LOG, 0, HOUR)
    courses = [course_of(one, 0, HOUR) for one in (prompt, slow)]
    assert worst(courses) is courses[1]
    # It stands at the record of 596 s, from the commit at 595 s on.
    assert over(courses, 300 * SECOND)[0].since_ms == 896 * SECOND
    told = profile(courses, 0, HOUR, 6)
    assert told[0] is not None
    assert told[1] is not None
    assert told[0] < 10
    assert told[1] > 300


# When there is too much of it to ask for everything


def asked(one: Life, limit_ms: int, budget: int, until_ms: int) -> tuple[Course, int]:
    """Ask as the source does, and count."""
    course = course_without_times(one, 0, until_ms)
    count = 0
    questions = course.first_questions(budget // 2)
    while questions and count < budget:
        for offset in questions:
            course.dated(offset, written(one, offset))
        count += len(questions)
        questions = course.questions(limit_ms, budget - count)
    return course, count


def test_a_stall_is_found_to_the_millisecond_with_few_questions() -> None:
    long = Produced([n * 200 for n in range(24 * 3_600 * 5)])
    one = life("g", PLACE, long, 0, 24 * HOUR, [Event(Trouble.STALL, 7 * HOUR, HOUR)], per_second=50)
    course, count = asked(one, 300 * SECOND, 600, 24 * HOUR)
    exact = course_of(one, 0, 24 * HOUR)
    assert count <= 600 < len(exact.offsets)
    assert course.over(300 * SECOND)[0] == exact.over(300 * SECOND)[0]
    assert course.peak() == exact.peak()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_with_few_questions_it_errs_by_no_more_than_it_says(seed: int) -> None:
    limit_ms = 60 * SECOND
    for one in lives(seed, "events", 1, 0, 1_200 * SECOND, groups=2):
        course, _ = asked(one, limit_ms, 40, 1_200 * SECOND)
        exact = course_of(one, 0, 1_200 * SECOND)
        doubt_ms = course.doubt_ms(limit_ms)
        for stand in course.stands:
            truth, told = exact.lag_ms(stand, stand.last_ms), course.lag_ms(stand, stand.last_ms)
            assert truth is not None
            assert told is not None
            if max(truth, told) > limit_ms:
                assert abs(truth - told) <= doubt_ms


def test_moments_are_spread_and_hold_what_matters() -> None:
    one = life("g", PLACE, LOG, 0, HOUR, [Event(Trouble.CRASH, 600 * SECOND, 900 * SECOND)])
    course = course_of(one, 0, HOUR)
    found = moments(course, 300 * SECOND, 0, HOUR, 10)
    [stretch, *_] = course.over(300 * SECOND)
    peak = course.peak()
    assert peak is not None
    assert {0, HOUR, stretch.since_ms, stretch.until_ms, peak.time_ms} <= set(found)
    assert found == sorted(found)
    assert max(after - before for before, after in pairwise(found)) <= HOUR // 10
