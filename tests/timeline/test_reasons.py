"""A silence is explained by who was behind, silent, or without input; nothing is guessed without evidence."""

from collections.abc import Collection, Mapping

from agentctl.lag.history import CommitHistory
from agentctl.lag.position import Position
from agentctl.timeline.reasons import Ends, Explained, Why, explained, no_ends
from tests.builders import ms
from tests.claims.logs import RESEARCH, Log
from tests.timeline.scenes import commits, seen


def night(*, finished: bool) -> Log:
    """Work until 03:04, then nothing until 14:00."""
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:01", ttl_ms=3_600_000)
    log.progress("sales", "03:02")
    log.progress("sales", "03:03")
    if finished:
        log.result("sales", "03:04")
    log.task("14:00")
    return log


def ended_at(offset: int) -> Ends:
    def ends(places: Collection[Position], at_ms: int) -> Mapping[Position, int]:
        assert at_ms < ms("14:00"), "what ended the silence was not there to be read"
        return dict.fromkeys(places, offset)

    return ends


def reasons(log: Log, history: CommitHistory | None = None, ends: Ends = no_ends) -> dict[str, Why]:
    [one] = explained(seen(log, history), ends)
    return {reason.agent: reason.why for reason in one.reasons}


def sentence(log: Log, history: CommitHistory | None = None, ends: Ends = no_ends) -> str:
    [one] = explained(seen(log, history), ends)
    return one.sentence


def test_in_the_middle_of_work_an_agent_is_silent() -> None:
    assert reasons(night(finished=False)) == {"research": Why.UNKNOWN, "sales": Why.SILENT}
    assert sentence(night(finished=False)) == (
        "10h 57m without events. sales was at work on agent_tracing and showed no sign since 03:03:00. "
        "Of research nothing is known."
    )


def test_without_evidence_nothing_is_guessed() -> None:
    assert reasons(night(finished=True)) == {"research": Why.UNKNOWN, "sales": Why.UNKNOWN}
    assert sentence(night(finished=True)).endswith("without events. Why is not known.")


def test_a_group_with_records_before_it_was_behind() -> None:
    history = commits(("02:50", "sales-team", 0), ("03:05", "sales-team", 1))
    [one] = explained(seen(night(finished=True), history), ended_at(4))
    behind = next(reason for reason in one.reasons if reason.agent == "sales")
    assert (behind.why, behind.group, behind.place, behind.records, behind.since_ms) == (
        *(Why.BEHIND, "sales-team", f"{RESEARCH}[0]@1", 3, ms("03:05")),
    )
    assert (
        "sales was behind: 3 records, at research-events[0]@1, where it stood since 03:05:00." in one.sentence
    )


def test_a_group_that_had_read_everything_had_no_input() -> None:
    history = commits(("03:05", "sales-team", 1))
    assert reasons(night(finished=True), history, ended_at(1))["sales"] is Why.NO_INPUT


def test_to_be_behind_comes_before_to_be_silent_and_silent_before_no_input() -> None:
    history = commits(("03:00:30", "sales-team", 1))
    assert reasons(night(finished=False), history, ended_at(2))["sales"] is Why.BEHIND
    assert reasons(night(finished=False), history, ended_at(1))["sales"] is Why.SILENT


def test_what_counts_is_the_latest_work() -> None:
    log = night(finished=False)
    log.claim("sales", "03:04", item="another")
    log.result("sales", "03:05", item="another")
    assert reasons(log)["sales"] is Why.UNKNOWN


def test_what_comes_after_the_silence_explains_nothing() -> None:
    log = night(finished=True)
    log.claim("seo", "14:01")
    log.progress("seo", "14:02")
    assert reasons(log)["seo"] is Why.UNKNOWN


def test_of_very_many_agents_those_that_acted_last_are_told() -> None:
    log = Log()
    for n in range(300):
        log.progress(f"a{n}", n)
    for hours in range(1, 6):
        log.progress("b", hours * 10_000_000)
    found: tuple[Explained, ...] = explained(seen(log), no_ends, most=1_000)
    assert [len(one.reasons) for one in found] == [200] * 5
    assert found[0].reasons[0].agent == "a299"
    assert found[1].reasons[0].agent == "b"
    assert "197 more were at work and showed no sign" in found[0].sentence
    assert len(found[0].sentence) < 400
