"""How an item stands: every state, and which of two comes first."""

import pytest

from agentctl.claims.standing import State, Verdict
from tests.claims.logs import ITEM, TTL, Log

MINUTE = 60_000


def state(log: Log, now: int) -> State:
    return log.stands(now).state


def test_claimed_until_the_first_sign_of_life_then_working() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.progress("marketing", 10, step=1, total=5, status="Writing")
    log.progress("marketing", 20, step=2, total=5, status="Editing")
    assert [state(log, now) for now in (0, 9, 10)] == [State.CLAIMED, State.CLAIMED, State.WORKING]
    found = log.stands(30)
    assert (found.step, found.total, found.status, found.last_sign_ms) == (2, 5, "Editing", 20)
    assert (found.age_ms, found.workflow_id) == (30, "w")


def test_a_renewal_is_a_sign_of_life() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.renew("marketing", 10, claim)
    assert state(log, 10) is State.WORKING


def test_signs_before_the_claim_or_of_others_are_none() -> None:
    log = Log()
    log.progress("marketing", 0)
    log.claim("marketing", 1)
    log.progress("sales", 2)
    log.progress("marketing", 3, item="another")
    found = log.stands(5)
    assert (found.state, found.last_sign_ms, found.step) == (State.CLAIMED, None, None)


def test_a_lease_that_is_over_is_expired_or_with_signs_of_life_orphaned() -> None:
    log = Log()
    log.claim("marketing", 0)
    assert [state(log, now) for now in (TTL - 1, TTL)] == [State.CLAIMED, State.EXPIRED]
    log.progress("marketing", 10)
    assert [state(log, now) for now in (TTL - 1, TTL)] == [State.WORKING, State.ORPHANED]
    assert log.stands(TTL + 5).lease_left_ms == -5


def test_a_result_of_the_holder_makes_it_done_even_a_late_one_with_nobody_in_between() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    log.result("marketing", 5 * TTL)
    assert [state(log, now) for now in (5 * TTL - 1, 5 * TTL)] == [State.EXPIRED, State.DONE]
    assert log.stands(5 * TTL).lease_left_ms is None


def test_released_also_when_the_lease_was_over_and_nobody_had_come() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.progress("marketing", 1)
    log.release("marketing", TTL + 5, claim)
    assert state(log, TTL + 4) is State.ORPHANED
    assert state(log, TTL + 5) is State.RELEASED
    log.result("marketing", TTL + 9)
    assert state(log, TTL + 9) is State.DONE


def test_another_agent_after_the_lease_has_taken_over_the_same_agent_has_not() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", TTL)
    assert state(log, TTL) is State.TAKEN_OVER
    assert log.verdicts(TTL) == [("marketing", Verdict.HELD), ("sales", Verdict.TOOK_OVER)]
    log.progress("sales", TTL + 1)
    assert state(log, TTL + 1) is State.TAKEN_OVER
    again = Log()
    again.claim("marketing", 0)
    again.claim("marketing", TTL)
    assert state(again, TTL) is State.CLAIMED


@pytest.mark.parametrize("sign", ["progress", "result"])
def test_an_old_holder_that_shows_life_after_a_takeover_is_a_zombie(sign: str) -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", TTL)
    getattr(log, sign)("marketing", TTL)
    log.result("sales", TTL + 1)
    assert state(log, TTL) is State.ZOMBIE
    assert state(log, TTL + 2) is State.ZOMBIE
    assert log.verdicts(TTL) == [("marketing", Verdict.ZOMBIE), ("sales", Verdict.TOOK_OVER)]


def test_a_renewal_of_an_old_holder_makes_no_zombie() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.claim("sales", TTL)
    log.renew("marketing", TTL + 1, claim)
    assert state(log, TTL + 1) is State.TAKEN_OVER


def test_zombies_are_of_the_tenure_in_which_they_show_themselves() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", TTL)
    log.progress("marketing", TTL + 1)
    log.claim("content", 2 * TTL)
    assert state(log, 2 * TTL) is State.TAKEN_OVER
    assert log.verdicts(2 * TTL)[0] == ("marketing", Verdict.ZOMBIE)
    log.progress("marketing", 2 * TTL + 1)
    assert state(log, 2 * TTL + 1) is State.ZOMBIE


