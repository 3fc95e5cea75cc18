"""What a check of a change says: worst first, each finding with its fix and the event that shows it."""

from collections.abc import Mapping
from enum import StrEnum

from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.schemas.checking import Verdict
from agentctl.schemas.verdict import Change, Effect, Level

_COLUMNS = (
    Column("class", "CLASS"),
    Column("rule", "RULE"),
    Column("direction", "DIRECTION", shown=Shown.WIDE),
    Column("path", "PATH"),
    Column("against", "AGAINST", shown=Shown.WIDE),
    Column("fix", "FIX", shown=Shown.WIDE),
    Column("witness", "EVENT", Kind.DATA, Shown.WIDE),
    Column("message", "WHAT", wrapped=True),
)
_ORDER = tuple(Effect)


class FailOn(StrEnum):
    """What ends in exit code 3."""

    BREAKING = "breaking"
    DATA = "data"
    NONE = "none"


def fails(verdict: Verdict, fail_on: FailOn) -> bool:
    """Whether a verdict ends in exit code 3; at the level NONE nothing does."""
    if verdict.level is Level.NONE or fail_on is FailOn.NONE:
        return False
    return bool(verdict.count(Effect.BREAKING) or (fail_on is FailOn.DATA and verdict.count(Effect.DATA)))


def check_view(verdict: Verdict, name: str, fail_on: FailOn) -> View:
    """Show a verdict on a schema of that name."""
    counts = {effect: verdict.count(effect) for effect in Effect}
    changes = worst_first(verdict)
    failed = fails(verdict, fail_on)
    return View(
        name="schema-check",
        title=f"{name}  {verdict.level.value}",
        columns=_COLUMNS,
        rows=[row_of(one) for one in changes],
        summary={
            "level": verdict.level.value,
            "format": "avro",
            "policy": None,
            "against": list(verdict.judged),
            **{effect.value: count for effect, count in counts.items()},
            "fails": failed,
        },
        facts=(_said(counts),),
        notes=(f"against {', '.join(verdict.judged)}", *_fixes(changes)),
        fail_on_problems=True,
        problem=failed,
    )


def worst_first(verdict: Verdict) -> list[Change]:
    """Return all findings, those that break first."""
    return sorted(verdict.changes, key=lambda one: _ORDER.index(one.effect))


def row_of(change: Change) -> Row:
    """Return a finding as scripts know it."""
    return {
        "rule": change.rule,
        "class": change.effect.value,
        "direction": change.direction.value,
        "path": change.path,
        "against": change.against,
        "message": change.message,
        "fix": change.fix,
        "witness": change.witness,
    }


def _said(counts: Mapping[Effect, int]) -> str:
    if not any(counts.values()):
        return "nothing differs that a reader could meet"
    return " · ".join(f"{count} {effect.value}" for effect, count in counts.items() if count)


def _fixes(changes: list[Change]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(f"fix: {one.fix}" for one in changes if one.fix and one.effect is Effect.BREAKING)
    )
