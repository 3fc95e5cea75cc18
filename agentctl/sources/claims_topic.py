"""A claims topic on Kafka: idempotent writes by key, and partitions read back up to an offset."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from agentctl.claims.log import ReadBack
from agentctl.errors import AccessError, NotFoundError
from agentctl.kafka import topics
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import UNSEEN, Property
from agentctl.kafka.errors import reason_of
from agentctl.kafka.topics import Topic
from agentctl.model.query import Isolation
from agentctl.ports import RawFilter
from agentctl.sources.claims_placing import PROPERTY, Placing, configured, placing, sampled
from agentctl.sources.claims_reading import Sieve
from agentctl.sources.pruning import Keys

_BATCH = 1_000
_POLL_SECONDS = 0.05
_NOT_OURS = frozenset({PROPERTY, "transactional.id"})
"""Properties of the user's other clients: what is written here is seen at once, and goes where we say."""

# One fetch holds what most partitions hold. One at the end of a log returns at once: the next claim's must
# not wait behind it.
_READER: dict[str, Property] = {
    "group.id": "agentctl",
    "fetch.wait.max.ms": 10,
    "fetch.error.backoff.ms": 50,
    "fetch.queue.backoff.ms": 1,
    "fetch.max.bytes": 48 * 1024 * 1024,
    "max.partition.fetch.bytes": 48 * 1024 * 1024,
}
_READER_FIRM: dict[str, Property] = {
    **UNSEEN,
    # A follower may not have what the leader has acknowledged.
    "client.rack": "",
}
_WRITER_FIRM: dict[str, Property] = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 0,
    "retries": 2_147_483_647,
    "max.in.flight.requests.per.connection": 5,
}


