"""The history of lag as people and scripts see it."""

import json
from dataclasses import replace

import pytest

from agentctl.errors import ExitCode
from agentctl.lag.commits import Owner
from agentctl.lag.history_view import history_view
from agentctl.lag.over_time import NEVER, Course, Past, commits_within, moments, point, stands
from agentctl.lag.track import Track
from agentctl.render.choose import Format, Output
from tests.lag.truth.consumers import Event, Life, Produced, Trouble, life
from tests.screens import NOW_MS, Screen, check_golden

HOUR_MS = 3_600_000
SINCE_MS = NOW_MS - 12 * HOUR_MS
LOG = Produced(range(SINCE_MS, NOW_MS, 20_000))
"""A record every 20 s for twelve hours."""


def course_of(one: Life) -> Course:
    track = Track(Owner(one.group, *one.position), 0)
    for time_ms, offset in one.commits:
        track.add(offset, time_ms)
    commits = commits_within(track, SINCE_MS, NOW_MS)
    course = Course(one.position, stands(track, SINCE_MS, NOW_MS), commits=commits)
    for offset in course.offsets:
        course.dated(offset, LOG.times_ms[offset] if offset < len(LOG.times_ms) else NEVER)
    return course


def stalled(partition: int, hour: float, for_hours: float) -> Life:
    trouble = Event(Trouble.STALL, SINCE_MS + int(hour * HOUR_MS), int(for_hours * HOUR_MS))
    place = ("research-events", partition)
    return life("oracle-audit", place, LOG, SINCE_MS, NOW_MS, [trouble], per_second=100, every_ms=8_000)


def past(*lives: Life) -> Past:
    courses = tuple(map(course_of, lives))
    points = tuple(
        point(course, at, LOG.end(at))
        for course in courses
        for at in moments(course, 300_000, SINCE_MS, NOW_MS, 4)
    )
    return Past("oracle-audit", SINCE_MS, NOW_MS, courses, points, topics=("research-events",))


LATE = past(stalled(2, 0.75, 11))
SEVERAL = past(stalled(0, 20, 1), stalled(1, 3, 0.5), stalled(2, 0.75, 100))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_on_screens(width: int) -> None:
    screen = Screen(width=width)
    assert screen.show(history_view(LATE, 300)) is ExitCode.FINE
    check_golden(f"lag/history-{width}", screen.all)


def test_several_partitions() -> None:
    screen = Screen(width=80)
    screen.show(history_view(SEVERAL, 300))
    check_golden("lag/history-several", screen.all)


def test_in_ascii_without_colour() -> None:
    screen = Screen(width=80, encoding="ascii", environment={"NO_COLOR": "1"})
    screen.show(history_view(LATE, 300))
    assert screen.all.replace("··· stderr ···", "").isascii()
    assert "␛" not in screen.all
    check_golden("lag/history-ascii", screen.all)


@pytest.mark.parametrize("form", [Format.TEXT, Format.JSON, Format.WIDE, Format.MARKDOWN], ids=str)
def test_elsewhere(form: Format) -> None:
    screen = Screen(width=100, terminal=form is Format.WIDE)
    screen.show(history_view(LATE, 300), Output(format=form))
    check_golden(f"lag/history-{form.value}", screen.all)


def test_a_page_holds_the_drawing() -> None:
    screen = Screen(terminal=False)
    screen.show(history_view(LATE, 300), Output(format=Format.HTML))
    assert "&gt;300 ┤" in screen.shown
    assert "over 300 s from" in screen.shown


def summary(found: Past, **more: bool) -> "dict[str, object]":
    screen = Screen(terminal=False)
    screen.show(history_view(found, 300, **more), Output(format=Format.JSON))
    told: dict[str, object] = json.loads(screen.shown)["summary"]
    return told


def test_what_is_summed_up_is_the_partition_that_was_furthest_behind() -> None:
    told = summary(SEVERAL)
    assert (told["worst_topic"], told["worst_partition"]) == ("research-events", 2)
    assert told["exceeded_now"] is True
    assert told["exceeded_times"] == 1
    alone = summary(past(stalled(2, 0.75, 100)))
    for name in ("first_exceeded", "exceeded_for_seconds", "worst_seconds", "worst_at"):
        assert told[name] == alone[name]
    assert told["first_exceeded_anywhere"] == told["first_exceeded"]


def test_one_that_was_never_late() -> None:
    prompt = past(stalled(2, 20, 1))
    told = summary(prompt)
    assert (told["first_exceeded"], told["exceeded_for_seconds"], told["exceeded_times"]) == (None, 0.0, 0)
    assert history_view(prompt, 300, fail=True).exit_code is ExitCode.FINE
    assert str(told["sentence"]).startswith("never over 300 s. Worst ")


def test_a_limit_that_was_asked_for_and_exceeded_is_a_problem() -> None:
    assert history_view(LATE, 300, fail=True).exit_code is ExitCode.PROBLEMS
    assert history_view(LATE, 100_000, fail=True).exit_code is ExitCode.FINE
    assert history_view(LATE, 300).exit_code is ExitCode.FINE


def test_what_is_not_known_is_no_zero_and_makes_it_partial() -> None:
    unknown = Past("g", SINCE_MS, NOW_MS, troubles=("this broker keeps no history",))
    view = history_view(unknown, 300)
    assert view.exit_code is ExitCode.PARTIAL
    assert view.chart is None
    told = summary(unknown)
    for name in ("first_exceeded", "exceeded_for_seconds", "worst_seconds", "worst_at", "exceeded_now"):
        assert told[name] is None
    partly = summary(replace(past(stalled(2, 20, 1)), troubles=("one partition was not read",)))
    assert str(partly["sentence"]).startswith("not known to have been over 300 s")


def test_a_group_without_a_position_is_told_where_it_has_one() -> None:
    none = Past("g", SINCE_MS, NOW_MS, topics=("claims", "results"))
    view = history_view(none, 300)
    assert view.exit_code is ExitCode.NOTHING
    assert view.nothing is not None
    assert view.nothing.endswith("It has committed on: claims, results")


def test_the_next_commands_can_be_pasted_whatever_the_group_is_called() -> None:
    named = replace(past(stalled(2, 0.75, 100)), group="my group; reboot")
    assert history_view(named, 300).next[0] == "agentctl lag why 'my group; reboot'"
