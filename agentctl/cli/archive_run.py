"""``agentctl archive run`` and ``archive status``: from Kafka into the archive, and how far that is."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from agentctl.cli import wiring
from agentctl.cli.archive_wiring import ArchiveOptions, open_archive
from agentctl.cli.help import Command
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode, UsageError
from agentctl.surroundings import Surroundings

if TYPE_CHECKING:
    from agentctl.archive.writing import Rotation

_SIZE = re.compile(r"([0-9]{1,9})\s*(|K|M|G)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_LEAST_BYTES, _MOST_BYTES = 64 << 10, 1 << 30
_LEAST_AGE_MS = 1_000


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """How a writer works."""

    panel: ClassVar = "Options"

    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            metavar="GROUP",
            help="Share the partitions with other writers of this group. With --follow they always are. "
            "[default: agentctl-archive]",
        ),
    ] = None
    storage_class: Annotated[
        str, typer.Option("--storage-class", metavar="CLASS", help="Of the objects; sidecars stay hot.")
    ] = "STANDARD"
    object_size: Annotated[
        str, typer.Option("--object-size", metavar="SIZE", help="Finish an object at this size.")
    ] = "64MiB"
    max_age: Annotated[
        str,
        typer.Option("--max-age", metavar="DURATION", help="Finish an object at this age, with --follow."),
    ] = "1h"
    profile: Annotated[
        str | None, typer.Option("--fields", metavar="PROFILE", help="How events are mapped, for this call.")
    ] = None


@grouped
def run(
    writer: WriterOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    topics: Annotated[list[str], typer.Option("--topic", "-t", metavar="TOPIC", help="Topics to archive.")],
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="s3://BUCKET/PREFIX", help="The archive; else the context's."),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End at the last stable offsets that are found first. [default]")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
) -> ExitCode:
    """Archive topics from Kafka to S3, each record exactly once.

    Any number of writers may run, be killed and run again: where to go on is read from the archive.

    Example: agentctl archive run -t research-events --to s3://backup/events --once
    """
    from agentctl.cli.archive_work import Work, worked

    if once and follow:
        raise UsageError("--once and --follow exclude each other", hint="leave one of them out")
    wiring.output(output, surroundings)
    rotation = _rotation(writer.object_size, writer.max_age, follow=follow)
    settings = wiring.settings(connection, surroundings)
    store = open_archive(ArchiveOptions(to), settings, surroundings)
    wanted = Work(
        tuple(dict.fromkeys(topics)), writer.group, writer.storage_class.upper(), rotation, writer.profile
    )
    view = worked(wanted, store, settings, surroundings)
    return wiring.show(view, output, surroundings, used=settings)


@grouped
def status(
    archive: ArchiveOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    topics: Annotated[
        list[str] | None,
        typer.Option("--topic", "-t", metavar="TOPIC", help="Only these; else all that are archived."),
    ] = None,
) -> ExitCode:
    """Show how far the archive is, and how long until the first unarchived event leaves Kafka.

    Example: agentctl archive status -t research-events
    """
    from agentctl.archiving.status_view import status_view
    from agentctl.cli.archive_work import stands

    wiring.output(output, surroundings)
    settings = wiring.settings(connection, surroundings)
    store = open_archive(archive, settings, surroundings)
    return wiring.show(
        status_view(stands(topics or (), store, settings, surroundings)), output, surroundings, used=settings
    )


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of the archive."""
    group.command("run", cls=Command)(run)
    group.command("status", cls=Command)(status)


def size_bytes(text: str, option: str) -> int:
    """Return a size such as ``64MiB`` in bytes. Raises UsageError when it is none."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{option} {text[:40]!r} is no size", hint=f"such as {option} 64MiB")
    return int(found[1]) * _UNITS[found[2].lower()]


def _rotation(object_size: str, max_age: str, *, follow: bool) -> "Rotation":
    from agentctl.archive.writing import Rotation

    size = size_bytes(object_size, "--object-size")
    if not _LEAST_BYTES <= size <= _MOST_BYTES:
        raise UsageError(
            f"--object-size {object_size} is too {'small' if size < _LEAST_BYTES else 'large'}",
            hint="between 64KiB and 1GiB; frozen objects thaw whole, and quickly only below 250 MB",
        )
    age_ms = wiring.length_ms(max_age, "--max-age")
    if age_ms < _LEAST_AGE_MS:
        raise UsageError(
            f"--max-age {max_age} would make an object of nearly every record", hint="at least 1s"
        )
    return Rotation(size, age_ms if follow else None, once=not follow)
