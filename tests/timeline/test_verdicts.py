"""The ledger hears a story, what is around it, and what is known of causes, clocks and reads."""

from collections.abc import Sequence

from agentctl.claims.terms import Terms
from agentctl.lag.history import CommitHistory
from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Labels
from agentctl.model.record import TimestampType
from agentctl.timeline.verdicts import ASSUMED_SKEW_MS, Claims
from tests.builders import ms
from tests.claims.logs import CLAIMS, RESEARCH, Log
from tests.timeline.scenes import commits, seen

HOUR = 3_600_000
TERMS = {CLAIMS: Terms(ttl_ms=HOUR), RESEARCH: Terms()}


def judged(
    log: Log, *, now: str = "20:00", history: CommitHistory | None = None, around: Sequence[Event] = ()
) -> list[Finding]:
    found, _ = Claims(TERMS, ms(now), around).judged(seen(log, history), Labels())
    return list(found)


def raced(partition: int = 0, clock: TimestampType = TimestampType.CREATE, gap_ms: int = 300) -> Log:
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:01", clock=clock)
    log.claim("content", ms("03:01") + gap_ms, partition=partition, clock=clock)
    log.result("sales", "03:30")
    return log


def test_a_conflict_is_found_and_its_loser_bears_the_mark() -> None:
    log = raced()
    [one] = judged(log)
    assert one.code is Code.CLAIM_CONFLICT
    assert one.evidence["verdict"] == "holder"
    assert one.flags == (log.events[2].place,)


def test_a_duplicate_bears_the_mark_and_the_first_result_does_not() -> None:
    log = raced()
    second = log.result("content", "03:40")
    [one] = [one for one in judged(log) if one.code is Code.DUPLICATE_RESULT]
    assert one.flags == (second.place,)


def test_commits_on_the_claims_topic_say_what_the_loser_had_read() -> None:
    [one] = judged(raced(), history=commits(("02:00", "content", 0), topic=CLAIMS))
    assert one.evidence["rivals"][0]["saw_to"] == -1  # type: ignore[index]
    assert "check-then-claim" in one.explanation


def test_claims_around_the_story_are_heard_too() -> None:
    story, whole = Log(), Log()
    earlier = whole.claim("sales", "03:00", workflow_id="another")
    story.events = [whole.claim("content", "03:01")]
    assert judged(story) == []
    [one] = judged(story, around=[earlier])
    assert one.code is Code.CLAIM_CONFLICT


def test_items_that_the_story_does_not_name_are_left_out() -> None:
    story, whole = Log(), Log()
    around = [whole.claim(agent, "03:00", item="elsewhere") for agent in ("sales", "content")]
    story.events = [whole.claim("seo", "03:01")]
    assert judged(story, around=around) == []


def test_a_late_claim_rests_on_an_inferred_cause_and_says_so() -> None:
    log = Log()
    log.task("03:00")
    log.claim("sales", "09:00")
    [one] = judged(log, now="09:30")
    assert (one.code, one.evidence["cause_kind"]) == (Code.LATE_CLAIM, "inferred")


def test_a_takeover_is_not_late() -> None:
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:01", ttl_ms=60_000)
    log.claim("content", "09:00", ttl_ms=60_000)
    assert judged(log) == []


class TestWhatOnlyClocksDecide:
    """Claims in different partitions are ordered by clocks alone, and those always differ."""

    def verdict(self, log: Log) -> object:
        return next(one.evidence["verdict"] for one in judged(log) if one.code is Code.CLAIM_CONFLICT)

    def test_agents_clocks_may_differ_by_seconds_even_if_nothing_shows_it(self) -> None:
        assert self.verdict(raced(1, gap_ms=ASSUMED_SKEW_MS)) == "ambiguous"
        assert self.verdict(raced(1, gap_ms=ASSUMED_SKEW_MS + 1)) == "first by time"

    def test_by_as_much_as_the_story_shows(self) -> None:
        log = raced(1, gap_ms=60_000)
        task = log.task("03:10", item="another")
        log.progress("seo", "03:08", item="another", cause=task)
        assert self.verdict(log) == "ambiguous"

    def test_the_brokers_clock_decides(self) -> None:
        assert self.verdict(raced(1, TimestampType.APPEND, gap_ms=1)) == "first by time"

    def test_a_claim_seconds_before_the_end_of_a_lease_may_be_a_takeover(self) -> None:
        def claimed(left_ms: int, clock: TimestampType = TimestampType.CREATE) -> Log:
            return raced(0, clock, gap_ms=HOUR - left_ms)

        for log in (claimed(1), claimed(ASSUMED_SKEW_MS)):
            log.events = log.events[:3]
            assert self.verdict(log) == "ambiguous"
        for log in (claimed(ASSUMED_SKEW_MS + 1), claimed(1, TimestampType.APPEND)):
            log.events = log.events[:3]
            assert self.verdict(log) == "holder"
