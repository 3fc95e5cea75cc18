"""Claimed work items as a View: who holds what, the problems first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentctl.claims.standing import Rival, Standing, State
from agentctl.model.coverage import Coverage
from agentctl.model.finding import Finding
from agentctl.model.instant import instant
from agentctl.model.query import Window
from agentctl.model.record import TimestampType
from agentctl.model.span import span
from agentctl.model.view import Column, Kind, Row, Shown, View

_COLUMNS = (
    Column("flag", " ", shown=Shown.SCREEN),
    Column("work_item", "WORK ITEM"),
    Column("workflow_id", "WORKFLOW", shown=Shown.WIDE),
    Column("holder", "HOLDER"),
    Column("token", "TOKEN"),
    Column("format", "FORMAT", shown=Shown.WIDE),
    Column("claimed_at", "CLAIMED", Kind.TIME_MS, Shown.WIDE),
    Column("age_ms", "AGE", Kind.DURATION_MS),
    Column("lease", "LEASE", shown=Shown.SCREEN),
    Column("lease_left_ms", "LEASE LEFT", Kind.DURATION_MS, Shown.MACHINE),
    Column("last_sign_at", "LAST SIGN", Kind.TIME_MS, Shown.WIDE),
    Column("step", "STEP", Kind.NUMBER, Shown.MACHINE),
    Column("total", "TOTAL", Kind.NUMBER, Shown.MACHINE),
    Column("steps", "STEP", shown=Shown.SCREEN),
    Column("status", "STATUS", shown=Shown.WIDE),
    Column("state", "STATE"),
    Column("read_age_ms", "READ AGE", Kind.DURATION_MS, Shown.WIDE),
    Column("against", "RIVALS", shown=Shown.SCREEN),
    Column("rivals", "RIVALS", Kind.DATA, Shown.MACHINE),
    Column("certain", "CERTAIN", Kind.FLAG, Shown.MACHINE),
)

PROBLEMS = (State.SPLIT_KEY, State.ZOMBIE, State.CONFLICT, State.LATE, State.ORPHANED)
"""States that somebody has to look at, the worst first."""
_OVER = frozenset({State.DONE, State.RELEASED, State.EXPIRED, State.LATE})
_BAR = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are wanted."""

    everything: bool = False
    """Finished ones, too."""
    agents: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    states: tuple[State, ...] = ()

    def takes(self, one: Standing) -> bool:
        """Whether an item is among them. Who asks for a state wants the finished ones of it."""
        if not self.everything and not self.states and finished(one):
            return False
        return (
            (not self.agents or one.holder in self.agents or any(r.agent in self.agents for r in one.rivals))
            and (not self.workflows or one.workflow_id in self.workflows)
            and (not self.states or one.state in self.states)
        )


def finished(one: Standing) -> bool:
    """Whether nobody has to do anything about an item any more."""
    return not one.alive and one.state in _OVER


def list_view(
    standings: Iterable[Standing],
    findings: Sequence[Finding],
    coverage: Coverage,
    *,
    now_ms: int,
    topic: str,
    wanted: Wanted,
    past: bool = False,
    fail_on_problems: bool = False,
    notes: Iterable[str] = (),
) -> View:
    """Show items as they stand at ``now_ms``; ``past`` says that this is not the present."""
    known = list(standings)
    shown = sorted((one for one in known if wanted.takes(one)), key=_order)
    items = {one.work_item for one in shown}
    over = sum(finished(one) for one in known)
    states = Counter(one.state for one in known)
    return View(
        name="claims",
        title="claims",
        columns=tuple(one for one in _COLUMNS if one.key != "against" or any(x.rivals for x in shown)),
        rows=[_row(one) for one in shown],
        summary={
            "items": len(known),
            "live": sum(one.alive for one in known),
            "finished": over,
            **{state.value: states[state] for state in State},
            "as_of": now_ms,
        },
        summary_kinds={"as_of": Kind.TIME_MS},
        facts=(
            topic,
            f"{'as of' if past else 'now'} {instant(now_ms)[: -len('.000Z')]}Z",
            f"{sum(one.alive for one in known):,} live",
            f"{over:,} finished",
        ),
        notes=(*_clock(known), *notes, *_hidden(known, shown)),
        findings=tuple(one for one in findings if one.evidence.get("work_item") in items),
        window=Window(None, now_ms + 1 if past else None),
        coverage=coverage,
        next=_next(shown),
        fail_on_problems=fail_on_problems,
        nothing="No claim matched." if known else f"No claim stands in {topic}.",
    )


def _order(one: Standing) -> tuple[int, bool, int, str]:
    rank = PROBLEMS.index(one.state) if one.state in PROBLEMS and not finished(one) else len(PROBLEMS)
    left = one.lease_left_ms if one.lease_left_ms is not None else 2**62
    return rank, not one.alive, left, one.work_item


def _row(one: Standing) -> Row:
    return {
        "flag": "⚑" if one.state in PROBLEMS and not finished(one) else "",
        "work_item": one.work_item,
        "workflow_id": one.workflow_id,
        "holder": one.holder,
        "token": one.token,
        "format": one.format,
        "claimed_at": one.claimed_at_ms,
        "age_ms": one.age_ms,
        "lease": _lease(one),
        "lease_left_ms": one.lease_left_ms,
        "last_sign_at": one.last_sign_ms,
        "step": one.step,
        "total": one.total,
        "steps": None if one.step is None else f"{one.step}/{'?' if one.total is None else one.total}",
        "status": one.status,
        "state": one.state.value,
        "read_age_ms": one.read_age_ms,
        "against": ", ".join(_against(rival) for rival in one.rivals),
        "rivals": [_rival(rival) for rival in one.rivals],
        "certain": one.certain,
    }


def _lease(one: Standing) -> str:
    """Draw what is left of a lease, and say it."""
    if one.lease_left_ms is None or one.lease_end_ms is None:
        return "" if one.ttl_known else "ttl unknown"
    if one.lease_left_ms <= 0:
        return f"{'░' * _BAR} -{span(-one.lease_left_ms)}"
    whole_ms = max(one.lease_end_ms - one.claimed_at_ms, 1)
    full = max(min(round(_BAR * one.lease_left_ms / whole_ms), _BAR), 1)
    return f"{'▓' * full}{'░' * (_BAR - full)} {span(one.lease_left_ms)} left"


def _against(rival: Rival) -> str:
    working = ", at work" if rival.still_working else ""
    return f"{rival.agent} +{span(rival.gap_ms)}{working}"


def _rival(rival: Rival) -> Row:
    return {
        "agent": rival.agent,
        "token": rival.token,
        "at": instant(rival.at_ms),
        "gap_ms": rival.gap_ms,
        "still_working": rival.still_working,
    }


def _clock(known: Sequence[Standing]) -> tuple[str, ...]:
    if any(one.clock is TimestampType.CREATE for one in known):
        return ("leases by the agents' clocks (CreateTime)",)
    return ("leases by the broker's clock (LogAppendTime)",) if known else ()


def _hidden(known: Sequence[Standing], shown: Sequence[Standing]) -> tuple[str, ...]:
    hidden = len(known) - len(shown)
    return (f"{hidden:,} more items (--all)",) if hidden else ()


def _next(shown: Sequence[Standing]) -> tuple[str, ...]:
    return (f"agentctl claims show {shown[0].work_item}",) if shown and shown[0].state in PROBLEMS else ()
