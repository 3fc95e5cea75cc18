"""Where partitions begin and end, and where a time lies in them: batched over any number of partitions."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from confluent_kafka import OFFSET_INVALID, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import ListOffsetsResultInfo, OffsetSpec

from agentctl.errors import UnreachableError
from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of
from agentctl.kafka.leads import Lead, leads

_LATEST_MS = 2**63 - 1

Partition = tuple[str, int]
"""Topic and number."""
Asked = Future[ListOffsetsResultInfo]


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
    """Return the first offset whose record has that timestamp or a later one, with its timestamp.

    Raises UnreachableError for brokers that know only where the segment of a time begins.
    """
    answers = _ask(connection, partitions, of_time(time_ms), committed=False)
    if any(one.offset >= 0 and one.timestamp_ms is None for one in answers.found.values()):
        raise UnreachableError(
            f"{connection.brokers} cannot say where a time lies: it is older than Kafka 0.10.1",
            hint="agentctl needs a newer broker; agentctl context show says where the address comes from",
        )
    return answers


def _ask(
    connection: Connection, partitions: Iterable[Partition], spec: OffsetSpec, *, committed: bool
) -> Offsets:
    """Ask once for all; ask those again whose leader is just moving or does not answer.

    Where nobody answers at all patience is the limit. Raises UnreachableError or AccessError when
    that can be known earlier.
    """
    began = time.monotonic()
    level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
    found: dict[Partition, Found] = {}
    failed: dict[Partition, str] = {}
    left = list(partitions)
    seconds = _FIRST_SECONDS
    while left:
        asked = begin(connection, dict.fromkeys(left, spec), seconds, level)
        connection.wait(asked)
        answers, failures = taken(asked)
        found |= answers
        failed |= {one: why(error) for one, error in failures.items()}
        left = [one for one, error in failures.items() if error is None or error.code() in _PASSING]
        if not left:
            break
        waited = time.monotonic() - began
        if not found and connection.hopeless(waited):
            raise connection.unreachable(waited)
        who = leads(connection.admin, left)
        failed |= {one: lead.sentence(connection.complaints) for one, lead in who.items()}
        limit = _MOVING_SECONDS if found else connection.patience_seconds
        waited = time.monotonic() - began + _LEAST_SECONDS
        left = [one for one in left if waited <= (_SURE_SECONDS if _hopeless(who.get(one)) else limit)]
        seconds = max(min(_NEXT_SECONDS, limit - waited), _LEAST_SECONDS)
        connection.admin.poll(_PAUSE_SECONDS)
    return Offsets(found, {one: reason for one, reason in failed.items() if one not in found})


def _hopeless(lead: Lead | None) -> bool:
    return lead is not None and lead.hopeless


def of_time(time_ms: int) -> OffsetSpec:
    """Name the first record with that timestamp or a later one.

    Kafka reads negative times as special offsets (-1 latest, -2 earliest, …): no record is older than 1970.
    """
    spec: OffsetSpec = OffsetSpec.for_timestamp(min(max(time_ms, 0), _LATEST_MS))
    return spec


def begin(
    connection: Connection,
    specs: Mapping[Partition, OffsetSpec],
    seconds: float,
    level: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
) -> Mapping[Partition, Asked]:
    """Send the questions, a request a broker. Raises UnreachableError or AccessError where that fails."""
    wanted = {TopicPartition(*place): spec for place, spec in specs.items()}
    try:
        futures = connection.admin.list_offsets(wanted, isolation_level=level, request_timeout=seconds)
    except KafkaException as error:
        raise connection.explained(error, "ask for offsets") from None
    return {(place.topic, place.partition): future for place, future in futures.items()}


def taken(
    asked: Mapping[Partition, Asked],
) -> tuple[dict[Partition, Found], dict[Partition, KafkaError | None]]:
    """Return what was answered, and why the rest was not; None where a leader was silent."""
    found: dict[Partition, Found] = {}
    failed: dict[Partition, KafkaError | None] = {}
    for place, future in asked.items():
        try:
            answer = future.result()
        except KafkaException as error:
            failed[place] = error_of(error)
            continue
        if answer.offset == OFFSET_INVALID:
            # librdkafka calls it a success that a leader did not answer in time.
            failed[place] = None
            continue
        found[place] = Found(answer.offset, None if answer.timestamp < 0 else answer.timestamp)
    return found, failed


def why(error: KafkaError | None) -> str:
    """Say why a question was not answered, as ``taken`` tells it."""
    return "its leader does not answer" if error is None else reason_of(error)


_FIRST_SECONDS = 2.0
_NEXT_SECONDS = 3.0
"""How long the first question waits, and each further one: so that one falls behind the move of a leader."""
_LEAST_SECONDS = 1.0
"""Less is too little for an answer: it is not asked again."""
_SURE_SECONDS = 3.0
"""How long to wait for a partition of which no replica lives: a restart is not waited for."""
_MOVING_SECONDS = 12.0
"""How long to wait while others have answered: longer than a dead broker is taken for a leader."""
_PAUSE_SECONDS = 0.1
_PASSING = frozenset(
    {
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._NOENT,  # it knows no leader
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.KAFKA_STORAGE_ERROR,
    }
)
"""What a partition says while its leader moves."""
