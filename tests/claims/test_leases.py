"""Who holds: leases, tenures and tokens, rule by rule."""

import pytest

from agentctl.claims.standing import State, answer
from agentctl.claims.tenure import Ended, Part
from agentctl.claims.terms import ENDLESS, Terms
from agentctl.model.event import Event
from agentctl.model.record import TimestampType
from tests.claims.logs import CLAIMS, TTL, Log, token_of


def parts(log: Log) -> list[Part]:
    return [claim.part for claim in log.history().claims]


def test_a_claim_while_no_lease_lives_holds_and_its_place_is_the_token() -> None:
    log = Log()
    log.claim("x", 0, item="another", partition=2)
    log.claim("marketing", 0, partition=2)
    found = log.stands(1)
    assert (found.holder, found.token, found.lease_end_ms, found.lease_left_ms) == (
        "marketing",
        "2@1",
        TTL,
        TTL - 1,
    )
    assert log.verdicts(1) == [("marketing", "holds")]


@pytest.mark.parametrize(("at", "part"), [(TTL - 1, Part.LOST), (TTL, Part.STARTS), (TTL + 1, Part.STARTS)])
def test_a_lease_does_not_contain_its_end(at: int, part: Part) -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", at)
    assert parts(log) == [Part.STARTS, part]


def test_of_one_millisecond_the_offset_decides() -> None:
    log = Log()
    log.claim("sales", 5)
    log.claim("marketing", 5)
    found = log.stands(5)
    assert (found.holder, found.rivals[0].agent, found.rivals[0].gap_ms) == ("sales", "marketing", 0)


@pytest.mark.parametrize(
    ("stated", "configured", "retention", "expected"),
    [
        (10, 20, 30, 10),
        (None, 20, 30, 20),
        (None, None, 30, 30),
        (0, 20, 30, 0),
        (-5, 20, 30, 20),
        (None, -1, 30, 30),
        (None, None, -1, ENDLESS),
        (None, None, None, None),
    ],
)
def test_the_ttl_is_the_records_else_the_configured_else_the_retention(
    stated: int | None, configured: int | None, retention: int | None, expected: int | None
) -> None:
    assert Terms(configured, retention).lease_ms(stated) == expected


def test_the_holder_claiming_again_extends_and_keeps_the_token() -> None:
    log = Log()
    first = log.claim("marketing", 0)
    log.claim("marketing", 900)
    log.claim("sales", 1_500)
    found = log.stands(1_600)
    assert (found.holder, found.token, found.lease_end_ms, found.claimed_at_ms) == (
        *("marketing", token_of(first)),
        *(1_900, 0),
    )
    assert parts(log) == [Part.STARTS, Part.EXTENDS, Part.LOST]


def test_the_lease_is_counted_from_the_last_renewal_with_the_ttl_of_that_record() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.renew("marketing", 500, claim, ttl_ms=100)
    assert log.stands(500).lease_end_ms == 600
    log.claim("sales", 600)
    assert log.stands(600).holder == "sales"


def test_a_renewal_needs_no_agent_where_its_token_is_right() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.renew(None, 900, claim)
    assert log.stands(1_800).state is State.WORKING


def test_a_renewal_after_the_lease_extends_nothing() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.renew("marketing", TTL, claim)
    log.claim("sales", TTL + 1)
    assert log.stands(TTL + 1).holder == "sales"


def test_after_the_lease_even_the_same_agent_gets_a_new_token() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("marketing", TTL)
    found = log.stands(TTL)
    assert (found.token, found.claimed_at_ms, found.state) == ("0@1", TTL, State.CLAIMED)
    assert log.verdicts(TTL) == [("marketing", "held"), ("marketing", "holds")]


def test_a_lost_claim_is_lost_for_good_and_extends_nothing() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    lost = log.claim("sales", 100)
    log.renew("sales", 150, lost)
    log.release("marketing", 200, claim)
    found = log.stands(300)
    assert (found.state, found.holder, found.lease_end_ms) == (State.RELEASED, "marketing", TTL)
    assert log.verdicts(300) == [("marketing", "held"), ("sales", "lost")]
    log.claim("content", 301)
    assert log.stands(301).holder == "content"


def test_a_tenure_ends_by_a_release_with_its_token() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.release("marketing", 100, claim)
    log.claim("sales", 101)
    found = log.stands(102)
    assert (found.holder, found.state) == ("sales", State.TAKEN_OVER)
    assert log.history().tenures[0].ended is Ended.RELEASE


@pytest.mark.parametrize("token", ["0@7", "7@0", "", "first", "0@0 ", "٠@0", None, "99999999999@0"])
def test_a_release_with_an_unknown_token_releases_nothing(token: str | None) -> None:
    log = Log()
    log.claim("marketing", 0)
    log.release("marketing", 100, token)
    log.claim("sales", 101)
    assert log.stands(102).holder == "marketing"


