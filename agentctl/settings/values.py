"""One setting with its origin, and how properties from anywhere become settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentctl.errors import UsageError
from agentctl.settings.files import ConfigFile, leaves
from agentctl.settings.secrets import Kept, Secret, expanded, is_secret, shown, split_key
from agentctl.surroundings import Surroundings

BROKERS = "brokers"
KAFKA = "kafka."
REGISTRY = "schema.registry."

_BROKER_PROPERTIES = ("bootstrap.servers", "metadata.broker.list", BROKERS)
_ALIASES = {
    "sasl.mechanisms": "sasl.mechanism",
    "acks": "request.required.acks",
    "auto.commit.enable": "enable.auto.commit",
    "compression.type": "compression.codec",
    "delivery.timeout.ms": "message.timeout.ms",
    "fetch.message.max.bytes": "max.partition.fetch.bytes",
    "max.in.flight": "max.in.flight.requests.per.connection",
    "message.send.max.retries": "retries",
    "queue.buffering.max.ms": "linger.ms",
}
"""librdkafka's second names: two layers that use both would else both reach it, and the weaker might win."""
_OF_REGISTRY = re.compile(r"(?:schema\.registry\.)?((?:basic|bearer)\.auth\..*)|schema\.registry\.(.*)")
_NOT_FROM_A_PROJECT = re.compile(
    r"(schema\.registry\.)?(sasl\.|ssl[._](key|certificate|engine|providers)|(basic|bearer)\.auth\.|proxy)"
    r"|plugin\.|enable\.sasl\.",
    re.I,
)
"""Who we are, and what runs code: a library, or kinit, whose command line holds the principal's text.
Even a login that takes no secret of ours may send one, such as a machine's own identity."""


@dataclass(frozen=True, slots=True)
class Value:
    """One setting and where it was found.

    ``name`` is ``brokers`` or the like, ``kafka.PROPERTY``, or ``schema.registry.PROPERTY``.
    """

    name: str
    value: str | Secret = field(repr=False)
    origin: str
    file: ConfigFile | None = field(default=None, repr=False)
    """The configuration file that holds it, if one does."""

    def __str__(self) -> str:
        return shown(self.name, self.value)


def of_properties(
    properties: Mapping[str, str | tuple[str, ...]],
    origin: str,
    surroundings: Surroundings,
    file: ConfigFile | None = None,
) -> dict[str, Value]:
    """Return properties as settings by name; ``KEY_file`` and the like become secrets."""
    found: dict[str, Value] = {}
    for written, text in properties.items():
        key, kept = split_key(written)
        key = _ALIASES.get(key, key)
        name = _name(key)
        if name in found:
            raise UsageError(f"{key} is set twice in {origin}", hint="keep one of them")
        value = Secret(kept, text) if kept is not None else _plain(key, text, origin, surroundings)
        found[name] = Value(name, value, origin, file)
    return found


def _name(key: str) -> str:
    """Return the setting's name: the same file speaks to brokers and to a schema registry."""
    if key in _BROKER_PROPERTIES:
        return BROKERS
    of_registry = _OF_REGISTRY.fullmatch(key)
    return KAFKA + key if of_registry is None else REGISTRY + (of_registry[1] or of_registry[2])


def _plain(key: str, text: str | tuple[str, ...], origin: str, surroundings: Surroundings) -> str:
    if isinstance(text, tuple):
        raise UsageError(
            f"{key} in {origin} is a list", hint="write its parts in one text, with commas between"
        )
    return str(expanded(text, surroundings)) if text.startswith("~/") else text


def of_table(
    table: Mapping[str, object], origin: str, file: ConfigFile, surroundings: Surroundings
) -> dict[str, Value]:
    """Return the connection settings of a context, or of the top of a file."""
    kafka_table = table.get("kafka", {})
    assert isinstance(kafka_table, Mapping)
    # ``security.protocol`` is the same as a key in quotes and as TOML's own dotted key.
    kafka = {".".join(keys): value for keys, value in leaves(kafka_table)}
    registry_table = table.get("registry", {})
    assert isinstance(registry_table, Mapping)
    kafka |= {REGISTRY + ".".join(keys): value for keys, value in leaves(registry_table)}
    for key in kafka:
        _check_property(key, file)
    found = of_properties(
        {key: _property_text(key, value, file) for key, value in kafka.items()}, origin, surroundings, file
    )
    for name in ("archive", "s3_endpoint"):
        if name in table:
            found[name] = Value(name, _text(name, table[name], file), origin, file)
    if BROKERS in table:
        brokers = table[BROKERS]
        parts = brokers if isinstance(brokers, list) else [brokers]
        text = ",".join(_text(BROKERS, part, file) for part in parts)
        found[BROKERS] = Value(BROKERS, text, origin, file)
    return found


def _check_property(key: str, file: ConfigFile) -> None:
    base, kept = split_key(key)
    if kept is None and is_secret(key):
        raise UsageError(
            f"kafka.{key} in {file.path} holds a secret in plain text",
            hint=f"name where it is kept instead: {key}_file, {key}_env or {key}_command",
        )
    if not file.own and (kept is not None or _NOT_FROM_A_PROJECT.match(base)):
        raise UsageError(
            f"kafka.{key} in {file.path} is not read from a project file: that comes with people's code",
            hint="write it in your own config.toml",
        )


def _property_text(key: str, value: object, file: ConfigFile) -> str | tuple[str, ...]:
    if isinstance(value, list) and split_key(key)[1] is Kept.COMMAND:
        return tuple(_text(f"kafka.{key}", word, file) for word in value)
    return _text(f"kafka.{key}", value, file)


def _text(name: str, value: object, file: ConfigFile) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise UsageError(f"{name} in {file.path} is no text, number or truth value", hint=f'write {name} = "…"')
