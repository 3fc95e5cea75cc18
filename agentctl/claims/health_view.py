"""What the checks of a claims topic came to, as a View."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from agentctl.claims.health import Check, CheckState
from agentctl.model.coverage import Coverage
from agentctl.model.view import Column, View

_COLUMNS = (
    Column("check", "CHECK"),
    Column("state", "STATE"),
    Column("explanation", "", fixed=True),
    Column("mend", "mend:", fixed=True),
)
_RANK = (CheckState.PROBLEM, CheckState.WARNING, CheckState.UNKNOWN, CheckState.OK)


def health_view(found: Sequence[Check], coverage: Coverage, topic: str) -> View:
    """Show checks, the problems first; what is unknown makes an answer without problems partial."""
    states = Counter(one.state for one in found)
    unknown = [one.name for one in found if one.state is CheckState.UNKNOWN]
    problem = states[CheckState.PROBLEM] > 0
    if unknown:
        reason = f"not known: {', '.join(unknown)}"
        complete = coverage.complete and problem
        coverage = replace(coverage, complete=complete, reasons=(*coverage.reasons, reason))
    return View(
        name="doctor",
        title="doctor claims",
        columns=_COLUMNS,
        rows=[
            {
                "check": one.name,
                "state": one.state.value,
                "explanation": one.explanation,
                "mend": one.mend,
            }
            for one in sorted(found, key=lambda one: _RANK.index(one.state))
        ],
        summary={"topic": topic, **{state.value: states[state] for state in CheckState}},
        facts=(topic, *(f"{states[one]:,} {one.value}" for one in _RANK if states[one])),
        coverage=coverage,
        fail_on_problems=True,
        problem=problem,
    )
