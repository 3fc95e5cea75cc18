"""One work item as a View: every claim on it with its verdict, and what to do now."""

from collections.abc import Iterable, Iterator, Sequence

from agentctl.claims.practice import cost, protocol
from agentctl.claims.standing import Judged, SawTo, Standing, State, Verdict, judged
from agentctl.claims.tenure import History
from agentctl.model.coverage import Coverage
from agentctl.model.finding import Finding
from agentctl.model.query import Window
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("token", "TOKEN"),
    Column("agent", "AGENT"),
    Column("at", "WHEN", Kind.TIME_MS),
    Column("verdict", "VERDICT"),
    Column("saw_to", "SAW TO", Kind.NUMBER),
    Column("gap_ms", "AFTER", Kind.DURATION_MS),
    Column("steps_since", "STEPS", Kind.NUMBER),
    Column("results_since", "RESULTS", Kind.NUMBER),
    Column("workflow_id", "WORKFLOW", shown=Shown.WIDE),
    Column("format", "FORMAT", shown=Shown.WIDE),
    Column("read_age_ms", "READ AGE", Kind.DURATION_MS, Shown.WIDE),
    Column("place", "EVIDENCE", shown=Shown.WIDE),
)

_MOST_ODD = 3
"""Odd records that are named."""


def item_view(
    history: History | None,
    standing: Standing | None,
    findings: Sequence[Finding],
    coverage: Coverage,
    *,
    work_item: str,
    now_ms: int,
    saw_to: SawTo | None = None,
    near: Sequence[str] = (),
    notes: Iterable[str] = (),
) -> View:
    """Show the claims on an item. Without a history there is none; ``near`` are items that are like it."""
    claims = [] if history is None else judged(history, now_ms, saw_to)
    lost = [one for one in claims if one.verdict is Verdict.LOST]
    nothing = f"Nobody has claimed {work_item}."
    if near:
        nothing += f"\nNear: {', '.join(near)}"
    return View(
        name="claims.show",
        title=work_item,
        columns=_COLUMNS,
        rows=[_row(one) for one in claims],
        summary={
            **_summary(standing, claims=len(claims), lost=len(lost)),
            **({} if history is None else {"cost": cost(history).row, "protocol": protocol(history).row}),
        },
        summary_kinds={"lease_until": Kind.TIME_MS},
        facts=() if standing is None else _facts(standing),
        notes=(
            *(() if standing is None else _advice(standing)),
            *(() if history is None or standing is None else _evidence(history)),
            *notes,
        ),
        findings=tuple(findings),
        window=Window(),
        coverage=coverage,
        nothing=nothing,
        next=()
        if standing is None or standing.workflow_id is None
        else (f"agentctl replay {standing.workflow_id}",),
    )


def _row(one: Judged) -> Row:
    return {
        "token": one.token,
        "agent": one.agent,
        "at": one.at_ms,
        "verdict": None if one.verdict is None else one.verdict.value,
        "saw_to": one.saw_to,
        "gap_ms": one.gap_ms,
        "steps_since": one.steps_since,
        "results_since": one.results_since,
        "workflow_id": one.workflow_id,
        "format": one.format,
        "read_age_ms": one.read_age_ms,
        "place": str(one.place),
    }


def _evidence(history: History) -> Iterator[str]:
    """Say what the duplicate work has cost, and what the log shows of how agents claim."""
    spent = cost(history)
    if spent.agents:
        yield f"cost: {spent.sentence}"
    yield f"protocol: {protocol(history).sentence}"
    for odd, place in history.odd[:_MOST_ODD]:
        yield f"{place} {odd.value}"
    if len(history.odd) > _MOST_ODD:
        yield f"{len(history.odd) - _MOST_ODD:,} more records are odd"


def _summary(standing: Standing | None, *, claims: int, lost: int) -> dict[str, object]:
    if standing is None:
        return {"state": None, "holder": None, "token": None, "lease_until": None, "claims": 0, "lost": 0}
    return {
        "state": standing.state.value,
        "holder": standing.holder,
        "token": standing.token,
        "lease_until": standing.lease_end_ms,
        "claims": claims,
        "lost": lost,
        "certain": standing.certain,
    }


def _facts(standing: Standing) -> tuple[str, ...]:
    held = "" if standing.holder is None else f"{standing.holder} {'holds' if standing.alive else 'held'} it"
    left = standing.lease_left_ms
    lease = "" if left is None else f"lease {span(left)} left" if left > 0 else f"lease over {span(-left)}"
    return tuple(word for word in (standing.workflow_id, standing.state.value, held, lease) if word)


def _advice(standing: Standing) -> Iterator[str]:
    """Say what the token is good for, and who must stop."""
    if standing.token is not None and (standing.alive or standing.rivals):
        yield f"fence: accept only results that carry token {standing.token}"
    if standing.state is State.SPLIT_KEY:
        yield "do now: stop all but one by hand, and key claims by their item: agentctl doctor claims"
    working = [rival.agent for rival in standing.rivals if rival.still_working]
    if standing.alive and working:
        yield f"do now: stop {', '.join(dict.fromkeys(working))}"
    if standing.state is State.ORPHANED:
        yield "do now: let another agent claim it"
    if not standing.certain:
        yield "retention has deleted the beginning: an earlier claim may be missing"
