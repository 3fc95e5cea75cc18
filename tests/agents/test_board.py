"""The board of agents: at work, idle, or silent for longer than their steps usually take."""

import pytest

from agentctl.agents.board import FLOOR_MS, AgentRow, AgentsBoard, AgentState, Lag
from agentctl.agents.view import agents_view
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.render.choose import Output
from tests.builders import event, ms
from tests.claims.logs import ITEM, Log
from tests.screens import NOW_MS, Screen, check_golden

MINUTE = 60_000


def row(log: Log, now: str | int, agent: str = "marketing", *more: Event) -> AgentRow:
    """One agent's row, with the leases of the log."""
    board = AgentsBoard()
    for one in (*log.events, *more):
        board.add(one)
    now_ms = ms(now) if isinstance(now, str) else now
    held = [log.stands(now, item) for item in log.ledger.items() if log.history(item=item).claims]
    [found] = [one for one in board.rows(now_ms, held) if one.agent == agent]
    return found


def steady(minutes: int, steps: int = 3, total: int = 5) -> Log:
    """Marketing claims at 14:00 and takes so many minutes a step."""
    log = Log(ttl_ms=60 * MINUTE)
    log.claim("marketing", "14:00")
    for step in range(1, steps + 1):
        log.progress(
            "marketing", ms("14:00") + step * minutes * MINUTE, step=step, total=total, status=f"part {step}"
        )
    return log


def test_at_work_with_what_it_does_since_when() -> None:
    found = row(steady(4), "14:13")
    assert (found.state, found.status, found.step, found.total) == (AgentState.WORKING, "part 3", 3, 5)
    assert (found.work_item, found.workflow_id) == (ITEM, "w")
    assert (found.since_ms, found.last_seen_ms) == (ms("14:00"), ms("14:12"))


@pytest.mark.parametrize(("minutes", "limit"), [(4, 12 * MINUTE), (10, 30 * MINUTE), (0.1, FLOOR_MS)])
def test_stalled_is_who_is_silent_for_three_of_its_usual_steps_and_two_minutes(
    minutes: float, limit: int
) -> None:
    log = Log(ttl_ms=24 * 60 * MINUTE)
    log.claim("marketing", "10:00")
    for step in range(1, 5):
        log.progress("marketing", ms("10:00") + round(step * minutes * MINUTE), step=step, total=9)
    last = ms("10:00") + round(4 * minutes * MINUTE)
    assert row(log, last + limit).silent_after_ms == limit
    assert row(log, last + limit).state is AgentState.WORKING
    assert row(log, last + limit + 1).state is AgentState.STALLED


def test_one_slow_step_does_not_change_what_is_usual() -> None:
    log = steady(2, steps=4, total=9)
    log.progress("marketing", "14:50", step=5, total=9)
    assert row(log, "14:50").silent_after_ms == 6 * MINUTE


def test_idle_is_who_has_published_with_its_last_work() -> None:
    log = steady(4)
    log.result("marketing", "14:16")
    found = row(log, "15:00")
    assert (found.state, found.work_item, found.finished) == (AgentState.IDLE, ITEM, "published")
    assert found.since_ms == found.last_seen_ms == ms("14:16")


def test_idle_is_who_has_released_or_whose_lease_ran_out_before_it_began() -> None:
    log = Log(ttl_ms=MINUTE)
    claim = log.claim("marketing", "14:00")
    log.claim("sales", "14:00", item="other")
    assert row(log, "14:30", "sales").state is AgentState.IDLE
    assert row(log, ms("14:00") + 100).state is AgentState.WORKING
    log.release("marketing", ms("14:00") + 500, claim)
    found = row(log, ms("14:00") + 600)
    assert (found.state, found.finished) == (AgentState.IDLE, "released")


def test_work_without_a_claim_is_work_and_the_last_step_ends_it() -> None:
    log = Log()
    log.progress("oracle", "14:00", step=1, total=2, status="keyword audit")
    assert row(log, "14:01", "oracle").state is AgentState.WORKING
    log.progress("oracle", "14:02", step=2, total=2)
    assert row(log, "14:03", "oracle").state is AgentState.IDLE


def test_an_orphan_is_forgotten_when_its_agent_has_gone_on_to_something_else() -> None:
    log = steady(1, steps=2)
    assert row(log, "16:00").state is AgentState.STALLED
    log.claim("marketing", "15:00", item="next")
    log.result("marketing", "15:05", item="next")
    found = row(log, "16:00")
    assert (found.state, found.work_item) == (AgentState.IDLE, "next")


