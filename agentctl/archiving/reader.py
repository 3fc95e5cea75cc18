"""Reads partitions from given offsets on, as a read_committed reader does, and joins no group."""

import time
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from agentctl.archive.writing import Got
from agentctl.errors import AccessError, AgentctlError
from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import UNSEEN, Property
from agentctl.kafka.errors import reason_of
from agentctl.kafka.offsets import Partition
from agentctl.sources.consuming import MENDS_ITSELF

_BATCH = 2_000
_TAKEN = 500
"""So many are given at once: an object becomes larger than it should by no more than that."""
_WEAK: Mapping[str, Property] = {
    "group.id": "agentctl",
    "queued.min.messages": 50_000,
    "queued.max.messages.kbytes": 32_768,
    "fetch.queue.backoff.ms": 1,
    "fetch.wait.max.ms": 100,
    "fetch.error.backoff.ms": 100,
    "fetch.max.bytes": 16 * 1024 * 1024,
    "socket.timeout.ms": 16_000,
}
_FIRM: Mapping[str, Property] = {
    **UNSEEN,
    "isolation.level": "read_committed",
}
_GONE = frozenset(
    {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
)
"""Whether the topic is gone for good is asked elsewhere: metadata may only be old."""


@dataclass(slots=True)
class Stream:
    """What has arrived of a partition and was not taken yet."""

    begin: int
    """Everything readable from here on has arrived or will."""
    end: int
    """Up to here it has arrived."""
    messages: list[Message] = field(default_factory=list)
    lost_until: int | None = None
    """Where the log begins, when it begins behind ``end``."""
    failure: str | None = None
    parked: bool = False


class Reader:
    """Any number of partitions, read by one client. Not for more than one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._consumer: Consumer | None = None
        self._streams: dict[Partition, Stream] = {}
        self.heard = time.monotonic()
        """When something arrived last."""

    def poll(self, seconds: float) -> bool:
        """Let messages arrive; wait so long for the first one. Return whether anything did.

        Raises AccessError without permission to read.
        """
        consumer = self._consumer
        if consumer is None:
            return False
        first = consumer.poll(seconds)
        if first is None:
            return False
        batch = [first, *consumer.consume(_BATCH - 1, 0)]
        for place, run in groupby(batch, _place):
            stream = self._streams.get(place)
            if stream is not None:
                self._arrived(stream, place, list(run))
        self.heard = time.monotonic()
        return True

    def take(self, place: Partition, position: int, until: int, now_ms: int) -> Got[Message] | None:
        """Return what has arrived of a partition from a position on and below ``until``; None: nothing yet.

        Whatever arrives is read from where the last call ended; asked for another position, the partition is
        begun anew there. Raises AgentctlError when the partition cannot be read.
        """
        stream = self._streams.get(place)
        if stream is None or stream.begin != position:
            self._begin(place, position)
            return None
        if stream.parked:
            stream.parked = False
            self._reading().resume([TopicPartition(*place)])
        if stream.failure is not None:
            raise AgentctlError(f"cannot read {place[0]}[{place[1]}]: {stream.failure}")
        lost: tuple[int, int] | None = None
        below = bisect_left(stream.messages, until, key=_offset)
        cut = min(below, _TAKEN)
        given, stream.messages = stream.messages[:cut], stream.messages[cut:]
        if cut < below:
            passed = _offset(given[-1]) + 1
        elif stream.messages:
            passed = until
        elif given or stream.lost_until is None:
            passed = min(stream.end, until)
        else:
            passed = min(stream.lost_until, until)
            lost = (position, passed)
            self._begin(place, stream.lost_until)
            stream = self._streams[place]
        if passed <= position:
            return None
        stream.begin = passed
        return Got(given, passed, now_ms, lost)

    def park(self, place: Partition) -> None:
        """Let nothing more of a partition arrive until it is asked for again."""
        stream = self._streams.get(place)
        if stream is not None and not stream.parked:
            stream.parked = True
            self._reading().pause([TopicPartition(*place)])

    def forget(self, place: Partition) -> None:
        """Read a partition no more."""
        stream = self._streams.pop(place, None)
        if stream is None:
            return
        if stream.parked:  # librdkafka remembers it of a partition, even of one that it is given anew
            self._reading().resume([TopicPartition(*place)])
        self._reading().incremental_unassign([TopicPartition(*place)])

    def close(self) -> None:
        """Leave the brokers."""
        if self._consumer is not None:
            self._consumer.close()

    def _reading(self) -> Consumer:
        if self._consumer is None:
            self._consumer = self._connection.consumer(_WEAK, _FIRM)
        return self._consumer

    def _begin(self, place: Partition, position: int) -> None:
        # Not by seeking: what had been fetched for the old place would have to be told from the new.
        self.forget(place)
        self._streams[place] = Stream(position, position)
        self._reading().incremental_assign([TopicPartition(*place, position)])

    def _arrived(self, stream: Stream, place: Partition, run: list[Message]) -> None:
        errors = list(map(Message.error, run))
        # ``is``, never ``==``: librdkafka's errors cannot be compared with None.
        if all(error is None for error in errors):
            stream.messages += run
            stream.end = max(stream.end, _offset(run[-1]) + 1)
            return
        for message, error in zip(run, errors, strict=True):
            if error is None:
                stream.messages.append(message)
                stream.end = max(stream.end, _offset(message) + 1)
            else:
                self._trouble(stream, place, message, error)

    def _trouble(self, stream: Stream, place: Partition, message: Message, error: KafkaError) -> None:
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            stream.end = max(stream.end, message.offset() or 0)
        elif code == KafkaError._AUTO_OFFSET_RESET:
            self._out_of_range(stream, place)
        elif code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            raise AccessError(
                f"no permission to read {place[0]}", hint="the user needs the ACL operation READ on the topic"
            )
        elif code not in MENDS_ITSELF and code not in _GONE:
            stream.failure = reason_of(error)

    def _out_of_range(self, stream: Stream, place: Partition) -> None:
        """Find out what happened to an offset that is not there: retention took it, or the log is another."""
        found = offsets.log_start(self._connection, [place]).found.get(place)
        if found is None:
            stream.begin = -1  # begun anew when it is asked for again
        elif found.offset > stream.end:
            stream.lost_until = found.offset
        else:
            stream.failure = "the broker has no such offset any more"


def _place(message: Message) -> Partition:
    return message.topic() or "", message.partition() or 0


def _offset(message: Message) -> int:
    return message.offset() or 0
