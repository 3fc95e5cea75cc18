"""``agentctl workflows``: what ran."""

from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, new_app
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import ScanOptions, question
from agentctl.errors import ExitCode
from agentctl.model.query import Query
from agentctl.surroundings import Surroundings
from agentctl.timeline.search import search
from agentctl.timeline.workflows import STALE_AFTER_MS, Board, State, selected
from agentctl.timeline.workflows_view import workflows_view

app = new_app()


@app.command(cls=Command)
@grouped
def workflows(
    connection: ConnectionOptions,
    scan: ScanOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    agents: Annotated[
        list[str] | None,
        typer.Option("--agent", metavar="NAME", help="Only workflows in which one of these took part."),
    ] = None,
    states: Annotated[
        list[State] | None, typer.Option("--state", help="Only workflows in one of these states.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="Show the latest N.")
    ] = None,
) -> ExitCode:
    """List what ran, the latest first.

    Each row tells who took part, how long it took and how it stands.

    Example: agentctl workflows --since -6h --state stalled
    """
    asked = question(scan, connection, output, surroundings, Query())
    board = Board()
    with wiring.progress(surroundings) as progress:
        searched = search(asked.source, asked.query, asked.mapping, progress, board.add)
    found = selected(
        board.workflows(surroundings.now_ms(), STALE_AFTER_MS), tuple(agents or ()), tuple(states or ())
    )
    view = workflows_view(found, searched.coverage, asked.query.window, limit=limit)
    return wiring.show(view, output, surroundings, used=asked.settings)