def test_taking_an_item_up_again_begins_anew() -> None:
    log = steady(1, steps=2)
    log.result("marketing", "14:03")
    log.claim("marketing", "14:20")
    log.progress("marketing", "14:21", step=1, total=5)
    found = row(log, "14:22")
    assert (found.state, found.since_ms, found.step) == (AgentState.WORKING, ms("14:20"), 1)


def test_any_event_is_a_sign_of_life_and_who_only_publishes_tasks_is_idle() -> None:
    log = steady(4)
    late = event("research-events", at="14:29", agent="marketing")
    assert row(log, "14:30").state is AgentState.STALLED
    assert row(log, "14:30", "marketing", late).state is AgentState.WORKING
    board = AgentsBoard()
    board.add(event("research-events", at="14:00", agent="research"))
    board.add(event("research-events", at="14:00", agent=None))
    board.add(event("research-events", at=None, agent="timeless"))
    [found] = board.rows(ms("15:00"))
    assert (found.agent, found.state, found.work_item) == ("research", AgentState.IDLE, None)


def test_topics_may_arrive_in_any_order() -> None:
    log = steady(4)
    log.result("marketing", "14:16")
    log.claim("marketing", "14:20", item="next")
    forward, backward = AgentsBoard(), AgentsBoard()
    for topic in ("content-claims", "agent-progress", "content-results"):
        for one in (e for e in log.events if e.record.topic == topic):
            forward.add(one)
    for topic in ("content-results", "agent-progress", "content-claims"):
        for one in (e for e in log.events if e.record.topic == topic):
            backward.add(one)
    assert forward.rows(ms("14:30")) == backward.rows(ms("14:30"))


def board() -> AgentsBoard:
    log = Log(ttl_ms=30 * MINUTE)
    log.claim("content", "12:21:30", item="vector_db_pricing")
    log.progress("content", "12:27", item="vector_db_pricing", step=4, total=5, status="SEO optimization")
    log.claim("marketing", "14:21:30", item="agent_evals_landscape")
    log.progress(
        "marketing", "14:25:38", item="agent_evals_landscape", step=3, total=5, status="Writing draft"
    )
    log.claim("sales", "13:30", item="prospect_deck")
    log.result("sales", "13:47", item="prospect_deck")
    log.progress("oracle", "14:14:40", item=None, status="keyword audit", workflow_id="workflow_7k2p")
    log.progress("oracle", "14:25:36", item=None, status="keyword audit", workflow_id="workflow_7k2p")
    found = AgentsBoard()
    for one in log.events:
        found.add(one)
    return found


LAGS = {
    "oracle": Lag("oracle-audit", 1_207, 40_000.5),
    "sales": Lag("sales-agents", 0, 0.0),
    "content": Lag("content-agents", None, None),
}


@pytest.mark.parametrize("name", ["agents-60", "agents-80", "agents-120", "agents-piped", "agents-ascii"])
def test_the_screen_is_as_it_was_read_and_approved(name: str) -> None:
    kind = name.partition("-")[2]
    here = Screen(int(kind) if kind.isdigit() else 80, kind != "piped", environment={"NO_COLOR": "1"})
    view = agents_view(board().rows(NOW_MS), LAGS, Coverage(), NOW_MS)
    here.show(view, Output(ascii=kind == "ascii" or None))
    check_golden(f"agents/{name}", here.all)


def test_rows_have_the_fields_of_the_contract_and_unknown_is_null() -> None:
    view = agents_view(board().rows(NOW_MS), LAGS, Coverage(), NOW_MS)
    keys = {column.key for column in view.machine_columns}
    assert {
        *(
            "agent",
            "state",
            "status",
            "step",
            "total",
            "work_item",
            "workflow_id",
            "since",
            "last_seen_at",
            "lag",
        ),
    } <= keys
    lags = {row["agent"]: row["lag"] for row in view.rows}
    assert lags["oracle"] == {"group": "oracle-audit", "records": 1_207, "seconds": 40_000.5}
    assert lags["content"] == {"group": "content-agents", "records": None, "seconds": None}
    assert lags["marketing"] is None
    assert view.summary == {"agents": 4, "working": 2, "idle": 1, "stalled": 1}
    assert agents_view([], {}, Coverage(), NOW_MS).exit_code == 4
