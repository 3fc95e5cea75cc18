"""What is broken, foreign, missing or absurd: said, counted, never fatal, never invented."""

import pytest

from agentctl.claims.ledger import Aside, Ledger
from agentctl.claims.standing import State, standing
from agentctl.claims.tenure import Certainty, Odd
from agentctl.model.finding import Code
from agentctl.model.record import Place, Transaction
from tests.claims.logs import CLAIMS, ITEM, TTL, Log

DAY = 24 * 60 * 60 * 1000


def odd(log: Log) -> list[tuple[Odd, int]]:
    return [(odd, place.offset) for odd, place in log.history().odd]


def test_what_concerns_no_item_is_counted_with_an_example() -> None:
    log = Log()
    log.claim("marketing", 0, item=None)
    log.claim(None, 1)
    log.claim("", 2)
    log.claim("marketing", 3, undecodable="no JSON")
    log.claim("marketing", 4, type="claim_rejected")
    log.claim("marketing", 5, transaction=Transaction.ABORTED)
    log.claim("marketing", 6, transaction=Transaction.OPEN)
    log.result(None, 7)
    log.progress("marketing", 8, item="")
    found = log.ledger
    assert found.aside == {
        Aside.NO_ITEM: 2,
        Aside.NO_AGENT: 3,
        Aside.UNDECODABLE: 1,
        Aside.OTHER_TYPE: 1,
        Aside.UNCOMMITTED: 2,
    }
    assert found.examples[Aside.NO_AGENT] == Place(CLAIMS, 0, 1)
    assert list(found.items()) == []
    assert found.history(ITEM).last is None


def test_an_aborted_claim_does_not_even_move_the_clock() -> None:
    log = Log()
    log.claim("sales", 9_000, transaction=Transaction.ABORTED)
    log.claim("marketing", 1)
    assert log.history().claims[0].at_ms == 1


def test_a_claim_without_a_key_counts_and_is_odd() -> None:
    log = Log()
    log.claim("marketing", 0, keyless=True)
    assert log.stands(1).holder == "marketing"
    assert odd(log) == [(Odd.NO_KEY, 0)]


def test_a_claim_in_the_future_is_seen_now_and_not_in_the_log_as_it_was() -> None:
    log = Log()
    log.claim("marketing", 10 * DAY)
    now = standing(log.history(), DAY)
    assert now is not None
    assert (now.state, now.age_ms, now.lease_left_ms) == (State.CLAIMED, -9 * DAY, 9 * DAY + TTL)
    assert log.history(DAY).last is None


def test_a_claim_of_the_year_2262_carries_its_partition_along_and_says_so() -> None:
    log = Log()
    log.claim("marketing", 2**63 - 1)
    log.claim("sales", 5)
    found = log.history()
    assert [claim.at_ms for claim in found.claims] == [2**63 - 1] * 2
    assert (Odd.BACKWARDS, 1) in odd(log)


@pytest.mark.parametrize("time", [-(2**63), -1, 0])
def test_times_before_all_times_are_times(time: int) -> None:
    log = Log()
    log.claim("marketing", time)
    assert log.stands(time).age_ms == 0


def test_a_record_without_a_time_counts_at_the_one_before_or_not_at_all() -> None:
    log = Log()
    log.claim("sales", None)
    log.claim("marketing", 7)
    log.claim("content", None)
    log.progress("marketing", None)
    assert [(claim.agent, claim.at_ms) for claim in log.history().claims] == [
        ("marketing", 7),
        ("content", 7),
    ]
    assert log.ledger.aside == {Aside.NO_TIME: 2}


def test_a_result_for_an_unknown_item_is_no_claim() -> None:
    log = Log()
    log.result("sales", 0, item="unheard_of")
    assert standing(log.history(item="unheard_of"), 1) is None
    assert standing(log.history(item="never_seen"), 1) is None


def test_a_ttl_of_zero_is_a_lease_that_is_over_as_it_begins() -> None:
    log = Log()
    log.claim("marketing", 0, ttl_ms=0)
    assert log.stands(0).state is State.EXPIRED
    log.claim("sales", 0)
    assert (log.stands(0).holder, log.stands(0).state) == ("sales", State.TAKEN_OVER)
    assert odd(log) == [(Odd.ZERO_TTL, 0)]


def test_a_negative_ttl_is_none_and_an_absurd_one_is_kept_and_odd() -> None:
    log = Log()
    log.claim("marketing", 0, ttl_ms=-1)
    assert log.stands(0).lease_end_ms == TTL
    log.claim("marketing", 1, ttl_ms=2**63 - 1)
    found = log.stands(2)
    assert (found.lease_end_ms, found.lease_left_ms, found.ttl_known, found.alive) == (None, None, True, True)
    assert odd(log) == [(Odd.ABSURD_TTL, 1)]


