"""The sandbox's night, read without a broker: the ledger says of it what was seeded."""

from collections import Counter
from functools import cache

from agentctl.claims.ledger import Ledger
from agentctl.claims.referee import Referee
from agentctl.claims.standing import State, standing
from agentctl.claims.terms import Terms
from agentctl.events.mapping import field_mapping
from agentctl.model.finding import Code, Finding, Labels
from agentctl.model.record import Record, TimestampType
from agentctl.sandbox.incident import night as seeded_night
from agentctl.sandbox.night import CLAIMS, Night
from agentctl.sandbox.story import KUBERNETES, PLATFORMS, PRICING, SURVEY

DAY_MS = 24 * 60 * 60 * 1000
ANCHOR_MS = 1_795_444_000_000


@cache
def night() -> Night:
    return seeded_night(ANCHOR_MS)


@cache
def ledger() -> Ledger:
    mapping = field_mapping({}, {})
    found = Ledger({CLAIMS: Terms(retention_ms=DAY_MS)})
    for laid in night().kept():
        place = laid.place
        record = Record(
            *(place.topic, place.partition, place.offset, laid.time_ms, TimestampType.CREATE),
            *(laid.key, laid.value, laid.headers),
        )
        found.add(mapping.event(record))
    for (topic, partition), start in night().log_starts().items():
        if topic == CLAIMS and start:
            left = [
                e.time_ms for e in night().kept() if (e.place.topic, e.place.partition) == (topic, partition)
            ]
            found.lost_head(topic, partition, min(left))
    return found


@cache
def findings() -> tuple[Finding, ...]:
    return tuple(Referee(ANCHOR_MS).findings(ledger().histories(), Labels()))


def test_three_departments_claimed_one_item_and_two_worked_in_vain() -> None:
    (conflict,) = [one for one in findings() if one.code is Code.CLAIM_CONFLICT]
    assert conflict.evidence["work_item"] == PLATFORMS
    assert conflict.evidence["holder"] == "marketing"
    assert "sales (86ms later) and content (278ms)" in conflict.explanation
    assert conflict.explanation.endswith("They worked 31m 27s in vain.")
    duplicates = [one for one in findings() if one.code is Code.DUPLICATE_RESULT]
    assert [one.evidence["agent"] for one in duplicates] == ["sales", "content"]


def test_one_claim_is_orphaned_and_one_was_taken_over_done_right() -> None:
    (orphan,) = [one for one in findings() if one.code is Code.ORPHANED_CLAIM]
    assert (orphan.evidence["work_item"], orphan.evidence["step"], orphan.evidence["total"]) == (
        PRICING,
        3,
        5,
    )
    taken = standing(ledger().history(SURVEY), ANCHOR_MS)
    assert taken is not None
    assert (taken.state, taken.holder) == (State.DONE, "content")


def test_at_the_moment_of_the_three_claims_it_is_a_conflict() -> None:
    claims = [night().labelled[f"3m47/{agent}/claim"].time_ms for agent in ("marketing", "sales", "content")]
    then = standing(ledger().history(PLATFORMS, claims[-1]), claims[-1])
    assert then is not None
    assert (then.state, [rival.agent for rival in then.rivals]) == (State.CONFLICT, ["sales", "content"])


def test_the_agent_that_came_eleven_hours_late_had_not_claimed() -> None:
    (without,) = [one for one in findings() if one.code is Code.RESULT_WITHOUT_CLAIM]
    assert (without.evidence["work_item"], without.evidence["agent"]) == (KUBERNETES, "oracle")


def test_nobody_else_is_accused_neither_ordinary_work_nor_what_retention_has_made_unclaimed() -> None:
    counted = Counter(one.code for one in findings())
    assert counted == {
        Code.CLAIM_CONFLICT: 1,
        Code.DUPLICATE_RESULT: 2,
        Code.RESULT_WITHOUT_CLAIM: 1,
        Code.ORPHANED_CLAIM: 1,
    }
    stands = [standing(history, ANCHOR_MS) for history in ledger().histories()]
    assert stands.count(None) > 1_000
    states = Counter(found.state for found in stands if found is not None)
    assert states[State.DONE] > 50
    assert ledger().aside == {}
