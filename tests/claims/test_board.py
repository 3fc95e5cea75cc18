"""The board folds only what has changed, and says what a fold of everything would say."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from agentctl.claims.board import ClaimsBoard, as_of, finished
from agentctl.claims.ledger import Ledger
from agentctl.claims.standing import State, standing
from agentctl.model.event import Event
from agentctl.model.finding import Code
from tests.claims.logs import ITEM, TTL, Log


def board(log: Log) -> ClaimsBoard:
    return ClaimsBoard(Ledger(log.terms))


def take(board: ClaimsBoard, log: Log, upto: int) -> None:
    """Give the board the events of the log after those that it has, up to so many."""
    for event in log.events[len(board.ledger) : upto]:
        board.add(event)


def test_at_first_everything_is_new_and_then_only_what_changes() -> None:
    log = Log()
    log.claim("marketing", 0)
    found = board(log)
    take(found, log, 1)
    first = found.settle(1)
    assert [(one.was, one.standing.state) for one in first.changes] == [(None, State.CLAIMED)]
    assert found.settle(2).changes == ()
    log.progress("marketing", 100, step=1, total=2)
    take(found, log, 2)
    [change] = found.settle(101).changes
    assert (change.was, change.standing.state) == (State.CLAIMED, State.WORKING)
    log.progress("marketing", 200, step=2, total=2)
    take(found, log, 3)
    assert found.settle(201).changes == ()


def test_time_alone_changes_a_state_and_makes_an_orphan() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.progress("marketing", 100)
    found = board(log)
    take(found, log, 2)
    found.settle(200)
    assert found.settle(TTL - 1).changes == ()
    late = found.settle(TTL)
    assert [(one.was, one.standing.state) for one in late.changes] == [(State.WORKING, State.ORPHANED)]
    assert [one.code for one in late.findings] == [Code.ORPHANED_CLAIM]
    again = found.settle(TTL + 500)
    assert (again.changes, again.findings) == ((), ())


def test_a_conflict_that_another_agent_joins_is_news_a_sign_of_life_is_not() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 10)
    found = board(log)
    take(found, log, 2)
    assert [one.id for one in found.settle(20).findings] == ["C1"]
    log.progress("sales", 30)
    take(found, log, 3)
    assert found.settle(40).findings == ()
    log.claim("content", 50)
    take(found, log, 4)
    told = found.settle(60)
    assert [(one.id, len(one.events)) for one in told.findings] == [("C2", 3)]
    [change] = told.changes
    assert [rival.agent for rival in change.standing.rivals] == ["sales", "content"]


def test_what_was_wrong_with_a_finished_item_is_no_news_when_it_moves_again() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 10)
    log.result("marketing", 100)
    log.result("sales", 110)
    found = board(log)
    take(found, log, 4)
    assert found.settle(TTL + 1).findings == ()
    assert found.tally.finished == 1
    log.claim("seo", 5 * TTL)
    take(found, log, 5)
    told = found.settle(5 * TTL + 1)
    assert [one.code for one in told.findings] == [Code.LATE_CLAIM]
    assert [(one.was, one.standing.state) for one in told.changes] == [(State.DONE, State.LATE)]


def test_the_tally_counts_what_is_not_kept() -> None:
    log = Log()
    log.claim("marketing", 0, item="a")
    log.result("marketing", 1, item="a")
    log.claim("marketing", 0, item="b")
    log.claim("marketing", 2_000, item="c")
    found = board(log)
    take(found, log, 4)
    found.settle(2_001)
    tally = found.tally
    assert (tally.items, tally.live, tally.finished) == (3, 1, 2)
    assert tally.states == {State.DONE: 1, State.EXPIRED: 1, State.CLAIMED: 1}
    assert [one.work_item for one in found.standings(2_001)] == ["c"]


_WRITES = st.lists(
    st.tuples(
        st.sampled_from(["claim", "progress", "result"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["x", "y"]),
        st.integers(0, 3 * TTL),
    ),
    max_size=14,
)


@given(_WRITES, st.lists(st.integers(0, 14), max_size=5))
def test_settling_in_any_steps_ends_as_a_fold_of_everything(
    writes: list[tuple[str, str, str, int]], cuts: list[int]
) -> None:
    log = Log()
    for kind, agent, item, at in sorted(writes, key=lambda one: one[3]):
        getattr(log, kind)(agent, at, item=item)
    found = board(log)
    for cut in sorted({min(one, len(log.events)) for one in cuts}):
        take(found, log, cut)
        found.settle(_latest(log.events[:cut]))
    take(found, log, len(log.events))
    now = _latest(log.events)
    found.settle(now)
    whole = [standing(history, now) for history in log.ledger.histories()]
    expected = {one.work_item: one for one in whole if one is not None and not finished(one)}
    assert {one.work_item: one for one in found.standings(now)} == expected
    assert found.tally.finished == sum(one is not None and finished(one) for one in whole)
    assert found.tally.states == Counter(one.state for one in whole if one is not None)
    assert {(f.code, f.events) for f in found.problems(now)} == {
        (f.code, f.events)
        for f in log.findings(now)
        if f.evidence["work_item"] in expected and log.history(item=str(f.evidence["work_item"])).claims
    }


def _latest(events: list[Event]) -> int:
    return max((event.record.timestamp_ms or 0 for event in events), default=0)


def test_a_standing_keeps_its_state_while_its_ages_go_on() -> None:
    log = Log()
    log.claim("marketing", 0)
    one = log.stands(10)
    later = as_of(one, 400)
    assert (one.age_ms, one.lease_left_ms) == (10, TTL - 10)
    assert (later.age_ms, later.lease_left_ms, later.state) == (400, TTL - 400, one.state)
    assert later.work_item == ITEM