def test_a_former_holder_that_holds_again_is_no_zombie() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", TTL)
    log.claim("marketing", 2 * TTL)
    log.progress("marketing", 2 * TTL + 1)
    assert state(log, 2 * TTL + 1) is State.TAKEN_OVER
    assert log.verdicts(2 * TTL + 1) == [
        ("marketing", "held"),
        ("sales", "took over"),
        ("marketing", "took over"),
    ]


def test_a_lost_claim_is_a_conflict_while_the_lease_lives_until_it_is_withdrawn() -> None:
    log = Log()
    log.claim("marketing", 0)
    lost = log.claim("sales", 86)
    log.progress("sales", 90)
    found = log.stands(100)
    assert found.state is State.CONFLICT
    assert [(r.agent, r.token, r.at_ms, r.gap_ms, r.still_working) for r in found.rivals] == [
        ("sales", "0@1", 86, 86, True)
    ]
    assert state(log, TTL) is State.EXPIRED
    log.release("sales", 200, lost)
    found = log.stands(200)
    assert (found.state, found.rivals, found.contended) == (State.CLAIMED, (), True)
    assert log.verdicts(200) == [("marketing", "holds"), ("sales", "withdrawn")]


def test_a_rival_that_shows_nothing_may_still_be_working_but_does_not_look_so() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.progress("sales", 1)
    log.claim("sales", 2)
    assert [one.still_working for one in log.stands(50).rivals] == [False]


def test_every_lost_claim_must_be_withdrawn_each_with_its_own_token() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    second = log.claim("sales", 2)
    log.release("sales", 3, second)
    assert [one.token for one in log.stands(4).rivals] == ["0@1"]


def test_what_a_loser_did_is_counted_until_its_own_tenure() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    log.progress("sales", 2)
    log.progress("sales", 3)
    log.claim("sales", TTL)
    log.progress("sales", TTL + 1)
    log.result("sales", TTL + 2)
    claims = log.history().claims
    assert [(one.steps_since, one.results_since, one.worked_ms) for one in claims] == [
        (0, 0, 0),
        (2, 0, 2),
        (1, 1, 2),
    ]


def test_a_claim_long_after_its_cause_is_late_and_one_at_the_limit_is_not() -> None:
    for age_ms, expected in ((15 * MINUTE, State.CLAIMED), (15 * MINUTE + 1, State.LATE)):
        log = Log()
        task = log.task(0)
        log.claim("oracle", age_ms, cause=task)
        found = log.stands(age_ms)
        assert (found.state, found.read_age_ms) == (expected, age_ms)


def test_a_cause_that_is_nowhere_says_nothing() -> None:
    log = Log()
    log.claim("oracle", 10**9, cause="research-events[0]@77")
    found = log.stands(10**9)
    assert (found.state, found.read_age_ms) == (State.CLAIMED, None)


def test_a_claim_on_a_finished_item_is_late_also_when_it_is_finished_again() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.result("marketing", 10)
    log.claim("sales", 20)
    assert state(log, 20) is State.LATE
    log.result("sales", 30)
    assert state(log, 30) is State.LATE


def test_a_result_that_stood_before_any_claim_makes_it_late_too() -> None:
    log = Log()
    log.result("marketing", 0)
    log.claim("sales", 20)
    assert state(log, 20) is State.LATE


def test_a_result_of_somebody_else_does_not_make_an_item_done() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    log.result("sales", 2)
    log.claim("content", TTL)
    assert state(log, TTL) is State.TAKEN_OVER


def test_the_first_state_that_applies_is_taken() -> None:
    log = Log()
    task = log.task(-20 * MINUTE)
    log.claim("marketing", 0, cause=task)
    assert state(log, 0) is State.LATE
    lost = log.claim("sales", 1)
    assert state(log, 1) is State.CONFLICT
    log.release("sales", 2, lost)
    log.result("marketing", 3)
    assert state(log, 3) is State.LATE
    log.claim("content", 4)
    log.progress("marketing", 5)
    log.claim("seo", 6)
    assert state(log, 6) is State.ZOMBIE
    log.claim("seo", 7, partition=1)
    assert state(log, 7) is State.SPLIT_KEY


def test_at_a_past_moment_the_log_is_what_it_was_then() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 100)
    log.result("marketing", 200)
    log.claim("content", 300)
    ledger = log.ledger
    assert ledger.history(ITEM, -1).last is None
    assert [state(log, now) for now in (0, 100, 200, 300)] == ["claimed", "CONFLICT", "done", "LATE"]
    assert [len(ledger.history(ITEM, now).claims) for now in (0, 100, 299, 300)] == [1, 2, 2, 3]
