"""The range engine: reads what a query needs out of Kafka, without joining a group or committing anything."""

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from agentctl.kafka import offsets, topics
from agentctl.kafka.connection import Connection, Property
from agentctl.kafka.errors import reason_of
from agentctl.kafka.offsets import Partition
from agentctl.model.coverage import Coverage
from agentctl.model.query import Query
from agentctl.model.record import Record
from agentctl.ports import Progress, RawFilter
from agentctl.sources.ranges import Range, Ranges, ask, decide
from agentctl.sources.reading import Reading, covered

_BATCH = 1_000
_POLL_SECONDS = 0.1
"""How long one wait takes: Ctrl-C is heard after it."""
_SILENT_SECONDS = 30.0
"""How long nothing may arrive before the rest is given up, and named as not read."""
_DOWN_SECONDS = 12.0
"""The same while no broker can be reached: longer than a leader takes to move."""

# Small queues: what waits in them is still in the processor's cache when it is looked at. A full queue is
# looked at again after 1 ms, not after librdkafka's second. A fetch at the end of a log returns at once.
_WEAK: dict[str, Property] = {
    "group.id": "agentctl",
    "queued.min.messages": 20_000,
    "queued.max.messages.kbytes": 16_384,
    "fetch.queue.backoff.ms": 1,
    "fetch.wait.max.ms": 20,
    "fetch.error.backoff.ms": 100,
}
_FIRM: dict[str, Property] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
}


class KafkaSource:
    """Topics of a cluster, hot and warm."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def topics(self) -> Sequence[str]:
        """Return the names of all topics that are not internal, sorted."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return topics.names(self._connection)

    def plan(self, query: Query) -> tuple[Ranges, dict[str, str]]:
        """Return what a scan would read, and the topics that may not be described with the reason.

        Raises NotFoundError for a topic that does not exist, UnreachableError when nothing answers.
        """
        described = topics.describe(self._connection, query.topics or self._names)
        partitions = [(topic.name, number) for topic in described.topics for number in topic.partitions]
        ranges = decide(ask(self._connection, partitions, query), partitions, query)
        if partitions and not ranges.ranges and self._connection.complaints:
            raise self._connection.unreachable(self._connection.patience_seconds)
        return ranges, described.refused

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "KafkaScan":
        """Begin a pass. Raises NotFoundError for a topic that does not exist, naming near ones."""
        ranges, refused = self.plan(query)
        return KafkaScan(self._connection, query, ranges, refused, wanted, progress)


