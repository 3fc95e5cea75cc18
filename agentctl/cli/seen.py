"""Names that answers held lately, kept in small files, so that completing them asks no broker."""

import os
from collections.abc import Iterable
from pathlib import Path

from agentctl.cli.values import SEEN, offered
from agentctl.model.record import SourceKind
from agentctl.model.view import View
from agentctl.surroundings import Surroundings

MOST_NAMES = 1_000


def remember(view: View, surroundings: Surroundings) -> None:
    """Keep the topics that were read and the workflows that were found, unless they came out of a file.

    A convenience: where it cannot be written, nothing is kept and nothing is said.
    """
    read = () if view.coverage is None else view.coverage.partitions
    topics = [part.topic for part in read if part.source != SourceKind.FILE]
    if not topics:
        return
    workflows = [str(row["workflow_id"]) for row in view.rows if row.get("workflow_id") is not None]
    for kind, names in zip(SEEN, (topics, workflows), strict=True):
        _keep(surroundings.cache_folder / f"{kind}.txt", names)


def _keep(path: Path, names: Iterable[str]) -> None:
    try:
        known = path.read_text("utf-8").splitlines() if path.exists() else []
        kept = offered([*names, *known])[:MOST_NAMES]
        if kept == known:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside it and then in its place: somebody may press the tab key at any moment.
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_text("".join(f"{name}\n" for name in kept), "utf-8")
        part.replace(path)
    except (OSError, ValueError):
        return
