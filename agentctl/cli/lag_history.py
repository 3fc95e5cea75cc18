"""``agentctl lag history`` and ``lag at``: how far groups were behind in the past."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command
from agentctl.cli.lag_options import LimitOptions
from agentctl.cli.lag_wiring import lag_source
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode, UsageError
from agentctl.lag.history_view import history_view
from agentctl.lag.past_view import past_view
from agentctl.lag.seconds import Seconds
from agentctl.model.instant import instant
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.settings.layers import Settings
    from agentctl.sources.lag_history import LagHistory

_LIMIT_SECONDS = 300.0

Topics = Annotated[
    list[str] | None, typer.Option(*("--topic", "-t"), metavar="TOPIC", help="Only these topics.")
]


class AtCommand(Command):
    """A command whose first word is a time: ``-12h`` is one, and no option."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Say such a time as it is said without a dash."""
        if args and _BACK.fullmatch(args[0]):
            args = [f"{args[0][1:]} ago", *args[1:]]
        return super().parse_args(ctx, args)


_BACK = re.compile(r"-[0-9].*")


@grouped
def history(
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="The consumer group.")],
    topics: Topics = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="From then on.")] = "-24h",
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until then.  [default: now]")
    ] = None,
    max_seconds: Annotated[
        float | None,
        typer.Option(
            "--max-seconds",
            metavar="N",
            help="The limit that is drawn; exit 3 when it was exceeded.  [default: 300, without exit 3]",
        ),
    ] = None,
) -> ExitCode:
    """Show how far a group was behind over time: since when too far, for how long, and when it was worst.

    From the commits that the cluster keeps, and from the times of the records that the group stood at.

    Example: agentctl lag history oracle-audit -t research-events --since -24h
    """
    wiring.output(output, surroundings)
    limit = _LIMIT_SECONDS if max_seconds is None else _limit(max_seconds)
    now_ms = surroundings.now_ms()
    window = wiring.window(since, until, output, surroundings)
    assert window.since_ms is not None
    if window.since_ms >= now_ms:
        raise UsageError(f"--since {since} is {instant(window.since_ms)}, which has not come yet")
    until_ms = now_ms if window.until_ms is None else min(window.until_ms, now_ms)
    settings = wiring.settings(connection, surroundings)
    with _history(settings, surroundings, exact=True) as asked:
        past = asked.past(group, topics or (), window.since_ms, until_ms, round(limit * 1_000))
    view = history_view(past, limit, fail=max_seconds is not None)
    return wiring.show(view, output, surroundings, used=settings)


@grouped
def at(
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    limits: LimitOptions,
    time: Annotated[str, typer.Argument(metavar="TIME", help="The moment: 14:15, -12h, 2026-11-23T03:00Z.")],
    groups: Annotated[
        list[str] | None, typer.Argument(metavar="[GROUP]…", help="Consumer groups; else all.")
    ] = None,
    topics: Topics = None,
) -> ExitCode:
    """Show how far groups were behind at a moment: the rows of `agentctl lag`, as they were then.

    What nobody keeps is unknown: members, states, and where logs began.

    Example: agentctl lag at 14:10 oracle-audit
    """
    wiring.output(output, surroundings)
    too_much, time_ms = limits.limits(), _moment(time, output, surroundings)
    settings = wiring.settings(connection, surroundings)
    with _history(settings, surroundings, exact=False) as asked:
        from agentctl.sources.lag_at import LagAt

        answer = LagAt(asked).look(groups or (), topics or (), time_ms)
    return wiring.show(past_view(answer, too_much), output, surroundings, used=settings)


def add_to(app: typer.Typer) -> None:
    """Make them commands of ``agentctl lag``."""
    app.command("history", cls=Command)(history)
    app.command("at", cls=AtCommand)(at)


@contextmanager
def _history(settings: "Settings", surroundings: Surroundings, *, exact: bool) -> "Iterator[LagHistory]":
    """Give who looks at the past; ``exact`` reads every record whose time is wanted."""
    with (
        wiring.progress(surroundings) as progress,
        lag_source(settings, surroundings, Seconds.NONE, judged=False) as source,
    ):
        from agentctl.sources.lag_history import LagHistory
        from agentctl.sources.unread import ChosenUnread

        mode = Seconds.EXACT if exact else None
        unread = ChosenUnread(mode, source.connection, surroundings.now_ms, progress)
        yield LagHistory(source, unread, progress)


def _moment(text: str, output: OutputOptions, surroundings: Surroundings) -> int:
    """Return the moment that is meant. Raises UsageError for one that has not come."""
    from agentctl.timespec import moment

    now_ms = surroundings.now_ms()
    found = moment(text, now_ms, wiring.zone(output, surroundings), "TIME")
    if found > now_ms:
        raise UsageError(
            f"{text} is {instant(found)}, which has not come yet",
            hint=f"the day before: '{instant(found - 86_400_000)[:16].replace('T', ' ')}'",
        )
    return found


def _limit(seconds: float) -> float:
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"--max-seconds {seconds:g} can be no limit", hint="such as --max-seconds 300")
    return seconds
