"""``agentctl schema``: what the shape of events is, and what a change of it breaks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, Group, new_group
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode, NotFoundError, UsageError
from agentctl.registry.client import open_registry
from agentctl.registry.documents import avro_versions
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.schema import AvroSchema
from agentctl.schemas.batch import judged
from agentctl.schemas.check_view import FailOn, check_view
from agentctl.schemas.checking import check
from agentctl.schemas.verdict import Level
from agentctl.sources.schema_files import at_revision, read_schema, versions, versions_at
from agentctl.surroundings import Surroundings


class SchemaGroup(Group):
    """What is done about schemas."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "prove": "agentctl.cli.schema_prove",
        "register": "agentctl.cli.schema_registry",
    }


app = new_group("Change the shape of events, and break nobody.", SchemaGroup)


@dataclass(frozen=True, slots=True)
class AgainstOptions:
    """What is compared."""

    panel: ClassVar = "What is compared"

    candidate: Annotated[
        Path | None,
        typer.Option("--candidate", metavar="FILE", help="The new schema, where a TYPE is named."),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="Of a TYPE its latest version, or all; git:REV: as it was then; registry. [default: all]",
        ),
    ] = None
    schemas: Annotated[
        Path, typer.Option("--schemas", metavar="DIR", help="Where the versions of a TYPE lie.")
    ] = Path("schemas")
    written_in: Annotated[
        str | None, typer.Option("--format", metavar="avro", help="Take files for it, whatever their ending.")
    ] = None


@app.command("check", cls=Command)
@grouped
def check_(
    against: AgainstOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCHEMA…]", help="Files, the oldest first and the new one last; or a type of event."
        ),
    ] = None,
    level: Annotated[
        Level, typer.Option(metavar="LEVEL", help=f"What must stay readable: {', '.join(Level)}.")
    ] = Level.BACKWARD,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="What exits with 3: what breaks, or what depends on events.")
    ] = FailOn.BREAKING,
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch",
            metavar="FILE",
            help="Judge lines of JSON, {id, level, old: […], new}; - is stdin.",
        ),
    ] = None,
) -> ExitCode:
    """Say whether a new schema breaks readers or events, and of each finding how to mend it.

    Schemas of Avro are compared, after its specification, at the levels of the registries: BACKWARD asks
    whether the new schema reads what was written with the old one, FORWARD the other way. What is called data
    depends on the events. Exits with 3 exactly when something breaks.

    Example: agentctl schema check Finding.v1.avsc Finding.v2.avsc --level FULL
    """
    if batch is not None:
        if names or against != AgainstOptions():
            raise UsageError(
                "--batch brings its own schemas", hint="leave out files, TYPE and what goes with it"
            )
        path = surroundings.folder / batch if str(batch) != "-" else None
        return _batch(path, level, fail_on, surroundings)
    wiring.output(output, surroundings)
    if against.against == "registry":
        old, new = _registered(tuple(names or ()), against, connection, surroundings)
    else:
        old, new = _documents(tuple(names or ()), against, surroundings.folder)
    verdict = check(old, new, level)
    return wiring.show(check_view(verdict, new.origin, fail_on), output, surroundings)


def _documents(
    names: tuple[str, ...], against: AgainstOptions, folder: Path
) -> tuple[list[AvroSchema], AvroSchema]:
    """Return the old schemas, the oldest first, and the new one. Raises UsageError, and what reading does."""
    if against.written_in not in (None, "avro"):
        raise UsageError(f"--format {against.written_in}: schemas of Avro are compared", hint="--format avro")
    avro = against.written_in is not None
    if against.candidate is not None:
        if len(names) != 1:
            raise UsageError(
                "--candidate goes with one TYPE", hint="agentctl schema check TYPE --candidate FILE"
            )
        new = read_schema(folder / against.candidate, str(against.candidate), avro=avro)
        return _of_type(names[0], against, folder), new
    if against.against is not None:
        if len(names) != 1 or not against.against.startswith("git:"):
            raise UsageError(
                f"--against {against.against} goes with a TYPE and --candidate, git:REV also with one file",
                hint="agentctl schema check FILE --against git:main",
            )
        new = read_schema(folder / names[0], names[0], avro=avro)
        return [at_revision(folder / names[0], against.against.removeprefix("git:"))], new
    if len(names) < 2:
        raise UsageError(
            "a check needs an old and a new schema",
            hint="agentctl schema check OLD.avsc NEW.avsc, or TYPE --candidate FILE",
        )
    documents = [read_schema(folder / name, name, avro=avro) for name in names]
    return documents[:-1], documents[-1]


def _registered(
    names: tuple[str, ...], against: AgainstOptions, connection: ConnectionOptions, surroundings: Surroundings
) -> tuple[list[AvroSchema], AvroSchema]:
    """Return all versions of a subject, and the new schema. Raises what the registry's client does."""
    if len(names) != 1 or against.candidate is None:
        raise UsageError(
            "--against registry goes with one subject and --candidate",
            hint="agentctl schema check SUBJECT --candidate FILE --against registry",
        )
    new = read_schema(
        surroundings.folder / against.candidate, str(against.candidate), avro=against.written_in is not None
    )
    with open_registry(wiring.settings(connection, surroundings), surroundings) as registry:
        return [parse(text, origin) for origin, text in avro_versions(registry, names[0])], new


def _of_type(type_: str, against: AgainstOptions, folder: Path) -> list[AvroSchema]:
    """Return the versions of a type that are asked for, the oldest first."""
    what, kept = against.against or "all", folder / against.schemas
    if what.startswith("git:"):
        return versions_at(kept, type_, what.removeprefix("git:"))
    if what not in ("latest", "all"):
        raise UsageError(
            f"--against {what} names nothing to compare with", hint="latest, all, git:REV or registry"
        )
    paths = versions(kept, type_)
    return [read_schema(path, path.name) for path in (paths[-1:] if what == "latest" else paths)]


def _batch(path: Path | None, level: Level, fail_on: FailOn, surroundings: Surroundings) -> ExitCode:
    for line in judged(_lines(path, surroundings), level, fail_on):
        surroundings.stdout.write(line.decode() + "\n")
        surroundings.stdout.flush()  # who asks line by line waits for it
    return ExitCode.FINE


def _lines(path: Path | None, surroundings: Surroundings) -> Iterator[bytes]:
    if path is None:
        yield from surroundings.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield from file
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", hint="a line of JSON for each change") from None
