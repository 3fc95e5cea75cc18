"""Whatever events may be, the timeline stands: it is told, drawn, says what is odd, and takes linear time."""

import cProfile
import pstats
from collections.abc import Callable, Sequence
from random import Random

import pytest

from agentctl.claims.terms import Terms
from agentctl.lag.commits import Owner
from agentctl.lag.history import CommitHistory, Reach
from agentctl.lag.track import Track
from agentctl.model.event import Event
from agentctl.model.finding import Code
from agentctl.model.query import Clock, Window
from agentctl.render.choose import Format, Output
from agentctl.timeline.order import Gathering
from agentctl.timeline.reads import Reads
from agentctl.timeline.story import Knowledge, Story, tell
from agentctl.timeline.verdicts import Claims
from agentctl.timeline.view import story_view
from tests.builders import event, ms
from tests.render.incident import scanned
from tests.screens import Screen

NIGHT_OF_1970, DAY_OF_2262 = 0, 9_223_372_036_854
"""In ms: the beginning of time, and the last moment that fits into 64 bits of nanoseconds."""
PLAIN = {"NO_COLOR": "1"}
TOPICS = ("research-events", "content-claims", "agent-progress", "content-results")


def told(events: Sequence[Event], history: CommitHistory | None = None) -> Story:
    gathering = Gathering(Clock.RECORD)
    for one in events:
        gathering.add(one)
    terms = {"content-claims": Terms(ttl_ms=1_800_000), "research-events": Terms()}
    knowledge = Knowledge(reads=Reads(history), claims=Claims(terms, DAY_OF_2262))
    return tell(gathering, ("w",), Clock.RECORD, knowledge)


def screens(story: Story) -> list[str]:
    """The story on a narrow and a wide terminal, in a pipe, and as JSON."""
    view = story_view(story, scanned(), Window())
    drawn = []
    for screen, output in (
        (Screen(60, environment=PLAIN), Output()),
        (Screen(120, environment=PLAIN), Output(Format.WIDE)),
        (Screen(80, terminal=False), Output()),
        (Screen(80, terminal=False), Output(Format.JSON)),
    ):
        screen.show(view, output)
        drawn.append(screen.shown)
    return drawn


def codes(story: Story) -> set[Code]:
    return {finding.code for finding in story.findings}


def test_cycles_of_causes_stand_in_the_order_of_time_and_are_told() -> None:
    events = [
        event(
            TOPICS[n % 4],
            at=ms("03:00") + n,
            partition=n,
            event_id=f"e{n}",
            cause=f"e{(n + 1) % 8}",
            agent="a",
        )
        for n in range(8)
    ]
    story = told(events)
    assert story.entries[0].event.event_id == "e0"
    assert Code.UNKNOWN_CAUSE in codes(story)
    narrow, wide, _, json = screens(story)
    assert all("circle" in screen for screen in (narrow, wide, json))


def test_causes_that_are_nowhere_itself_or_still_to_come_are_told_apart() -> None:
    story = told(
        [
            event(at="03:00", event_id="a", cause="nowhere", agent="x"),
            event(at="03:01", offset=1, event_id="b", cause="b", agent="x"),
            event("notes", at="03:02", event_id="c", cause="d", agent="x"),
            event(at="03:03", offset=2, event_id="d", agent="y"),
        ]
    )
    problems = {finding.evidence.get("problem") for finding in story.findings}
    assert {"nowhere", "itself"} <= problems
    assert Code.CLOCK_SKEW in codes(story)
    assert [entry.event.event_id for entry in story.entries] == ["a", "b", "d", "c"]
    assert story.entries[3].reordered
    assert screens(story)


def test_two_events_with_one_id_are_two_events_and_the_first_is_the_cause() -> None:
    story = told(
        [
            event(at="03:00", event_id="twin", agent="research"),
            event(at="03:01", offset=1, event_id="twin", agent="research"),
            event("content-claims", at="03:02", cause="twin", agent="sales", work_item="i"),
        ]
    )
    assert len(story.entries) == 3
    assert story.entries[2].cause == 1
    assert [finding.evidence["problem"] for finding in story.findings] == ["ambiguous"]


def test_one_agent_under_two_names_has_two_lanes_and_a_result_without_a_claim() -> None:
    story = told(
        [
            event("content-claims", at="03:00", agent="content-agent", work_item="i"),
            event("agent-progress", at="03:01", agent="content-agent", work_item="i"),
            event("content-results", at="03:02", agent="content", work_item="i"),
        ]
    )
    assert story.agents == ("content-agent", "content")
    assert Code.RESULT_WITHOUT_CLAIM in codes(story)
    assert screens(story)


