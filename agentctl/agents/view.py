"""The board of agents as a View."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from agentctl.agents.board import AgentRow, AgentState, Lag
from agentctl.model.coverage import Coverage
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("agent", "AGENT"),
    Column("state", "STATE", shown=Shown.PLAIN),
    Column("stands", "STATE", shown=Shown.SCREEN),
    Column("what", "WHAT", shown=Shown.SCREEN),
    Column("status", "STATUS", shown=Shown.PLAIN),
    Column("step", "STEP", Kind.NUMBER, Shown.PLAIN),
    Column("total", "TOTAL", Kind.NUMBER, Shown.PLAIN),
    Column("work_item", "WORK ITEM", shown=Shown.PLAIN),
    Column("workflow_id", "WORKFLOW", shown=Shown.WIDE),
    Column("since", "SINCE", Kind.TIME_MS, Shown.PLAIN),
    Column("for_ms", "SINCE", Kind.DURATION_MS, Shown.SCREEN),
    Column("last_seen_at", "SEEN", Kind.TIME_MS, Shown.PLAIN),
    Column("seen_ms", "SEEN", Kind.DURATION_MS, Shown.SCREEN),
    Column("behind", "LAG", Kind.NUMBER, Shown.SCREEN),
    Column("lag", "LAG", Kind.DATA, Shown.PLAIN),
)
_RANK = (AgentState.STALLED, AgentState.WORKING, AgentState.IDLE)


def agents_view(
    rows: Iterable[AgentRow],
    lags: Mapping[str, Lag],
    coverage: Coverage | None,
    now_ms: int,
    notes: Iterable[str] = (),
) -> View:
    """Show agents, those that stall first."""
    shown = sorted(rows, key=lambda one: (_RANK.index(one.state), one.agent))
    states = Counter(one.state for one in shown)
    stalled = [one for one in shown if one.state is AgentState.STALLED]
    return View(
        name="agents",
        title="agents",
        columns=_COLUMNS,
        rows=[_row(one, lags.get(one.agent), now_ms) for one in shown],
        summary={"agents": len(shown), **{state.value: states[state] for state in AgentState}},
        facts=tuple(f"{states[state]:,} {state.value}" for state in AgentState if states[state]),
        notes=(*(_silent(one, now_ms) for one in stalled), *notes),
        coverage=coverage,
        next=_next(stalled),
        nothing="No agent was seen.",
    )


def moves_view(rows: Sequence[AgentRow], lags: Mapping[str, Lag], now_ms: int) -> View:
    """Show the agents that have moved at a moment, a row each."""
    return View(
        name="agents",
        title="agents",
        columns=(
            Column("time", "TIME", Kind.TIME_MS),
            *(one for one in _COLUMNS if one.shown is not Shown.SCREEN),
        ),
        rows=[{"time": now_ms, **_row(one, lags.get(one.agent), now_ms)} for one in rows],
    )


def _row(one: AgentRow, lag: Lag | None, now_ms: int) -> Row:
    return {
        "agent": one.agent,
        "state": one.state.value,
        "stands": "⚑ STALL" if one.state is AgentState.STALLED else one.state.value,
        "what": _what(one),
        "status": one.status,
        "step": one.step,
        "total": one.total,
        "work_item": one.work_item,
        "workflow_id": one.workflow_id,
        "since": one.since_ms,
        "for_ms": max(now_ms - one.since_ms, 0),
        "last_seen_at": one.last_seen_ms,
        "seen_ms": max(now_ms - one.last_seen_ms, 0),
        "behind": None if lag is None else lag.records,
        "lag": None if lag is None else {"group": lag.group, "records": lag.records, "seconds": lag.seconds},
    }


def _what(one: AgentRow) -> str:
    item = one.work_item or ""
    if one.state is AgentState.IDLE:
        if not item:
            return ""
        return f"last: {item}, {one.finished}" if one.finished else f"last: {item}"
    step = "" if one.step is None else f" ({one.step}/{'?' if one.total is None else one.total})"
    doing = one.status or ("at work on" if step else "claimed")
    return f"{doing}{step} {item}".rstrip()


def _silent(one: AgentRow, now_ms: int) -> str:
    """Say why somebody is called stalled."""
    silence, limit = span(max(now_ms - one.last_seen_ms, 0)), span(one.silent_after_ms)
    return f"{one.agent} has been silent for {silence}, and usually is for {limit} at most"


def _next(stalled: Sequence[AgentRow]) -> tuple[str, ...]:
    from_workflow = [one.workflow_id for one in stalled if one.workflow_id is not None]
    return ("agentctl claims", *(f"agentctl replay {name}" for name in from_workflow[:1])) if stalled else ()
