"""The table of commands.

Only the module of the command that was asked for is loaded.
"""

from importlib import import_module
from typing import Annotated, Any

import typer

from agentctl import __version__
from agentctl.cli.help import Group, write_exit_codes
from agentctl.errors import UsageError

COMMANDS: dict[str, tuple[str, str]] = {
    "replay": ("agentctl.cli.replay", "Show what happened in a workflow, in order."),
    "claims": ("agentctl.cli.claims", "Show who works on what, and who must stop."),
    "lag": ("agentctl.cli.lag", "Show who is behind, by how many seconds, since when, and why."),
    "agents": ("agentctl.cli.agents", "Show who does what right now, and who has fallen silent."),
    "workflows": ("agentctl.cli.workflows", "List what ran, the latest first."),
    "diff": ("agentctl.cli.diff", "Compare two runs, and show where they first differ."),
    "archive": (
        "agentctl.cli.archive",
        "Keep what Kafka forgets: on S3, in cold classes, found by id.",
    ),
    "restore": ("agentctl.cli.restore", "Get events back out of the archive."),
    "schema": ("agentctl.cli.schema", "Change the shape of events, and break nobody."),
    "doctor": ("agentctl.cli.doctor", "Check whether the cluster is as agents need it."),
    "fields": ("agentctl.cli.fields", "Explain how events are read."),
    "completion": ("agentctl.cli.completion", "Print a completion script for a shell."),
    "context": ("agentctl.cli.context", "List, choose and explain connections."),
    "sandbox": ("agentctl.cli.sandbox", "Run a broker and a store of your own, with a night to look into."),
}
"""By name: the module, which has an ``app``, and the first line of its help (a test compares them)."""


class Root(Group):
    """The program itself."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load one command."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the table's own lines, so that help loads no command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what the exit codes mean."""
        write_exit_codes(formatter)


def load(name: str) -> Any:
    """Import a command's module and return the command. Raises UsageError for a name not in the table."""
    command = typer.main.get_command(import_module(COMMANDS[name][0]).app)
    command.name = name
    return command


root = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)


@root.callback()
def agentctl(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
    help_json: Annotated[
        bool, typer.Option("--help-json", help="Print all commands and options as one JSON document.")
    ] = False,
) -> None:
    """See what AI agents did through Kafka, in order, and where it went wrong.

    Reading changes nothing: no consumer group is joined, no offset is committed. Each command's --help
    shows the options for connection and output; they may stand before the command, too.

    Example: agentctl replay workflow_7k2p --since -12h
    """
    if version:
        typer.echo(f"agentctl {__version__}")
        raise typer.Exit
    if help_json:
        from agentctl.cli.describe import print_tree

        print_tree(program(), context.obj)
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise UsageError("no command was given", hint="agentctl --help")


def program() -> Any:
    """Return the whole command tree, its branches not yet loaded."""
    return typer.main.get_command(root)
