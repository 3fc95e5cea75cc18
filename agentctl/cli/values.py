"""Values for tab completion, answered in a few milliseconds: nothing heavy is imported here."""

import os
import tomllib
from collections.abc import Iterator, Sequence


def complete(words: Sequence[str]) -> str:
    """Return the values of a kind (``contexts``) that begin with a prefix, one a line.

    What cannot be read has no values: while somebody types, it is not the time to complain.
    """
    kind, prefix = (*words, "", "")[:2]
    if kind != "contexts":
        return ""
    names = sorted({name for table in _tables() for name in table if name.startswith(prefix)})
    return "".join(f"{name}\n" for name in names if name.isprintable() and " " not in name)


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
