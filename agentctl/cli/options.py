"""The options that every command takes, and the adapter that gives them to one."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_type_hints

import typer

from agentctl.surroundings import Surroundings

_CALL = "call_"
"""The parameter through which Typer hands the call's context to ``grouped``."""


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """Where Kafka is."""

    panel: ClassVar = "Connection"

    brokers: Annotated[
        str | None,
        typer.Option(
            *("--brokers", "-b", "--bootstrap-server", "--bootstrap-servers"),
            metavar="HOST:PORT,…",
            help="Brokers to begin with.",
        ),
    ] = None
    context: Annotated[
        str | None,
        typer.Option(
            *("--context", "--profile"),
            metavar="NAME",
            help="A connection from the configuration; see: agentctl context list.",
        ),
    ] = None
    properties: Annotated[
        list[str] | None,
        typer.Option(
            "-X",
            metavar="KEY=VALUE",
            help="A property of librdkafka, or of the registry: schema.registry.url.",
        ),
    ] = None
    properties_file: Annotated[
        Path | None,
        typer.Option("-F", metavar="FILE", help="Properties of librdkafka or of the Java client."),
    ] = None


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How the answer is written."""

    panel: ClassVar = "Output"

    format: Annotated[
        str | None,
        typer.Option(
            *("--output", "-o"),
            metavar="FORMAT",
            help="table, wide, text, json, ndjson, csv, md, html, svg. Default: table, in a pipe text.",
        ),
    ] = None
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write to a file, in the format of its ending."),
    ] = None
    tz: Annotated[
        str | None,
        typer.Option(
            "--tz",
            metavar="ZONE",
            help="Zone in which times are read and shown: UTC, local, +01:00, Europe/Berlin. [default: UTC]",
        ),
    ] = None
    ascii: Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters only.")] = False
    no_color: Annotated[
        bool,
        typer.Option(*("--no-color", "--no-colour"), help="No colour; so does NO_COLOR."),
    ] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False


def grouped(command: Callable[..., Any]) -> Callable[..., Any]:
    """Spread a command's dataclass parameters into one option a field; gather them when it is called.

    A parameter of type Surroundings is given what the program was started in.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}
    wants_surroundings = [name for name, hint in groups.items() if hint is Surroundings]
    for name in wants_surroundings:
        del groups[name]
    spread = [Parameter(_CALL, Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    # The command's own options come first in its help.
    for name, parameter in signature(command).parameters.items():
        if name not in groups and name not in wants_surroundings:
            spread.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hints[name]))
    for group in groups.values():
        spread += spread_fields(group)

    def call(**words: Any) -> Any:
        context = words.pop(_CALL)
        sets = {
            name: group(**{f.name: words.pop(f.name) for f in fields(group)})
            for name, group in groups.items()
        }
        return command(**words, **sets, **dict.fromkeys(wants_surroundings, context.obj))

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__annotations__ = {p.name: p.annotation for p in spread}
    call.__signature__ = Signature(spread)  # type: ignore[attr-defined]
    return call


def spread_fields(group: type) -> list[Parameter]:
    """Return the fields of an option dataclass as parameters that Typer understands.

    They stand together in the help, under the title that the dataclass has as its ``panel``, if any.
    """
    types = get_type_hints(group, include_extras=True)
    for option in (types[f.name].__metadata__[0] for f in fields(group)):
        option.rich_help_panel = getattr(group, "panel", None)
    return [
        Parameter(
            f.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if f.default is MISSING else f.default,
            annotation=types[f.name],
        )
        for f in fields(group)
    ]


def shared_options() -> dict[str, bool]:
    """Return every spelling of the options that every command takes, and whether a value follows it."""
    found: dict[str, bool] = {}
    for group in (ConnectionOptions, OutputOptions):
        for parameter in spread_fields(group):
            type_, option = parameter.annotation.__args__[0], parameter.annotation.__metadata__[0]
            # Inside of Annotated, Typer's first word of an option stands where else its default is.
            found |= dict.fromkeys((option.default, *option.param_decls), type_ is not bool)
    return found
