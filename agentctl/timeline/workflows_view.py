"""Workflows as a View."""

from collections import Counter
from collections.abc import Sequence

from agentctl.model.coverage import Coverage
from agentctl.model.query import Window
from agentctl.model.view import Column, Kind, Shown, View
from agentctl.timeline.workflows import State, Workflow

_COLUMNS = (
    Column("workflow_id", "WORKFLOW"),
    Column("state", "STATE"),
    Column("started", "STARTED", Kind.TIME_MS),
    Column("last", "LAST", Kind.TIME_MS, Shown.WIDE),
    Column("duration_ms", "TOOK", Kind.DURATION_MS),
    Column("events", "EVENTS", Kind.NUMBER),
    Column("agents", "AGENTS", Kind.LIST),
    Column("findings", "FINDINGS", Kind.DATA, Shown.WIDE),
)


def workflows_view(
    workflows: Sequence[Workflow], coverage: Coverage, window: Window, *, limit: int | None = None
) -> View:
    """Show workflows, the first ``limit`` of them."""
    shown = workflows if limit is None else workflows[:limit]
    states = Counter(workflow.state for workflow in workflows)
    more = len(workflows) - len(shown)
    return View(
        name="workflows",
        title="workflows",
        columns=_COLUMNS,
        rows=[
            {
                "workflow_id": workflow.workflow_id,
                "state": workflow.state.value,
                "started": workflow.started_ms,
                "last": workflow.last_ms,
                "duration_ms": _duration(workflow),
                "events": workflow.events,
                "agents": list(workflow.agents),
                "findings": {code.value: count for code, count in workflow.findings.items()},
            }
            for workflow in shown
        ],
        summary={"workflows": len(workflows), **{s.value: states[s] for s in State}, "more": more},
        facts=tuple(f"{states[state]:,} {state}" for state in State if states[state]),
        notes=(f"{more:,} more workflows follow (--limit)",) if more else (),
        window=window,
        coverage=coverage,
        next=(f"agentctl replay {shown[0].workflow_id}",) if shown else (),
        nothing="No workflow matched.",
    )


def _duration(workflow: Workflow) -> int | None:
    if workflow.started_ms is None or workflow.last_ms is None:
        return None
    return workflow.last_ms - workflow.started_ms
