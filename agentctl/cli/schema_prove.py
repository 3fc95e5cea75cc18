"""``agentctl schema prove``: a candidate on the events that really exist."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from agentctl.archiving.workers import Here, mapped, workers
from agentctl.cli import wiring
from agentctl.cli.archive_verify import WorkerOptions
from agentctl.cli.help import Command
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import Question, ScanOptions, question
from agentctl.cli.schema_proving import Opened, Proving, Stage, stage_of, view_of
from agentctl.errors import ExitCode, InterruptedScan, UsageError
from agentctl.model.query import Query
from agentctl.ports import Progress
from agentctl.render.complaints import warn
from agentctl.schemas.check_view import FailOn
from agentctl.sources.avro_file import is_avro_file
from agentctl.sources.file import FileSource
from agentctl.sources.schema_proving import Diary, Proved, Task, added, parts_of, prove_parts, spread
from agentctl.surroundings import Surroundings

_SOURCES = ("auto", "kafka", "archive")
_TASKS_EACH = 4
"""So many tasks a worker: what is stopped has lost no more than one of them."""


class Ways(StrEnum):
    """Who reads what."""

    BACKWARD = "backward"
    FORWARD = "forward"
    BOTH = "both"

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions it stands for."""
        return ("backward", "forward") if self is Ways.BOTH else (self.value,)


@dataclass(frozen=True, slots=True)
class ProveOptions:
    """What is proved."""

    panel: ClassVar = "What is proved"

    candidate: Annotated[
        Path, typer.Option("--candidate", metavar="FILE", help="The schema to prove, of Avro.")
    ]
    old: Annotated[
        Path | None,
        typer.Option("--old", metavar="FILE", help="What the events were written with; Avro needs it."),
    ] = None
    schemas: Annotated[
        Path, typer.Option("--schemas", metavar="DIR", help="Where the versions of a TYPE lie.")
    ] = Path("schemas")
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=1, metavar="N", help="Only the last N offsets of each partition."),
    ] = None
    direction: Annotated[
        Ways,
        typer.Option(help="Who reads what: the candidate the events, or the old schema events of the new."),
    ] = Ways.BACKWARD
    fail_on: Annotated[
        FailOn,
        typer.Option("--fail-on", help="What exits with 3: an event that fails, or also a changed value."),
    ] = FailOn.BREAKING
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the same proof where it was stopped.")
    ] = False


@grouped
def prove(
    what: ProveOptions,
    scan: ScanOptions,
    worker: WorkerOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    type_: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="Only events of that type.", show_default=False)
    ] = None,
) -> ExitCode:
    """Prove a candidate on the real events: which could not be read, and which would change value.

    Reads Kafka, the archive or a file, and says exactly what was covered. Exits with 3 when an event fails,
    4 when there is none, 7 when not everything could be read.

    Example: agentctl schema prove analysis_complete --candidate schemas/analysis_complete.v2.avsc
    """
    if type_ is None and what.old is None and scan.source in _SOURCES:
        raise UsageError("which events?", hint="name a TYPE, or what they were written with: --old FILE")
    wiring.output(output, surroundings)
    files = surroundings.folder
    before = None if what.old is None else files / what.old
    ways = what.direction.directions
    stage = stage_of(files / what.candidate, before, type_, ways, files / what.schemas)
    if scan.source not in _SOURCES and is_avro_file(files / scan.source):
        _refuse(scan, resume=what.resume)
        settings, query = wiring.settings(connection, surroundings), Query()
        with wiring.progress(surroundings) as progress:
            proved, stage = stage.of_avro_file(files / scan.source, settings, progress)
    else:
        asked = question(scan, connection, output, surroundings, Query(tail=what.sample))
        asked = _reaching(asked, scan, surroundings)
        words: tuple[object, ...] = (
            scan.source,
            scan.since,
            scan.until,
            list(asked.query.topics),
            what.sample,
        )
        words = (*words, connection.brokers, connection.context, stage.fingerprint)
        settings, stage = asked.settings, stage.reading(asked.settings, scan.profile)
        proved, query = _proved(asked, stage, worker, surroundings, words, resume=what.resume)
    view = view_of(stage, proved, query, what.fail_on)
    code = wiring.show(view, output, surroundings, used=settings)
    # What fails is told before what could not be read.
    return ExitCode.PROBLEMS if view.problem else code


def _refuse(scan: ScanOptions, *, resume: bool) -> None:
    """Refuse what an Avro file cannot answer. Raises UsageError."""
    for option, used in (
        ("--since", scan.since is not None),
        ("--until", scan.until is not None),
        ("--topic", bool(scan.topics)),
        ("--resume", resume),
    ):
        if used:
            raise UsageError(f"{option} says nothing of an Avro file", hint="its records are read as a whole")


def _reaching(asked: Question, scan: ScanOptions, surroundings: Surroundings) -> Question:
    """Return the question to Kafka together with the archive, unless one of them was named."""
    if scan.source != "auto":
        return asked
    return replace(asked, source=wiring.tiered(asked.source, asked.settings, surroundings))


def _proved(
    asked: Question,
    stage: Stage,
    worker: WorkerOptions,
    surroundings: Surroundings,
    words: Sequence[object],
    *,
    resume: bool,
) -> tuple[Proved, Query]:
    """Prove partition by partition; what is done is kept until all is."""
    diary = Diary(surroundings.state_folder / "proofs", words)
    query = asked.query
    if resume:
        diary.read()
        assert diary.window is not None
        query = replace(query, window=diary.window)
        warn(f"{sum(len(one.parts) for one in diary.done):,} partitions were proved before", surroundings)
    else:
        diary.begin(query.window)
    here = Proving(stage.candidate, asked.mapping)
    parts = diary.left(parts_of(asked.source, query))
    with wiring.progress(surroundings) as progress:
        if isinstance(asked.source, FileSource) or not (parts or diary.done):
            proved = [prove_parts(lambda: asked.source, here, query, (), progress)]
            return added(proved), query
        with workers(worker.count, worker.scheduler, len(parts)) as (executor, at_once):
            chunks = spread(parts, at_once * _TASKS_EACH)
            # Who knows a registry's schemas cannot be sent to another process.
            if isinstance(executor, Here) or asked.mapping.writers is not None:
                run = partial(prove_parts, lambda: asked.source, here, query, progress=progress)
                _noted(map(run, chunks), diary)
            else:
                task = Task(Opened.of(asked, surroundings), Proving(stage.candidate), query)
                _noted(_told(mapped(executor, at_once, task, chunks), progress), diary)
    if all(one.coverage.complete for one in diary.done):
        diary.end()
    return added(diary.done), query


def _noted(proved: Iterator[Proved], diary: Diary) -> None:
    """Take down what is done as it is done. Raises InterruptedScan, which says how to go on."""
    try:
        for one in proved:
            diary.note(one)
    except KeyboardInterrupt:
        done = sum(len(one.parts) for one in diary.done)
        raise InterruptedScan(
            f"stopped by Ctrl-C; {done:,} partitions are proved", hint="the same words with --resume go on"
        ) from None


def _told(proved: Iterator[Proved], progress: Progress) -> Iterator[Proved]:
    for one in proved:
        progress.advance(one.coverage.records_scanned, one.coverage.bytes_scanned)
        yield one


def add_to(group: typer.Typer) -> None:
    """Add the command to the group of schemas."""
    group.command("prove", cls=Command)(prove)
