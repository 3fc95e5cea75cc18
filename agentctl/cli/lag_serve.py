"""``agentctl lag serve``, ``rules`` and ``dashboard``: the lag of groups for Prometheus and Grafana."""

import math
import signal
from threading import Event, Thread
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command
from agentctl.cli.lag_looking import Looking
from agentctl.cli.lag_wiring import lag_source
from agentctl.cli.options import ConnectionOptions, grouped
from agentctl.errors import AgentctlError, ExitCode, InterruptedScan, UsageError
from agentctl.lag.dashboard import dashboard_text
from agentctl.lag.prometheus_rules import duration, rules_text
from agentctl.lag.seconds import Seconds
from agentctl.metrics.address import Address, address
from agentctl.metrics.compat import Compat, naming
from agentctl.metrics.refreshing import Refresher
from agentctl.metrics.snapshot import snapshot
from agentctl.render.complaints import warn
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

_SHORTEST_MS, _LONGEST_MS = 1_000, 3_600_000
MOST_SERIES = 50_000
"""A scrape of so many takes about a second. 100 groups that read 60 partitions each have 24,000."""

MaxSeconds = Annotated[
    float, typer.Option("--max-seconds", metavar="N", help="How far behind a group may be, in seconds.")
]


@grouped
def serve(
    connection: ConnectionOptions,
    surroundings: Surroundings,
    groups: Annotated[
        list[str] | None, typer.Argument(metavar="[GROUP…]", help="Groups; all when none is named.")
    ] = None,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", help="Where Prometheus scrapes. Port 0: any free one."),
    ] = "127.0.0.1:9308",
    interval: Annotated[
        str, typer.Option("--interval", metavar="DURATION", help="How often the cluster is asked.")
    ] = "15s",
    compat: Annotated[
        list[Compat] | None,
        typer.Option("--compat", help="Also the names of that exporter; may be repeated."),
    ] = None,
    max_series: Annotated[
        int,
        typer.Option("--max-series", metavar="N", min=1, help="Serve so many at most, those of the worst."),
    ] = MOST_SERIES,
) -> ExitCode:
    """Serve the lag of groups to Prometheus, until Ctrl-C.

    The cluster is asked once an interval, however many scrape. /healthz says whether that works.

    Example: agentctl lag serve --interval 30s
    """
    where, seconds = address(listen), _interval_ms(interval) / 1_000
    settings = wiring.settings(connection, surroundings)
    names = [naming(one, settings.context or "kafka") for one in dict.fromkeys(compat or ())]
    refresher = Refresher(
        look=Looking(lambda: lag_source(settings, surroundings, Seconds.EXACT), groups or ()),
        serve=lambda answer: snapshot(answer, names, max_series),
        interval_seconds=seconds,
        say=lambda text: warn(text, surroundings),
    )
    listening = _listening(where, refresher)
    _announce(listening, where, duration(round(seconds * 1_000)), surroundings)
    return _until_told_to_end(listening, refresher)


def rules(
    surroundings: Surroundings,
    max_seconds: MaxSeconds = 300,
    holds: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="For how long, before an alert fires.")
    ] = "5m",
) -> ExitCode:
    """Print alert rules for Prometheus.

    Example: agentctl lag rules --max-seconds 300 > /etc/prometheus/rules/agentctl-lag.yml
    """
    seconds = _threshold(max_seconds)
    # Zero is a length of time here: the alert fires at the first evaluation.
    hold_ms = 0 if holds.strip() in ("0", "0s") else wiring.length_ms(holds, "--for")
    surroundings.stdout.write(rules_text(seconds, hold_ms))
    return ExitCode.FINE


def dashboard(surroundings: Surroundings, max_seconds: MaxSeconds = 300) -> ExitCode:
    """Print a dashboard for Grafana.

    Example: agentctl lag dashboard > agentctl-lag.json
    """
    surroundings.stdout.write(dashboard_text(_threshold(max_seconds)))
    return ExitCode.FINE


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of lag."""
    group.command("serve", cls=Command)(serve)
    group.command("rules", cls=Command)(grouped(rules))
    group.command("dashboard", cls=Command)(grouped(dashboard))


def _listening(where: Address, refresher: Refresher) -> "WSGIServer":
    """Listen, with what comes in an extra. Raises AgentctlError when that is not possible."""
    try:
        from agentctl.metrics.server import server
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "prometheus_client":
            raise
        raise AgentctlError(
            "metrics are served by prometheus-client, which is not installed",
            hint="pip install 'agentctl[metrics]'",
        ) from None
    return server(where, refresher)


def _announce(listening: "WSGIServer", where: Address, interval: str, surroundings: Surroundings) -> None:
    port = int(listening.server_address[1])
    bound = Address(where.host, port)
    warn(f"http://{bound}/metrics is refreshed every {interval}; Ctrl-C ends it", surroundings)
    if not bound.local:
        warn("whoever reaches that port can read the names of groups, topics and members", surroundings)


def _until_told_to_end(listening: "WSGIServer", refresher: Refresher) -> ExitCode:
    """Serve and refresh beside this thread until Ctrl-C or SIGTERM, which wait for neither."""
    ended = Event()

    def terminated(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    # By default the first process of a container never hears SIGTERM.
    signal.signal(signal.SIGTERM, terminated)
    Thread(target=listening.serve_forever, daemon=True).start()
    Thread(target=refresher.run, daemon=True).start()
    try:
        ended.wait()
    except KeyboardInterrupt:
        count = sum(refresher.standing.outcomes.values())
        refreshes = "1 refresh" if count == 1 else f"{count:,} refreshes"
        raise InterruptedScan(f"Stopped by Ctrl-C after {refreshes}; nothing was changed.") from None
    finally:
        refresher.end()
    return ExitCode.FINE


def _interval_ms(text: str) -> int:
    found = wiring.length_ms(text, "--interval")
    if not _SHORTEST_MS <= found <= _LONGEST_MS:
        raise UsageError(f"--interval {text!r} is not between 1s and 1h", hint="--interval 15s")
    return found


def _threshold(seconds: float) -> float:
    """Return a number of seconds that can be exceeded. Raises UsageError for any other."""
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(f"--max-seconds {seconds} can be no threshold", hint="--max-seconds 300")
    return int(seconds) if seconds.is_integer() else seconds
