"""What ``--follow`` and ``--play`` make of a replay: refused before anything is read, or ready to run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from agentctl.cli.options import OutputOptions
from agentctl.cli.question import Question, ScanOptions
from agentctl.errors import ExitCode, UsageError
from agentctl.surroundings import Surroundings
from agentctl.timeline.redact import Redacted
from agentctl.timeline.replay import Wish

Going = Callable[[Question], ExitCode]
"""Answers a question row by row."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How the answer moves."""

    panel: ClassVar = "Live"

    follow: Annotated[bool, typer.Option("--follow", help="Then go on with what comes, until Ctrl-C.")] = (
        False
    )
    play: Annotated[
        str | None,
        typer.Option(metavar="SPEED", help="Play it back that much faster, silences cut: 60x, 0.5x."),
    ] = None


def going(
    live: LiveOptions,
    wish: Wish,
    scan: ScanOptions,
    others: Mapping[str, bool],
    output: OutputOptions,
    surroundings: Surroundings,
    gone: tuple[Redacted, ...],
) -> Going | None:
    """Return how to answer row by row; None where a whole answer is wanted.

    ``others`` are further options, and whether they were given. Raises UsageError for what cannot be meant.
    """
    if not live.follow and live.play is None:
        return None
    # Only those who wait for rows wait for this.
    from agentctl.cli.following import follow
    from agentctl.cli.playing import play
    from agentctl.cli.stage import stage
    from agentctl.timeline.play import speed

    if not live.follow:
        factor = speed(live.play or "")
        _check_play(wish, others)
        ready = stage(output, surroundings, gone, "--play")
        at_any_cost = others["--with-commits"]
        return lambda asked: play(asked, wish, factor, ready, at_any_cost=at_any_cost)
    _check_follow(live, wish, scan, others)
    ready = stage(output, surroundings, gone, "--follow")
    return lambda asked: follow(asked, wish, scan, ready)


def _check_play(wish: Wish, others: Mapping[str, bool]) -> None:
    if wish.as_seen_by is not None:
        raise UsageError(
            "--play and --as-seen-by do not go together: it plays the true order",
            hint="--as-seen-by shows, without --play, when that agent had what before it",
        )
    if others["--explain"]:
        raise UsageError("--play and --explain do not go together", hint="leave one of them out")


def _check_follow(live: LiveOptions, wish: Wish, scan: ScanOptions, others: Mapping[str, bool]) -> None:
    """Refuse what makes no sense of a story without an end."""
    refused = {
        "--play": (live.play is not None, "--follow shows what comes, --play what was"),
        "--until": (scan.until is not None, "without --until it shows everything, and then goes on"),
        "--limit": (wish.limit is not None, "agentctl replay … --follow | head -20 ends after so many rows"),
        "--as-seen-by": (wish.as_seen_by is not None, "look through an agent's eyes without --follow"),
        "--mark": (wish.mark is not None, "count from an event without --follow"),
        "--exit-code": (wish.fail_on_problems, "findings are told as they become true"),
        "--source": (scan.source not in ("auto", "kafka"), "a file does not grow; --play 60x plays it back"),
        "--explain": (others["--explain"], "--explain without --follow shows what is read first"),
        "--with-commits": (others["--with-commits"], "what groups have read is told without --follow"),
    }
    for option, (given, hint) in refused.items():
        if given:
            raise UsageError(f"--follow and {option} do not go together", hint=hint)
