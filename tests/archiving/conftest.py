"""Writers as processes between a broker and a store, and the proof of what they have left."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from agentctl.archive.keys import ObjectKey
from agentctl.archive.object_writer import Sealed
from agentctl.archive.objects import content_of, records_of
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import last_stable
from agentctl.model.record import Record
from agentctl.sources.reading import record_of
from tests.archiving.wholes import OBJECTS, PARTITIONS, Whole, object_at, put
from tests.harness import Answer, Broker, Message5, Program
from tests.store.faults import Shim, shim
from tests.store.running import admin, new_bucket

_SECONDS = 90.0


@pytest.fixture(scope="session")
def objects() -> Sequence[Sealed]:
    """The objects of a small archive; nobody changes them."""
    return [object_at(partition, number) for partition in range(PARTITIONS) for number in range(OBJECTS)]


@pytest.fixture
def whole(endpoint: str, objects: Sequence[Sealed], monkeypatch: pytest.MonkeyPatch) -> Whole:
    """A small archive with all that is derived, which the program finds, too."""
    archive = Whole(endpoint, new_bucket(admin(endpoint)), objects)
    for one in objects:
        put(archive.store, one)
    monkeypatch.setenv("AGENTCTL_S3_ENDPOINT", endpoint)
    return archive


@pytest.fixture
def yard(endpoint: str, agentctl: Program) -> Iterator["Yard"]:
    """An empty archive behind a proxy, and the program that writes it."""
    with shim(endpoint) as faults:
        client = admin(endpoint)
        yard = Yard(agentctl, client, new_bucket(client), faults)
        try:
            yield yard
        finally:
            yard.end()


Place = tuple[int, int]
"""Partition and offset."""
Exact = tuple[int | None, str, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]


@dataclass
class Yard:
    """One archive."""

    program: Program
    client: Any
    bucket: str
    faults: Shim

    def __post_init__(self) -> None:
        self.writers: list[subprocess.Popen[bytes]] = []
        self._seen: dict[str, str] = {}

    @property
    def environment(self) -> Mapping[str, str]:
        return {"AGENTCTL_S3_ENDPOINT": self.faults.url}

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/events"

    def words(self, brokers: str, topic: str, *more: str) -> tuple[str, ...]:
        return ("archive", "run", "-b", brokers, "-t", topic, "--to", self.address, *more)

    def run(self, broker: Broker, topic: str, *more: str) -> Answer:
        """Archive what there is, to the end."""
        words = self.words(broker.bootstrap, topic, "--once", *more)
        return self.program(*words, environment=self.environment, timeout=_SECONDS)

    def start(self, brokers: str, topic: str, *more: str) -> "subprocess.Popen[bytes]":
        """Start a writer, and return at once."""
        words = self.words(brokers, topic, *more)
        self.writers.append(self.program.start(*words, environment=self.environment))
        return self.writers[-1]

    def status(self, broker: Broker, *more: str) -> Answer:
        words = ("archive", "status", "-b", broker.bootstrap, "--from", self.address, *more)
        return self.program(*words, environment=self.environment)

    def end(self) -> None:
        """Kill what is left of the writers."""
        for writer in self.writers:
            if writer.poll() is None:
                writer.send_signal(signal.SIGKILL)
            writer.communicate()

    def names(self) -> list[str]:
        """Return the keys of everything in the archive."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [row["Key"] for page in pages for row in page.get("Contents", ())]

    def body(self, name: str) -> bytes:
        found: bytes = self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        return found

    def objects(self, topic: str) -> list[ObjectKey]:
        """Return the objects of a topic; none may ever become another one."""
        keys = []
        for name in self.names():
            key = ObjectKey.parse(name)
            if key is not None and key.topic == topic:
                keys.append(key)
                tag = self.client.head_object(Bucket=self.bucket, Key=name)["ETag"]
                assert self._seen.setdefault(name, tag) == tag, f"{name} was overwritten"
        return sorted(keys)

    def reach(self, topic: str) -> dict[tuple[str, int], int]:
        """Return how far each partition of each generation is archived; the objects follow each other."""
        found: dict[tuple[str, int], int] = {}
        for key in self.objects(topic):
            assert found.get((key.generation, key.partition), 0) == key.position
            name = key.under("events")
            said = self.client.head_object(Bucket=self.bucket, Key=name)["Metadata"]
            found[key.generation, key.partition] = int(said["next"])
        return found

    def archived(self, topic: str, generation: str | None = None) -> dict[Place, Exact]:
        """Return all records that are archived, each once, with the objects checked one by one."""
        found: dict[Place, Exact] = {}
        self.reach(topic)
        for key in self.objects(topic):
            if generation not in (None, key.generation):
                continue
            data = self.body(key.under("events"))
            content = content_of(data)
            assert content.key == key
            records = list(records_of(data))
            holes = sum(gap.offsets for gap in content.gaps)
            assert len(records) + holes == content.next_offset - key.position
            for record in records:
                assert key.position <= record.offset < content.next_offset
                assert (record.partition, record.offset) not in found, "twice"
                found[record.partition, record.offset] = exact(record)
        return found

    def until_archived(self, broker: Broker, topic: str, partitions: int, generations: int = 1) -> None:
        """Return once everything that is committed is archived."""
        too_late = time.monotonic() + _SECONDS
        connection = Connection({"bootstrap.servers": broker.bootstrap})
        places = [(topic, number) for number in range(partitions)]
        while True:
            assert time.monotonic() < too_late, "it is not archived"
            assert any(writer.poll() is None for writer in self.writers), self.said()
            reach = self.reach(topic)
            if len({generation for generation, _ in reach}) < generations:
                continue
            ends = last_stable(connection, places).found
            far = {
                number: max((n for (_, p), n in reach.items() if p == number), default=0)
                for number in range(partitions)
            }
            if all(far[number] >= ends[topic, number].offset for number in range(partitions)):
                return

    def said(self) -> str:
        return "\n".join((writer.stderr.read() if writer.stderr else b"").decode() for writer in self.writers)


def exact(record: Record) -> Exact:
    """Return what has to be the same, byte for byte."""
    return record.timestamp_ms, record.timestamp_type.value, record.key, record.value, record.headers


def in_kafka(bootstrap: str, topic: str, partitions: int) -> dict[Place, Exact]:
    """Read a topic to its end, as any reader of committed records does."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "proof",
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    try:
        consumer.assign([TopicPartition(topic, number, -2) for number in range(partitions)])
        found: dict[Place, Exact] = {}
        open_ = set(range(partitions))
        while open_:
            message: Message | None = consumer.poll(30)
            assert message is not None
            if message.error() is not None:
                open_.discard(message.partition() or 0)
            else:
                record = record_of(message)
                found[record.partition, record.offset] = exact(record)
        return found
    finally:
        consumer.close()


def events(count: int, seed: int = 0, partitions: int = 2, size: int = 150) -> Sequence[Message5]:
    """Return events whose texts do not compress, so that a few hundred fill an object."""
    chance = random.Random(seed)
    return [
        (
            f"workflow_{number // 20}".encode() if number % 7 else None,
            json.dumps(
                {
                    "event_type": "progress",
                    "workflow_id": f"workflow_{number // 20}",
                    "agent": "content",
                    "text": chance.randbytes(size).hex(),
                }
            ).encode()
            if number % 11
            else (None if number % 2 else b""),
            [("h", b"1"), ("h", None), ("h", b"")] if number % 5 == 0 else None,
            1_790_000_000_000 + number,
            number % partitions,
        )
        for number in range(count)
    ]
