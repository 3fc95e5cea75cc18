"""The configuration files: found, read as TOML, and checked key by key."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentctl.errors import UsageError
from agentctl.model.near import near_names
from agentctl.surroundings import Surroundings

PROJECT_FILE = "agentctl.toml"
TABLES = ("profile", "topics")
"""What says how events are read; its content is checked where events are mapped."""
CONNECTION = ("brokers", "archive", "s3_endpoint", "kafka", "registry")
TOP_KEYS = (*CONNECTION, *TABLES, "context")
CONTEXT_KEYS = (*CONNECTION, *TABLES, "protected")

_PLACE = r" \(at line (\d+), column (\d+)\)$"
_AT_THE_END = " (at end of document)"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file of settings."""

    path: Path
    table: Mapping[str, object]
    own: bool
    """The user's own. A project file is not: it comes with somebody's code, so it is trusted less."""

    def contexts(self) -> Mapping[str, Mapping[str, object]]:
        """Return the ``[context.NAME]`` tables by name."""
        found = self.table.get("context", {})
        assert isinstance(found, Mapping)
        return found


def read_files(surroundings: Surroundings) -> tuple[ConfigFile, ...]:
    """Read every configuration file there is, the weakest first. Raises UsageError for a broken one."""
    folder = surroundings.config_folder
    try:
        places = [folder / "config.toml", *sorted((folder / "contexts.d").glob("*.toml"))]
        own = [path for path in places if path.is_file()]
    except OSError as error:  # a folder that may not be entered, a name that is too long
        raise UsageError(
            f"cannot read the configuration in {folder}: {error.strerror}", hint="see XDG_CONFIG_HOME, HOME"
        ) from error
    found = [read_file(path, own=True) for path in own]
    project = surroundings.folder / PROJECT_FILE
    if project.is_file():
        found.append(read_file(project, own=False))
    return tuple(found)


def read_file(path: Path, *, own: bool) -> ConfigFile:
    """Read one file. Raises UsageError naming file, line and column, or the key that is not known."""
    import tomllib  # where there is no file, and brokers come from flags or variables, it is not wanted

    try:
        text = path.read_bytes().decode("utf-8")
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line, column = _position(bytes(error.object[: error.start]).decode("utf-8"))
        raise _broken(path, line, column, "a byte that is no UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, str(error)) from None
    except ValueError:  # what tomllib lets through: a number of more digits than Python reads
        raise UsageError(f"{path} holds a number that is too long", hint="write it as a text") from None
    except RecursionError:
        raise UsageError(f"{path} nests its tables too deep", hint="write them flat") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="make the file readable") from error
    _check_keys(path, table, TOP_KEYS, "")
    _check_contexts(path, table)
    return ConfigFile(path, table, own)


def _check_contexts(path: Path, table: Mapping[str, object]) -> None:
    contexts = _table(path, table, "context", "")
    for name in contexts:
        context = _table(path, contexts, name, "context.")
        _check_keys(path, context, CONTEXT_KEYS, f"context.{name}.")
        if not isinstance(context.get("protected", False), bool):
            raise UsageError(
                f"context.{name}.protected in {path} is neither true nor false", hint="write protected = true"
            )


def _check_keys(path: Path, table: Mapping[str, object], known: Iterable[str], prefix: str) -> None:
    known = tuple(known)
    for key in table:
        if key not in known:
            near = near_names(key, known, 1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known here: {', '.join(known)}"
            raise UsageError(f"unknown setting {prefix}{key} in {path}", hint=hint)
    for key in ("kafka", "registry", *TABLES):
        _table(path, table, key, prefix)


def _table(path: Path, table: Mapping[str, object], key: str, prefix: str) -> Mapping[str, object]:
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise UsageError(
            f"{prefix}{key} in {path} is not a table", hint=f"write it as [{prefix}{key}] with settings below"
        )
    return found


def _syntax_error(path: Path, text: str, message: str) -> UsageError:
    place = re.search(_PLACE, message)
    if place is not None:
        return _broken(path, int(place[1]), int(place[2]), message[: place.start()])
    line, column = _position(text)
    return _broken(path, line, column, message.removesuffix(_AT_THE_END))


def _broken(path: Path, line: int, column: int, what: str) -> UsageError:
    what = what[:1].lower() + what[1:]
    return UsageError(f"{path}, line {line}, column {column}: {what}", hint="mend the TOML there")


def _position(text: str) -> tuple[int, int]:
    """Return line and column, from 1, of what follows ``text``."""
    return text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1


def merged(weaker: Mapping[str, object], stronger: Mapping[str, object]) -> dict[str, object]:
    """Return both tables as one; where both have a value the stronger wins, tables are merged inside."""
    result = dict(weaker)
    for key, value in stronger.items():
        before = result.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        result[key] = merged(before, value) if both else value  # type: ignore[arg-type]
    return result


def leaves(
    table: Mapping[str, object], keys: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], object]]:
    """Give every setting of nested tables with the keys that lead to it."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*keys, key))
        else:
            yield (*keys, key), value
