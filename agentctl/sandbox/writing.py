"""The night's records and its commits, written to a broker exactly where they were laid."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from agentctl.errors import AgentctlError
from agentctl.lag import commits as records
from agentctl.lag.commits import Commit
from agentctl.sandbox.broker import quiet
from agentctl.sandbox.groups import Position
from agentctl.sandbox.night import DAY_MS, Laid
from agentctl.sandbox.topics import SECONDS

_ALLOWED_CLIENT_ID = "__admin_client"
"""Apache Kafka takes records for its internal topics from a producer of this name, and from no other."""
_COORDINATOR_SECONDS = 30.0
_POLL_SECONDS = 0.05
_NOT_YET = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError._WAIT_COORD,
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
    day = None
    for laid in events:
        if laid.time_ms // DAY_MS != day:
            # No batch over midnight: brokers roll segments by the times of whole batches.
            day = laid.time_ms // DAY_MS
            producer.flush(SECONDS)
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

    A commit is dated by the broker, whoever sends it. A history of hours ago can only be written as the
    records that the coordinator itself would have written. It notices those that are not its own, and
    loads them anew.
    """
    somewhere = [TopicPartition(found[0].topic, found[0].partition)]
    with _member(bootstrap, found[0].group) as consumer:
        # The first question for a group's offsets makes their topic.
        _patiently(partial(consumer.committed, somewhere, SECONDS))
    partitions = len(admin.list_topics(records.TOPIC, timeout=SECONDS).topics[records.TOPIC].partitions)
    producer = Producer({**quiet(bootstrap), "client.id": _ALLOWED_CLIENT_ID, "linger.ms": 5})
    failures: list[str] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error.str())

    for commit in found:
        _produce(
            producer,
            records.TOPIC,
            records.value_bytes(commit),
            records.key_bytes(commit.owner),
            partition=records.coordinator_partition(commit.group, partitions),
            timestamp=commit.time_ms,
            on_delivery=delivered,
        )
    left = producer.flush(SECONDS)
    if failures or left:
        raise AgentctlError(
            f"The sandbox could not write the history of commits: {failures[0] if failures else 'no answer'}."
        )


def commit(bootstrap: str, standing: Mapping[str, Mapping[Position, int]]) -> None:
    """Commit the positions, as the groups themselves would, and see that they are kept.

    Not by the admin client: librdkafka 2.16 crashes when a coordinator refuses its question for offsets.
    """
    for group, own in standing.items():
        wanted = [TopicPartition(*position, offset) for position, offset in own.items()]
        with _member(bootstrap, group) as consumer:
            _patiently(partial(consumer.commit, offsets=wanted, asynchronous=False))
            kept = _patiently(partial(consumer.committed, wanted, SECONDS))
        if {(one.topic, one.partition): one.offset for one in kept} != own:
            raise AgentctlError(
                f"The sandbox's broker did not keep the positions of {group}.",
                hint="agentctl sandbox down, and up again",
            )


@contextmanager
def _member(bootstrap: str, group: str) -> Iterator[Consumer]:
    """Give a consumer that speaks for a group without joining it."""
    consumer = Consumer({**quiet(bootstrap), "group.id": group, "enable.auto.commit": False})
    try:
        yield consumer
    finally:
        consumer.close()


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
