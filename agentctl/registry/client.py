"""A schema registry, through Confluent's client, which is loaded when the first question is asked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from agentctl.errors import AgentctlError, NotFoundError, UsageError
from agentctl.model.writer import WriterSchema
from agentctl.registry.errors import told
from agentctl.settings.layers import Settings
from agentctl.settings.secrets import shown
from agentctl.surroundings import Surroundings

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 10.0
"""How long one question may take, all its tries together."""
EXTRA = "pip install 'agentctl[registry]'"

_TRIES = 2
_MOST_REFERENCES = 200
_SOURCES = ("URL", "USER_INFO", "SASL_INHERIT")
_TAKEN = re.compile(
    r"url|ssl\.(ca|key|certificate)\.location|ssl\.key\.password|basic\.auth\.user\.info"
    r"|bearer\.auth\..*|proxy"
)
_STORES = ("ssl.truststore.location", "ssl.keystore.location")


@dataclass(frozen=True, slots=True)
class Registered:
    """One version of a subject."""

    subject: str
    version: int
    id: int
    schema: WriterSchema
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What a registry itself says of a candidate."""

    compatible: bool
    messages: tuple[str, ...] = ()


@dataclass(slots=True)
class Registry:
    """A registry as this call's settings describe it. Every method raises AgentctlError."""

    address: str
    """Without credentials."""
    _client: Any = field(repr=False)
    _by_name: dict[int | UUID, WriterSchema] = field(default_factory=dict)

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let its connections go."""
        self._client._rest_client.session.close()

    def subjects(self) -> tuple[str, ...]:
        """Return the names of all subjects, sorted."""
        found = self._ask("list subjects", self._client.get_subjects)
        return tuple(sorted(map(str, found)))

    def versions(self, subject: str) -> tuple[int, ...]:
        """Return the versions of a subject, the oldest first. Raises NotFoundError for one that is not."""
        found = self._ask(f"list the versions of {subject}", lambda: self._client.get_versions(subject))
        return tuple(sorted(int(one) for one in found))

    def version(self, subject: str, number: int) -> Registered:
        """Return one version of a subject."""
        doing = f"get version {number} of {subject}"
        return self._registered(self._ask(doing, lambda: self._client.get_version(subject, number)), subject)

    def latest(self, subject: str) -> Registered | None:
        """Return the newest version of a subject; None where there is no such subject."""
        # Asked anew each time: the client's own question for it is kept, and would not see what others did.
        try:
            found = self._ask(
                f"get the latest version of {subject}", lambda: self._client.get_version(subject, "latest")
            )
        except NotFoundError:
            return None
        return self._registered(found, subject)

    def schema(self, name: int | UUID) -> WriterSchema:
        """Return the schema of an id, or of a GUID, with what it refers to."""
        if name not in self._by_name:
            doing = f"get the schema {name}"
            ask = self._client.get_schema if isinstance(name, int) else self._client.get_schema_by_guid
            asked = name if isinstance(name, int) else str(name)
            self._by_name[name] = self._ask(doing, lambda: self._whole(ask(asked)))
        return self._by_name[name]

    def level(self, subject: str) -> str | None:
        """Return the compatibility level that holds for a subject: its own, or the global one."""
        # The client's own question knows no defaultToGlobal, and without it registries disagree.
        where = f"config/{quote(subject, safe='')}"
        try:
            found = self._ask(
                f"get the level of {subject}",
                lambda: self._client._rest_client.get(where, {"defaultToGlobal": "true"}),
            )
        except NotFoundError:
            return self.global_level()
        return _level(found)

    def global_level(self) -> str | None:
        """Return the compatibility level of subjects without one of their own."""
        return _level(self._ask("get the global level", lambda: self._client._rest_client.get("config")))

    def compatibility(self, subject: str, candidate: WriterSchema) -> Compatibility:
        """Return what the registry says of a candidate, against the latest version."""
        # The client's own question throws the messages away.
        where = f"compatibility/subjects/{quote(subject, safe='')}/versions/latest?verbose=true"
        body = self._schema(candidate).to_dict()
        doing = f"ask whether {subject} may change"
        found = self._ask(doing, lambda: self._client._rest_client.post(where, body=body))
        messages = found.get("messages") or ()
        return Compatibility(found.get("is_compatible") is True, tuple(map(str, messages)))

    def lookup(self, subject: str, candidate: WriterSchema) -> Registered | None:
        """Return the version under which that very schema is registered already; None where it is not."""
        doing = f"look whether {subject} has the schema"
        try:
            found = self._ask(doing, lambda: self._client.lookup_schema(subject, self._schema(candidate)))
        except NotFoundError:
            return None
        return self._registered(found, subject)

    def register(self, subject: str, candidate: WriterSchema, expected: Registered | None) -> Registered:
        """Register a schema as the next version; one that is there already stays what it is.

        ``expected`` is what was the latest when the decision was taken, None for no subject: where that is
        no longer so, nothing is registered. Raises IncompatibleSchemaError when the registry refuses.
        """
        known = self.lookup(subject, candidate)
        if known is not None:
            return known
        now = self.latest(subject)
        if (now and (now.version, now.id)) != (expected and (expected.version, expected.id)):
            stands = "is gone" if now is None else f"is at version {now.version} (id {now.id})"
            was = (
                "was not there"
                if expected is None
                else f"was at version {expected.version} (id {expected.id})"
            )
            raise AgentctlError(
                f"nothing was registered: {subject} {stands} and {was} when this was planned",
                hint="plan it again",
            )
        doing = f"register {subject}"
        self._ask(doing, lambda: self._client.register_schema_full_response(subject, self._schema(candidate)))
        found = self.latest(subject)
        if found is None:
            raise AgentctlError(f"{subject} was registered and is not there", hint="is somebody deleting it?")
        return found

    def _registered(self, found: Any, subject: str) -> Registered:
        doing = f"read what the registry says of {subject}"
        return self._ask(
            doing,
            lambda: Registered(
                str(found.subject or subject),
                int(found.version),
                int(found.schema_id),
                self._whole(found.schema),
                found.guid,
            ),
        )

    def _whole(self, found: Any) -> WriterSchema:
        """Return a schema with the texts of all that it refers to, each once, behind what it needs."""
        texts: dict[tuple[str, int], str] = {}
        self._referred(found, texts, 0)
        return WriterSchema(_text(found), str(found.schema_type or "AVRO"), tuple(texts.values()))

    def _referred(self, schema: Any, texts: dict[tuple[str, int], str], depth: int) -> None:
        for reference in schema.references or ():
            place = (str(reference.subject), int(reference.version))
            if place in texts:
                continue
            if depth > 50 or len(texts) >= _MOST_REFERENCES:
                raise AgentctlError(
                    f"the references of a schema of {place[0]} go on without an end", hint=None
                )
            doing = f"get {place[0]}, version {place[1]}, which a schema refers to"
            found = self._ask(doing, lambda place=place: self._client.get_version(*place))  # type: ignore[misc]
            self._referred(found.schema, texts, depth + 1)
            texts[place] = _text(found.schema)

    def _schema(self, candidate: WriterSchema) -> Any:
        module = import_module("confluent_kafka.schema_registry")
        return module.Schema(candidate.text, candidate.format, [])

    def _ask(self, doing: str, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except KeyboardInterrupt:
            raise
        except Exception as failure:  # a client, its transport and what they parse may raise anything
            raise told(failure, doing, self.address) from None


def open_registry(
    settings: Settings, surroundings: Surroundings, patience_seconds: float = PATIENCE_SECONDS
) -> Registry:
    """Return the registry of the settings; nothing is asked yet.

    Raises UsageError when none is configured or its settings cannot be meant, AgentctlError without the
    extra ``registry``.
    """
    properties = settings.registry_properties(surroundings)
    if not properties:
        raise UsageError(
            "no schema registry is configured",
            hint="-X schema.registry.url=http://HOST:8081, or url in [context.NAME.registry]",
        )
    address = ", ".join(shown("url", one.strip()) for one in properties["url"].split(","))
    conf = _conf(properties, patience_seconds)
    try:
        module = import_module("confluent_kafka.schema_registry")
    except ImportError:
        raise AgentctlError(
            "what speaks to a schema registry is not installed: it is the extra registry", hint=EXTRA
        ) from None
    try:
        return Registry(address, module.SchemaRegistryClient(conf))
    except FileNotFoundError:
        raise UsageError(
            "a file of schema.registry.ssl.… is not there", hint="agentctl context show says which are named"
        ) from None
    except OSError:  # that of TLS among them; what it quotes may be a key's passphrase
        raise UsageError(
            "the files of schema.registry.ssl.… cannot be read as PEM, or not with that password",
            hint="agentctl context show says which are named",
        ) from None
    except (ValueError, TypeError):
        raise UsageError(
            f"the registry's client does not take these settings for {address}",
            hint="schema.registry.url=https://HOST:PORT; basic.auth.user.info=USER:PASSWORD, not in both",
        ) from None


def _conf(properties: Mapping[str, str], patience_seconds: float) -> dict[str, Any]:
    """Return the client's configuration. Raises UsageError for what it cannot have."""
    store = next((one for one in _STORES if one in properties), None)
    if store is not None and not {"ssl.ca.location", "ssl.certificate.location"} & set(properties):
        raise UsageError(
            f"schema.registry.{store} names a Java store, which cannot be read",
            hint="export it: keytool -exportcert -rfc …; then schema.registry.ssl.ca.location=ca.pem",
        )
    source = properties.get("basic.auth.credentials.source", "USER_INFO")
    if source not in _SOURCES:
        raise UsageError(
            f"schema.registry.basic.auth.credentials.source is {source}", hint=f"one of {', '.join(_SOURCES)}"
        )
    conf: dict[str, Any] = {key: value for key, value in properties.items() if _TAKEN.fullmatch(key)}
    if source == "SASL_INHERIT":
        login = [properties.get(f"kafka.sasl.{one}", "") for one in ("username", "password")]
        conf["basic.auth.user.info"] = ":".join(login)
    elif source == "URL":
        conf.pop("basic.auth.user.info", None)
    addresses = len(properties["url"].split(","))
    return {
        **conf,
        "timeout": patience_seconds / (_TRIES * addresses),
        "max.retries": _TRIES - 1,
        "retries.wait.ms": 200,
        "retries.max.wait.ms": 500,
    }


def _text(schema: Any) -> str:
    text = schema.schema_str
    if not isinstance(text, str):
        raise TypeError("a schema without a text")
    return text


def _level(found: Any) -> str | None:
    level = found.get("compatibilityLevel") or found.get("compatibility")
    return None if level is None else str(level)
