"""What became of a claim, or what would be written, as an answer."""

from agentctl.claims.drafts import Draft
from agentctl.claims.outcome import Outcome, Why
from agentctl.claims.tenure import History
from agentctl.model.instant import instant
from agentctl.model.record import TimestampType
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Shown, View

_COLUMNS = (
    Column("work_item", "WORK ITEM"),
    Column("held", "HELD", Kind.FLAG),
    Column("why", "WHY"),
    Column("token", "TOKEN"),
    Column("holder", "HOLDER"),
    Column("holder_token", "ITS TOKEN"),
    Column("lease_until", "LEASE UNTIL", Kind.TIME_MS),
    Column("contended", "CONTENDED", Kind.FLAG, Shown.WIDE),
    Column("left_ms", "LEFT", Kind.DURATION_MS, Shown.MACHINE),
    Column("clock", "CLOCK", shown=Shown.MACHINE),
)
_TIMES = {"lease_until": Kind.TIME_MS}


def outcome_view(outcome: Outcome, agent: str, topic: str) -> View:
    """Answer what an agent reached."""
    row: dict[str, object] = {
        "work_item": outcome.work_item,
        "held": outcome.held,
        "why": outcome.why.value,
        "token": outcome.token or None,
        "holder": outcome.holder,
        "holder_token": outcome.holder_token,
        "lease_until": outcome.lease_until_ms,
        "contended": outcome.contended,
        "left_ms": outcome.left_ms,
        "clock": outcome.clock.value,
    }
    return View(
        name="claim",
        title=outcome.work_item,
        columns=_COLUMNS,
        rows=[row],
        summary={**row, "executed": True},
        summary_kinds=_TIMES,
        facts=(topic,),
        notes=(_sentence(outcome, agent), *outcome.notes),
        next=(f"agentctl claims show {outcome.work_item}",),
    )


def _sentence(outcome: Outcome, agent: str) -> str:
    holder = f"{outcome.holder} holds it, token {outcome.holder_token}"
    until = "" if outcome.lease_until_ms is None else f", until {instant(outcome.lease_until_ms)}"
    match outcome.why:
        case Why.HELD:
            return (
                f"{agent} holds it for {span(outcome.left_ms)} at the least. Put the token "
                f"{outcome.holder_token} into progress and results."
            )
        case Why.RELEASED:
            return f"{agent} has released {outcome.token}."
        case Why.TOO_LATE:
            return f"{agent} had won it, but too little of the lease was left: given back. Try again."
        case Why.UNDECIDED:
            return f"{agent} does not hold it: what stands before its claim is not decided yet. Try again."
    if outcome.holder is None:
        return f"{agent} does not hold it, and nobody does."
    return f"{agent} does not hold it: {holder}{until}."


def plan_view(
    what: str,
    item: str,
    agent: str,
    topic: str,
    partition: int,
    history: History,
    now_ms: int,
    draft: Draft | None,
) -> View:
    """Answer what would be written, where, and how the item stands now."""
    last = history.last
    holds = last if last is not None and last.lives(now_ms) else None
    row: dict[str, object] = {
        "work_item": item,
        "held": holds is not None and holds.agent == agent,
        "why": "plan",
        "token": None,
        "holder": None if holds is None else holds.agent,
        "holder_token": None if holds is None else holds.token,
        "lease_until": None if holds is None else holds.known_end_ms,
        "contended": last is not None and bool(last.lost),
        "left_ms": 0,
        "clock": (
            TimestampType.CREATE if TimestampType.CREATE in history.clocks else TimestampType.APPEND
        ).value,
    }
    said = "Nobody holds it now." if holds is None else f"{holds.agent} holds it now, token {holds.token}."
    written = None if draft is None else draft.value.decode()
    wanted = f"Would write to {topic}[{partition}]" + (f": {written}" if written is not None else ".")
    return View(
        name="claim",
        title=f"{what} {item}",
        columns=_COLUMNS,
        rows=[row],
        summary={**row, "executed": False, "topic": topic, "partition": partition, "would_write": written},
        summary_kinds=_TIMES,
        facts=("plan",),
        notes=(said, wanted, "Nothing was written."),
        next=("the same with --execute",),
    )
