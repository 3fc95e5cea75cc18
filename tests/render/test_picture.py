"""The picture of a timeline: true to scale between its breaks, and every mark in its lane."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.model.event import Event
from agentctl.model.timeline import Timeline
from agentctl.model.view import View
from agentctl.render import timeline
from agentctl.render.axis import laid_out
from agentctl.render.interface import Style
from agentctl.render.scale import Break, Burst
from tests.builders import event, ms
from tests.render import incident

HOUR = 3_600_000


def drawn(*events: Event) -> Timeline:
    found = incident.shown(events, raw=True).timeline
    assert found is not None
    return found


def at(*times: int) -> Timeline:
    return drawn(*(event(at=time_ms, offset=n, agent="a") for n, time_ms in enumerate(sorted(times))))


def picture(view: View, width: int = 80) -> list[str]:
    """The axis and its lanes: the first block of lines after the heading."""
    lines = list(timeline.render(view, Style(width=width)))
    first = lines.index("") + 1
    return lines[first : lines.index("", first)]


times = st.lists(st.integers(0, 40 * HOUR), min_size=2, max_size=60, unique=True)


@given(times, st.integers(24, 200))
def test_bursts_and_breaks_fill_the_width_without_overlap(found: list[int], width: int) -> None:
    parts = laid_out(at(*found), width, "⫽")
    column = 0
    for part in parts:
        if isinstance(part, Burst):
            assert part.start == column
            column += part.width
        else:
            column += len(part.text)
    assert column == width
    assert sum(len(part.moments) for part in parts if isinstance(part, Burst)) == len(found)
    kinds = [isinstance(part, Burst) for part in parts]
    assert kinds == [n % 2 == 0 for n in range(len(kinds))]


@given(times, st.integers(24, 200))
def test_between_its_breaks_the_axis_is_true_to_scale(found: list[int], width: int) -> None:
    for burst in laid_out(at(*found), width, "⫽"):
        if isinstance(burst, Break) or burst.until_ms == burst.since_ms:
            continue
        cells = burst.width - 2
        for time_ms, _ in burst.moments:
            share = (time_ms - burst.since_ms) / (burst.until_ms - burst.since_ms)
            assert burst.at(time_ms) - burst.start == pytest.approx(share * cells, abs=1)
        columns = [burst.at(time_ms) for time_ms, _ in burst.moments]
        assert all(one <= other for one, other in pairwise(columns))


def test_the_longest_silences_break_the_axis_when_there_is_no_room_for_all() -> None:
    clock, found = 0, []
    for n in range(1, 31):
        found += [clock + second * 1_000 for second in range(5)]
        clock += n * HOUR
    parts = laid_out(at(*found), 60, "⫽")
    breaks = [part for part in parts if isinstance(part, Break)]
    assert 1 <= len(breaks) <= 5
    assert isinstance(parts[-1], Burst)
    last = parts[-1].since_ms
    assert last == sum(n * HOUR for n in range(1, 30))


def test_one_time_is_no_picture() -> None:
    assert laid_out(at(5), 60, "⫽") == []
    assert laid_out(drawn(event(at=None, offset=0), event(at=None, offset=1)), 60, "⫽") == []


def test_a_mark_stands_under_its_time() -> None:
    axis, research, marketing, *_ = picture(incident.time_travel(), 120)
    assert axis.index("03:00") == research.index("●") == marketing.index("◆")
    assert axis.index("03:30") + len("03:30") - 1 == marketing.index("■")
    assert axis.index("14:00") == research.rindex("●")


def test_breaks_stand_in_one_column_in_every_lane() -> None:
    lines = picture(incident.time_travel())
    breaks = [[n for n, sign in enumerate(line) if sign == "⫽"] for line in lines]
    assert len(breaks[0]) == 2
    assert all(found == breaks[0] for found in breaks)


def test_folded_work_is_drawn_from_where_it_began() -> None:
    oracle = next(line for line in picture(incident.time_travel()) if "oracle" in line)
    everything = next(line for line in picture(incident.time_travel(unfolded=True)) if "oracle" in line)
    assert oracle == everything
    assert "▸▸▸▸▸■" in oracle


def test_all_agents_that_work_at_once_are_drawn_at_once() -> None:
    _, _, *rivals = picture(incident.duplicate_article())
    starts = {line.index("◆") for line in rivals}
    ends = [line.index("■") for line in rivals]
    assert len(starts) == 1
    assert ends == sorted(ends)


def test_a_problem_has_a_flag_beside_its_mark() -> None:
    view = incident.shown(
        [
            event(at="03:00", agent="research", offset=0),
            event(at="03:01", agent="research", offset=1, undecodable="not UTF-8"),
            event(at="03:02", agent="research", offset=2),
        ]
    )
    assert "?⚑" in picture(view)[1]


def test_days_are_named_where_there_are_several() -> None:
    view = incident.shown(
        [
            event(at=ms("23:00", "2026-11-22"), agent="a", offset=0),
            event(at=ms("23:01", "2026-11-22"), agent="a", offset=1),
            event(at=ms("23:02", "2026-11-22"), agent="a", offset=2),
            event(at=ms("09:00"), agent="a", offset=3),
            event(at=ms("09:02"), agent="a", offset=4),
        ]
    )
    axis = picture(view)[0]
    assert "22 Nov 23:00" in axis
    assert "23 Nov 09:00" in axis