class KafkaScan:
    """One pass over ranges of offsets."""

    def __init__(
        self,
        connection: Connection,
        query: Query,
        ranges: Ranges,
        refused: dict[str, str],
        wanted: RawFilter,
        progress: Progress,
    ) -> None:
        self._connection = connection
        self._query = query
        self._ranges = ranges
        self._wanted = wanted
        self._progress = progress
        self._readings: dict[Partition, Reading] = {one.place: Reading(one) for one in ranges.ranges}
        self._open = {one.place for one in ranges.to_read}
        topics_read = {topic for topic, _ in self._open}
        self._one_topic = topics_read.pop() if len(topics_read) == 1 else None
        self._trouble = [f"{topic} was not read: {reason}" for topic, reason in refused.items()]
        self._trouble += [f"{t}[{p}] was not read: {reason}" for (t, p), reason in ranges.unknown.items()]
        self._bytes = 0

    @property
    def coverage(self) -> Coverage:
        """What has been read until now."""
        return covered(self._readings.values(), self._trouble, self._query, self._bytes)

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once."""
        if not self._open:
            return
        self._progress.expect(self._ranges.expected)
        consumer = self._connection.consumer(_WEAK, {**_FIRM, "isolation.level": self._query.isolation.value})
        try:
            consumer.assign([TopicPartition(r.topic, r.partition, r.start) for r in self._ranges.to_read])
            yield from self._read(consumer)
        finally:
            consumer.close()

    def _read(self, consumer: Consumer) -> Iterator[Sequence[Record]]:
        heard = time.monotonic()
        while self._open:
            first = consumer.poll(_POLL_SECONDS)
            if first is None:
                if self._given_up(time.monotonic() - heard):
                    return
                continue
            # After a wait for the first, only what is there: a wait for a full batch would last.
            batch = [first, *consumer.consume(_BATCH - 1, 0)]
            before = self._bytes
            records: list[Record] = []
            count = self._take(batch, records, consumer)
            if count:
                heard = time.monotonic()
                self._connection.complaints.clear()
                self._progress.advance(count, self._bytes - before)
            if records:
                yield records

    def _take(self, batch: list[Message], records: list[Record], consumer: Consumer) -> int:
        """Take a batch apart into runs of one partition, and return how many records were in it."""
        errors = list(map(Message.error, batch))
        # ``is``, never ``==``: librdkafka's errors cannot be compared with None.
        if not [error for error in errors if error is not None]:
            return self._take_runs(batch, records, consumer)
        count = 0
        run: list[Message] = []
        for message, error in zip(batch, errors, strict=True):
            if error is None:
                run.append(message)
                continue
            count += self._take_runs(run, records, consumer)
            run = []
            self._trouble_with(message, error, consumer)
        return count + self._take_runs(run, records, consumer)

    def _take_runs(self, messages: list[Message], records: list[Record], consumer: Consumer) -> int:
        for place, run in self._runs(messages):
            if place in self._open:
                reading = self._readings[place]
                self._bytes += reading.take(run, self._query.window, self._wanted, records)
                if reading.finished:
                    self._finish(reading.range, consumer)
        return len(messages)

    def _runs(self, messages: list[Message]) -> Iterator[tuple[Partition, list[Message]]]:
        """Cut a batch where another partition begins."""
        places: Iterator[object] = map(Message.partition, messages)
        if self._one_topic is None:
            places = zip(map(Message.topic, messages), places, strict=True)
        at = 0
        for found, same in groupby(places):
            size = len(list(same))
            place = found if self._one_topic is None else (self._one_topic, found)
            yield place, messages[at : at + size]  # type: ignore[misc]
            at += size

    def _finish(self, done: Range, consumer: Consumer) -> None:
        self._open.discard(done.place)
        if self._open:
            consumer.pause([TopicPartition(*done.place)])

    def _trouble_with(self, message: Message, error: KafkaError, consumer: Consumer) -> None:
        """Note the end of a partition, or why it cannot be read on."""
        place = (message.topic() or "", message.partition() or 0)
        if place not in self._open:
            return
        reading = self._readings[place]
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            reading.reached(message.offset() or 0)
        elif code == KafkaError._AUTO_OFFSET_RESET:
            self._moved(reading, consumer)
        elif code in _PASSING:
            return
        else:
            reading.give_up(reason_of(error))
        if reading.finished:
            self._finish(reading.range, consumer)

    def _moved(self, reading: Reading, consumer: Consumer) -> None:
        """Go on where the log begins now: what lay before was removed while we were reading."""
        found = offsets.log_start(self._connection, [reading.range.place])
        if reading.range.place in found.failed:
            reading.give_up(found.failed[reading.range.place])
            return
        start = found.found[reading.range.place].offset
        if start <= reading.position:
            reading.give_up("the broker has no such offset any more")
            return
        reading.lost_until(start)
        if not reading.finished:
            try:
                consumer.seek(TopicPartition(*reading.range.place, reading.position))
            except KafkaException as error:
                reading.give_up(str(self._connection.explained(error, "go on reading")))

    def _given_up(self, silent_seconds: float) -> bool:
        """Whether nothing has come for so long that the rest is not read; then each rest has its reason."""
        limit = _DOWN_SECONDS if self._all_down() else _SILENT_SECONDS
        if silent_seconds < limit:
            return False
        why = self._connection.unreachable(silent_seconds).message
        for place in sorted(self._open):
            self._readings[place].give_up(why)
        self._open.clear()
        return True

    def _all_down(self) -> bool:
        return any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self._connection.complaints)


_PASSING = frozenset(
    {
        KafkaError._TRANSPORT,
        KafkaError._RESOLVE,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TIMED_OUT,
        KafkaError._MSG_TIMED_OUT,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
    }
)
"""What mends itself, or is about the consumer group, which is not used. If it does not, silence ends it."""
