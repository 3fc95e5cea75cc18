"""The layers of configuration, strongest first, and what they come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentctl.errors import UsageError
from agentctl.settings.contexts import Context, chosen
from agentctl.settings.files import TABLES, ConfigFile, merged, read_files
from agentctl.settings.properties import read_properties
from agentctl.settings.secrets import Secret, expanded, fetch
from agentctl.settings.values import BROKERS, KAFKA, Value, of_properties, of_table
from agentctl.surroundings import Surroundings

DEFAULTS = {"kafka.client.id": "agentctl"}

_VARIABLES = {"AGENTCTL_ARCHIVE": "archive", "AGENTCTL_S3_ENDPOINT": "s3_endpoint"}
_BROKER_VARIABLES = ("AGENTCTL_BROKERS", "KAFKA_BOOTSTRAP_SERVERS")
_KAFKA_VARIABLE = "AGENTCTL_KAFKA_"


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says about the connection."""

    brokers: str | None = None
    context: str | None = None
    properties: Sequence[str] = ()
    """``key=value`` each, from ``-X``."""
    properties_file: Path | None = None
    """From ``-F``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration of one call."""

    context: str | None
    context_origin: str | None
    protected: bool
    """Whether what changes something needs the context's name typed."""
    values: Mapping[str, Value]
    profiles: Mapping[str, object]
    """The ``[profile.NAME]`` tables as they were written."""
    topics: Mapping[str, object]
    """The ``[topics.NAME]`` tables as they were written."""

    def get(self, name: str) -> str | None:
        """Return a setting that is no secret, such as ``brokers``; None when nobody set it."""
        found = self.values.get(name)
        return found.value if found is not None and isinstance(found.value, str) else None

    def connection_properties(self, surroundings: Surroundings) -> dict[str, str]:
        """Return what librdkafka needs, with secrets fetched now.

        Raises UsageError when no broker is configured, or a secret cannot be had.
        """
        brokers = self.get(BROKERS)
        if not brokers:
            raise UsageError(
                "no broker is configured",
                hint="agentctl sandbox up, or name one: -b HOST:PORT, --context NAME",
            )
        _check_trust(self.values)
        properties = {"bootstrap.servers": brokers}
        for name, found in self.values.items():
            if name.startswith(KAFKA):
                key, value = name.removeprefix(KAFKA), found.value
                properties[key] = fetch(key, value, surroundings) if isinstance(value, Secret) else value
        return properties


def resolve(flags: Flags, surroundings: Surroundings) -> Settings:
    """Read every layer and let the stronger win.

    The order: flag, ``-X``, ``-F``, environment, context, project file, the user's file, default. A file
    named with ``-F`` was named for this one call, so it stands above what holds for all calls.
    Raises UsageError for what cannot be meant, NotFoundError for a context that is not defined.
    """
    files = read_files(surroundings)
    context = chosen(flags.context, files, surroundings)
    values: dict[str, Value] = {}
    for layer in _layers(flags, files, context, surroundings):
        values = {**layer, **values}
    tables = _tables(files, context)
    return Settings(
        context=context.name if context else None,
        context_origin=context.origin if context else None,
        protected=context is not None and context.protected,
        values=dict(sorted(values.items())),
        profiles=tables["profile"],
        topics=tables["topics"],
    )


def _layers(
    flags: Flags, files: Sequence[ConfigFile], context: Context | None, surroundings: Surroundings
) -> Iterator[Mapping[str, Value]]:
    """Give the layers, the strongest first."""
    if flags.brokers is not None:
        yield {BROKERS: Value(BROKERS, flags.brokers, "--brokers")}
    yield of_properties(_pairs(flags.properties), "-X", surroundings)
    if flags.properties_file is not None:
        path = expanded(str(flags.properties_file), surroundings)
        yield of_properties(read_properties(surroundings.folder / path), f"-F {path}", surroundings)
    yield from _environment(surroundings)
    for file, table in context.tables if context is not None else ():
        yield of_table(
            table, f"context {context.name}, {_short(file.path, surroundings)}", file, surroundings
        )  # type: ignore[union-attr]
    for file in reversed(files):
        yield of_table(file.table, _short(file.path, surroundings), file, surroundings)
    yield {name: Value(name, value, "default") for name, value in DEFAULTS.items()}


def _short(path: Path, surroundings: Surroundings) -> str:
    """Return a path as a person writes it: ``~/.config/…``, ``agentctl.toml``."""
    if path.is_relative_to(surroundings.folder):
        return str(path.relative_to(surroundings.folder))
    return f"~/{path.relative_to(surroundings.home)}" if path.is_relative_to(surroundings.home) else str(path)


def _pairs(words: Sequence[str]) -> dict[str, str]:
    """Split ``-X key=value``; the last of a key wins. The value is never quoted: it may be a secret."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                "-X takes key=value, and one has no key or no =", hint="-X security.protocol=SASL_SSL"
            )
        found[key.strip()] = value
    return found


def _environment(surroundings: Surroundings) -> Iterator[dict[str, Value]]:
    """Give agentctl's own variables, then the one that other tools share."""
    environment = {name: text for name, text in surroundings.environment.items() if text}
    for variable in _BROKER_VARIABLES:
        if variable in environment:
            yield {BROKERS: Value(BROKERS, environment[variable], f"${variable}")}
    for variable, name in _VARIABLES.items():
        if variable in environment:
            yield {name: Value(name, environment[variable], f"${variable}")}
    for variable, text in environment.items():
        if variable.startswith(_KAFKA_VARIABLE):
            key = variable.removeprefix(_KAFKA_VARIABLE).lower().replace("_", ".")
            yield of_properties({key: text}, f"${variable}", surroundings)


def _tables(files: Sequence[ConfigFile], context: Context | None) -> dict[str, Mapping[str, object]]:
    """Return how events are read: the user's file, the project's over it, the context's over both."""
    layers: list[Mapping[str, object]] = [file.table for file in files]
    if context is not None:
        layers += [table for _, table in reversed(context.tables)]
    found: dict[str, Mapping[str, object]] = {name: {} for name in TABLES}
    for layer in layers:
        for name in TABLES:
            table = layer.get(name, {})
            assert isinstance(table, Mapping)
            found[name] = merged(found[name], table)
    return found


def _check_trust(values: Mapping[str, Value]) -> None:
    """Refuse to send a secret of the user's files to where a project file points.

    Whoever enters a folder with somebody's code has not agreed to give it a password.
    """
    secrets = [
        v for v in values.values() if isinstance(v.value, Secret) and v.file is not None and v.file.own
    ]
    foreign = [
        v for v in values.values() if v.name.startswith((BROKERS, KAFKA)) and v.file and not v.file.own
    ]
    if secrets and foreign:
        raise UsageError(
            f"{foreign[0].name} comes from {foreign[0].origin}, but {secrets[0].name} from your own files: "
            "it would be sent where the project file says",
            hint=f"set {foreign[0].name} in your own config.toml, or with a flag",
        )
