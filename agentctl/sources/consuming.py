"""Reads ranges of offsets to their ends: with ``assign``, so no group is joined, and never by silence."""

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from agentctl.errors import AccessError, AgentctlError
from agentctl.kafka import offsets, topics
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import UNSEEN, Property
from agentctl.kafka.errors import reason_of
from agentctl.kafka.leads import Lead, leads
from agentctl.kafka.offsets import Partition
from agentctl.kafka.topics import Topic
from agentctl.model.query import Isolation
from agentctl.sources.ranges import Range
from agentctl.sources.reading import Reading

_BATCH = 1_000
_POLL_SECONDS = 0.1
"""How long one wait takes: Ctrl-C is heard after it."""
_SILENT_SECONDS = 30.0
"""How long nothing may arrive before the rest is given up, and named as not read."""
_LOOK_SECONDS = 2.0
"""How long nothing may arrive before it is asked whether the topics are still there."""
_DOWN_SECONDS = 12.0
"""The same while no broker can be reached, or of a partition without leader: one moves in less."""

# Small queues: what waits in them is still in the processor's cache when it is looked at. A full queue is
# looked at again after 1 ms, not after librdkafka's second. A fetch at the end of a log returns at once.
# A broker that hangs is left well before the silence ends the scan: librdkafka would wait a minute, and go
# on asking the one that it asked last. What is fetched at once must arrive in that time over a slow line.
_WEAK: dict[str, Property] = {
    "group.id": "agentctl",
    "queued.min.messages": 20_000,
    "queued.max.messages.kbytes": 16_384,
    "fetch.queue.backoff.ms": 1,
    "fetch.wait.max.ms": 20,
    "fetch.error.backoff.ms": 100,
    "fetch.max.bytes": 16 * 1024 * 1024,
    "socket.timeout.ms": 16_000,
}
_LEAST_FETCH, _MOST_FETCH = 64 * 1024, 1024 * 1024
_PACKED_RECORD = 100
"""About what a record takes in a compressed batch, in bytes."""

Run = tuple[Reading, list[Message]]
"""Messages of one partition in their order, none of them behind its range."""