class KafkaClaims:
    """One claims topic of a cluster; its clients are made when they are first needed."""

    def __init__(
        self,
        properties: Mapping[str, Property],
        topic: str,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.topic = topic
        self.connection = Connection({k: v for k, v in properties.items() if k not in _NOT_OURS})
        self._chosen = configured(None if PROPERTY not in properties else str(properties[PROPERTY]))
        self._clock = clock
        self._producer: Producer | None = None
        self._readers: dict[Isolation, Consumer] = {}

    @property
    def brokers(self) -> str:
        """The addresses to begin with."""
        return self.connection.brokers

    @cached_property
    def _described(self) -> Topic:
        try:
            [found] = topics.describe(self.connection, [self.topic]).topics
        except NotFoundError as error:
            raise NotFoundError(
                error.message,
                hint=f"{error.hint}; or make it: kafka-topics.sh --bootstrap-server {self.brokers} --create "
                f"--topic {self.topic} --partitions 6 --config message.timestamp.type=LogAppendTime "
                "--config cleanup.policy=delete --config retention.ms=86400000",
            ) from None
        return found

    def settings(self) -> Mapping[str, str]:
        """Return the topic's configuration as it is now."""
        topic = self._described.name
        # Begun now, the writer has its number by the time that it is needed: that takes half a second.
        self._writer()
        found = topic_configs(self.connection, [topic]).get(topic)
        if found is None:
            raise AccessError(
                f"the configuration of {topic} cannot be read, and claims on it may not be right",
                hint=f"kafka-acls.sh --bootstrap-server {self.brokers} --add --allow-principal User:NAME "
                f"--operation DescribeConfigs --topic {topic}",
            )
        return found

    @cached_property
    def _placing(self) -> Placing:
        topic = self._described
        keys = sampled(self.connection, topic) if len(topic.partitions) > 1 else Keys()
        return placing(topic, keys, self._chosen)

    def partition(self, key: bytes) -> int:
        """Return where the topic's writers put a key."""
        return self._placing.partition(key)

    @property
    def notes(self) -> Sequence[str]:
        """What is worth knowing of how keys are placed."""
        return self._placing.notes

    def append(self, partition: int, key: bytes, value: bytes) -> int | None:
        """Append a record, once, on all replicas in sync, and return its offset; None: nobody knows."""
        producer = self._writer()
        told: list[tuple[KafkaError | None, int | None]] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            told.append((error, message.offset()))

        deadline = time.monotonic() + self.connection.patience_seconds + 2
        try:
            producer.produce(self.topic, value, key, partition=partition, on_delivery=delivered)
            while not told and time.monotonic() < deadline:
                producer.poll(_POLL_SECONDS)
        except (KafkaException, BufferError) as error:
            self._producer = None
            raise self.connection.explained(_exception(error), f"write to {self.topic}") from None
        failure, offset = told[0] if told else (KafkaError(KafkaError._TIMED_OUT), None)
        if failure is None:
            return offset if offset is not None and offset >= 0 else None
        # Its sequence numbers are no longer known to agree with the broker's.
        self._producer = None
        if failure.code() in _NOT_TAKEN:
            raise self.connection.explained(KafkaException(failure), f"write to {self.topic}[{partition}]")
        return None

    def read(
        self,
        partition: int,
        start: int | None,
        end: int | None,
        wanted: RawFilter,
        *,
        committed: bool,
        wait_ms: int = 0,
    ) -> ReadBack:
        """Read ``[start, end)``; see ``ClaimsLog``."""
        consumer = self._reader(Isolation.READ_COMMITTED if committed else Isolation.READ_UNCOMMITTED)
        place = TopicPartition(self.topic, partition, OFFSET_BEGINNING if start is None else start)
        if end is None:
            end = self._end(consumer, place)
        sieve = Sieve(wanted, start or 0, end)
        if sieve.next < end:
            consumer.assign([place])
            try:
                self._fill(sieve, consumer, place, time.monotonic() + wait_ms / 1000)
            finally:
                consumer.unassign()
        return ReadBack(sieve.records, sieve.next)

    def _fill(self, sieve: Sieve, consumer: Consumer, place: TopicPartition, until: float) -> None:
        """Read to the end of the sieve, or to where an open transaction begins and ``until`` has passed."""
        heard = time.monotonic()
        stopped = False
        while sieve.next < sieve.end and not (stopped and time.monotonic() >= until):
            first = consumer.poll(_POLL_SECONDS)
            batch = [] if first is None else [first, *consumer.consume(_BATCH - 1, 0)]
            # A reader serves one partition after the other: nothing of the last one counts here.
            batch = [message for message in batch if message.partition() == place.partition]
            if batch:
                heard = time.monotonic()
                sound = [message for message in batch if message.error() is None]
                sieve.take(sound)
                for message in batch:
                    error = message.error()
                    if error is not None:
                        stopped = self._stopped(message, error, sieve, consumer, place)
            waited = time.monotonic() - heard
            if waited > self.connection.patience_seconds and not stopped:
                raise self.connection.unreachable(waited)

    def _stopped(
        self, message: Message, error: KafkaError, sieve: Sieve, consumer: Consumer, place: TopicPartition
    ) -> bool:
        """Whether the log ends before what is wanted, as far as it is decided."""
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            return sieve.reached(message.offset() or 0)
        if code == KafkaError._AUTO_OFFSET_RESET:
            # What lay there is no longer kept: the rest begins where the log does.
            consumer.unassign()
            consumer.assign([TopicPartition(place.topic, place.partition, OFFSET_BEGINNING)])
        elif code in _REFUSED:
            raise AccessError(
                f"cannot read {self.topic}[{place.partition}]: {reason_of(error)}",
                hint="the user needs the ACL operation READ on the topic",
            )
        return False

    def _writer(self) -> Producer:
        if self._producer is None:
            limit_ms = int(self.connection.patience_seconds * 1000)
            self._producer = self.connection.producer({}, {**_WRITER_FIRM, "message.timeout.ms": limit_ms})
            self._introduce(self._producer)
        return self._producer

    def _introduce(self, client: Producer | Consumer) -> None:
        """Let a client learn where the topic is: by itself it would wait half a second before it asks."""
        try:
            client.list_topics(self.topic, timeout=self.connection.patience_seconds)
        except KafkaException as error:
            raise self.connection.explained(error, f"look at {self.topic}") from None

    def _end(self, consumer: Consumer, place: TopicPartition) -> int:
        try:
            bounds = consumer.get_watermark_offsets(place, timeout=self.connection.patience_seconds)
        except KafkaException as error:
            raise self.connection.explained(error, f"ask for the end of {self.topic}") from None
        if bounds is None:
            raise self.connection.unreachable(self.connection.patience_seconds)
        return bounds[1]

    def _reader(self, isolation: Isolation) -> Consumer:
        found = self._readers.get(isolation)
        if found is None:
            firm = {**_READER_FIRM, "isolation.level": isolation.value}
            found = self._readers[isolation] = self.connection.consumer(_READER, firm)
            self._introduce(found)
        return found

    def now_ms(self) -> int:
        """Return this machine's time."""
        return self._clock()

    def ticks_ms(self) -> int:
        """Return a clock that nobody sets; on Linux it counts the time in which the machine slept, too."""
        return time.clock_gettime_ns(_TICKS) // 1_000_000

    def close(self) -> None:
        """Let go of all connections."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        self._producer = None


def _exception(error: Exception) -> KafkaException:
    if isinstance(error, KafkaException):
        return error
    return KafkaException(KafkaError(KafkaError._QUEUE_FULL, str(error)))


_TICKS = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_REFUSED = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.UNKNOWN_TOPIC_OR_PART})
_NOT_TAKEN = frozenset(
    {
        KafkaError._QUEUE_FULL,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._AUTHENTICATION,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
"""What a broker, or our own queue, says of a record that it has not taken and will not take."""
