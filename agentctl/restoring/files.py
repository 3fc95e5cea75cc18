"""Files that are new: written beside their name, then given it in one step, and never over another one."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from agentctl.errors import AgentctlError, UsageError

AVRO, NDJSON = ".avro", ".ndjson"
_HINT = "name a new file in a folder that exists and that you may write to"


def check_new(path: Path) -> None:
    """Refuse a file that cannot be made, before anything is asked of the archive.

    Raises UsageError for an ending that names no format, AgentctlError for a file that is there already or a
    folder that cannot be written to.
    """
    if path.suffix.lower() not in (AVRO, NDJSON):
        raise UsageError(
            f"cannot restore to {path}: its ending names no format",
            hint=f"end the name in {AVRO} or {NDJSON}",
        )
    if path.exists() or path.is_symlink():
        raise _there_already(path)
    folder = path.resolve().parent
    if not folder.is_dir():
        raise AgentctlError(f"cannot write {path}: {folder} is no folder", hint=_HINT)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise AgentctlError(f"cannot write {path}: no permission to write in {folder}", hint=_HINT)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to; it gets its name once all is written, and is gone when anything fails.

    Raises AgentctlError when there is no space, or the name was given to another file meanwhile.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename this fails where the name is taken.
        os.link(part, path)
    except FileExistsError as taken:
        raise _there_already(path) from taken
    except OSError as error:
        reason = "no space is left" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise AgentctlError(f"cannot write {path}: {reason}; nothing of it is kept", hint=_HINT) from error
    finally:
        part.unlink(missing_ok=True)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines as UTF-8 into a new file."""
    with new_file(path) as file:
        for line in lines:
            file.write(f"{line}\n".encode("utf-8", "backslashreplace"))


def _there_already(path: Path) -> AgentctlError:
    return AgentctlError(f"{path} is there already, and nothing is overwritten", hint="name a new file")
