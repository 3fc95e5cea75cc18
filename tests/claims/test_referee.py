"""What the referee tells: each finding with its sentence and its evidence, and one problem told once."""

from collections import Counter

import pytest

from agentctl.claims.ledger import Ledger
from agentctl.claims.referee import Referee
from agentctl.model.finding import LETTERS, Code, Labels, Severity
from tests.claims.logs import CLAIMS, ITEM, TTL, Log

HALF_AN_HOUR = 30 * 60 * 1000
NOW = "14:25:40"


def codes(log: Log, now: int | str = 10**7, skew_ms: int = 0) -> Counter[str]:
    return Counter(one.code.value for one in log.findings(now, skew_ms))


def test_a_late_claim_names_its_cause_and_the_limit() -> None:
    log = Log(ttl_ms=HALF_AN_HOUR)
    task = log.task("03:00")
    log.claim("oracle", "14:15", cause=task)
    (late,) = log.found(Code.LATE_CLAIM, NOW)
    assert late.explanation == f"oracle claimed {ITEM} 11h 15m after its cause {task.place} (limit 15m)."
    assert (late.severity, late.evidence["cause_kind"]) == (Severity.WARNING, "stated")
    assert late.events == (log.events[1].place, task.place)


def test_a_claim_on_a_finished_item_names_the_result_that_stood() -> None:
    log = Log()
    log.claim("marketing", 0)
    result = log.result("marketing", 100)
    log.claim("oracle", 600)
    log.result("oracle", 700)
    assert codes(log) == {"late-claim": 1}
    (late,) = log.found(Code.LATE_CLAIM)
    assert late.explanation == (
        f"oracle claimed {ITEM} although it was done: "
        f"marketing's result {result.place} stood there for 500ms."
    )


def test_lost_and_withdrawn_claims_are_not_late_besides() -> None:
    log = Log(ttl_ms=10**9)
    task = log.task(0)
    log.claim("marketing", 1)
    log.claim("oracle", 10**8, cause=task)
    assert codes(log) == {"claim-conflict": 1}
    rivals = log.findings(10**8)[0].evidence["rivals"]
    assert isinstance(rivals, list)
    assert rivals[0]["read_age_ms"] == 10**8


def test_a_second_result_of_the_holder_is_a_duplicate() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.result("marketing", 1)
    log.result("marketing", 5)
    assert codes(log) == {"duplicate-result": 1}
    assert "2nd result for agent_tracing, 4ms after its own first." in log.findings(9)[0].explanation


def test_the_holders_result_after_a_losers_is_a_duplicate_and_the_one_to_keep() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    log.result("sales", 5)
    kept = log.result("marketing", 9)
    assert codes(log) == {"claim-conflict": 1, "duplicate-result": 1}
    (duplicate,) = log.found(Code.DUPLICATE_RESULT)
    assert (duplicate.evidence["agent"], duplicate.evidence["keep"]) == ("marketing", str(kept.place))
    assert duplicate.explanation.endswith("its result is the one that counts.")


def test_a_losers_only_result_is_told_by_its_conflict_alone() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    log.result("sales", 5)
    assert codes(log, 9) == {"claim-conflict": 1}


def test_a_result_of_an_agent_that_never_claimed_is_that_and_no_duplicate() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.result("marketing", 1)
    log.result("oracle", 5)
    assert codes(log) == {"result-without-claim": 1}
    (found,) = log.findings(9)
    assert found.explanation == (
        "oracle published a result for agent_tracing without a claim on it; marketing had held it, token 0@0."
    )
    assert found.evidence["results_before"] == 1


def test_a_result_after_the_withdrawal_is_without_a_claim() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.release("sales", 2, log.claim("sales", 1))
    log.result("sales", 5)
    assert codes(log) == {"result-without-claim": 1}
    assert "after it had withdrawn its claim; marketing held it" in log.findings(9)[0].explanation


def test_an_unclaimed_item_is_told_where_results_of_that_topic_follow_claims() -> None:
    log = Log()
    log.result("oracle", 500, item="unclaimed")
    assert codes(log) == {}
    log.claim("marketing", 0, item="another")
    assert codes(log) == {}
    log.result("marketing", 600, item="another")
    assert codes(log) == {"result-without-claim": 1}
    assert "nobody had claimed it" in log.findings(9)[0].explanation


def test_before_the_first_claim_that_was_read_nobody_is_accused() -> None:
    log = Log()
    log.result("oracle", 99, item="old")
    log.claim("marketing", 100)
    log.result("marketing", 150)
    assert codes(log) == {}


def test_what_retention_may_have_deleted_accuses_nobody() -> None:
    log = Log()
    log.claim("marketing", 5_000)
    log.result("marketing", 5_001)
    log.result("oracle", 5_500, item="other")
    log.result("oracle", 6_500, item="third")
    found = log.ledger
    found.lost_head(CLAIMS, 0, 5_000)
    accused = Referee(9_000).findings(found.histories(), Labels())
    assert [one.evidence["work_item"] for one in accused] == ["third"]


