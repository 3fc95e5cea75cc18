"""How help is laid out: options in titled groups, commands in one line each, exit codes at the end."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from agentctl.errors import UsageError
from agentctl.model.near import near_names

EXIT_CODES = {
    0: "fine",
    1: "failed",
    2: "the command line or the configuration cannot be meant",
    3: "problems found, where that was asked for",
    4: "nothing matched, or nothing of that name",
    5: "authentication, authorisation or TLS",
    6: "unreachable, or too slow",
    7: "the answer is partial",
    130: "stopped by Ctrl-C",
}


class Command(TyperCommand):
    """A command whose help shows the options in their groups."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, the command's own options, then each shared group."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                argument = "Arguments" if parameter.param_type_name == "argument" else "Options"
                panel = getattr(parameter, "rich_help_panel", None) or argument
                panels.setdefault(panel, []).append(record)
        for title in sorted(panels, key=_place_of_panel):
            with formatter.section(title):
                formatter.write_dl(panels[title])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write what the exit codes mean."""
        write_exit_codes(formatter)


class Group(TyperGroup):
    """Commands under one word; a word that is none of them is answered with near ones."""

    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Further commands, and the modules that hold them: each is loaded when it is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, those of other modules last."""
        return [*super().list_commands(ctx), *self.elsewhere]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; its module adds it, perhaps with others, to a group."""
        if cmd_name not in self.elsewhere:
            return super().get_command(ctx, cmd_name)
        app = new_group("")
        import_module(self.elsewhere[cmd_name]).add_to(app)
        return typer.main.get_command(app).commands[cmd_name]  # type: ignore[attr-defined]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names. Raises UsageError for one that is not there."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            near = near_names(args[0], names)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
            raise UsageError(f"{ctx.command_path} has no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)


class GroupWithDefault(Group):
    """Commands under one word, one of which is meant when none is named."""

    default_command = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Put the default command before words that name none."""
        if not args or (args[0] not in self.list_commands(ctx) and args[0] not in ctx.help_option_names):
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


def new_app() -> typer.Typer:
    """Return an app for a module with one command."""
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


def new_group(help_: str, cls: type[Group] = Group) -> typer.Typer:
    """Return an app for a module with several commands under one word."""
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        cls=cls,
        help=help_,
        no_args_is_help=False,
    )

    @app.callback()
    def group() -> None:
        pass

    group.__doc__ = help_
    return app


def write_exit_codes(formatter: Any) -> None:
    """Write a section with the exit codes."""
    with formatter.section("Exit codes"):
        formatter.write_dl([(str(code), meaning) for code, meaning in EXIT_CODES.items()])


def _place_of_panel(title: str) -> int:
    order = ("Arguments", "Options", "Connection", "Output")
    return order.index(title) if title in order else 1
