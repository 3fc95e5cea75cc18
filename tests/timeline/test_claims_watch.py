"""Claims that are watched: rows for what has changed, findings for what is newly wrong, frames for all."""

from agentctl.claims.list_view import Wanted
from agentctl.claims.standing import State
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.timeline.claims_log import ClaimsLog
from agentctl.timeline.claims_watch import WatchedClaims
from tests.claims.logs import CLAIMS, TTL, Log


def watched(log: Log, wanted: Wanted | None = None) -> WatchedClaims:
    return WatchedClaims(ClaimsLog(log.ledger, Coverage(), CLAIMS, (CLAIMS,)), wanted or Wanted())


def told(subject: WatchedClaims, now_ms: int, *events: Event) -> tuple[list[tuple[object, ...]], list[str]]:
    """What is told of events that have just arrived."""
    subject.take(events)
    rows, findings = subject.news(now_ms)
    assert all(row["time"] == now_ms for row in rows.rows)
    return [(row["work_item"], row["was"], row["state"]) for row in rows.rows], [one.id for one in findings]


def test_first_all_that_is_shown_then_what_changes_by_events_or_by_time() -> None:
    log = Log()
    log.claim("marketing", 0, item="a")
    log.claim("marketing", 0, item="over")
    log.result("marketing", 1, item="over")
    subject = watched(log)
    assert told(subject, 2) == ([("a", None, "claimed")], [])
    assert told(subject, 10, log.progress("marketing", 5, item="a")) == ([("a", "claimed", "working")], [])
    assert told(subject, 11) == ([], [])
    assert told(subject, 20, log.claim("sales", 15, item="a")) == ([("a", "working", "CONFLICT")], ["C1"])
    assert told(subject, TTL + 1) == ([("a", "CONFLICT", "ORPHANED")], ["O1"])
    assert told(subject, TTL + 9, log.result("marketing", TTL + 8, item="a")) == (
        [("a", "ORPHANED", "done")],
        [],
    )


def test_problems_that_stand_at_the_beginning_are_told_with_the_first_news() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    _, findings = told(watched(log), 2)
    assert findings == ["C1"]


def test_a_filter_holds_for_rows_and_for_findings() -> None:
    log = Log()
    log.claim("marketing", 0, item="a")
    log.claim("seo", 0, item="b")
    subject = watched(log, Wanted(agents=("seo",)))
    assert told(subject, 1) == ([("b", None, "claimed")], [])
    assert told(subject, 20, log.claim("sales", 10, item="a")) == ([], [])
    assert told(subject, 30, log.claim("sales", 25, item="b")) == ([("b", "claimed", "CONFLICT")], ["C2"])


def test_a_state_that_is_asked_for_is_told_when_it_begins_and_when_it_ends() -> None:
    log = Log()
    log.claim("marketing", 0)
    subject = watched(log, Wanted(states=(State.WORKING,)))
    assert told(subject, 1) == ([], [])
    [(_, was, state)], _ = told(subject, 3, log.progress("marketing", 2))
    assert (was, state) == ("claimed", "working")
    [(_, was, state)], _ = told(subject, 5, log.result("marketing", 4))
    assert (was, state) == ("working", "done")


def test_a_frame_holds_all_that_stands_with_what_is_wrong_now() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    subject = watched(log)
    subject.news(2)
    frame = subject.frame(7)
    assert [(row["state"], row["age_ms"]) for row in frame.rows] == [("CONFLICT", 7)]
    assert [one.code.value for one in frame.findings] == ["claim-conflict"]
    assert frame.coverage is None
    assert "1 live" in frame.facts


def test_a_record_of_the_future_is_told_once_whatever_items_are_wanted() -> None:
    log = Log()
    log.claim("marketing", 0, item="a")
    subject = watched(log, Wanted(agents=("marketing",)))
    assert told(subject, 1)[1] == []
    _, findings = told(subject, 2, log.claim("seo", 4_000_000, item="b"))
    assert findings == ["X1"]
    assert told(subject, 3, log.progress("marketing", 3, item="a"))[1] == []
    assert [one.id for one in subject.frame(4).findings] == ["X1"]
