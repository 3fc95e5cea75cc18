"""When a played row is due: as it was, so many times faster, without the long silences."""

import pytest

from agentctl.errors import UsageError
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.query import Window
from agentctl.model.timeline import Silence
from agentctl.timeline.order import Gathering
from agentctl.timeline.play import PAUSE_MS, schedule, speed
from agentctl.timeline.story import tell
from agentctl.timeline.view import story_view
from tests.builders import event


def due(*events: Event, times: float = 1.0) -> list[tuple[int, object]]:
    gathering = Gathering()
    for one in events:
        gathering.add(one)
    view = story_view(tell(gathering, ()), Coverage(), Window())
    return [
        (one.at_ms, "silence" if isinstance(one.entry, Silence) else one.entry.n)
        for one in schedule(view, times)
    ]


def at(clock: str | int | None, offset: int, **more: str) -> Event:
    return event(at=clock, offset=offset, agent="seo", **more)  # type: ignore[arg-type]


def test_gaps_are_as_long_as_they_were_divided_by_the_speed() -> None:
    events = [at("03:00:00", 0), at("03:00:30", 1), at("03:01:30", 2)]
    assert due(*events) == [(0, 1), (30_000, 2), (90_000, 3)]
    assert due(*events, times=60) == [(0, 1), (500, 2), (1_500, 3)]
    assert due(*events, times=0.5) == [(0, 1), (60_000, 2), (180_000, 3)]


def test_a_long_silence_is_a_short_pause_at_any_speed() -> None:
    events = [at("03:00:00", 0), at("03:00:30", 1), at("03:01:00", 2), at("09:00:00", 3), at("09:00:10", 4)]
    assert due(*events) == [
        *((0, 1), (30_000, 2), (60_000, 3)),
        *((60_000 + PAUSE_MS, "silence"), (60_000 + PAUSE_MS, 4), (70_000 + PAUSE_MS, 5)),
    ]


def test_what_is_dated_before_the_row_above_or_not_at_all_is_due_with_it() -> None:
    events = [at("03:00:10", 0), at("03:00:00", 1), at(None, 2), at("03:00:20", 3)]
    assert [moment for moment, _ in due(*events)] == [0, 0, 0, 10_000]


def test_a_finding_is_due_with_the_last_event_that_it_names() -> None:
    gathering = Gathering()
    broken = event(at="03:00:30", offset=1, undecodable="it is no JSON")
    for one in (at("03:00:00", 0), broken, at("03:01:00", 2)):
        gathering.add(one)
    view = story_view(tell(gathering, ()), Coverage(), Window())
    assert [[found.id for found in one.findings] for one in schedule(view, 1.0)] == [[], ["U1"], []]


@pytest.mark.parametrize(
    ("text", "times"), [("60x", 60.0), ("1x", 1.0), ("0.5x", 0.5), ("10", 10.0), ("2.5X", 2.5)]
)
def test_a_speed_is_a_number_with_or_without_an_x(text: str, times: float) -> None:
    assert speed(text) == times


@pytest.mark.parametrize(
    "text", ["", "x", "0", "0x", "-1x", "fast", "1e9", "nan", "60xx", "999999999x", "١x"]
)
def test_nonsense_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        speed(text)
    assert "--play 60x" in (refused.value.hint or "")
