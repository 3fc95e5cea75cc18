"""Schemas out of files, of the folder that a team keeps in git, and of its revisions."""

import re
import subprocess
from pathlib import Path

from agentctl.errors import AgentctlError, NotFoundError, UsageError
from agentctl.schemas.document import SchemaDocument, of_text

AVRO, JSON = ".avsc", ".json"
_LARGEST = 16 * 1024 * 1024
_SECONDS = 30


def read_schema(path: Path, shown: str | None = None, *, avro: bool = False) -> SchemaDocument:
    """Read a schema of Avro. ``avro`` takes any ending for it; ``shown`` is its name for people.

    Raises NotFoundError for no such file, UsageError for another format, InvalidSchemaError.
    """
    name = shown or str(path)
    check_format(path, avro=avro)
    try:
        if path.stat().st_size > _LARGEST:
            raise AgentctlError(f"{name} is larger than any schema: {path.stat().st_size:,} bytes")
        return of_text(path.read_text("utf-8-sig"), name)
    except FileNotFoundError:
        raise NotFoundError(
            f"there is no file {name}", hint="old schemas come first, the new one last"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise AgentctlError(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error


def check_format(path: Path, *, avro: bool) -> None:
    """Raise UsageError for a file that is, by its ending, no schema of Avro."""
    if avro or path.suffix == AVRO:
        return
    if path.suffix == JSON:
        raise UsageError(
            f"{path.name} is a JSON Schema by its ending; schemas of Avro are compared",
            hint="--format avro takes it for one of Avro",
        )
    raise UsageError(f"{path.name}: the ending names no format", hint=f"{AVRO} is Avro; or --format avro")


def versions(folder: Path, type_: str) -> list[Path]:
    """Return the files ``TYPE.vN.avsc`` of a type, the oldest first. Raises NotFoundError for none."""
    pattern = re.compile(rf"{re.escape(type_)}\.v(\d{{1,9}})\.avsc")
    found = [
        (int(match[1]), path) for path in folder.glob("*.avsc") if (match := pattern.fullmatch(path.name))
    ]
    if not found:
        raise NotFoundError(
            f"there is no schema of {type_} in {folder}",
            hint=f"its versions are {type_}.v1{AVRO}, {type_}.v2{AVRO}, …; --schemas names another folder",
        )
    return [path for _, path in sorted(found)]


def at_revision(path: Path, revision: str) -> SchemaDocument:
    """Return a file as it was at a revision of git.

    Raises NotFoundError where it was not there, AgentctlError without git or outside of a repository.
    """
    origin = f"{path.name} at {revision}"
    if revision.startswith("-") or not revision:
        raise UsageError(f"{revision!r} is no revision", hint="such as --against git:main")
    command = ("git", "-C", str(path.resolve().parent), "show", f"{revision}:./{path.name}")
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        raise AgentctlError(f"cannot read {origin}: git is not installed") from None
    except subprocess.TimeoutExpired:
        raise AgentctlError(f"cannot read {origin}: git gave no answer in {_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = lines[0].removeprefix("fatal: ") if lines else f"git ended with {done.returncode}"
        raise NotFoundError(f"cannot read {origin}: {why}", hint="git log --oneline shows revisions")
    return of_text(done.stdout.decode("utf-8-sig", "replace"), origin)
