"""Who archives which partitions: a consumer group shares them, and its commits make visible how far that is.

Where a writer begins is never taken from there.
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from confluent_kafka import Consumer, KafkaException, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import Property
from agentctl.kafka.offsets import Partition

GROUP = "agentctl-archive"
_WEAK: Mapping[str, Property] = {
    "client.id": "agentctl-archive",
    # A writer that was killed holds its partitions for so long.
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 1_000,
    "topic.metadata.refresh.interval.ms": 10_000,
}
_FIRM: Mapping[str, Property] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "partition.assignment.strategy": "cooperative-sticky",
    "auto.offset.reset": "latest",
}


class Share(Protocol):
    """Which partitions are this writer's."""

    @property
    def owned(self) -> Collection[Partition]:
        """Return what is this writer's now."""

    def poll(self) -> None:
        """Hear of changes."""

    def commit(self, place: Partition, offset: int) -> None:
        """Make visible how far the archive is; that it fails is no harm."""

    def reached(self, places: Collection[Partition]) -> Mapping[Partition, int]:
        """Return what the group has committed of partitions, as far as that can be asked."""

    def close(self) -> None:
        """Leave."""


class Alone:
    """Everything is this writer's. No group is joined, but there are commits in its name."""

    def __init__(self, connection: Connection, group: str, places: Collection[Partition]) -> None:
        self.owned: frozenset[Partition] = frozenset(places)
        self._consumer = connection.consumer(_WEAK, {**_FIRM, "group.id": group})

    def poll(self) -> None:
        """Nothing changes."""
        self._consumer.poll(0)

    def commit(self, place: Partition, offset: int) -> None:
        """Commit; a group at work refuses that, and commits itself."""
        _commit(self._consumer, place, offset)

    def reached(self, places: Collection[Partition]) -> Mapping[Partition, int]:
        """Return nothing: there are no other writers to wait for."""
        return {}

    def close(self) -> None:
        """Let the last commits go out."""
        self._consumer.close()


class Member:
    """A share of a consumer group. This client only holds it, and reads nothing."""

    def __init__(self, connection: Connection, group: str, topics: Collection[str]) -> None:
        self.owned: set[Partition] = set()
        self._connection = connection
        self._consumer = connection.consumer(_WEAK, {**_FIRM, "group.id": group})
        self._consumer.subscribe(
            list(topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )

    def poll(self) -> None:
        """Hear of changes."""
        self._consumer.poll(0)

    def commit(self, place: Partition, offset: int) -> None:
        """Commit; in the middle of a change of shares that is refused, and the next one says the same."""
        _commit(self._consumer, place, offset)

    def reached(self, places: Collection[Partition]) -> Mapping[Partition, int]:
        """Return what the group has committed of partitions."""
        wanted = [TopicPartition(*place) for place in places]
        try:
            found = self._consumer.committed(wanted, timeout=self._connection.patience_seconds)
        except KafkaException:
            return {}
        return {(one.topic, one.partition): one.offset for one in found if one.offset >= 0}

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        self._consumer.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        consumer.pause(partitions)
        self.owned |= {(one.topic, one.partition) for one in partitions}

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self.owned -= {(one.topic, one.partition) for one in partitions}
        consumer.incremental_unassign(partitions)


def _commit(consumer: Consumer, place: Partition, offset: int) -> None:
    try:
        consumer.commit(offsets=[TopicPartition(*place, offset)], asynchronous=True)
    except KafkaException:
        return
