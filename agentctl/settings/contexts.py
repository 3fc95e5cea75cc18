"""Contexts: named connections in the files, and which of them a call uses."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.model.near import near_names
from agentctl.settings.files import ConfigFile
from agentctl.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Context:
    """A named connection; several files may each say a part of it."""

    name: str
    origin: str
    """What chose it: ``--context``, a variable, or the state file; of one that is only listed, its file."""
    tables: tuple[tuple[ConfigFile, Mapping[str, object]], ...]
    """Its tables with their files, the strongest first."""

    @property
    def protected(self) -> bool:
        """Whether any of its files protects it: another file cannot take that back."""
        return any(table.get("protected") is True for _, table in self.tables)


def known(files: Sequence[ConfigFile]) -> dict[str, Context]:
    """Return all contexts by name, sorted."""
    found: dict[str, list[tuple[ConfigFile, Mapping[str, object]]]] = {}
    for file in reversed(files):
        for name, table in file.contexts().items():
            found.setdefault(name, []).append((file, table))
    return {name: Context(name, str(found[name][0][0].path), tuple(found[name])) for name in sorted(found)}


def chosen(flag: str | None, files: Sequence[ConfigFile], surroundings: Surroundings) -> Context | None:
    """Return the context of this call: ``--context``, else ``AGENTCTL_CONTEXT``, else the current one.

    Raises NotFoundError, naming near ones, when it is not defined.
    """
    variable = surroundings.environment.get("AGENTCTL_CONTEXT")
    if flag is not None:
        return _named(flag, "--context", files)
    if variable:
        return _named(variable, "$AGENTCTL_CONTEXT", files)
    name = current(surroundings)
    if name is None:
        return None
    return _named(name, str(_state_file(surroundings)), files, "agentctl context use --none leaves it; ")


def _named(name: str, origin: str, files: Sequence[ConfigFile], way_out: str = "") -> Context:
    contexts = known(files)
    if name in contexts:
        return Context(name, origin, contexts[name].tables)
    near = near_names(name, contexts)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif contexts:
        hint = f"there are: {', '.join(contexts)}"
    else:
        hint = "no context is defined yet; agentctl sandbox up makes one"
    raise NotFoundError(f"there is no context {name!r}, which {origin} names", hint=way_out + hint)


def current(surroundings: Surroundings) -> str | None:
    """Return the name that ``context use`` left; None when there is none."""
    try:
        return _state_file(surroundings).read_text("utf-8").removesuffix("\n") or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise AgentctlError(
            f"cannot read the current context from {_state_file(surroundings)}: {error}",
            hint="agentctl context use NAME writes it anew",
        ) from error


def use(name: str, files: Sequence[ConfigFile], surroundings: Surroundings) -> Context:
    """Make a context the current one. Raises NotFoundError, naming near ones, when it is not defined."""
    found = _named(name, "context use", files)
    write_private(_state_file(surroundings), f"{name}\n")
    return found


def forget(surroundings: Surroundings) -> None:
    """Leave no context current."""
    path = _state_file(surroundings)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise AgentctlError(
            f"cannot remove {path}: {error.strerror}", hint="make its folder writable"
        ) from error


def write_private(path: Path, text: str) -> None:
    """Write a file as a whole or not at all, readable by its owner only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            temporary.replace(path)
        except BaseException:
            temporary.unlink()
            raise
    except OSError as error:
        raise AgentctlError(
            f"cannot write {path}: {error.strerror}", hint="make its folder writable"
        ) from error


def _state_file(surroundings: Surroundings) -> Path:
    return surroundings.state_folder / "current-context"
