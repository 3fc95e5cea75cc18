"""``agentctl diff``: two runs side by side, and where they first differ."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from agentctl.cli import wiring
from agentctl.cli.help import Command, new_app
from agentctl.cli.options import ConnectionOptions, OutputOptions, grouped
from agentctl.cli.question import ScanOptions, question
from agentctl.errors import ExitCode
from agentctl.model.query import Clock, Query
from agentctl.surroundings import Surroundings
from agentctl.timeline.two_runs import Run, two_runs

app = new_app()

_EXPORTS = frozenset({".ndjson", ".json", ".jsonl"})
"""How the name of an exported file ends."""


@app.command(cls=Command)
@grouped
def diff(
    scan: ScanOptions,
    connection: ConnectionOptions,
    output: OutputOptions,
    surroundings: Surroundings,
    a: Annotated[str, typer.Argument(metavar="A", help="A workflow, or an exported file: the good run.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The run to compare with it.")],
    clock: Annotated[
        Clock, typer.Option("--clock", help="Order by the record's timestamp, or by the event's own time.")
    ] = Clock.RECORD,
    different: Annotated[bool, typer.Option("--different", help="Show only the rows that differ.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 3 when the runs differ.")] = False,
) -> ExitCode:
    """Compare two runs, and show where they first differ.

    By what happened in them: ids, tokens and times differ between any two runs. A and B are workflows, or
    files that replay exported, for which no broker is needed.

    Example: agentctl diff good.ndjson bad.ndjson
    """
    words = a, b
    files = [_is_export(word, surroundings.folder) for word in words]
    ids = tuple(word for word, is_file in zip(words, files, strict=True) if not is_file)
    shared = question(scan, connection, output, surroundings, Query(ids)) if ids else None
    runs, used = [], shared
    for word, is_file in zip(words, files, strict=True):
        if is_file or shared is None:
            used = question(replace(scan, source=word), connection, output, surroundings, Query())
            runs.append(Run(word, used.source, used.query, used.mapping))
        else:
            runs.append(Run(word, shared.source, replace(shared.query, ids=(word,)), shared.mapping))
    with wiring.progress(surroundings) as progress:
        view = two_runs(
            (runs[0], runs[1]), progress, surroundings.now_ms, clock=clock, different_only=different
        )
    view = replace(view, fail_on_problems=exit_code)
    return wiring.show(view, output, surroundings, used=None if used is None else used.settings)


def _is_export(word: str, folder: Path) -> bool:
    """Whether a word names a file rather than a workflow: by its ending, or because the file is there."""
    return Path(word).suffix.lower() in _EXPORTS or (folder / word).is_file()
