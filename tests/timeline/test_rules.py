"""Clocks that must differ, causes that cannot be pointed at, and what cannot be decoded."""

import pytest

from agentctl.model.event import Event
from agentctl.model.finding import Severity
from agentctl.model.record import TimestampType
from agentctl.timeline.rules import clock_skew, undecodable, unknown_cause
from tests.builders import event, ms
from tests.claims.logs import Log
from tests.timeline.scenes import found


class TestClockSkew:
    @pytest.mark.parametrize(("by_ms", "severity"), [(1, Severity.NOTE), (1_000, Severity.WARNING)])
    def test_an_effect_dated_before_its_cause_shows_it(self, by_ms: int, severity: Severity) -> None:
        log = Log()
        task = log.task(10_000)
        log.claim("sales", 10_000 - by_ms, cause=task)
        [one] = found(clock_skew, log)
        assert one.severity is severity
        assert one.evidence == {"behind": "sales", "ahead": "research", "skew_ms": by_ms, "events": 1}
        assert one.flags == (log.events[1].place,)

    def test_a_pair_of_clocks_is_told_once_with_the_worst(self) -> None:
        log = Log()
        task = log.task(10_000)
        log.claim("sales", 9_000, cause=task)
        log.claim("sales", 5_000, cause=task)
        log.claim("content", 9_500, cause=task)
        one, two = found(clock_skew, log)
        assert (one.evidence["skew_ms"], one.evidence["events"]) == (5_000, 2)
        assert two.evidence["behind"] == "content"
        assert "Nothing was moved." in one.explanation

    def test_an_inferred_cause_shows_nothing(self) -> None:
        log = Log()
        log.task(10_000)
        log.claim("sales", 9_000)
        assert found(clock_skew, log) == []

    def test_the_brokers_clock_is_one_and_is_named(self) -> None:
        log = Log()
        task = log.task(10_000)
        log.claim("sales", 9_000, cause=task, clock=TimestampType.APPEND)
        [one] = found(clock_skew, log)
        assert (one.evidence["behind"], one.evidence["ahead"]) == ("the broker", "research")
        both = Log()
        task = both.task(10_000, clock=TimestampType.APPEND)
        both.claim("sales", 9_000, cause=task, clock=TimestampType.APPEND)
        assert found(clock_skew, both) == []

    def test_an_agent_that_dates_an_event_after_the_broker_got_it_is_ahead(self) -> None:
        log = Log()
        made = log.claim("sales", 10_000, clock=TimestampType.APPEND)
        [one] = found(clock_skew, [made._replace(event_time_ms=12_000)])
        assert one.evidence == {"behind": "the broker", "ahead": "sales", "skew_ms": 2_000, "events": 1}
        assert "is at least 2s ahead" in one.explanation
        assert found(clock_skew, [made._replace(event_time_ms=10_000)]) == []

    def test_unknown_times_and_circles_show_nothing(self) -> None:
        timeless = [event(at=None, event_id="a"), event("notes", at=5, cause="a", agent="b")]
        circle = [
            event(offset=n, at=9 - n, event_id=f"e{n}", cause=f"e{1 - n}", agent=f"a{n}") for n in range(2)
        ]
        assert found(clock_skew, timeless) == found(clock_skew, circle) == []


class TestUnknownCause:
    def test_what_is_nowhere_is_told_once_for_each_agent(self) -> None:
        events = [
            event(offset=n, at=n, agent=agent, cause=f"gone-{n}")
            for n, agent in enumerate(["sales", "content", "sales"])
        ]
        one, two = found(unknown_cause, events)
        assert one.severity is Severity.WARNING
        assert one.evidence == {"problem": "nowhere", "agents": ["sales"], "causes": ["gone-0", "gone-2"]}
        assert one.explanation == (
            "#1, #3: the cause stated there is not among the events that were read (gone-0, gone-2)."
        )
        assert two.events == (events[1].place,)

    def test_of_many_unknown_causes_the_first_are_said(self) -> None:
        [one] = found(unknown_cause, [event(offset=n, at=n, cause=f"gone-{n}") for n in range(20)])
        assert "gone-4 and 15 more)" in one.explanation
        assert len(one.events) == 20

    def test_an_event_that_names_itself_by_id_or_by_place(self) -> None:
        by_id, by_place = (
            event(event_id="x", cause="x"),
            event(offset=1, cause="research-events[0]@1", event_id="y"),
        )
        [one] = found(unknown_cause, [by_id, by_place])
        assert one.evidence["problem"] == "itself"
        assert len(one.events) == 2

    def test_each_circle_is_told_and_not_what_only_leads_to_it(self) -> None:
        names = {"a": "b", "b": "a", "c": "d", "d": "e", "e": "c", "f": "a"}
        events = [event(offset=n, at=n, event_id=x, cause=y) for n, (x, y) in enumerate(names.items())]
        one, two = found(unknown_cause, events)
        assert [len(found_.events) for found_ in (one, two)] == [2, 3]
        assert one.evidence["problem"] == "circle"

    def test_an_id_of_several_events_is_a_note_and_the_first_is_taken(self) -> None:
        events = [
            *(event(offset=n, at=n, event_id="twin") for n in range(2)),
            event(offset=2, at=2, cause="twin"),
        ]
        [one] = found(unknown_cause, events)
        assert one.severity is Severity.NOTE
        assert one.evidence == {"problem": "ambiguous", "agents": [None], "causes": ["twin"]}
        assert one.events == (events[2].place,)

    def test_twins_that_nobody_names_and_causes_by_place_are_clear(self) -> None:
        twins: list[Event] = [event(offset=n, at=n, event_id="twin") for n in range(2)]
        assert found(unknown_cause, [*twins, event(offset=2, at=2, cause="research-events[0]@1")]) == []

    def test_a_cause_still_to_come_is_known(self) -> None:
        events = [event(offset=0, at="03:00", cause="later"), event("notes", at="04:00", event_id="later")]
        assert found(unknown_cause, events) == []


def test_what_cannot_be_decoded_says_why_and_where_its_bytes_are() -> None:
    [one] = found(undecodable, [event(at=ms("03:00"), undecodable="broken at byte 3", value=b"abc")])
    assert (
        one.explanation == "research-events[0]@0 cannot be decoded: broken at byte 3. Its 3 bytes are kept."
    )
    assert one.next == ("agentctl replay 'research-events[0]@0' -o ndjson",)
