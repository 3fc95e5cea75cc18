"""``agentctl lag``: who is behind, by how many seconds, since when, and why."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, GroupWithDefault, new_group
from agentctl.cli.lag_options import LagOptions, LimitOptions
from agentctl.cli.lag_wiring import lag_source, shown, wanted_of, watch
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.watch_options import WatchOptions, watching
from agentctl.errors import ExitCode
from agentctl.lag.limits import By
from agentctl.lag.seconds import Seconds
from agentctl.render.choose import SCREENS, format_of
from agentctl.surroundings import Surroundings


class LagGroup(GroupWithDefault):
    """``agentctl lag GROUP`` is ``agentctl lag show GROUP``."""

    default_command = "show"
    elsewhere: ClassVar[Mapping[str, str]] = {
        "why": "agentctl.cli.lag_why",
        "history": "agentctl.cli.lag_history",
        "at": "agentctl.cli.lag_history",
        "serve": "agentctl.cli.lag_serve",
        "rules": "agentctl.cli.lag_serve",
        "dashboard": "agentctl.cli.lag_serve",
    }


app = new_group("Show who is behind, by how many seconds, since when, and why.", LagGroup)


@app.command("show", cls=Command)
@grouped
def show(
    lag: LagOptions,
    limits: LimitOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    live: WatchOptions,
    groups: Annotated[
        list[str] | None, typer.Argument(metavar="[GROUP]…", help="Consumer groups; else all.")
    ] = None,
    by: Annotated[
        By | None,
        typer.Option(
            "--by",
            help="A row for each partition, topic (and what to do about it), group or member. [default: "
            "partition; on a screen of many groups, group and topic]",
        ),
    ] = None,
) -> ExitCode:
    """Show how far consumer groups are behind: in offsets, in seconds, and whether they get on.

    No group is joined, nothing is committed.

    Example: agentctl lag show oracle-audit --max-seconds 300
    """
    refused = {
        "--exec": (live.command is not None, "agentctl lag serve and agentctl lag rules feed an alert"),
        "--sample": (lag.sample is not None, "--interval is how often to look"),
        "--by": (by is not None, "what is watched is summed by group and topic"),
    }
    move = watching(live, output, surroundings, refused)
    too_much = limits.limits()
    groups, sample_ms = groups or [], lag.sample_ms
    by = by or _unasked(groups, output, surroundings)
    settings = wiring.settings(connection, surroundings)
    judged = lag.seconds is not Seconds.NONE or limits.exit_code
    with (
        wiring.progress(surroundings) as progress,
        lag_source(settings, surroundings, lag.seconds, judged=judged, progress=progress) as source,
    ):
        # What is only needed from here on is loaded while the cluster is asked.
        wanted = wanted_of(groups, lag.topics, sample_ms)
        if move is not None:
            return watch(too_much, lambda: source.look(wanted), move)
        answer = source.look(wanted)
    return wiring.show(shown(answer, by, too_much), output, surroundings, used=settings)


def _unasked(groups: list[str] | None, output: OutputOptions, surroundings: Surroundings) -> By | None:
    """Return what a row stands for where nobody said: for programs, and of one group, a partition."""
    form = format_of(wiring.output(output, surroundings), surroundings)
    return None if form in SCREENS and len(groups or ()) != 1 else By.PARTITION
