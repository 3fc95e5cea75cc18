"""Claim conflicts and split keys: who holds, who worked in vain, and what nobody can say."""

from collections import Counter

import pytest

from agentctl.claims.referee import Referee
from agentctl.claims.tenure import Claim
from agentctl.model.finding import Code, Labels, Severity
from tests.claims.logs import CLAIMS, TTL, Log

HALF_AN_HOUR = 30 * 60 * 1000
NOW = "14:25:40"


def night() -> Log:
    """Three departments claim within 300 ms, work, and publish."""
    log = Log(ttl_ms=HALF_AN_HOUR)
    item = "agent_observability_platforms"
    rivals = (
        ("marketing", "00", "41:02.117"),
        ("sales", "086", "44:40.903"),
        ("content", "278", "47:17.330"),
    )
    for agent, after, _ in rivals:
        log.claim(agent, f"03:30:15.{int(after):03}", item=item, partition=2)
    for agent, _, done in rivals:
        log.progress(agent, "03:36", item=item, step=1, total=5)
        log.result(agent, f"03:{done}", item=item)
    return log


def codes(log: Log, now: int | str = 10**7, skew_ms: int = 0) -> Counter[str]:
    return Counter(one.code.value for one in log.findings(now, skew_ms))


def test_the_night_of_the_three_articles() -> None:
    log = night()
    assert codes(log, NOW) == {"claim-conflict": 1, "duplicate-result": 2}
    conflict, *duplicates = log.findings(NOW)
    assert (conflict.id, conflict.severity) == ("C1", Severity.PROBLEM)
    assert conflict.explanation == (
        "marketing held agent_observability_platforms, token 2@0. sales (86ms later) and content (278ms) "
        "claimed it too, and did not withdraw. They worked 31m 27s in vain."
    )
    assert [str(place) for place in conflict.events] == [f"{CLAIMS}[2]@{n}" for n in range(3)]
    assert conflict.flags == conflict.events[1:]
    evidence = conflict.evidence
    assert (evidence["holder"], evidence["token"], evidence["verdict"]) == ("marketing", "2@0", "holder")
    assert (evidence["wasted_ms"], evidence["wasted_steps"]) == (
        14 * 60_000 + 25_817 + 17 * 60_000 + 2_052,
        2,
    )
    assert conflict.next == ("agentctl claims show agent_observability_platforms",)
    assert [one.id for one in duplicates] == ["D1", "D2"]
    assert duplicates[0].explanation == (
        "sales published the 2nd result for agent_observability_platforms, 3m 38s after marketing's. "
        "sales had lost its claim 2@1; marketing held the item with token 2@0."
    )
    assert "the 3rd result" in duplicates[1].explanation
    assert duplicates[0].evidence["keep"] == "content-results[0]@0"


def test_while_it_happens_the_holder_holds() -> None:
    log = night()
    then = log.events[3].record.timestamp_ms or 0
    (conflict,) = Referee(then).findings(log.ledger.histories(then), Labels())
    assert conflict.explanation.startswith("marketing holds agent_observability_platforms, token 2@0.")
    assert conflict.explanation.endswith("They worked 11m 29s beside it.")


@pytest.mark.parametrize(
    ("saw", "said", "could"),
    [
        (-1, "had read the claims only to 2@-1: check-then-claim.", False),
        (0, "had read that claim, and claimed all the same.", True),
        (None, "claimed it too, and did not withdraw.", None),
    ],
)
def test_what_a_loser_could_have_seen_is_said_where_it_is_known(
    saw: int | None, said: str, could: bool | None
) -> None:
    log = night()

    def saw_to(_claim: Claim) -> int | None:
        return saw

    conflict = Referee(10**13, 0, saw_to).findings(log.ledger.histories(), Labels())[0]
    assert f"sales (86ms later) and content (278ms) {said}" in conflict.explanation
    rivals = conflict.evidence["rivals"]
    assert isinstance(rivals, list)
    assert [one["could_have_seen"] for one in rivals] == [could, could]


def test_a_withdrawn_claim_is_no_conflict() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.release("sales", 2, log.claim("sales", 1))
    assert codes(log) == {}


def test_a_loser_that_shows_nothing_is_a_conflict_and_cost_nothing() -> None:
    log = Log()
    log.claim("marketing", 0)
    log.claim("sales", 1)
    (conflict,) = log.found(Code.CLAIM_CONFLICT)
    assert conflict.explanation.endswith("No sign of work since.")
    assert conflict.evidence["wasted_ms"] == 0


@pytest.mark.parametrize(
    ("gap", "skew", "verdict"),
    [(100, 100, "ambiguous"), (101, 100, "first by time"), (0, 0, "ambiguous"), (1, 0, "first by time")],
)
def test_in_two_partitions_claims_closer_than_the_clocks_are_ambiguous(
    gap: int, skew: int, verdict: str
) -> None:
    log = Log()
    log.claim("marketing", 0, partition=0)
    log.claim("sales", gap, partition=3)
    (conflict,) = log.found(Code.CLAIM_CONFLICT, skew_ms=skew)
    assert (conflict.evidence["verdict"], conflict.evidence["holder"]) == (verdict, None)
    assert ("nor clocks can say" in conflict.explanation) == (verdict == "ambiguous")
    (split,) = log.found(Code.SPLIT_KEY)
    assert split.evidence["partitions"] == ["content-claims[0]", "content-claims[3]"]
    assert "no winner is declared" in split.explanation


def test_in_one_partition_offsets_decide_whatever_the_clocks_do() -> None:
    log = Log()
    log.claim("marketing", 50)
    log.claim("sales", 20)
    (conflict,) = log.found(Code.CLAIM_CONFLICT, skew_ms=2_000)
    assert (conflict.evidence["verdict"], conflict.evidence["holder"]) == ("holder", "marketing")


def test_claims_far_apart_in_two_partitions_are_a_split_key_and_no_conflict() -> None:
    log = Log()
    log.claim("marketing", 0, partition=0)
    log.claim("sales", 5 * TTL, partition=1, keyless=True)
    log.progress("marketing", 6 * TTL)
    log.result("marketing", 7 * TTL)
    assert codes(log) == {"split-key": 1}
    assert "1 of the 2 claims have no key" in log.found(Code.SPLIT_KEY)[0].explanation


def test_of_hundreds_of_losers_a_sentence_names_a_few() -> None:
    log = Log()
    log.claim("holder", 0)
    for n in range(300):
        log.claim(f"agent-{n}", 1)
    (conflict,) = log.findings(5)
    assert "agent-4 (1ms) and 295 more claimed it too" in conflict.explanation
    assert len(conflict.events) == 301
