"""A story numbers its events, measures gaps, names causes, and says what is odd."""

from agentctl.model.event import Event
from agentctl.model.finding import Code, Severity
from agentctl.model.query import Clock
from agentctl.timeline.gaps import silences
from agentctl.timeline.order import Gathering
from agentctl.timeline.story import Story, tell
from tests.builders import event, ms

MINUTE = 60_000


def story(*events: Event, clock: Clock = Clock.RECORD, limit: int | None = None) -> Story:
    gathering = Gathering(clock, limit)
    for one in events:
        gathering.add(one)
    return tell(gathering, ids=("w",), clock=clock)


def test_rows_are_numbered_and_gaps_are_since_the_row_before() -> None:
    told = story(event(at="03:00", offset=0), event(at="03:00:00.412", offset=1), event(at="03:01", offset=2))
    assert [(e.n, e.gap_ms) for e in told.entries] == [(1, None), (2, 412), (3, 59_588)]


def test_a_gap_is_negative_where_the_clock_runs_backwards() -> None:
    told = story(event(at="03:10", offset=0), event(at="03:09", offset=1))
    assert told.entries[1].gap_ms == -MINUTE
    assert (told.started_ms, told.ended_ms) == (ms("03:09"), ms("03:10"))


def test_a_gap_beside_an_unknown_time_is_unknown() -> None:
    told = story(event(at="03:00", offset=0), event(at=None, offset=1), event(at="03:01", offset=2))
    assert [e.gap_ms for e in told.entries] == [None, None, None]


def test_a_cause_in_the_story_is_a_number_and_gives_the_read_age() -> None:
    told = story(
        event(at="03:00", event_id="task"),
        event("content-claims", at="14:15", event_id="claim", cause="task"),
    )
    assert told.entries[1].cause == 1
    assert told.entries[1].read_age_ms == 11 * 60 * MINUTE + 15 * MINUTE


def test_a_cause_outside_of_the_story_stays_as_it_was_stated() -> None:
    told = story(event(cause="research-events[2]@8841"))
    assert told.entries[0].cause == "research-events[2]@8841"
    assert told.entries[0].read_age_ms is None


def test_agents_topics_and_workflows_stand_in_the_order_of_their_first_event() -> None:
    told = story(
        event(at="03:00", agent="research", workflow_id="b"),
        event("content-claims", at="03:01", agent="content", workflow_id="a"),
        event("content-results", at="03:02", agent="research", workflow_id=None),
    )
    assert told.agents == ("research", "content")
    assert told.topics == ("research-events", "content-claims", "content-results")
    assert told.workflow_ids == ("b", "a")


def test_what_the_limit_left_out_is_counted() -> None:
    told = story(*(event(at=n, offset=n) for n in range(10)), limit=4)
    assert (len(told.entries), told.more) == (4, 6)


def test_an_undecodable_event_stands_in_the_story_with_its_reason() -> None:
    told = story(event(offset=5, undecodable="invalid UTF-8 at byte 3", value=b"abc\xff"))
    [finding] = told.findings
    assert finding.code is Code.UNDECODABLE
    assert finding.severity is Severity.WARNING
    assert "research-events[0]@5 cannot be decoded: invalid UTF-8 at byte 3" in finding.explanation
    assert finding.evidence["value_bytes"] == 4
    assert told.entries[0].findings == (finding.id,)


def test_a_silence_is_a_finding_with_the_events_on_both_sides() -> None:
    told = story(*(event(at=f"03:0{n}", offset=n) for n in range(5)), event(at="14:00", offset=5))
    [finding] = told.findings
    assert finding.code is Code.SILENCE
    assert [place.offset for place in finding.events] == [4, 5]
    assert finding.evidence["duration_ms"] == ms("14:00") - ms("03:04")
    assert told.entries[4].findings == told.entries[5].findings == (finding.id,)


class TestSilences:
    def test_need_more_than_five_minutes(self) -> None:
        assert silences([0, 1, 2, 3, 3 + 5 * MINUTE]) == ()
        assert len(silences([0, 1, 2, 3, 4 + 5 * MINUTE])) == 1

    def test_need_more_than_ten_times_the_median_gap(self) -> None:
        steady = [n * 10 * MINUTE for n in range(6)]
        assert silences([*steady, steady[-1] + 100 * MINUTE]) == ()
        assert len(silences([*steady, steady[-1] + 100 * MINUTE + 1])) == 1

    def test_are_measured_from_the_latest_time_seen(self) -> None:
        [gap] = silences([0, 100, 50, 101, 102, 103, 10 * MINUTE])
        assert (gap.after, gap.since_ms, gap.until_ms) == (5, 103, 10 * MINUTE)
        assert silences([0, 1, 2, 60 * MINUTE, 3, 61 * MINUTE])[0].duration_ms == 60 * MINUTE - 2

    def test_pass_over_unknown_times_and_short_stories(self) -> None:
        assert silences([]) == silences([5]) == silences([None, None]) == ()
        [gap] = silences([0, 1, 2, None, 60 * MINUTE])
        assert gap.after == 3
