"""``agentctl archive verify`` and ``archive index``: is an archive whole, and what finds things in it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from agentctl.archive.index_plan import Outcome, index_view
from agentctl.archive.verify_view import verify_view
from agentctl.archiving.indexing import index as indexed
from agentctl.archiving.indexing import planned
from agentctl.archiving.listing import lying
from agentctl.archiving.opening import Opening
from agentctl.archiving.verifying import Verified
from agentctl.archiving.verifying import verify as verified
from agentctl.archiving.workers import workers
from agentctl.cli import wiring
from agentctl.cli.archive_wiring import ArchiveOptions, open_archive
from agentctl.cli.change import ChangeOptions, may_change
from agentctl.cli.help import Command
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.errors import ExitCode
from agentctl.model.view import View
from agentctl.surroundings import Surroundings

_TASK_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Who does the work."""

    panel: ClassVar = "Workers"

    count: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes of this machine. [default: its processors]"),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="A Dask cluster instead, such as tcp://HOST:8786; its workers use their own keys.",
        ),
    ] = None


@grouped
def verify(
    archive: ArchiveOptions,
    worker: WorkerOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode every record, too, and compare ids and gaps.")
    ] = False,
) -> ExitCode:
    """Check an archive: checksums, counts, offsets without holes, sidecars and lookups.

    Exits with 3 when anything is wrong, and with 7 when nothing is, but a part is frozen.

    Example: agentctl archive verify --deep --workers 4
    """
    wiring.output(output, surroundings)
    settings = wiring.settings(connection, surroundings)
    store = open_archive(archive, settings, surroundings)
    found = lying(store)
    opening = Opening.of(store.address, settings)
    tasks = _tasks(sum(one.size for one in found.objects.values()), len(found.objects))
    with (
        workers(worker.count, worker.scheduler, tasks) as (executor, at_once),
        wiring.progress(surroundings) as progress,
    ):
        answer = verified(opening, executor, at_once, found, progress, deep=deep)
    code = wiring.show(_verified(answer), output, surroundings, used=settings)
    # What is wrong is told before what could not be looked at.
    return ExitCode.PROBLEMS if answer.faults else code


@grouped
def index(
    archive: ArchiveOptions,
    worker: WorkerOptions,
    change: ChangeOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    all_: Annotated[
        bool, typer.Option("--all", help="Make everything anew; else only what is missing.")
    ] = False,
) -> ExitCode:
    """Show, or make with --execute, what finds things in an archive: sidecars and lookups.

    Lookups of days are merged into months. The objects themselves are only read; frozen ones need a
    sidecar that is whole.

    Example: agentctl archive index --execute
    """
    wiring.output(output, surroundings)
    settings = wiring.settings(connection, surroundings)
    execute = may_change(change, settings)
    store = open_archive(archive, settings, surroundings)
    found = lying(store)
    opening = Opening.of(store.address, settings)
    tasks = _tasks(sum(one.size for one in found.objects.values()), len(found.objects)) if execute else 1
    with (
        workers(worker.count, worker.scheduler, tasks) as (executor, at_once),
        wiring.progress(surroundings) as progress,
    ):
        plan = planned(opening, executor, at_once, found, all_=all_)
        done = None
        if execute:
            made = indexed(opening, executor, at_once, plan, found, progress)
            done = Outcome(
                {key: one.lookups for key, one in made.made.items()},
                {key: one.trouble for key, one in made.made.items() if one.trouble is not None},
                made.merged,
            )
    return wiring.show(index_view(store.address, plan, done), output, surroundings, used=settings)


def add_to(group: typer.Typer) -> None:
    """Add the commands to the group of the archive."""
    group.command("verify", cls=Command)(verify)
    group.command("index", cls=Command)(index)


def _tasks(size: int, objects: int) -> int:
    """Return for how many workers there is work worth starting them for."""
    return min(objects, 1 + size // _TASK_BYTES)


def _verified(answer: Verified) -> View:
    return verify_view(
        answer.address,
        answer.faults,
        {
            "objects": answer.objects,
            "lookups": answer.lookups,
            "records": answer.records,
            "bytes_read": answer.size_bytes,
        },
        deep=answer.deep,
        frozen=answer.frozen,
        foreign=answer.foreign,
        begins=answer.begins,
        pending=answer.pending,
    )