def test_without_any_ttl_the_end_is_unknown_and_never_invented() -> None:
    log = Log(ttl_ms=None)
    log.claim("marketing", 0)
    log.progress("marketing", 1)
    found = log.stands(400 * DAY)
    assert (found.lease_end_ms, found.lease_left_ms, found.ttl_known) == (None, None, False)
    assert found.state is State.WORKING
    assert log.found(Code.ORPHANED_CLAIM) == []
    log.claim("sales", 400 * DAY)
    assert log.stands(400 * DAY).state is State.CONFLICT
    (conflict,) = log.found(Code.CLAIM_CONFLICT)
    assert (conflict.evidence["verdict"], conflict.evidence["why"]) == ("ambiguous", "unknown ttl")
    assert "no ttl is known" in conflict.explanation
    assert odd(log) == [(Odd.NO_TTL, 0), (Odd.NO_TTL, 1)]


def test_a_topic_that_keeps_everything_gives_leases_without_end() -> None:
    log = Log(ttl_ms=None, retention_ms=-1)
    log.claim("marketing", 0)
    assert log.stands(10**6 * DAY).alive
    assert log.stands(0).ttl_known


def test_foreign_and_unknown_tokens_are_told() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    again = log.claim("marketing", 1)
    lost = log.claim("sales", 2)
    log.release("sales", 3, claim)
    log.release("marketing", 4, "9@9")
    log.release("marketing", 5, again)
    log.renew("sales", 6, lost)
    log.renew("marketing", 2 * TTL, claim)
    log.claim("content", 2 * TTL + 1)
    log.release("marketing", 2 * TTL + 2, claim)
    assert odd(log) == [
        (Odd.FOREIGN_TOKEN, 3),
        (Odd.UNKNOWN_TOKEN, 4),
        (Odd.NOT_THE_TENURES_TOKEN, 5),
        (Odd.NOT_THE_TENURES_TOKEN, 6),
        (Odd.AFTER_THE_LEASE, 7),
        (Odd.AFTER_THE_TENURE, 9),
    ]


def test_two_agents_under_one_name_are_one_agent_that_claims_other_work() -> None:
    log = Log()
    log.claim("marketing", 0, format="blog_post")
    log.claim("marketing", 1, format="blog_post")
    log.claim("marketing", 2, format="newsletter")
    assert log.stands(3).token == "0@0"
    assert odd(log) == [(Odd.OTHER_WORK, 2)]


def test_a_record_that_comes_again_is_ignored() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", TTL)
    found = log.ledger
    for event in log.events:
        found.add(event)
    assert len(found.history(ITEM).claims) == 2


@pytest.mark.parametrize("text", ["", "a\x00b", "\ud800", "[/red]\x1b[2J", "名前" * 1000])
def test_names_are_kept_as_they_are(text: str) -> None:
    log = Log()
    name, item = text or "-", f"item {text}"
    log.claim(name, 0, item=item, workflow_id=text, format=text)
    log.progress(name, 1, item=item, status=text)
    found = log.stands(2, item)
    assert (found.holder, found.workflow_id, found.format, found.status) == (name, text, text, text)
    assert list(log.ledger.items()) == [item]


def test_a_lost_head_says_from_when_answers_are_certain() -> None:
    log = Log()
    log.claim("marketing", 5_000, ttl_ms=300)
    log.claim("sales", 9_000)
    found = log.ledger
    found.lost_head(CLAIMS, 0, 5_000)
    history = found.history(ITEM)
    assert history.certainty == Certainty(since_ms=5_000, from_ms=5_000 + TTL)
    assert [history.certain(claim.at_ms) for claim in history.claims] == [False, True]
    stands = standing(found.history(ITEM, 5_100), 5_100)
    assert stands is not None
    assert not stands.certain


def test_a_head_lost_in_another_partition_does_not_matter() -> None:
    log = Log()
    log.claim("marketing", 5_000)
    found = log.ledger
    found.lost_head(CLAIMS, 1, 5_000)
    assert found.history(ITEM).certainty is None


def test_with_an_unknown_ttl_nothing_is_certain_after_a_lost_head() -> None:
    log = Log(ttl_ms=None)
    log.claim("marketing", 5_000)
    found = log.ledger
    found.lost_head(CLAIMS, 0, 5_000)
    assert found.history(ITEM).certainty == Certainty(5_000, None)
    assert not found.history(ITEM).certain(10**15)


def test_an_empty_ledger_has_nothing_to_say() -> None:
    found = Ledger()
    assert (len(found), list(found.items()), list(found.histories())) == (0, [], [])
