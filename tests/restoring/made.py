"""Records as an archive would give them, made up but hard, and what a reader of the target must find."""

import random
from collections.abc import Iterator, Sequence
from typing import cast

from confluent_kafka import Consumer, KafkaError, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.model.query import Query
from agentctl.model.record import Headers, Record, TimestampType
from agentctl.restoring.into_kafka import Part
from agentctl.restoring.preflight import Load
from agentctl.restoring.progress import Log
from agentctl.restoring.restore_run import Wish
from tests.harness import Broker

NOW_MS = 1_795_581_434_000
BEGAN_MS = NOW_MS - 60 * 86_400_000
Found = tuple[int, bytes | None, bytes | None, Headers, int]
"""Partition, key, value, headers and timestamp of a record in the target."""
_SECONDS, _LOOK_SECONDS = 30.0, 0.1


def log(topic: str, partition: int, generation: str = "A") -> Log:
    return Log(topic, generation * 22, partition)


def records(log_: Log, count: int, seed: int = 1) -> list[Record]:
    """Make records: holes between their offsets, null and empty keys, values and headers, headers twice."""
    made, dice, offset = [], random.Random(f"{log_}{seed}"), 0
    for number in range(count):
        offset += dice.choice((1, 1, 1, 2, 7))
        key = dice.choice((None, b"", b"\xff\x00", f"workflow_{dice.randrange(9)}".encode()))
        value = dice.choice((None, b"", dice.randbytes(dice.randrange(300)), b'{"type": "progress"}'))
        headers = [
            (dice.choice(("a", "ü", "event-id", "a")), dice.choice((None, b"", b"\x00\xff", b"x" * 40)))
            for _ in range(dice.randrange(4))
        ]
        made.append(
            Record(
                *(log_.topic, log_.partition, offset, BEGAN_MS + number),
                TimestampType.CREATE,
                *(key, value, tuple(headers)),
            )
        )
    return made


def parts(logs: Sequence[Log], count: int, block: int = 100) -> Iterator[Part]:
    """Give so many records of each log, a block at a time."""
    for one in logs:
        made = records(one, count)
        for at in range(0, len(made), block):
            yield Part(one, made[at : at + block])


def wish(restore_id: str, logs: Sequence[Log], topic: str | None = None, **known: int) -> Wish:
    """Ask for a restore of logs; ``known`` says how many partitions their topics had."""
    topics = tuple(dict.fromkeys(one.topic for one in logs))
    return Wish(
        restore_id,
        "s3://bucket/prefix",
        Query(("workflow_1",)),
        None,
        topic,
        Load(BEGAN_MS, BEGAN_MS + 1_000_000, 0),
        known,
        topics,
        max(one.partition for one in logs),
    )


def connection(broker: Broker) -> Connection:
    return Connection({"bootstrap.servers": broker.bootstrap})


def written(bootstrap: str, topic: str) -> list[Found]:
    """Read a topic as a reader of committed records does, each partition from its beginning to its end."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "reader",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    left = set(consumer.list_topics(topic, timeout=_SECONDS).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, number, 0) for number in left])
    found: list[Found] = []
    while left:
        for message in consumer.consume(5_000, _LOOK_SECONDS):
            error, partition = message.error(), message.partition()
            assert partition is not None
            if error is None:
                told = cast("list[tuple[str, bytes | None]]", message.headers() or [])
                headers = tuple((name, value) for name, value in told)
                found.append((partition, message.key(), message.value(), headers, message.timestamp()[1]))
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                left.discard(partition)
    consumer.close()
    return found


def expected(restore_id: str, given: Sequence[Record]) -> list[Found]:
    """Say what records look like in a target that keeps their partitions, written out by hand."""
    return [
        (
            one.partition,
            one.key,
            one.value,
            (
                *one.headers,
                ("x-agentctl-restore-id", restore_id.encode()),
                ("x-agentctl-origin", f"{one.topic}[{one.partition}]@{one.offset}".encode()),
                ("x-agentctl-origin-timestamp", str(one.timestamp_ms).encode()),
            ),
            one.timestamp_ms or 0,
        )
        for one in given
    ]


def by_partition(found: Sequence[Found]) -> dict[int, list[Found]]:
    """Sort records by partition, each in its order."""
    sorted_: dict[int, list[Found]] = {}
    for one in found:
        sorted_.setdefault(one[0], []).append(one)
    return sorted_
