"""``agentctl context``: list, choose and explain connections."""

from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, new_group
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode, UsageError
from agentctl.settings.contexts import current, forget, known, use
from agentctl.settings.files import read_files
from agentctl.settings.view import list_view, settings_view
from agentctl.surroundings import Surroundings

app = new_group("List, choose and explain connections.")


@app.command("list", cls=Command)
@grouped
def list_(output: OutputOptions, surroundings: Surroundings) -> ExitCode:
    """List the contexts that the configuration files define.

    Example: agentctl context list
    """
    contexts = known(read_files(surroundings))
    return wiring.show(list_view(contexts, current(surroundings)), output, surroundings)


@app.command("use", cls=Command)
@grouped
def use_(
    output: OutputOptions,
    surroundings: Surroundings,
    name: Annotated[str | None, typer.Argument(help="The context to use from now on.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Use none from now on.")] = False,
) -> ExitCode:
    """Choose the context that is used when none is named.

    Only a state file is written; the configuration stays as it is.

    Example: agentctl context use sandbox
    """
    if (name is None) is not none:
        raise UsageError("context use takes a name, or --none", hint="agentctl context list")
    files = read_files(surroundings)
    if name is None:
        forget(surroundings)
    else:
        use(name, files, surroundings)
    return wiring.show(list_view(known(files), name), output, surroundings)


@app.command("show", cls=Command)
@grouped
def show(connection: ConnectionOptions, output: OutputOptions, surroundings: Surroundings) -> ExitCode:
    """Show every setting of this call with where it came from; secrets stay masked.

    Example: agentctl context show --context prod -X client.id=me
    """
    return wiring.show(settings_view(wiring.settings(connection, surroundings)), output, surroundings)
