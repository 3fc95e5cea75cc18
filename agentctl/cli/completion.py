"""``agentctl completion``: scripts for shells."""

from enum import StrEnum
from typing import Annotated

import typer

from agentctl.cli.app import program
from agentctl.cli.help import Command, new_app
from agentctl.cli.options import grouped
from agentctl.cli.scripts import script
from agentctl.cli.tree import command_tree
from agentctl.errors import ExitCode
from agentctl.surroundings import Surroundings

app = new_app()


class Shell(StrEnum):
    """Shells that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(cls=Command)
@grouped
def completion(
    surroundings: Surroundings, shell: Annotated[Shell, typer.Argument(help="The shell.")]
) -> ExitCode:
    """Print a completion script for a shell.

    Example: agentctl completion bash > ~/.local/share/bash-completion/completions/agentctl
    """
    surroundings.stdout.write(script(shell, command_tree(program())))
    return ExitCode.FINE
