"""A lane for each agent, progress folded, silences where they break the axis."""

from agentctl.model.event import Event
from agentctl.model.timeline import Mark, Moment, Silence, Timeline
from agentctl.timeline.lanes import MOST_LANES, drawn
from tests.builders import event, ms
from tests.timeline.test_story import story


def work(agent: str, minute: int, *, steps: int = 3, offset: int = 0) -> list[Event]:
    """A claim, some steps and a result of one agent, a minute apart."""
    item = "kubernetes"
    claim = event("content-claims", at=f"03:{minute:02}", offset=offset, agent=agent, work_item=item)
    progress = [
        event(
            "agent-progress",
            at=f"03:{minute + n:02}",
            offset=offset + n,
            agent=agent,
            work_item=item,
            step=n,
            total=steps,
            status="Writing draft",
        )
        for n in range(1, steps + 1)
    ]
    end = minute + steps + 1
    result = event("content-results", at=f"03:{end:02}", offset=offset, agent=agent, work_item=item)
    return [claim, *progress, result]


def moments(timeline: Timeline) -> list[Moment]:
    return [entry for entry in timeline.entries if isinstance(entry, Moment)]


def test_lanes_stand_in_the_order_of_first_events_with_unique_short_names() -> None:
    agents = ["content", "coordinator", "co", "", "über", "\x1b[31m"]
    timeline = drawn(story(*(event(at=n, partition=n, agent=a) for n, a in enumerate(agents))))
    assert [lane.agent for lane in timeline.lanes] == agents
    assert [lane.short for lane in timeline.lanes] == ["CO", "CR", "C2", "A2", "BE", "31"]


def test_ten_thousand_agents_share_what_lanes_there_are() -> None:
    events = [event(at=n, partition=n % 7, offset=n, agent=f"agent-{n}") for n in range(10_000)]
    busy = event(at=20_000, partition=6, offset=10_001, agent="agent-9999")
    timeline = drawn(story(*events, busy))
    assert len(timeline.lanes) == MOST_LANES
    assert timeline.others == 10_000 - MOST_LANES
    assert "agent-9999" in [lane.agent for lane in timeline.lanes]


def test_progress_is_folded_into_its_latest_row_and_counted() -> None:
    timeline = drawn(story(*work("marketing", 0, steps=5)))
    assert [(m.n, m.mark, m.folded) for m in moments(timeline)] == [
        (1, Mark.CLAIM, 0),
        (6, Mark.PROGRESS, 4),
        (7, Mark.RESULT, 0),
    ]
    assert timeline.hidden == 4


def test_interleaved_agents_are_folded_each_for_itself() -> None:
    timeline = drawn(story(*work("marketing", 0), *work("sales", 1, offset=10)))
    assert timeline.hidden == 4
    assert [m.agent for m in moments(timeline) if m.mark is Mark.PROGRESS] == ["marketing", "sales"]


def test_unfolded_shows_every_event() -> None:
    timeline = drawn(story(*work("marketing", 0, steps=5)), unfolded=True)
    assert [m.n for m in moments(timeline)] == [1, 2, 3, 4, 5, 6, 7]
    assert timeline.hidden == 0


def test_progress_is_not_folded_across_a_silence() -> None:
    before = [event("agent-progress", at=f"03:0{n}", offset=n, agent="a", work_item="x") for n in range(4)]
    after = [event("agent-progress", at=f"14:0{n}", offset=4 + n, agent="a", work_item="x") for n in range(2)]
    timeline = drawn(story(*before, *after))
    assert [type(e).__name__ for e in timeline.entries] == ["Moment", "Silence", "Moment"]
    assert [m.folded for m in moments(timeline)] == [3, 1]


def test_an_undecodable_event_is_never_folded() -> None:
    steps = [
        event("agent-progress", at=n, offset=n, agent="a", undecodable="broken" if n == 1 else None)
        for n in range(3)
    ]
    timeline = drawn(story(*steps))
    assert [m.mark for m in moments(timeline)] == [Mark.PROGRESS, Mark.UNDECODABLE, Mark.PROGRESS]
    assert moments(timeline)[1].findings == ("U1",)


def test_a_silence_breaks_the_axis_where_nothing_happened() -> None:
    timeline = drawn(story(*work("marketing", 0), event(at="14:00", offset=9)))
    [(at, silence)] = [(n, e) for n, e in enumerate(timeline.entries) if isinstance(e, Silence)]
    assert at == len(timeline.entries) - 2
    assert silence.explanation == "10h 56m without events. Why is not known."


def test_a_lane_is_open_from_its_first_mark_to_its_last_but_not_through_a_silence() -> None:
    research = event(at="02:59", agent="research")
    again = event(at="03:06", offset=1, agent="research")
    much_later = event(at="14:00", offset=2, agent="research")
    timeline = drawn(story(research, *work("marketing", 0), again, much_later))
    opened = [sorted(m.open_lanes) for m in moments(timeline)]
    assert opened == [[0], [0, 1], [0, 1], [0, 1], [0], [0]]


def test_a_folded_row_knows_when_its_work_began() -> None:
    timeline = drawn(story(*work("marketing", 0, steps=5)))
    assert [m.began_ms for m in moments(timeline)] == [None, ms("03:01"), None]


def test_who_is_not_named_is_not_the_agent_with_an_empty_name() -> None:
    named = [event(at=1, agent="", offset=0), event(at=2, agent=None, offset=1)]
    assert [m.lane for m in moments(drawn(story(*named)))] == [0, None]


def test_agents_that_are_numbered_keep_their_number() -> None:
    agents = ["planner", "writer-1", "writer-2", "writer-12", "7"]
    timeline = drawn(story(*(event(at=n, partition=n, agent=a) for n, a in enumerate(agents))))
    assert [lane.short for lane in timeline.lanes] == ["PL", "W1", "W2", "WR", "72"]
