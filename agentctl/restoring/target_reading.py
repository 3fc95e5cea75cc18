"""What stands in a topic that was restored to: which records are a restore's own, and what stands between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from agentctl.errors import AgentctlError
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import UNSEEN
from agentctl.kafka.offsets import high_watermark, last_stable, log_start
from agentctl.kafka.topics import Topic
from agentctl.model.record import Place
from agentctl.restoring.provenance import restore_id_of

_AT_ONCE = 10_000
_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Holding:
    """What one partition holds."""

    partition: int
    log_start: int
    end: int
    """The last stable offset."""
    pending: bool
    """Whether a transaction is open there."""
    own: int = 0
    """Records of the restore."""
    last_own: int = -1
    before: int = 0
    """Records of others below the last own one: they would go with it."""
    behind: int = 0
    """Records of others behind it."""

    @property
    def removable(self) -> bool:
        """Whether the own records can be removed and nothing else with them."""
        return self.before == 0

    @property
    def until(self) -> int:
        """Return where deleting would have to end: behind the last own record, or all of the log."""
        return self.end if not (self.behind or self.pending) else self.last_own + 1


def first_record(connection: Connection, topic: Topic) -> tuple[Place, str | None] | None:
    """Return where any committed record stands, and which restore wrote it; None when there is none."""
    for message in _messages(connection, topic.name, _bounds(connection, topic)):
        place = Place(topic.name, message.partition() or 0, message.offset() or 0)
        return place, _restore_id_of(message)
    return None


def holdings(connection: Connection, topic: Topic, restore_id: str) -> list[Holding]:
    """Read a topic as far as it is committed. Raises AgentctlError when not all of it can be read."""
    found = _bounds(connection, topic)
    for message in _messages(connection, topic.name, found):
        _count(found[message.partition() or 0], message, restore_id)
    return found


def _bounds(connection: Connection, topic: Topic) -> list[Holding]:
    """Return where the partitions, which are numbered from 0 on, begin and end."""
    places = [(topic.name, partition) for partition in topic.partitions]
    first, stable = log_start(connection, places), last_stable(connection, places)
    last = high_watermark(connection, places)
    for failed in (first.failed, stable.failed, last.failed):
        for (_, partition), reason in failed.items():
            raise AgentctlError(f"cannot ask what {topic.name}[{partition}] holds: {reason}")
    return [
        Holding(
            place[1],
            first.found[place].offset,
            stable.found[place].offset,
            pending=stable.found[place].offset < last.found[place].offset,
        )
        for place in places
    ]


def _restore_id_of(message: Message) -> str | None:
    headers = message.headers()
    return restore_id_of(cast("list[tuple[str, bytes | None]]", headers or []))


def _count(one: Holding, message: Message, restore_id: str) -> None:
    offset = message.offset()
    assert offset is not None
    if _restore_id_of(message) == restore_id:
        one.own += 1
        one.before += one.behind
        one.behind = 0
        one.last_own = offset
    else:
        one.behind += 1


def _messages(connection: Connection, topic: str, wanted: Sequence[Holding]) -> Iterator[Message]:
    """Give all committed records up to the ends that were found."""
    left = {one.partition: one.end for one in wanted if one.log_start < one.end}
    consumer = connection.consumer(
        {},
        {**UNSEEN, "group.id": "agentctl-reads-without-a-group", "isolation.level": "read_committed"},
    )
    try:
        consumer.assign(
            [TopicPartition(topic, one.partition, one.log_start) for one in wanted if one.partition in left]
        )
        yield from _up_to(connection, consumer, left)
    except KafkaException as error:
        raise connection.explained(error, f"read {topic}") from None
    finally:
        consumer.close()


def _up_to(connection: Connection, consumer: Consumer, left: dict[int, int]) -> Iterator[Message]:
    silent_seconds = 0.0
    while left:
        came = consumer.consume(_AT_ONCE, _LOOK_SECONDS)
        silent_seconds = 0.0 if came else silent_seconds + _LOOK_SECONDS
        if silent_seconds > connection.patience_seconds:
            raise connection.unreachable(silent_seconds)
        for message in came:
            error, partition, offset = message.error(), message.partition(), message.offset()
            assert partition is not None
            if error is not None and error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            end = left.get(partition)
            if end is None or offset is None:
                continue
            if error is None and offset < end:
                yield message
            if offset >= end - (error is None):
                del left[partition]
