"""Whether a topic would keep what is restored to it, as it was; and the command that mends it where not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, NewTopic

from agentctl.errors import AccessError, AgentctlError, NotFoundError
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.connection import Connection
from agentctl.kafka.topics import Topic, describe
from agentctl.model.instant import instant
from agentctl.model.span import span
from agentctl.restoring.provenance import GAINED_BYTES

_RETENTION, _RETENTION_BYTES = "retention.ms", "retention.bytes"
_TYPE, _POLICY, _SIZE = "message.timestamp.type", "cleanup.policy", "max.message.bytes"
_BEFORE, _AFTER = "message.timestamp.before.max.ms", "message.timestamp.after.max.ms"
_DIFFERENCE = "message.timestamp.difference.max.ms"
"""What brokers before 3.6 have in place of the two."""
_SCRATCH: Mapping[str, str] = {
    _RETENTION: "-1",
    _RETENTION_BYTES: "-1",
    _POLICY: "delete",
    _TYPE: "CreateTime",
}
_LARGEST = 1_000_000_000
"""What librdkafka sends at most."""


class UnfitTargetError(AgentctlError):
    """This topic would not keep what is restored to it."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is going to be written, as far as an index knows it."""

    oldest_ms: int | None
    newest_ms: int | None
    records: int
    largest_bytes: int = 0
    """The largest record that the topics of origin took; 0 is unknown."""


@dataclass(frozen=True, slots=True)
class Target:
    """A topic as it was found, and fit."""

    topic: Topic
    largest_bytes: int
    """The largest record that it takes."""

    @property
    def partitions(self) -> int:
        """How many it has."""
        return len(self.topic.partitions)


def looked_at(connection: Connection, name: str, load: Load, now_ms: int) -> Target:
    """Look at a topic.

    Raises UnfitTargetError with all that is wrong with it, AccessError without permission.
    """
    described = describe(connection, [name])
    if name in described.refused:
        raise AccessError(f"no permission to describe {name}", hint=_acl(connection, name, "DESCRIBE"))
    _may_write(connection, name)
    settings = topic_configs(connection, [name]).get(name)
    if settings is None:
        raise AccessError(
            f"no permission to see how {name} is configured, so whether it would keep anything is not known",
            hint=_acl(connection, name, "DESCRIBE_CONFIGS"),
        )
    faults = list(_faults(settings, load, now_ms))
    if faults:
        mended = ",".join(setting for _, setting in faults)
        raise UnfitTargetError(
            f"{name} would not keep what is restored: {'; '.join(fault for fault, _ in faults)}",
            hint=f"{_alter(connection, name)} --add-config {mended}; or --scratch in its place",
        )
    return Target(described.topics[0], min(_number(settings, _SIZE, 1_048_588), _LARGEST))


@dataclass(frozen=True, slots=True)
class Scratch:
    """A topic that is made for a restore alone, and keeps it until somebody deletes it."""

    name: str
    partitions: int
    load: Load

    def settings(self, now_ms: int) -> dict[str, str]:
        """Return how it is configured."""
        more = {}
        if self.load.newest_ms is not None and self.load.newest_ms > now_ms:
            more[_AFTER] = str(2**63 - 1)
        if self.load.largest_bytes:
            more[_SIZE] = str(min(self.load.largest_bytes + GAINED_BYTES, _LARGEST))
        return {**_SCRATCH, **more}

    def found(self, connection: Connection, now_ms: int) -> Target | None:
        """Return the topic; None where it is still to be made, and could be. Raises as ``looked_at``."""
        try:
            return looked_at(connection, self.name, self.load, now_ms)
        except NotFoundError:
            self._create(connection, now_ms, validate_only=True)
            return None

    def made(self, connection: Connection, now_ms: int) -> None:
        """Make it. Raises AccessError without permission."""
        self._create(connection, now_ms, validate_only=False)

    def _create(self, connection: Connection, now_ms: int, *, validate_only: bool) -> None:
        new = NewTopic(self.name, self.partitions, config=self.settings(now_ms))
        connection.answer(
            lambda seconds: connection.admin.create_topics(
                [new], validate_only=validate_only, request_timeout=seconds
            )[self.name],
            f"make the topic {self.name}",
        )


