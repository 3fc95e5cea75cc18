"""The layers of configuration, strongest first, and what they come to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentctl.errors import UsageError
from agentctl.settings.contexts import Context, chosen
from agentctl.settings.fetching import fetch
from agentctl.settings.files import TABLES, ConfigFile, leaves, merged, read_files
from agentctl.settings.properties import read_properties
from agentctl.settings.secrets import Kept, Secret, expanded, is_secret
from agentctl.settings.values import BROKERS, KAFKA, REGISTRY, Value, of_properties, of_table
from agentctl.surroundings import Surroundings

DEFAULTS = {"kafka.client.id": "agentctl"}

_VARIABLES = {
    "AGENTCTL_ARCHIVE": "archive",
    "AGENTCTL_S3_ENDPOINT": "s3_endpoint",
    "AWS_ENDPOINT_URL_S3": "s3_endpoint",
    "AWS_ENDPOINT_URL": "s3_endpoint",
}
_IGNORED = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
_BROKER_VARIABLES = ("AGENTCTL_BROKERS", "KAFKA_BOOTSTRAP_SERVERS")
_KAFKA_VARIABLE = "AGENTCTL_KAFKA_"
_REGISTRY_VARIABLE = "AGENTCTL_SCHEMA_REGISTRY_"
_INHERITED = "SASL_INHERIT"
_LOGIN = ("kafka.sasl.username", "kafka.sasl.password")
_HARMLESS = ("kafka.client.id", "kafka.client.rack")
"""What a project file may say beside somebody's secret: it moves no connection and weakens none."""


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
    origins: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """Where each of their settings comes from, by its keys: ``("topics", "content-claims", "role")``."""

    def get(self, name: str) -> str | None:
        """Return a setting that is no secret, such as ``brokers``; None when nobody set it."""
        found = self.values.get(name)
        return found.value if found is not None and isinstance(found.value, str) else None

    def connection_properties(self, surroundings: Surroundings) -> dict[str, str]:
        """Return what librdkafka needs, with secrets fetched now.

        Raises UsageError when no broker is configured, or a secret cannot be had.
        """
        brokers = self.values.get(BROKERS)
        if brokers is None or not brokers.value:
            raise UsageError(
                "no broker is configured",
                hint="agentctl sandbox up, or name one: -b HOST:PORT, --context NAME",
            )
        _check_trust(self.values, (BROKERS, KAFKA))
        properties = {"bootstrap.servers": brokers.value}
        properties |= {
            name.removeprefix(KAFKA): found.value
            for name, found in self.values.items()
            if name.startswith(KAFKA)
        }
        return {
            key: fetch(key, value, surroundings) if isinstance(value, Secret) else value
            for key, value in properties.items()
        }

    def registry_properties(self, surroundings: Surroundings) -> dict[str, str]:
        """Return what a schema registry's client needs, ``url`` among it, with secrets fetched now.

        Empty when none is configured. Raises UsageError when a secret cannot be had.
        """
        if not self.get(f"{REGISTRY}url"):
            return {}
        wanted = {name: found for name, found in self.values.items() if name.startswith(REGISTRY)}
        if self.get(f"{REGISTRY}basic.auth.credentials.source") == _INHERITED:
            wanted |= {name: self.values[name] for name in _LOGIN if name in self.values}
        _check_trust(wanted, (REGISTRY,))
        return {
            name.removeprefix(REGISTRY): fetch(name, found.value, surroundings)
            if isinstance(found.value, Secret)
            else found.value
            for name, found in wanted.items()
        }


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
    tables, origins = _tables(files, context, surroundings)
    return Settings(
        context=context.name if context else None,
        context_origin=context.origin if context else None,
        protected=context is not None and context.protected,
        values=dict(sorted(values.items())),
        profiles=tables["profile"],
        topics=tables["topics"],
        origins=origins,
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
    for table, origin, file in _written(files, context, surroundings):
        yield of_table(table, origin, file, surroundings)
    yield {name: Value(name, value, "default") for name, value in DEFAULTS.items()}


def _written(
    files: Sequence[ConfigFile], context: Context | None, surroundings: Surroundings
) -> Iterator[tuple[Mapping[str, object], str, ConfigFile]]:
    """Give what the files say, the strongest first, each with its origin: the context, then the files."""
    if context is not None:
        for file, table in context.tables:
            yield table, f"context {context.name}, {_short(file.path, surroundings)}", file
    for file in reversed(files):
        yield file.table, _short(file.path, surroundings), file


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
    if environment.get(_IGNORED, "").lower() == "true":
        environment = {
            name: text for name, text in environment.items() if not name.startswith("AWS_ENDPOINT_URL")
        }
    for variable in _BROKER_VARIABLES:
        if variable in environment:
            yield {BROKERS: Value(BROKERS, environment[variable], f"${variable}")}
    for variable, name in _VARIABLES.items():
        if variable in environment:
            yield {name: Value(name, environment[variable], f"${variable}")}
    for variable, text in environment.items():
        if variable.startswith(_KAFKA_VARIABLE):
            key = _property_of(variable.removeprefix(_KAFKA_VARIABLE))
        elif variable.startswith(_REGISTRY_VARIABLE):
            key = REGISTRY + _property_of(variable.removeprefix(_REGISTRY_VARIABLE))
        else:
            continue
        yield of_properties({key: text}, f"${variable}", surroundings)


def _property_of(variable: str) -> str:
    """Return the property that the rest of a variable sets: ``sasl.password_file`` for SASL_PASSWORD_FILE."""
    key = variable.lower().replace("_", ".")
    base, _, kept = key.rpartition(".")
    # librdkafka itself has properties with that ending about assertions.
    if kept in tuple(Kept) and is_secret(base) and ".assertion." not in base:
        return f"{base}_{kept}"
    return key


def _tables(
    files: Sequence[ConfigFile], context: Context | None, surroundings: Surroundings
) -> tuple[dict[str, Mapping[str, object]], dict[tuple[str, ...], str]]:
    """Return how events are read, and what said so: settings inside of tables are told apart."""
    found: dict[str, Mapping[str, object]] = {name: {} for name in TABLES}
    origins: dict[tuple[str, ...], str] = {}
    for layer, origin, _ in reversed(tuple(_written(files, context, surroundings))):
        for name in TABLES:
            table = layer.get(name, {})
            assert isinstance(table, Mapping)
            found[name] = merged(found[name], table)
            origins |= dict.fromkeys((keys for keys, _ in leaves(table, (name,))), origin)
    return found, origins


def _check_trust(values: Mapping[str, Value], places: tuple[str, ...]) -> None:
    """Refuse to send a secret to where a project file points, wherever the secret comes from.

    ``places`` is how the names of the settings begin that say where, and how.

    Whoever enters a folder with somebody's code has not agreed to give it a password; a variable of the
    shell is there in every folder, too.
    """
    of_registry = places == (REGISTRY,)
    secrets = [
        v
        for v in values.values()
        if (isinstance(v.value, Secret) or is_secret(v.name))
        and (of_registry or not v.name.startswith(REGISTRY))
    ]
    foreign = [
        v
        for v in values.values()
        if v.file and not v.file.own and v.name.startswith(places) and v.name not in _HARMLESS
    ]
    if secrets and foreign:
        raise UsageError(
            f"{foreign[0].name} comes from {foreign[0].origin}, but {secrets[0].name} from "
            f"{secrets[0].origin}: it would be sent where the project file says",
            hint=f"set {foreign[0].name} in your own config.toml, or with a flag",
        )