def test_ten_thousand_agents_are_readable() -> None:
    events = [
        event(TOPICS[n % 4], at=ms("03:00") + n, offset=n, agent=f"agent-{n}", work_item=f"item {n % 7}")
        for n in range(10_000)
    ]
    story = told([*events, event(at="14:00", offset=20_000, agent="research")])
    assert len(story.agents) == 10_001
    screen = Screen(80, environment=PLAIN)
    screen.show(story_view(story, scanned(), Window()))
    assert max(len(line) for line in screen.shown.splitlines()) <= 80
    silence = next(finding for finding in story.findings if finding.code is Code.SILENCE)
    assert len(silence.explanation) < 500


def test_all_events_at_the_same_millisecond() -> None:
    events = [
        event(TOPICS[n % 4], at="03:00", partition=n % 3, offset=n, agent=f"a{n % 5}", work_item=f"i{n % 3}")
        for n in range(300)
    ]
    story = told(events)
    assert story.started_ms == story.ended_ms == ms("03:00")
    assert not {Code.SILENCE, Code.TIME_TRAVEL, Code.STALE_READ, Code.CLOCK_SKEW} & codes(story)
    assert screens(story)


@pytest.mark.parametrize("at", [NIGHT_OF_1970, DAY_OF_2262, None, -1, 2**62])
def test_times_at_the_ends_of_time_and_none_at_all(at: int | None) -> None:
    story = told(
        [
            event(at="03:00", event_id="task", agent="research", work_item="i"),
            event("content-claims", at=at, cause="task", agent="sales", work_item="i"),
            event("content-results", at=at, agent="sales", work_item="i"),
            event("agent-progress", at="03:05", agent="sales", work_item="i"),
        ]
    )
    assert len(story.entries) == 4
    assert Code.TIME_TRAVEL not in codes(story), "the work began at 03:05"
    assert (Code.CLOCK_SKEW in codes(story)) is (at is not None and at < ms("03:00"))
    assert all("sales" in screen for screen in screens(story))


def mixed(count: int, *, items: int = 50, step_ms: int = 2_000, causes: float = 0.3) -> list[Event]:
    rng = Random(1)
    events: list[Event] = []
    ends: dict[tuple[str, int], int] = {}
    for n in range(count):
        topic, partition = rng.choice(TOPICS), rng.randrange(4)
        offset = ends.get((topic, partition), 0)
        ends[topic, partition] = offset + 1
        cause = f"e{rng.randrange(count)}" if rng.random() < causes else None
        events.append(
            event(
                topic,
                at=ms("00:00") + n * step_ms,
                partition=partition,
                offset=offset,
                agent=f"agent{rng.randrange(9)}",
                work_item=f"i{rng.randrange(items)}",
                event_id=f"e{n}",
                cause=cause,
            )
        )
    return events


def lagging(events: Sequence[Event], groups: int = 9) -> CommitHistory:
    """Groups that are far behind all the time."""
    tracks = []
    for topic, partition in {(one.record.topic, one.record.partition) for one in events}:
        own = [one for one in events if (one.record.topic, one.record.partition) == (topic, partition)]
        for group in range(groups):
            track = Track(Owner(f"agent{group}-team", topic, partition), 0)
            for done, now in zip(own, own[len(own) // 2 :], strict=False):
                track.add(done.record.offset + 1, now.record.timestamp_ms or 0)
            tracks.append(track)
    return CommitHistory(tracks, [Reach(0, 0)])


SHAPES: dict[str, Callable[[int], Story]] = {
    "mixed": lambda n: told(mixed(n)),
    "one item": lambda n: told(mixed(n, items=1)),
    "one moment": lambda n: told(mixed(n, items=1, step_ms=0)),
    "everything stale": lambda n: told(mixed(n, step_ms=3_600_000)),
    "only causes": lambda n: told(mixed(n, causes=1)),
    "groups far behind": lambda n: told(events := mixed(n), lagging(events)),
    "groups far behind on one item": lambda n: told(events := mixed(n, items=1), lagging(events)),
    "silences": lambda n: told(
        [event(at=i * 1_000 + i // 4 * 7_200_000, offset=i, agent=f"a{i}") for i in range(n)]
    ),
}


def calls(shape: str, count: int) -> int:
    """How many calls it takes: a measure of work that no other program on the machine can change."""
    profile = cProfile.Profile()
    profile.enable()
    SHAPES[shape](count)
    profile.disable()
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_events_are_four_times_the_work(shape: str) -> None:
    assert calls(shape, 2_400) < 5.5 * calls(shape, 600)
