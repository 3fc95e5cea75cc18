"""``agentctl lag``: who is behind, by how many seconds, since when, and why."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from agentctl.cli import lag_serve, wiring
from agentctl.cli.help import Command, GroupWithDefault, new_group
from agentctl.cli.lag_watch import watch
from agentctl.cli.lag_wiring import lag_source
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.watch_options import WatchOptions, watching
from agentctl.errors import ExitCode, UsageError
from agentctl.lag.seconds import Seconds
from agentctl.lag.show_view import Limits, lag_view
from agentctl.lag.summing import By
from agentctl.lag.wanted import Wanted
from agentctl.lag.watched import WatchedLag
from agentctl.render.choose import SCREENS, format_of
from agentctl.surroundings import Surroundings


class LagGroup(GroupWithDefault):
    """``agentctl lag GROUP`` is ``agentctl lag show GROUP``."""

    default_command = "show"


app = new_group("Show who is behind, by how many seconds, since when, and why.", LagGroup)


@dataclass(frozen=True, slots=True)
class LagOptions:
    """What is looked at, and how."""

    panel: ClassVar = "What is read"

    topics: Annotated[
        list[str] | None,
        typer.Option(*("--topic", "-t"), metavar="TOPIC", help="Only these topics."),
    ] = None
    seconds: Annotated[
        Seconds | None,
        typer.Option(
            help="exact: from the records; estimate: from the index of times; none: offsets only, and no "
            "verdicts. [default: exact where that is quick, else estimate]"
        ),
    ] = None
    sample: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION", help="Watch for that long: rates, and verdicts where commits tell none."
        ),
    ] = None

    @property
    def sample_ms(self) -> int:
        """How long to watch; 0 for one look. Raises UsageError for what is no length of time."""
        return 0 if self.sample is None else wiring.length_ms(self.sample, "--sample")


@dataclass(frozen=True, slots=True)
class LimitOptions:
    """When it is too much."""

    panel: ClassVar = Limits

    max_seconds: Annotated[
        float | None,
        typer.Option("--max-seconds", metavar="N", help="Exit 3 when a partition is further behind."),
    ] = None
    max_records: Annotated[
        int | None,
        typer.Option("--max-records", metavar="N", help="Exit 3 when a group is further behind on a topic."),
    ] = None
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 3 for every verdict but OK and UNKNOWN, too.")
    ] = False

    def limits(self) -> Limits:
        """Return them, checked. Raises UsageError for what is no limit."""
        if self.max_seconds is not None and not (math.isfinite(self.max_seconds) and self.max_seconds >= 0):
            raise UsageError(
                f"--max-seconds {self.max_seconds:g} is no length of time", hint="such as --max-seconds 300"
            )
        if self.max_records is not None and self.max_records < 0:
            raise UsageError(
                f"--max-records {self.max_records} is no number of records",
                hint="such as --max-records 10000",
            )
        return Limits(self.max_seconds, self.max_records, self.exit_code)


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
    wanted = Wanted(tuple(groups or ()), tuple(lag.topics or ()), lag.sample_ms)
    by = by or _unasked(groups, output, surroundings)
    settings = wiring.settings(connection, surroundings)
    judged = lag.seconds is not Seconds.NONE or limits.exit_code
    with lag_source(settings, surroundings, lag.seconds, judged=judged) as source:
        if move is not None:
            return watch(WatchedLag(too_much), lambda: source.look(wanted), move.stage, move.seconds)
        answer = source.look(wanted)
    return wiring.show(lag_view(answer, by=by, limits=too_much), output, surroundings, used=settings)


def _unasked(groups: list[str] | None, output: OutputOptions, surroundings: Surroundings) -> By | None:
    """Return what a row stands for where nobody said: for programs, and of one group, a partition."""
    form = format_of(wiring.output(output, surroundings), surroundings)
    return None if form in SCREENS and len(groups or ()) != 1 else By.PARTITION


lag_serve.add_to(app)
