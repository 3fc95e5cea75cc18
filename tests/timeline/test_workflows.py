"""Workflows: one row each, whatever order the events arrive in."""

from hypothesis import given
from hypothesis import strategies as st

from agentctl.model.event import Event
from agentctl.model.finding import Code
from agentctl.timeline.workflows import Board, State, Workflow, selected
from tests.builders import event, ms

STALE = 15 * 60_000


def board(*events: Event, now: str = "03:10") -> list[Workflow]:
    tracks = Board()
    for one in events:
        tracks.add(one)
    return tracks.workflows(ms(now), STALE)


def claim(at: str, agent: str = "marketing", **more: str) -> Event:
    return event("content-claims", at=at, agent=agent, work_item="x", **more)  # type: ignore[arg-type]


def result(at: str, agent: str = "marketing") -> Event:
    return event("content-results", at=at, agent=agent, work_item="x")


def test_a_row_tells_span_agents_and_number_of_events() -> None:
    [row] = board(event(at="03:00", agent="research"), claim("03:01"), result("03:05"))
    assert (row.workflow_id, row.started_ms, row.last_ms, row.events) == ("w", ms("03:00"), ms("03:05"), 3)
    assert row.agents == ("research", "marketing")


def test_done_when_every_claim_has_its_result() -> None:
    assert board(claim("03:01"), result("03:05"))[0].state is State.DONE


def test_running_while_a_claim_is_open_and_something_happened_lately() -> None:
    assert board(claim("03:01"))[0].state is State.RUNNING


def test_stalled_when_a_claim_is_open_and_nothing_happened_for_long() -> None:
    assert board(claim("03:01"), now="03:16")[0].state is State.STALLED


def test_one_agents_result_does_not_fulfil_anothers_claim() -> None:
    assert (
        board(claim("03:01"), claim("03:02", "sales"), result("03:05"), now="05:00")[0].state is State.STALLED
    )


def test_a_released_claim_is_not_open() -> None:
    released = claim("03:03", "sales", type="claim_released")
    assert board(claim("03:01"), claim("03:02", "sales"), released, result("03:05"))[0].state is State.DONE


def test_failed_when_an_agents_latest_word_is_a_failure() -> None:
    failed = event("agent-progress", at="03:02", agent="marketing", status="Failed")
    assert board(claim("03:01"), failed)[0].state is State.FAILED
    assert board(claim("03:01"), failed, result("03:05"))[0].state is State.DONE


def test_findings_are_counted() -> None:
    [row] = board(*(event(at=f"03:0{n}") for n in range(4)), event(at="14:00", undecodable="broken"))
    assert row.findings == {Code.SILENCE: 1, Code.UNDECODABLE: 1}


def test_an_event_without_workflow_belongs_to_none() -> None:
    assert board(event(workflow_id=None)) == []


def test_the_latest_stands_first_and_filters_select() -> None:
    rows = board(
        event(at="03:00", workflow_id="old", agent="seo"), event(at="03:05", workflow_id="new", agent="sales")
    )
    assert [row.workflow_id for row in rows] == ["new", "old"]
    assert [row.workflow_id for row in selected(rows, agents=("seo",))] == ["old"]
    assert selected(rows, states=(State.DONE,)) == []


@given(
    st.permutations(
        [event(at="03:00", agent="b"), claim("03:01"), result("03:05"), claim("03:07"), result("03:09")]
    )
)
def test_the_answer_does_not_depend_on_the_order_of_arrival(events: list[Event]) -> None:
    [row] = board(*events)
    assert (row.state, row.agents, row.events) == (State.DONE, ("b", "marketing"), 5)
