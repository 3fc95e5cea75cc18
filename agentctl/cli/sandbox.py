"""``agentctl sandbox``: a broker and a store of one's own, with a night to look into."""

from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, new_group
from agentctl.cli.options import OutputOptions, grouped
from agentctl.errors import ExitCode, UsageError
from agentctl.sandbox import lifecycle
from agentctl.sandbox.broker import BrokerKind
from agentctl.sandbox.lifecycle import Wish
from agentctl.sandbox.view import down_view, status_view, up_view
from agentctl.surroundings import Surroundings
from agentctl.timespec import moment

app = new_group("Run a broker and a store of your own, with a night to look into.")

Anchor = Annotated[
    str | None,
    typer.Option("--anchor", metavar="TIME", help="When the night ended. [default: three minutes ago]"),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Of the ordinary traffic; the stories are always told."),
]


@app.command("up", cls=Command)
@grouped
def up(
    output: OutputOptions,
    surroundings: Surroundings,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker", metavar="KIND", help="embedded, or apache (Java and Maven). [default: embedded]"
        ),
    ] = None,
    anchor: Anchor = None,
    seed: Seed = None,
) -> ExitCode:
    """Start it, seed the night of the incident, and make the context sandbox.

    Everything listens on 127.0.0.1 only. What is up stays as it is.

    Example: agentctl sandbox up --broker apache
    """
    wiring.output(output, surroundings)
    wish = Wish(_kind(broker), _anchor(anchor, output, surroundings), seed)
    return wiring.show(up_view(lifecycle.up(wish, surroundings)), output, surroundings)


@app.command("down", cls=Command)
@grouped
def down(output: OutputOptions, surroundings: Surroundings) -> ExitCode:
    """Stop it and remove all of it, the context sandbox too.

    Example: agentctl sandbox down
    """
    wiring.output(output, surroundings)
    return wiring.show(down_view(lifecycle.down(surroundings)), output, surroundings)


@app.command("status", cls=Command)
@grouped
def status(output: OutputOptions, surroundings: Surroundings) -> ExitCode:
    """Show what runs, and which file holds every fact of the seeded night.

    Example: agentctl sandbox status -o json
    """
    return wiring.show(status_view(lifecycle.status(surroundings)), output, surroundings)


@app.command("seed", cls=Command)
@grouped
def seed_(
    output: OutputOptions,
    surroundings: Surroundings,
    anchor: Anchor = None,
    seed: Seed = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the topics and the archive first.")] = False,
) -> ExitCode:
    """Seed the night again, into a sandbox that is up.

    Example: agentctl sandbox seed --fresh --anchor 14:25
    """
    wiring.output(output, surroundings)
    wish = Wish(None, _anchor(anchor, output, surroundings), seed)
    standing = lifecycle.seed_again(wish, fresh=fresh, surroundings=surroundings)
    return wiring.show(up_view(standing), output, surroundings)


def _kind(word: str | None) -> BrokerKind | None:
    try:
        return None if word is None else BrokerKind(word.lower())
    except ValueError:
        raise UsageError(f"there is no broker {word!r}", hint="embedded or apache") from None


def _anchor(text: str | None, output: OutputOptions, surroundings: Surroundings) -> int | None:
    if text is None:
        return None
    return moment(text, surroundings.now_ms(), wiring.zone(output, surroundings), "--anchor")
