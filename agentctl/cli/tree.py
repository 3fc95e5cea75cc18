"""The command tree as data: what help for machines, completion scripts and the reference page are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from agentctl.cli.app import COMMANDS


@dataclass(frozen=True, slots=True)
class Option:
    """One option or argument of a command."""

    names: tuple[str, ...]
    """Every spelling; of an argument, how it is written in usage lines."""
    argument: bool
    group: str
    """The title it stands under in help."""
    takes_value: bool
    metavar: str | None
    choices: tuple[str, ...]
    repeatable: bool
    help: str


@dataclass(frozen=True, slots=True)
class CommandNode:
    """A command, or a group of commands under one word."""

    path: tuple[str, ...]
    """The words behind ``agentctl``; empty for the program itself."""
    help: str
    """All of it, paragraphs with blank lines between."""
    options: tuple[Option, ...]
    commands: "tuple[CommandNode, ...]"
    default: str | None = None
    """The command of the group that is meant when none is named."""

    @property
    def meant(self) -> "CommandNode | None":
        """The command that words behind this group go to when they name none."""
        return next((command for command in self.commands if command.path[-1] == self.default), None)

    @property
    def summary(self) -> str:
        """The first line of the help."""
        return self.help.splitlines()[0] if self.help else ""

    def walk(self) -> "Iterator[CommandNode]":
        """Give this node and all below it, in the order of help."""
        yield self
        for command in self.commands:
            yield from command.walk()


def command_tree(program: Any) -> CommandNode:
    """Load every command of the program and describe it."""
    return _node((), program, None)


def _node(path: tuple[str, ...], command: Any, parent: Any) -> CommandNode:
    name = path[-1] if path else "agentctl"
    context = command.context_class(command, info_name=name, parent=parent, **command.context_settings)
    names = command.list_commands(context) if hasattr(command, "list_commands") else ()
    text = command.help or ""
    return CommandNode(
        path=path,
        help=cleandoc(text) if text else COMMANDS.get(path[0], ("", ""))[1],
        options=tuple(
            _option(parameter, context)
            for parameter in command.get_params(context)
            if not getattr(parameter, "hidden", False)
        ),
        commands=tuple(_node((*path, name), command.get_command(context, name), context) for name in names),
        default=getattr(command, "default_command", None),
    )


def _option(parameter: Any, context: Any) -> Option:
    argument = parameter.param_type_name == "argument"
    flag = bool(getattr(parameter, "is_flag", False))
    choices = tuple(str(choice) for choice in getattr(parameter.type, "choices", ()))
    # Long spellings first: those of --help come in another order each time the program runs.
    spellings = (*parameter.opts, *parameter.secondary_opts)
    long_first = sorted(spellings, key=lambda name: not name.startswith("--"))
    return Option(
        names=(parameter.metavar or parameter.name,) if argument else tuple(long_first),
        argument=argument,
        group=getattr(parameter, "rich_help_panel", None) or ("Arguments" if argument else "Options"),
        takes_value=not argument and not flag,
        metavar=None if argument or flag else parameter.make_metavar(context),
        choices=choices,
        repeatable=bool(parameter.multiple or parameter.nargs == -1),
        help=" ".join((parameter.help or "").split()),
    )
