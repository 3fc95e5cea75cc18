"""The options of answers that are watched, and what does not go together with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.cli.options import OutputOptions
from agentctl.errors import ExitCode, UsageError
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.cli.question import Question
    from agentctl.cli.stage import Stage
    from agentctl.ports import Changing

_EVERY_MS = 2_000
_LEAST_MS = 100


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How the answer moves."""

    panel: ClassVar = "Live"

    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on until Ctrl-C: a screen that moves; in a pipe, a line a change."),
    ] = False
    interval: Annotated[
        str | None,
        typer.Option("--interval", metavar="DURATION", help="How often to look what is new. [default: 2s]"),
    ] = None
    command: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="With --watch: run by the shell for each new problem, the finding as JSON on its stdin.",
        ),
    ] = None

    @property
    def asked(self) -> bool:
        """Whether anything of it was given."""
        return self.watch or self.interval is not None or self.command is not None


@dataclass(frozen=True, slots=True)
class Watching:
    """What was asked of an answer that moves, checked: nothing was read yet."""

    stage: "Stage"
    seconds: float
    command: str | None

    def run(self, subject: "Changing", asked: "Question") -> ExitCode:
        """Keep the answer true until Ctrl-C, or until nobody reads any more."""
        # Only those who watch wait for this.
        from agentctl.cli.watching import watch

        return watch(subject, asked, self.stage, self.seconds, self.command)


def watching(
    live: WatchOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    refused: Mapping[str, tuple[bool, str]],
) -> Watching | None:
    """Return how to keep an answer true; None where one answer is wanted.

    ``refused`` are options that make no sense then: whether they were given, and why they do not go together.
    Raises UsageError for what cannot be meant.
    """
    if not live.asked:
        return None
    from agentctl.cli.stage import stage
    from agentctl.render.choose import SCREENS

    _check(live, refused)
    ready = stage(output, surroundings, (), "--watch")
    form = ready.live.form
    if form in SCREENS and not surroundings.output_is_terminal:
        raise UsageError(
            f"--watch -o {form} needs a terminal to draw on", hint="--watch -o text is a line a change"
        )
    return Watching(ready, _interval_seconds(live), live.command)


def _interval_seconds(live: WatchOptions) -> float:
    """Return how often to look. Raises UsageError for what is no length of time, or too short."""
    length_ms = _EVERY_MS if live.interval is None else wiring.length_ms(live.interval, "--interval")
    if length_ms < _LEAST_MS:
        raise UsageError(
            f"--interval {live.interval} is too short to look at anything", hint="100ms is the shortest"
        )
    return length_ms / 1_000


def _check(live: WatchOptions, refused: Mapping[str, tuple[bool, str]]) -> None:
    if not live.watch:
        given = "--exec" if live.command is not None else "--interval"
        raise UsageError(f"{given} is for --watch", hint="add --watch")
    for option, (given_too, hint) in refused.items():
        if given_too:
            raise UsageError(f"--watch and {option} do not go together", hint=hint)