def test_a_zombie_result_names_both_tokens() -> None:
    log = Log(ttl_ms=HALF_AN_HOUR)
    log.claim("sales", "09:10")
    log.claim("content", "09:52")
    log.progress("sales", "09:53")
    log.result("sales", "10:00")
    assert codes(log, "10:01") == {"zombie-result": 1}
    (zombie,) = log.findings("10:01")
    assert zombie.explanation == (
        "sales published a result for agent_tracing on its old claim 0@0, 20m after its lease had ended; "
        "content had taken the item over 8m before, token 0@1. Only that token counts."
    )
    assert len(zombie.events) == 3


def test_a_zombie_result_is_a_duplicate_too_when_one_stood_before() -> None:
    log = Log()
    log.claim("sales", 0)
    log.claim("content", TTL)
    log.result("content", TTL + 1)
    log.result("sales", TTL + 2)
    assert codes(log) == {"zombie-result": 1, "duplicate-result": 1}
    other = Log()
    other.claim("sales", 0)
    other.claim("content", TTL)
    other.result("sales", TTL + 1)
    other.result("content", TTL + 2)
    assert codes(other) == {"zombie-result": 1, "duplicate-result": 1}
    assert other.found(Code.DUPLICATE_RESULT)[0].evidence["agent"] == "content"


def test_progress_alone_of_a_former_holder_is_a_state_and_no_finding() -> None:
    log = Log()
    log.claim("sales", 0)
    log.claim("content", TTL)
    log.progress("sales", TTL + 1)
    assert codes(log, TTL + 2) == {}


def test_an_orphan_is_told_at_the_moment_that_is_asked_about() -> None:
    log = Log(ttl_ms=HALF_AN_HOUR)
    log.claim("content", "12:21:40")
    log.progress("content", "12:27:12", step=3, total=5)
    assert codes(log, "12:51:39") == {}
    assert codes(log, "12:51:40") == {"orphaned-claim": 1}
    (orphan,) = log.findings(NOW)
    assert orphan.explanation == (
        "content's lease on agent_tracing ended 1h 34m ago, token 0@0. Its last sign of life was step 3/5, "
        "1h 58m ago. Nobody took over."
    )
    assert (orphan.evidence["step"], orphan.evidence["total"]) == (3, 5)


def test_expired_released_done_and_taken_over_are_no_orphans() -> None:
    expired, released, done, taken = Log(), Log(), Log(), Log()
    expired.claim("a", 0)
    claim = released.claim("a", 0)
    released.progress("a", 1)
    released.release("a", 5 * TTL, claim)
    done.claim("a", 0)
    done.progress("a", 1)
    done.result("a", 5 * TTL)
    taken.claim("a", 0)
    taken.progress("a", 1)
    taken.claim("b", 5 * TTL)
    assert [codes(log, 9 * TTL) for log in (expired, released, done, taken)] == [Counter()] * 4


def test_an_orphan_whose_rival_delivered_says_so() -> None:
    log = Log()
    log.claim("a", 0)
    log.claim("b", 1)
    log.progress("a", 2)
    log.result("b", 3)
    (orphan,) = log.found(Code.ORPHANED_CLAIM, 5 * TTL)
    assert orphan.explanation.endswith("b published a result meanwhile.")


def test_a_quiet_log_has_no_findings() -> None:
    log = Log()
    for n in range(20):
        claim = log.claim("a", n * 100, item=f"i{n}", cause=log.task(n * 100))
        log.renew("a", n * 100 + 10, claim, item=f"i{n}")
        log.progress("a", n * 100 + 20, item=f"i{n}")
        log.result("a", n * 100 + 50, item=f"i{n}")
    assert codes(log) == {}
    assert Referee(0).findings(Ledger().histories(), Labels()) == []


def test_labels_count_in_the_order_of_time_and_letters_tell_the_code() -> None:
    log = Log()
    for item, time in (("second", 500), ("first", 100)):
        log.claim("a", time, item=item, partition=time // 100)
        log.claim("b", time + 1, item=item, partition=time // 100)
    found = log.found(Code.CLAIM_CONFLICT)
    assert [(one.id, one.evidence["work_item"]) for one in found] == [("C1", "first"), ("C2", "second")]
    assert set(LETTERS) == set(Code)
    assert len(set(LETTERS.values())) == len(Code)


@pytest.mark.parametrize(
    ("item", "command"),
    [
        ("plain", "agentctl claims show plain"),
        ("two words; rm -rf /", "agentctl claims show 'two words; rm -rf /'"),
        ("--at", "agentctl claims show -- --at"),
    ],
)
def test_commands_survive_hostile_items(item: str, command: str) -> None:
    log = Log()
    log.claim("a", 0, item=item)
    log.claim("b", 1, item=item)
    assert log.findings(5)[0].next == (command,)
