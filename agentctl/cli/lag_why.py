"""``agentctl lag why``: one sentence, then the evidence."""

from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command
from agentctl.cli.lag_options import LagOptions
from agentctl.cli.lag_wiring import asked_why
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode
from agentctl.lag.why_view import why_view
from agentctl.surroundings import Surroundings


@grouped
def why(
    lag: LagOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="The consumer group.")],
    profile: Annotated[
        str | None, typer.Option("--fields", metavar="PROFILE", help="Field mapping for this call.")
    ] = None,
) -> ExitCode:
    """Say why a consumer group is behind: the record it stands on, what waits, who reads, whether it moves.

    Example: agentctl lag why oracle-audit
    """
    wiring.output(output, surroundings)
    settings = wiring.settings(connection, surroundings)
    with wiring.progress(surroundings) as progress:
        found = asked_why(settings, surroundings, group, lag, profile, progress)
    view = why_view(found.evidence, troubles=found.troubles, remarks=found.remarks)
    return wiring.show(view, output, surroundings, used=settings)


def add_to(app: typer.Typer) -> None:
    """Make it a command of ``agentctl lag``."""
    app.command("why", cls=Command)(why)