class RangeReader:
    """One pass over ranges of offsets; iterating gives batches of runs."""

    def __init__(
        self,
        connection: Connection,
        ranges: Iterable[Range],
        isolation: Isolation,
        topics_known: Iterable[Topic] = (),
    ) -> None:
        self._connection = connection
        self._isolation = isolation
        self._topics = tuple(topics_known)
        self.readings: Mapping[Partition, Reading] = {one.place: Reading(one) for one in ranges}
        self._open = {
            place
            for place, reading in self.readings.items()
            if reading.range.pruned is None and not reading.finished
        }
        topics_read = {topic for topic, _ in self._open}
        self._denied: set[str] = set()
        self._leads: Mapping[Partition, Lead] = {}
        self._one_topic = topics_read.pop() if len(topics_read) == 1 else None

    def __iter__(self) -> Iterator[list[Run]]:
        """Read; may be called once. What cannot be read stands in its reading as a failure.

        Raises AccessError when there is no permission to read any of the topics.
        """
        if not self._open:
            return
        consumer = self._connection.consumer(
            {**_WEAK, "max.partition.fetch.bytes": self._fetch_bytes()},
            {**UNSEEN, "isolation.level": self._isolation.value},
        )
        try:
            consumer.assign([TopicPartition(*place, self.readings[place].position) for place in self._open])
            yield from self._read(consumer)
        finally:
            consumer.close()
        if self._denied == {topic for topic, _ in self.readings}:
            raise AccessError(
                f"no permission to read {', '.join(sorted(self._denied))}",
                hint="the user needs the ACL operation READ on the topics",
            )

    def _fetch_bytes(self) -> int:
        """Return how much to fetch of a partition at once: what lies behind a short range is not unpacked.

        It is no limit for a record: of a larger batch, the first in an answer comes whole.
        """
        longest = max(self.readings[place].range.end - self.readings[place].position for place in self._open)
        return min(max(longest * _PACKED_RECORD, _LEAST_FETCH), _MOST_FETCH)

    def _read(self, consumer: Consumer) -> Iterator[list[Run]]:
        heard = looked = time.monotonic()
        while self._open:
            first = consumer.poll(_POLL_SECONDS)
            if first is None:
                now = time.monotonic()
                if now - max(heard, looked) > _LOOK_SECONDS:
                    looked = now
                    self._give_up_vanished()
                    self._look_for_leaders(consumer, now - heard)
                if self._given_up(now - heard):
                    return
                continue
            # After a wait for the first, only what is there: a wait for a full batch would last.
            runs = self._taken([first, *consumer.consume(_BATCH - 1, 0)], consumer)
            if runs:
                heard = time.monotonic()
                self._connection.complaints.clear()
                yield runs

    def _taken(self, batch: list[Message], consumer: Consumer) -> list[Run]:
        """Take a batch apart into runs of one partition, and note the ends and errors between them."""
        errors = list(map(Message.error, batch))
        # ``is``, never ``==``: librdkafka's errors cannot be compared with None.
        if not [error for error in errors if error is not None]:
            return list(self._runs(batch, consumer))
        runs: list[Run] = []
        sound: list[Message] = []
        for message, error in zip(batch, errors, strict=True):
            if error is None:
                sound.append(message)
                continue
            runs += self._runs(sound, consumer)
            sound = []
            self._trouble_with(message, error, consumer)
        return [*runs, *self._runs(sound, consumer)]

    def _runs(self, messages: list[Message], consumer: Consumer) -> Iterator[Run]:
        """Cut a batch where another partition begins."""
        places: Iterator[object] = map(Message.partition, messages)
        if self._one_topic is None:
            places = zip(map(Message.topic, messages), places, strict=True)
        at = 0
        for found, same in groupby(places):
            size = len(list(same))
            place = found if self._one_topic is None else (self._one_topic, found)
            if place in self._open:
                reading = self.readings[place]
                yield reading, reading.accepted(messages[at : at + size])
                if reading.finished:
                    self._finish(reading.range, consumer)
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
        reading = self.readings[place]
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            reading.reached(message.offset() or 0)
        elif code == KafkaError._AUTO_OFFSET_RESET:
            self._moved(reading, consumer)
        elif code in MENDS_ITSELF:
            return
        else:
            if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                self._denied.add(place[0])
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
            # A partition whose offset was out of range is stopped: it cannot be sought in, only begun anew.
            consumer.incremental_unassign([TopicPartition(*reading.range.place)])
            consumer.incremental_assign([TopicPartition(*reading.range.place, reading.position)])

    def _give_up_vanished(self) -> None:
        """Nothing comes of a topic that is gone."""
        open_topics = {topic for topic, _ in self._open}
        try:
            gone = topics.vanished(self._connection, [one for one in self._topics if one.name in open_topics])
        except AgentctlError:
            return  # nobody answers now: the silence itself will be the reason
        for place in [place for place in self._open if place[0] in gone]:
            self.readings[place].give_up(gone[place[0]])
            self._open.discard(place)

    def _look_for_leaders(self, consumer: Consumer, silent_seconds: float) -> None:
        """Ask who leads what is open: that turns the consumer, too, from a leader that is none any more.

        What has no leader for so long that one would have been found is given up.
        """
        if self._all_down():
            return
        self._leads = leads(consumer, self._open)
        for place, lead in self._leads.items():
            if lead.leader is None and silent_seconds > _DOWN_SECONDS:
                self.readings[place].give_up(lead.sentence())
                self._open.discard(place)

    def _given_up(self, silent_seconds: float) -> bool:
        """Whether nothing has come for so long that the rest is not read; then each rest has its reason."""
        limit = _DOWN_SECONDS if self._all_down() else _SILENT_SECONDS
        if silent_seconds < limit:
            return False
        complaints = self._connection.complaints
        why = self._connection.unreachable(silent_seconds).message
        for place in sorted(self._open):
            lead = None if self._all_down() else self._leads.get(place)
            self.readings[place].give_up(why if lead is None else lead.sentence(complaints))
        self._open.clear()
        return True

    def _all_down(self) -> bool:
        return any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self._connection.complaints)


MENDS_ITSELF = frozenset(
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