def test_nobody_releases_or_renews_with_the_token_of_another() -> None:
    log = Log()
    claim = log.claim("marketing", 0)
    log.release("sales", 100, claim)
    log.renew("sales", 900, claim)
    assert log.stands(950).lease_end_ms == TTL
    log.claim("content", 999)
    assert parts(log) == [Part.STARTS, Part.LOST]


def test_a_token_of_an_earlier_tenure_has_no_power() -> None:
    log = Log()
    old = log.claim("marketing", 0)
    log.claim("marketing", TTL)
    log.release("marketing", TTL + 1, old)
    log.renew("marketing", TTL + 2, old, ttl_ms=50_000)
    found = log.stands(TTL + 3)
    assert (found.token, found.lease_end_ms, found.state) == ("0@1", 2 * TTL, State.CLAIMED)


def test_a_result_of_the_holder_ends_the_tenure_and_one_of_another_does_not() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.result("sales", 100)
    assert log.stands(100).alive
    log.result("marketing", 200)
    assert not log.stands(200).alive
    assert log.stands(199).alive
    assert log.history().tenures[0].ended is Ended.RESULT


def test_results_and_progress_come_after_a_claim_of_the_same_millisecond() -> None:
    log = Log()
    log.result("marketing", 5)
    log.claim("marketing", 5)
    assert log.stands(5).state is State.DONE


def test_where_times_run_backwards_a_record_counts_at_the_running_maximum() -> None:
    log = Log()
    log.claim("research", 5_000, item="another")
    log.claim("marketing", 1_000)
    log.claim("sales", 5_999)
    log.claim("content", 6_000)
    found = log.history()
    assert [claim.at_ms for claim in found.claims] == [5_000, 5_999, 6_000]
    assert parts(log) == [Part.STARTS, Part.LOST, Part.STARTS]


def test_the_running_maximum_is_of_one_partition_and_of_what_is_no_claim_too() -> None:
    log = Log()
    log.claim(None, 9_000, partition=1)
    log.write(CLAIMS, None, 3_000, type="something_else", item=None)
    log.claim("marketing", 1_000)
    assert log.history().claims[0].at_ms == 3_000


def test_work_counts_at_its_own_time_however_its_partition_runs() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.progress("marketing", 700)
    log.result("marketing", 300)
    assert log.history().tenures[0].end_ms == 300


def test_a_claim_in_another_partition_splits_the_key_and_nobody_is_declared() -> None:
    log = Log()
    log.claim("marketing", 0, partition=0)
    log.claim("sales", 100, partition=3)
    found = log.stands(150)
    assert (found.state, found.holder, found.token) == (State.SPLIT_KEY, None, None)
    assert [(one.agent, one.gap_ms) for one in found.rivals] == [("marketing", 0), ("sales", 100)]
    assert log.verdicts(150) == [("marketing", None), ("sales", None)]
    assert log.stands(99).state is State.CLAIMED


def test_who_wrote_the_times_is_said() -> None:
    log = Log()
    log.claim("marketing", 0, clock=TimestampType.APPEND)
    assert log.stands(1).clock is TimestampType.APPEND
    log.claim("marketing", 2, clock=TimestampType.CREATE)
    assert log.stands(3).clock is TimestampType.CREATE


class TestClaimant:
    """What the writer of a claim learns from the log up to its own offset."""

    def told(self, log: Log, claim: Event) -> tuple[bool, str | None, int | None, bool]:
        history = log.ledger.history("agent_tracing", up_to=claim.place)
        found = answer(history, claim.place)
        assert found is not None
        assert found.token == token_of(claim)
        return found.held, found.holder_token, found.lease_until_ms, found.contended

    def test_the_first_holds_whatever_comes_later(self) -> None:
        log = Log()
        first = log.claim("marketing", 0)
        second = log.claim("sales", 1)
        assert self.told(log, first) == (True, "0@0", TTL, False)
        assert self.told(log, second) == (False, "0@0", TTL, True)

    def test_claiming_again_is_held_under_the_first_token(self) -> None:
        log = Log()
        log.claim("marketing", 0)
        assert self.told(log, log.claim("marketing", 500)) == (True, "0@0", 1_500, False)

    def test_after_a_withdrawn_rival_and_the_end_of_the_lease_it_is_free(self) -> None:
        log = Log()
        log.claim("marketing", 0)
        log.release("sales", 2, log.claim("sales", 1))
        assert self.told(log, log.claim("sales", TTL)) == (True, "0@3", 2 * TTL, False)

    def test_a_split_key_is_never_held(self) -> None:
        log = Log()
        log.claim("marketing", 0, partition=1)
        assert self.told(log, log.claim("sales", 5_000))[:2] == (False, None)

    def test_a_claim_that_is_not_there_has_no_answer(self) -> None:
        log = Log()
        claim = log.claim("marketing", 0)
        assert answer(log.history(item="other"), claim.place) is None
