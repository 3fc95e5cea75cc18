"""Groups that commit, stand still or live, on a broker, and what is asked for their lag."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.harness import Answer, Broker, Program

NOW_MS = int(time.time() * 1_000)
AGO_MS = 600_000


def lag(program: Program, broker: Broker, *words: str) -> Answer:
    """Ask for lag in JSON."""
    return program("lag", *words, "-b", broker.bootstrap, "-o", "json")


def dated(
    count: int, *, ago_ms: int = AGO_MS, partition: int = 0
) -> list[tuple[None, bytes, None, int, int]]:
    """So many records, a second apart, the first so long ago."""
    return [(None, b"{}", None, NOW_MS - ago_ms + n * 1_000, partition) for n in range(count)]


def commit(broker: Broker, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
    """Commit as a member would; the first question makes the coordinator's topic."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "log_level": 0})
    places = [TopicPartition(*place, offset) for place, offset in offsets.items()]
    while True:
        try:
            consumer.commit(offsets=places, asynchronous=False)
        except KafkaException:
            continue
        consumer.close()
        return


@contextmanager
def member(broker: Broker, group: str, topic: str) -> Iterator[str]:
    """A living member that has been assigned the topic and commits nothing; gives its client's id."""
    name = f"{group}-client"
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": group, "client.id": name, "log_level": 0}
        | {"enable.auto.commit": False}
    )
    consumer.subscribe([topic])
    while not consumer.assignment():
        consumer.poll(0.1)
    try:
        yield name
    finally:
        consumer.close()
