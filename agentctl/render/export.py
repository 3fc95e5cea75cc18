"""An answer in a file: whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path

from agentctl.errors import AgentctlError

_HINT = "name a file in a folder that exists and that you may write to"


def check_writable(path: Path) -> None:
    """Raise AgentctlError when a file of that name could not be written."""
    folder = path.resolve().parent
    if path.is_dir():
        raise AgentctlError(f"cannot write {path}: it is a folder", hint=_HINT)
    if path.exists() and not path.is_file():
        raise AgentctlError(f"cannot write {path}: it is not a regular file", hint=_HINT)
    if not folder.is_dir():
        reason = "is not a folder" if folder.exists() else "does not exist"
        raise AgentctlError(f"cannot write {path}: {folder} {reason}", hint=_HINT)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise AgentctlError(f"cannot write {path}: no permission to write in {folder}", hint=_HINT)


def write_file(path: Path, lines: Iterable[str]) -> None:
    """Write lines as UTF-8 beside the file, then put them in its place in one step."""
    check_writable(path)
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise AgentctlError(f"cannot write {path}: {error.strerror or error}", hint=_HINT) from error
    finally:
        part.unlink(missing_ok=True)
