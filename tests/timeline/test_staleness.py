"""Who acted on old or replaced news, how old it was, and what stands downstream."""

import pytest

from agentctl.model.event import Event
from agentctl.model.finding import Severity
from agentctl.timeline.acts import MOST_DOWNSTREAM
from agentctl.timeline.staleness import stale_read
from agentctl.timeline.travel import time_travel
from tests.claims.logs import RESEARCH, RESULTS, Log
from tests.timeline.scenes import LIMIT_MS, commits, found

MINUTE = 60_000


def oracles_night() -> Log:
    """Oracle reads at 14:15 what was written at 03:00, and acts; somebody acts on that."""
    log = Log()
    old = log.task("03:00", item="kubernetes")
    log.task("14:00", item="tracing")
    log.progress("oracle", "14:15", item="kubernetes")
    result = log.result("oracle", "14:20", item="kubernetes", cause=old)
    log.write(RESULTS, "paxmachina", "14:22", item="weekly", cause=result)
    return log


HISTORY = (("03:00:01", "oracle-audit", 0), ("14:15:01", "oracle-audit", 1), ("14:30", "oracle-audit", 2))


class TestTimeTravel:
    def test_it_says_who_acted_when_on_what_and_what_follows(self) -> None:
        log = oracles_night()
        [one] = found(time_travel, log, commits(*HISTORY))
        task, _, progress, result, weekly = (event.place for event in log.events)
        assert one.severity is Severity.PROBLEM
        assert one.events == (task, progress, result)
        assert one.flags == (progress, result)
        assert one.downstream == (weekly,)
        assert one.explanation == (
            "oracle acted at #3, #4 on #1, an event 11h 15m old (limit 15m). Its group oracle-audit stood at "
            "research-events[0]@0 since 03:00:01 and passed it at 14:15:01 (its commits say so). "
            "Downstream: #5. A newer event on the same workflow was #2."
        )
        assert one.next == (
            "agentctl lag history oracle-audit -t research-events",
            "agentctl replay w --as-seen-by oracle",
        )

    def test_its_evidence(self) -> None:
        [one] = found(time_travel, oracles_night(), commits(*HISTORY))
        assert dict(one.evidence) == {
            "agent": "oracle",
            "cause": "research-events[0]@0",
            "cause_kind": "stated",
            "effect": "content-results[0]@0",
            "age_ms": 11 * 60 * MINUTE + 15 * MINUTE,
            "limit_ms": LIMIT_MS,
            "newer": "research-events[0]@1",
            "downstream": ["content-results[0]@1"],
            "downstream_more": False,
            "group": "oracle-audit",
            "read_at": "2026-11-23T14:15:01.000Z",
            "read_age_ms": 11 * 60 * MINUTE + 15 * MINUTE + 1_000,
            "stood_at": 0,
            "stood_since": "2026-11-23T03:00:01.000Z",
        }

    def test_without_commits_it_is_told_all_the_same(self) -> None:
        [one] = found(time_travel, oracles_night())
        assert one.evidence["group"] is None
        assert "commits" not in one.explanation
        assert one.next == ("agentctl replay w --as-seen-by oracle",)

    @pytest.mark.parametrize(("later_ms", "is_late"), [(LIMIT_MS, False), (LIMIT_MS + 1, True)])
    def test_just_as_old_as_the_limit_is_in_time(self, later_ms: int, is_late: bool) -> None:
        log = Log()
        log.task(0)
        log.claim("sales", later_ms)
        assert bool(found(time_travel, log)) is is_late

    def test_what_counts_is_the_beginning_of_the_work_not_its_end(self) -> None:
        log = Log()
        task = log.task("03:00")
        log.claim("sales", "03:01")
        log.result("sales", "09:00", cause=task)
        assert found(time_travel, log) == []

    def test_a_lone_result_counts_from_when_its_group_read_the_cause(self) -> None:
        log = Log()
        task = log.task("03:00")
        log.result("oracle", "09:00", cause=task)
        assert len(found(time_travel, log)) == 1
        assert found(time_travel, log, commits(("02:59", "oracle", 0), ("03:01", "oracle", 1))) == []
        assert len(found(time_travel, log, commits(("02:59", "oracle", 0), ("08:59", "oracle", 1)))) == 1

    def test_what_only_seems_to_be_the_cause_is_called_so(self) -> None:
        log = Log()
        log.task("03:00")
        log.claim("sales", "09:00")
        [one] = found(time_travel, log)
        assert "on what seems to be its cause, #1" in one.explanation
        assert one.evidence["cause_kind"] == "inferred"

    def test_a_takeover_answers_no_event(self) -> None:
        log = Log()
        log.task("03:00")
        log.claim("sales", "03:01", ttl_ms=30 * MINUTE)
        log.claim("content", "03:40", ttl_ms=30 * MINUTE)
        assert found(time_travel, log) == []

    def test_a_task_may_travel_too_but_only_on_a_cause_that_it_states(self) -> None:
        log = Log()
        task = log.task("03:00")
        log.write(RESEARCH, "sales", "09:00", type="digest")
        assert found(time_travel, log) == []
        log.write(RESEARCH, "sales", "09:01", type="digest", cause=task)
        assert len(found(time_travel, log)) == 1

    def test_an_agent_that_answers_itself_does_not_travel(self) -> None:
        log = Log()
        task = log.task("03:00")
        log.write(RESULTS, "research", "09:00", cause=task)
        assert found(time_travel, log) == []

    def test_unknown_times_and_circles_are_no_ages(self) -> None:
        log = Log()
        log.task(None, event_id="timeless")
        log.claim("sales", "09:00", cause="timeless")
        log.write(RESEARCH, "a", "03:00", item="x", event_id="a", cause="b")
        log.write(RESEARCH, "b", "09:00", item="x", event_id="b", cause="a")
        assert found(time_travel, log) == []

    def test_of_very_much_downstream_each_finding_names_the_nearest(self) -> None:
        log = Log(ttl_ms=None)
        before: Event = log.task(0)
        for n in range(1, 1_001):
            before = log.write(RESULTS, f"a{n % 2}", n * 2 * LIMIT_MS, item=f"i{n}", cause=before)
        travels = found(time_travel, log)
        assert len(travels) == 1_000
        assert {len(one.downstream) for one in travels[:100]} == {MOST_DOWNSTREAM // 1_000}
        assert "and further ones" in travels[0].explanation
        assert (travels[0].evidence["downstream_more"], travels[-1].evidence["downstream_more"]) == (
            True,
            False,
        )


class TestReplaced:
    def asked_again(self, **rest: object) -> Log:
        log = Log()
        old = log.task("03:00")
        log.write(RESEARCH, "research", "03:05", **rest)  # type: ignore[arg-type]
        log.claim("sales", "03:10", cause=old)
        return log

    def test_an_act_on_a_task_that_a_newer_one_had_replaced(self) -> None:
        log = self.asked_again()
        [one] = found(stale_read, log)
        assert one.severity is Severity.WARNING
        assert one.events == tuple(log.events[n].place for n in (0, 1, 2))
        assert one.flags == (log.events[2].place,)
        assert one.explanation == (
            "sales acted at #3 on #1, 10m old, although #2 on the same item stood there for 5m."
        )

    @pytest.mark.parametrize(
        "rest",
        [
            {"type": "another"},
            {"item": "another"},
            {"workflow_id": "another"},
            {"event_id": "research-events[0]@0"},
        ],
    )
    def test_something_else_or_the_same_event_again_replaces_nothing(self, rest: dict[str, object]) -> None:
        assert found(stale_read, self.asked_again(**rest)) == []

    def test_what_its_group_had_yet_to_read_replaces_nothing(self) -> None:
        unread = commits(("03:01", "sales", 0), ("03:11", "sales", 1), ("03:12", "sales", 2))
        had_read = commits(("03:01", "sales", 1), ("03:06", "sales", 2))
        assert found(stale_read, self.asked_again(), unread) == []
        assert len(found(stale_read, self.asked_again(), had_read)) == 1

    def test_of_several_the_newest_that_it_could_have_read_is_named(self) -> None:
        log = Log()
        old = log.task("03:00")
        for minute in range(1, 6):
            log.task(f"03:0{minute}")
        log.claim("sales", "03:10", cause=old)
        reads = commits(("03:08", "sales", 3), ("03:11", "sales", 4), ("03:12", "sales", 6))
        [one] = found(stale_read, log, reads)
        assert one.evidence["newer"] == "research-events[0]@3"

    def test_who_had_begun_before_the_newer_one_came_is_not_stale(self) -> None:
        log = Log()
        old = log.task("03:00")
        log.claim("sales", "03:01", cause=old)
        log.task("03:05")
        log.result("sales", "03:10", cause=old)
        assert found(stale_read, log) == []

    def test_a_time_travel_is_told_once(self) -> None:
        log = Log()
        old = log.task("03:00")
        log.task("03:05")
        log.claim("sales", "09:00", cause=old)
        assert found(stale_read, log) == []


class TestLateGroups:
    def test_a_group_that_read_tasks_too_late(self) -> None:
        log = Log()
        log.task("03:00")
        log.task("03:10")
        log.result("sales", "03:11")
        [one] = found(stale_read, log, commits(("02:00", "dashboard", 0), ("03:20", "dashboard", 2)))
        assert one.evidence == {"group": "dashboard", "behind_ms": 20 * MINUTE}
        assert one.explanation.startswith("dashboard read #1 up to 20m")
        assert one.events == (log.events[0].place,)

    def test_a_commit_after_long_work_on_a_task_read_in_time_is_not_late(self) -> None:
        log = Log()
        log.task("03:00")
        log.claim("sales", "03:01")
        log.result("sales", "04:00")
        assert found(stale_read, log, commits(("02:00", "sales", 0), ("04:01", "sales", 1))) == []

    def test_where_it_may_have_been_earlier_nobody_is_accused(self) -> None:
        log = Log()
        log.task("03:00")
        history = commits(("09:00", "dashboard", 2))
        assert len(found(stale_read, log, history)) == 1
        log = Log()
        log.task(None)
        assert found(stale_read, log, history) == []
