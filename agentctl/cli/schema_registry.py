"""``agentctl schema register``: a schema into the registry, once, and only over what was expected."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.change import ChangeOptions, may_change
from agentctl.cli.help import Command
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import AgentctlError, ExitCode, NotFoundError
from agentctl.model.writer import WriterSchema
from agentctl.registry.client import open_registry
from agentctl.registry.registering import planned, registered_view
from agentctl.surroundings import Surroundings

_VERSIONED = re.compile(r"(\.v[0-9]+)?\.(avsc|json)$")


@grouped
def register(
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The schema: .avsc is Avro, .json JSON Schema.")
    ],
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="S", help="The subject. [default: the record's full name; of JSON Schema the file's name]"
        ),
    ] = None,
    expect: Annotated[
        int | None,
        typer.Option(
            "--expect", min=0, metavar="N", help="Only while version N is the latest; 0: while there is none."
        ),
    ] = None,
) -> ExitCode:
    """Show how the registry would take a schema, and register it with --execute.

    A schema that is registered already stays what it is. Exit 3 when the registry refuses it.

    Example: agentctl schema register schemas/Finding.v2.avsc --expect 1 --execute
    """
    wiring.output(output, surroundings)
    settings = wiring.settings(connection, surroundings)
    execute = may_change(change, settings)
    candidate, name = _read(surroundings.folder / file)
    with open_registry(settings, surroundings) as registry:
        plan = planned(registry, subject or name, candidate, expect)
        go = execute and not plan.refused and plan.known is None
        done = registry.register(plan.subject, candidate, plan.latest) if go else None
        view = registered_view(plan, registry.address, done)
    return wiring.show(view, output, surroundings, used=settings)


def add_to(group: typer.Typer) -> None:
    """Add the command to the group of schemas."""
    group.command("register", cls=Command)(register)


def _read(path: Path) -> tuple[WriterSchema, str]:
    """Return a file's schema, and the subject that it is of when nobody says another."""
    try:
        text = path.read_text("utf-8-sig")
        node = json.loads(text)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise AgentctlError(f"{path} cannot be read as a schema: {error}", hint="is it JSON?") from None
    own = _VERSIONED.sub("", path.name)
    if path.suffix == ".json":
        return WriterSchema(text, "JSON"), own
    name, space = (node.get("name"), node.get("namespace")) if isinstance(node, dict) else (None, None)
    if not isinstance(name, str):
        return WriterSchema(text), own
    return WriterSchema(text), f"{space}.{name}" if isinstance(
        space, str
    ) and space and "." not in name else name