def too_large(brokers: str, topic: str, place: object, size: int, most: int) -> AgentctlError:
    """Return that a record does not fit, with the command that lets it in."""
    return UnfitTargetError(
        f"{place} has up to {size:,} bytes with what a restore adds, and {topic} takes {most:,}",
        hint=f"kafka-configs.sh --bootstrap-server {brokers} --alter --entity-type topics "
        f"--entity-name {topic} --add-config {_SIZE}={size}; then go on with --resume",
    )


def _faults(settings: Mapping[str, str], load: Load, now_ms: int) -> Iterator[tuple[str, str]]:
    """Give what is wrong, each with the setting that mends it."""
    if "compact" in settings.get(_POLICY, ""):
        yield "it is compacted, and of each key the last record alone would stay", f"{_POLICY}=delete"
    if settings.get(_TYPE) == "LogAppendTime":
        yield (
            f"its {_TYPE} is LogAppendTime, so every time would be that of the restore",
            f"{_TYPE}=CreateTime",
        )
    kept_ms = _number(settings, _RETENTION, -1)
    if load.oldest_ms is not None and 0 <= kept_ms < now_ms - load.oldest_ms:
        yield (
            f"it keeps records for {span(kept_ms)}, and the oldest of these is of {instant(load.oldest_ms)}, "
            "so it would be deleted at once",
            f"{_RETENTION}=-1",
        )
    if _number(settings, _RETENTION_BYTES, -1) >= 0:
        yield f"its {_RETENTION_BYTES} lets the broker delete records of any age", f"{_RETENTION_BYTES}=-1"
    for setting in (_BEFORE, _DIFFERENCE):
        most_ms = _number(settings, setting, 2**63 - 1)
        if load.oldest_ms is not None and now_ms - load.oldest_ms > most_ms:
            yield (
                f"its {setting} rejects records older than {span(most_ms)}, "
                f"and the oldest of these is of {instant(load.oldest_ms)}",
                f"{setting}={2**63 - 1}",
            )
    for setting in (_AFTER, _DIFFERENCE):
        most_ms = _number(settings, setting, 2**63 - 1)
        if load.newest_ms is not None and load.newest_ms - now_ms > most_ms:
            yield (
                f"its {setting} rejects records of more than {span(most_ms)} ahead of now, "
                f"and the newest of these is of {instant(load.newest_ms)}",
                f"{setting}={2**63 - 1}",
            )


def _may_write(connection: Connection, name: str) -> None:
    """Raise AccessError where this user may not write. A broker that does not say so is believed."""
    wanted = TopicCollection([name])
    futures = connection.asked(
        lambda seconds: connection.admin.describe_topics(
            wanted, include_authorized_operations=True, request_timeout=seconds
        )
    )
    try:
        allowed: Sequence[AclOperation] | None = futures[name].result().authorized_operations
    except KafkaException as error:
        raise connection.explained(error, f"describe topic {name}") from None
    if allowed is not None and AclOperation.WRITE not in allowed:
        raise AccessError(f"no permission to write to {name}", hint=_acl(connection, name, "WRITE"))


def _number(settings: Mapping[str, str], setting: str, otherwise: int) -> int:
    text = settings.get(setting, "")
    return int(text) if text.lstrip("-").isdigit() else otherwise


def _alter(connection: Connection, name: str) -> str:
    return (
        f"kafka-configs.sh --bootstrap-server {connection.brokers} --alter "
        f"--entity-type topics --entity-name {name}"
    )


def _acl(connection: Connection, name: str, operation: str) -> str:
    return (
        f"kafka-acls.sh --bootstrap-server {connection.brokers} --add --allow-principal User:YOU "
        f"--operation {operation} --topic {name}"
    )
