"""Claimed work items as a View: who holds what, the problems first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentctl.claims.board import Change, Tally, finished
from agentctl.claims.sentences import show
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
    Column("lease", "LEASE", shown=Shown.SCREEN, fixed=True),
    Column("lease_left_ms", "LEASE LEFT", Kind.DURATION_MS, Shown.PLAIN),
    Column("last_sign_at", "LAST SIGN", Kind.TIME_MS, Shown.WIDE),
    Column("step", "STEP", Kind.NUMBER, Shown.PLAIN),
    Column("total", "TOTAL", Kind.NUMBER, Shown.PLAIN),
    Column("steps", "STEP", shown=Shown.SCREEN),
    Column("status", "STATUS", shown=Shown.WIDE),
    Column("state", "STATE"),
    Column("read_age_ms", "READ AGE", Kind.DURATION_MS, Shown.WIDE),
    Column("against", "└ LOST", shown=Shown.SCREEN, fixed=True),
    Column("rivals", "RIVALS", Kind.DATA, Shown.PLAIN),
    Column("certain", "CERTAIN", Kind.FLAG, Shown.MACHINE),
)

PROBLEMS = (State.SPLIT_KEY, State.ZOMBIE, State.CONFLICT, State.LATE, State.ORPHANED)
"""States that somebody has to look at, the worst first."""
_BAR = 8
_ALL = None
"""Stands for the work item of what is wrong with the topic."""


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
        return self.names(one) and (not self.states or one.state in self.states)

    @property
    def keeps(self) -> Callable[[Standing], bool] | None:
        """Which finished items have to be kept whole; None when none is wanted."""
        return self.takes if self.everything or self.states else None

    def names(self, one: Standing) -> bool:
        """Whether an item is of the agents and workflows that are wanted, however it stands."""
        concerned = one.holder in self.agents or any(rival.agent in self.agents for rival in one.rivals)
        return (not self.agents or concerned) and (not self.workflows or one.workflow_id in self.workflows)


def list_view(
    kept: Sequence[Standing],
    findings: Sequence[Finding],
    coverage: Coverage | None,
    *,
    now_ms: int,
    topic: str,
    wanted: Wanted,
    tally: Tally,
    past: bool = False,
    fail_on_problems: bool = False,
    notes: Iterable[str] = (),
    head_lost: bool = False,
    certain_from_ms: int | None = None,
) -> View:
    """Show items as they stand at ``now_ms``; ``past`` says that this is not the present.

    ``kept`` are all that are not finished, and the finished ones that are wanted; ``tally`` counts all.
    """
    shown = sorted((one for one in kept if wanted.takes(one)), key=_order)
    items = {_ALL, *(one.work_item for one in shown)}
    moment = instant(now_ms)
    certain = not head_lost or (certain_from_ms is not None and now_ms >= certain_from_ms)
    return View(
        name="claims",
        title="claims",
        columns=tuple(one for one in _COLUMNS if one.key != "against" or any(x.rivals for x in shown)),
        rows=[_row(one) for one in shown],
        summary={**_counted(tally), "as_of": now_ms, "certain_from": certain_from_ms, "certain": certain},
        summary_kinds={"as_of": Kind.TIME_MS, "certain_from": Kind.TIME_MS},
        facts=(
            topic,
            f"as of {moment[:10]} {moment[11:19]}Z" if past else f"now {moment[11:19]}Z",
            f"{tally.live:,} live",
            f"{tally.finished:,} finished",
        ),
        notes=(*_clock(kept), *notes, *_hidden(tally, shown)),
        findings=tuple(one for one in findings if one.evidence.get("work_item", _ALL) in items),
        window=Window(None, now_ms + 1 if past else None),
        coverage=coverage,
        next=_next(shown),
        fail_on_problems=fail_on_problems,
        nothing="No claim matched." if tally.items else _none(topic, certain=certain),
    )


def _counted(tally: Tally) -> dict[str, object]:
    return {
        "items": tally.items,
        "live": tally.live,
        "finished": tally.finished,
        **{state.value: tally.states.get(state, 0) for state in State},
    }


def _none(topic: str, *, certain: bool) -> str:
    return f"No claim {'stands' if certain else 'of that time is left'} in {topic}."


def changes_view(changes: Iterable[Change], now_ms: int) -> View:
    """Show what has changed at a moment, a row for each item: when, and what its state was before."""
    columns = (Column("time", "TIME", Kind.TIME_MS), Column("was", "WAS"))
    return View(
        name="claims",
        title="claims",
        columns=(*columns, *(one for one in _COLUMNS if one.shown is not Shown.SCREEN)),
        rows=[
            {"time": now_ms, "was": None if one.was is None else one.was.value, **_row(one.standing)}
            for one in changes
        ],
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
        "against": " · ".join(_against(rival) for rival in one.rivals),
        "rivals": [_rival(rival) for rival in one.rivals],
        "certain": one.certain,
    }


def _lease(one: Standing) -> str:
    """Draw what is left of a lease, and say it."""
    if one.lease_left_ms is None or one.lease_end_ms is None:
        return "" if one.ttl_known else "ttl unknown"
    if one.lease_left_ms <= 0:
        return f"{'░' * _BAR} -{_short(-one.lease_left_ms)}"
    whole_ms = max(one.lease_end_ms - one.claimed_at_ms, 1)
    full = max(min(round(_BAR * one.lease_left_ms / whole_ms), _BAR), 1)
    return f"{'▓' * full}{'░' * (_BAR - full)} {_short(one.lease_left_ms)} left"


def _short(length_ms: int) -> str:
    """Say how long, in one unit below an hour: ``26m``, ``1h34m``."""
    words = span(length_ms)
    return words.replace(" ", "") if length_ms >= 3_600_000 else words.partition(" ")[0]


def _against(rival: Rival) -> str:
    working = ", still at work" if rival.still_working else ""
    return f"{rival.agent} {rival.token} +{span(rival.gap_ms)}{working}"


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


def _hidden(tally: Tally, shown: Sequence[Standing]) -> tuple[str, ...]:
    hidden = tally.items - len(shown)
    return (f"{hidden:,} more items (--all)",) if hidden > 0 else ()


def _next(shown: Sequence[Standing]) -> tuple[str, ...]:
    return (show(shown[0].work_item),) if shown and shown[0].state in PROBLEMS else ()
