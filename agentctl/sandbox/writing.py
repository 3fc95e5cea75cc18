"""The night's records and its commits, written to a broker exactly where they were laid."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from agentctl.errors import AgentctlError
from agentctl.sandbox import commits as records
from agentctl.sandbox.broker import quiet
from agentctl.sandbox.groups import Commit, Position
from agentctl.sandbox.night import Laid
from agentctl.sandbox.topics import SECONDS

_COORDINATOR_SECONDS = 30.0
_POLL_SECONDS = 0.05
_NOT_YET = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)

_Answer = TypeVar("_Answer")


class _Deliveries:
    """Compares where records went with where they belong; within a partition reports come in order."""

    def __init__(self, first: Mapping[Position, int] | None = None) -> None:
        self._next: Counter[Position] = Counter(first or {})
        self.failure: str | None = None
        self.count = 0

    def __call__(self, error: KafkaError | None, message: Message) -> None:
        """Take one delivery report."""
        topic, partition = str(message.topic()), int(message.partition() or 0)
        if error is not None:
            self.failure = self.failure or f"{topic}[{partition}]: {error.str()}"
            return
        due, offset = self._next[topic, partition], message.offset()
        if offset != due:
            self.failure = self.failure or f"{topic}[{partition}] took a record at {offset}, not at {due}"
        self._next[topic, partition] = due + 1
        self.count += 1


def write(bootstrap: str, events: Sequence[Laid]) -> None:
    """Write the events. Raises AgentctlError when one does not stand where it was laid."""
    producer = Producer(
        {**quiet(bootstrap), "enable.idempotence": True, "linger.ms": 5, "compression.type": "lz4"}
    )
    deliveries = _Deliveries()
    for laid in events:
        _produce(
            producer,
            laid.place.topic,
            laid.value,
            laid.key,
            partition=laid.place.partition,
            timestamp=laid.time_ms,
            headers=list(laid.headers),
            on_delivery=deliveries,
        )
    _finish(producer, deliveries, len(events))


def write_history(bootstrap: str, admin: AdminClient, found: Sequence[Commit]) -> None:
    """Give Apache Kafka the commits of the day, dated as the story tells them.

    The coordinator notices records that it did not write, and loads them anew.
    """
    any_group = found[0].group
    _patiently(lambda: _listed(admin, any_group))
    partitions = len(admin.list_topics(records.TOPIC, timeout=SECONDS).topics[records.TOPIC].partitions)
    producer = Producer({**quiet(bootstrap), "client.id": records.ALLOWED_CLIENT_ID, "linger.ms": 5})
    failures: list[str] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error.str())

    for commit in found:
        _produce(
            producer,
            records.TOPIC,
            records.value(commit),
            records.key(commit),
            partition=records.coordinator_partition(commit.group, partitions),
            timestamp=commit.time_ms,
            on_delivery=delivered,
        )
    left = producer.flush(SECONDS)
    if failures or left:
        raise AgentctlError(
            f"The sandbox could not write the history of commits: {failures[0] if failures else 'no answer'}."
        )


def commit(admin: AdminClient, standing: Mapping[str, Mapping[Position, int]]) -> None:
    """Commit the positions, as the groups themselves would, and see that they are kept."""
    for group, own in standing.items():
        wanted = [TopicPartition(*position, offset) for position, offset in own.items()]

        def commit_all(group: str = group, wanted: list[TopicPartition] = wanted) -> None:
            request = ConsumerGroupTopicPartitions(group, wanted)
            for future in admin.alter_consumer_group_offsets([request]).values():
                future.result(SECONDS)

        _patiently(commit_all)
    for group, own in standing.items():
        kept = _patiently(lambda group=group: _listed(admin, group))  # type: ignore[misc]
        if kept != own:
            raise AgentctlError(
                f"The sandbox's broker did not keep the positions of {group}.",
                hint="agentctl sandbox down, and up again",
            )


def _listed(admin: AdminClient, group: str) -> dict[Position, int]:
    found: dict[Position, int] = {}
    for future in admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values():
        for one in future.result(SECONDS).topic_partitions or []:
            found[one.topic, one.partition] = one.offset
    return found


def _patiently(ask: Callable[[], _Answer]) -> _Answer:
    """Ask until the group's coordinator is there; it is being made or loaded at first."""
    deadline = time.monotonic() + _COORDINATOR_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in _NOT_YET or time.monotonic() > deadline:
                raise AgentctlError(
                    f"The sandbox could not commit positions: {error.args[0].str()}.",
                    hint="agentctl sandbox down, and up again",
                ) from error
        time.sleep(_POLL_SECONDS)


def _produce(producer: Producer, topic: str, value: bytes, key: bytes, **more: Any) -> None:
    while True:
        try:
            producer.produce(topic, value, key, **more)
        except BufferError:
            producer.poll(1)
        else:
            producer.poll(0)
            return


def _finish(producer: Producer, deliveries: _Deliveries, expected: int) -> None:
    left = producer.flush(SECONDS)
    if deliveries.failure is not None or left or deliveries.count != expected:
        reason = deliveries.failure or f"{deliveries.count:,} of {expected:,} were taken"
        raise AgentctlError(
            f"The night's events could not be written: {reason}.", hint="agentctl sandbox down, and up again"
        )
