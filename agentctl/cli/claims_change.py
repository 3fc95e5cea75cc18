"""``agentctl claims take``, ``renew`` and ``release``: the protocol by which a claim cannot race."""

from typing import TYPE_CHECKING, Annotated

import typer

from agentctl.claims.outcome import Outcome
from agentctl.claims.outcome_view import outcome_view, plan_view
from agentctl.cli import wiring
from agentctl.cli.change import ChangeOptions, may_change
from agentctl.cli.claims_wiring import ClaimantOptions, protocol, ttl_ms
from agentctl.cli.help import Command
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode
from agentctl.model.view import View
from agentctl.settings.layers import Settings
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.claims.drafts import Draft
    from agentctl.claims.protocol import ClaimProtocol

Item = Annotated[str, typer.Argument(metavar="ITEM", help="The work item.")]
Ttl = Annotated[
    str | None,
    typer.Option(
        "--ttl", metavar="DURATION", help="How long the lease lives; else as the topic is configured."
    ),
]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="P@O", help="The tenure's token; else that of the agent's own tenure."),
]


@grouped
def take(
    claimant: ClaimantOptions,
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    item: Item,
    ttl: Ttl = None,
    workflow: Annotated[str | None, typer.Option(metavar="ID", help="The workflow it belongs to.")] = None,
    format_: Annotated[str | None, typer.Option("--format", metavar="F", help="What is to be made.")] = None,
    cause: Annotated[
        str | None, typer.Option(metavar="EVENT", help="What led to it: an event id, or topic[p]@offset.")
    ] = None,
) -> ExitCode:
    """Claim a work item so that nobody else can hold it, too.

    Exit 0: it is held, with the token. Exit 3: it is not, and who holds it; the claim is withdrawn.

    Example: agentctl claims take agent_tracing --agent marketing-1 --ttl 30m --execute
    """
    length_ms, settings = ttl_ms(ttl), _settings(connection, output, surroundings)
    execute = may_change(change, settings)
    with protocol(claimant, settings, surroundings) as own:
        more = {"workflow_id": workflow, "format": format_, "cause": cause}
        if not execute:
            draft = own.draft_claim(item, length_ms, **more)
            return _plan("take", draft.item, draft, own, output, surroundings, settings)
        return _told(own.take_claim(item, length_ms, **more), own, output, surroundings, settings)


@grouped
def renew(
    claimant: ClaimantOptions,
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    item: Item,
    token: Token = None,
    ttl: Ttl = None,
) -> ExitCode:
    """Let the lease on a held work item begin anew.

    Exit 3 when the lease was over, or somebody has taken over.

    Example: agentctl claims renew agent_tracing --agent marketing-1 --token 2@377 --execute
    """
    length_ms, settings = ttl_ms(ttl), _settings(connection, output, surroundings)
    execute = may_change(change, settings)
    with protocol(claimant, settings, surroundings) as own:
        if not execute:
            return _plan("renew", item, None, own, output, surroundings, settings)
        return _told(own.renew_claim(item, token, length_ms), own, output, surroundings, settings)


@grouped
def release(
    claimant: ClaimantOptions,
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    item: Item,
    token: Token = None,
) -> ExitCode:
    """Give a held work item back, so that others can take it at once.

    Exit 3 when it was not the agent's to give.

    Example: agentctl claims release agent_tracing --agent marketing-1 --token 2@377 --execute
    """
    settings = _settings(connection, output, surroundings)
    execute = may_change(change, settings)
    with protocol(claimant, settings, surroundings) as own:
        if not execute:
            return _plan("release", item, None, own, output, surroundings, settings)
        return _told(own.release_claim(item, token), own, output, surroundings, settings)


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of claims."""
    for name, command in (("take", take), ("renew", renew), ("release", release)):
        group.command(name, cls=Command)(command)


def _settings(connection: ConnectionOptions, output: OutputOptions, surroundings: Surroundings) -> Settings:
    wiring.output(output, surroundings)
    return wiring.settings(connection, surroundings)


def _plan(
    what: str,
    item: str,
    draft: "Draft | None",
    own: "ClaimProtocol",
    output: OutputOptions,
    surroundings: Surroundings,
    settings: Settings,
) -> ExitCode:
    partition, history = own.now(item)
    view = plan_view(what, item, own.agent, own.topic, partition, history, surroundings.now_ms(), draft)
    return wiring.show(view, output, surroundings, used=settings)


def _told(
    outcome: Outcome,
    own: "ClaimProtocol",
    output: OutputOptions,
    surroundings: Surroundings,
    settings: Settings,
) -> ExitCode:
    view: View = outcome_view(outcome, own.agent, own.topic)
    shown = wiring.show(view, output, surroundings, used=settings)
    return shown if outcome.done else ExitCode.PROBLEMS
