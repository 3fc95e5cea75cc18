"""Where partitions begin and end, and where a time lies in them: batched over any number of partitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of

Partition = tuple[str, int]
"""Topic and number."""


@dataclass(frozen=True, slots=True)
class Found:
    """An offset that was asked for."""

    offset: int
    """-1 when there is none, such as for a time after the last record."""
    timestamp_ms: int | None
    """Of the record there; only a look-up by time tells it."""


@dataclass(frozen=True, slots=True)
class Offsets:
    """Answers by partition, and for those without an answer the reason."""

    found: Mapping[Partition, Found]
    failed: Mapping[Partition, str]


def log_start(connection: Connection, partitions: Iterable[Partition]) -> Offsets:
    """Return the first offset that retention has kept."""
    return _ask(connection, partitions, OffsetSpec.earliest(), committed=False)


def high_watermark(connection: Connection, partitions: Iterable[Partition]) -> Offsets:
    """Return the offset after the last record that is replicated."""
    return _ask(connection, partitions, OffsetSpec.latest(), committed=False)


def last_stable(connection: Connection, partitions: Iterable[Partition]) -> Offsets:
    """Return the last stable offset: where the first open transaction begins, else the high watermark."""
    return _ask(connection, partitions, OffsetSpec.latest(), committed=True)


def at_time(connection: Connection, partitions: Iterable[Partition], time_ms: int) -> Offsets:
    """Return the first offset whose record has that timestamp or a later one, with its timestamp."""
    # Kafka reads negative times as special offsets (-1 latest, -2 earliest, …): no record is older than 1970.
    return _ask(connection, partitions, OffsetSpec.for_timestamp(max(time_ms, 0)), committed=False)


def _ask(
    connection: Connection, partitions: Iterable[Partition], spec: OffsetSpec, *, committed: bool
) -> Offsets:
    wanted = {TopicPartition(topic, number): spec for topic, number in partitions}
    if not wanted:
        return Offsets({}, {})
    level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
    try:
        futures = connection.admin.list_offsets(
            wanted, isolation_level=level, request_timeout=connection.patience_seconds
        )
    except KafkaException as error:
        raise connection.explained(error, "ask for offsets") from None
    connection.wait(futures)
    found: dict[Partition, Found] = {}
    failed: dict[Partition, str] = {}
    for place, future in futures.items():
        partition = (place.topic, place.partition)
        try:
            answer = future.result()
        except KafkaException as error:
            failed[partition] = reason_of(error_of(error))
            continue
        found[partition] = Found(answer.offset, None if answer.timestamp < 0 else answer.timestamp)
    return Offsets(found, failed)
