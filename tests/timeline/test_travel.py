"""An agent that acts on an old event of another workflow is told, too, once that event is known."""

from collections.abc import Sequence
from dataclasses import replace

from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Labels
from agentctl.timeline.rules import unknown_cause
from agentctl.timeline.travel import time_travel_from_elsewhere
from tests.builders import event, ms
from tests.timeline.scenes import seen

OLD = event(at="03:00", partition=2, offset=7, agent="research", event_id="old", workflow_id="other")


def found(*events: Event, elsewhere: Event | None = OLD) -> list[Finding]:
    known = {} if elsewhere is None else {elsewhere.event_id: elsewhere, str(elsewhere.place): elsewhere}
    scene = replace(seen(events), elsewhere=known)
    return [*time_travel_from_elsewhere(scene, Labels()), *unknown_cause(scene, Labels())]


def codes(findings: Sequence[Finding]) -> list[Code]:
    return [finding.code for finding in findings]


def test_an_old_event_of_another_workflow_is_named_with_its_workflow_and_its_place() -> None:
    [told] = found(event("content-results", at="14:20", agent="oracle", work_item="w", cause="old"))
    assert told.code is Code.TIME_TRAVEL
    assert told.evidence["age_ms"] == ms("14:20") - ms("03:00")
    assert told.explanation.startswith(
        "oracle acted at #1 on research-events[2]@7, an event of other 11h 20m old (limit 15m)."
    )


def test_its_age_counts_from_the_beginning_of_the_work() -> None:
    claim = event("content-claims", at="03:05", agent="oracle", work_item="w")
    result = event("content-results", at="04:00", agent="oracle", work_item="w", cause="research-events[2]@7")
    assert found(claim, result) == []


def test_a_fresh_one_is_neither_time_travel_nor_unknown() -> None:
    assert found(event("content-results", at="03:10", agent="oracle", work_item="w", cause="old")) == []


def test_one_that_nobody_finds_is_unknown() -> None:
    result = event("content-results", at="14:20", agent="oracle", work_item="w", cause="old")
    assert codes(found(result, elsewhere=None)) == [Code.UNKNOWN_CAUSE]


def test_an_agent_that_goes_on_from_its_own_event_has_not_travelled() -> None:
    assert found(event("content-results", at="14:20", agent="research", work_item="w", cause="old")) == []
