"""Reads from an exported incident what its findings rest on beside the records of its rows."""

from dataclasses import replace
from pathlib import Path

from agentctl.sources.lines import check_readable, lines
from agentctl.timeline.deposition import Deposition
from agentctl.timeline.deposition_reading import Hearing


def recorded_in(path: Path) -> Deposition:
    """Return what a file tells; its notes name the file.

    A row that cannot be read is named by the scan of the file, and passed over here. Raises NotFoundError
    when there is no such file, AgentctlError when it cannot be read.
    """
    check_readable(path)
    hearing = Hearing()
    for line in lines(path):
        hearing.take(line.where, line.row)
    told = hearing.deposition()
    return replace(told, notes=tuple(f"{path}: {note}" for note in told.notes))
