"""Look-ups by time that differ from partition to partition: one request a broker, each partition once."""

from collections.abc import Iterable, Mapping

from confluent_kafka import OFFSET_INVALID, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of
from agentctl.kafka.offsets import Found, Offsets, Partition

_LATEST_MS = 2**63 - 1
_SILENT = "its leader does not answer"


def first_at(connection: Connection, moments: Mapping[Partition, int]) -> Offsets:
    """Return for each partition the first record with that timestamp or a later one: once asked, no patience.

    Raises UnreachableError or AccessError when nobody answers at all.
    """
    return _asked(
        connection,
        {
            place: OffsetSpec.for_timestamp(min(max(time_ms, 0), _LATEST_MS))
            for place, time_ms in moments.items()
        },
    )


def latest(connection: Connection, partitions: Iterable[Partition]) -> Offsets:
    """Return for each partition a record with the latest timestamp; an offset of -1 is no answer.

    Brokers before Kafka 3.0 cannot tell, and a log that lies wholly in the remote tier has none for them:
    such partitions are among the failed ones, or bear -1.
    """
    return _asked(connection, {place: OffsetSpec.max_timestamp() for place in partitions})


def _asked(connection: Connection, specs: Mapping[Partition, OffsetSpec]) -> Offsets:
    if not specs:
        return Offsets({}, {})
    wanted = {TopicPartition(*place): spec for place, spec in specs.items()}
    try:
        futures = connection.admin.list_offsets(wanted, request_timeout=connection.patience_seconds)
    except KafkaException as error:
        raise connection.explained(error, "ask for offsets") from None
    connection.wait(futures)
    found: dict[Partition, Found] = {}
    failed: dict[Partition, str] = {}
    for place, future in futures.items():
        key = (place.topic, place.partition)
        try:
            answer = future.result()
        except KafkaException as error:
            failed[key] = reason_of(error_of(error))
            continue
        if answer.offset == OFFSET_INVALID:
            # librdkafka calls it a success that a leader did not answer in time.
            failed[key] = _SILENT
        else:
            found[key] = Found(answer.offset, None if answer.timestamp < 0 else answer.timestamp)
    return Offsets(found, failed)
