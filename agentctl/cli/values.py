"""Values for tab completion, answered in a few milliseconds: nothing heavy is imported here."""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence

SEEN = ("topics", "workflows")
"""Kinds of which ``agentctl.cli.seen`` keeps names in a file each."""

_OFFERED = re.compile(r"[\w./@][\w./@:%+=,-]{0,255}")
"""Names that mean nothing to a shell: those of topics and workflows were chosen by whoever wrote events."""


def offered(names: Iterable[str]) -> list[str]:
    """Return the names that may be put on somebody's command line, each once, in their order."""
    return [name for name in dict.fromkeys(names) if _OFFERED.fullmatch(name)]


def complete(words: Sequence[str]) -> str:
    """Return the values of a kind (contexts, topics, workflows) that begin with a prefix, one a line.

    Topics and workflows are those that answers held lately: no broker is asked. What cannot be read has no
    values: while somebody types, it is not the time to complain.
    """
    kind, prefix = (*words, "", "")[:2]
    known: Iterable[str] = ()
    if kind == "contexts":
        known = (name for table in _tables() for name in table)
    elif kind in SEEN:
        known = _seen(kind)
    return "".join(f"{name}\n" for name in sorted(offered(known)) if name.startswith(prefix))


def _seen(kind: str) -> list[str]:
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 — as below
    try:
        with open(f"{folder}/agentctl/{kind}.txt", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().split("\n")
    except (OSError, ValueError):
        return []


def _tables() -> Iterator[dict[str, object]]:
    for path in _files():
        try:
            with open(path, "rb") as file:  # noqa: PTH123 — pathlib alone would double the time
                contexts = tomllib.load(file).get("context", {})
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(contexts, dict):
            yield contexts


def _files() -> Iterator[str]:
    """Give the places that ``agentctl.settings.files`` reads (a test compares them)."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 — as above
    folder += "/agentctl"
    yield f"{folder}/config.toml"
    try:
        names = os.listdir(f"{folder}/contexts.d")  # noqa: PTH208
    except OSError:
        names = []
    yield from (f"{folder}/contexts.d/{name}" for name in names if name.endswith(".toml"))
    yield "agentctl.toml"
