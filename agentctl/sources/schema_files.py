"""Schemas out of files, of the folder that a team keeps in git, and of its revisions."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from agentctl.errors import AgentctlError, NotFoundError, UsageError
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.schema import AvroSchema

AVRO, JSON = ".avsc", ".json"
_LARGEST = 16 * 1024 * 1024
_SECONDS = 30


def read_schema(path: Path, shown: str | None = None, *, avro: bool = False) -> AvroSchema:
    """Read a schema of Avro. ``avro`` takes any ending for it; ``shown`` is its name for people.

    Raises NotFoundError for no such file, UsageError for another format, InvalidSchemaError.
    """
    name = shown or str(path)
    check_format(path, avro=avro)
    try:
        if path.stat().st_size > _LARGEST:
            raise AgentctlError(f"{name} is larger than any schema: {path.stat().st_size:,} bytes")
        return parse(path.read_text("utf-8-sig"), name)
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
    names = _of_type((path.name for path in folder.glob(f"*{AVRO}")), type_)
    if not names:
        raise _no_version(type_, str(folder))
    return [folder / name for name in names]


def versions_at(folder: Path, type_: str, revision: str) -> list[AvroSchema]:
    """Return the versions of a type that there were at a revision of git, the oldest first.

    Raises NotFoundError for none, or no such revision, AgentctlError without git or outside of a repository.
    """
    listed = _git(folder, f"{folder.name} at {revision}", "ls-tree", "--name-only", _checked(revision), "./")
    names = _of_type(listed.splitlines(), type_)
    if not names:
        raise _no_version(type_, f"{folder} at {revision}")
    return [at_revision(folder / name, revision) for name in names]


def at_revision(path: Path, revision: str) -> AvroSchema:
    """Return a file as it was at a revision of git.

    Raises NotFoundError where it was not there, AgentctlError without git or outside of a repository.
    """
    origin = f"{path.name} at {revision}"
    return parse(_git(path.parent, origin, "show", f"{_checked(revision)}:./{path.name}"), origin)


def _of_type(names: Iterable[str], type_: str) -> list[str]:
    pattern = re.compile(rf"{re.escape(type_)}\.v(\d{{1,9}}){re.escape(AVRO)}")
    return [
        name
        for _, name in sorted((int(match[1]), match[0]) for match in map(pattern.fullmatch, names) if match)
    ]


def _no_version(type_: str, where: str) -> NotFoundError:
    return NotFoundError(
        f"there is no schema of {type_} in {where}",
        hint=f"its versions are {type_}.v1{AVRO}, {type_}.v2{AVRO}, …; --schemas names another folder",
    )


def _checked(revision: str) -> str:
    if revision.startswith("-") or not revision:
        raise UsageError(f"{revision!r} is no revision", hint="such as --against git:main")
    return revision


def _git(folder: Path, what: str, *words: str) -> str:
    """Ask git about what lies in a folder."""
    try:
        done = subprocess.run(
            ("git", "-C", str(folder.resolve()), *words), capture_output=True, timeout=_SECONDS, check=False
        )
    except FileNotFoundError:
        raise AgentctlError(f"cannot read {what}: git is not installed") from None
    except subprocess.TimeoutExpired:
        raise AgentctlError(f"cannot read {what}: git gave no answer in {_SECONDS} s") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = lines[0].removeprefix("fatal: ") if lines else f"git ended with {done.returncode}"
        kind = AgentctlError if "not a git repository" in why or "cannot change to" in why else NotFoundError
        raise kind(f"cannot read {what}: {why}", hint="git log --oneline shows revisions")
    if len(done.stdout) > _LARGEST:
        raise AgentctlError(f"{what} is larger than any schema: {len(done.stdout):,} bytes")
    return done.stdout.decode("utf-8-sig", "replace")
