"""Topics of a cluster, an exported file and the tests' own memory keep the contract of a Source."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from agentctl.events.mapping import field_mapping
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import Property
from agentctl.model.query import Query
from agentctl.model.record import Record
from agentctl.ports import Source
from agentctl.render.choose import Output, show
from agentctl.sources.file import FileSource
from agentctl.sources.kafka import KafkaSource
from agentctl.surroundings import of_this_process
from agentctl.timeline.replay import Wish, replayed
from tests.builders import ms
from tests.contracts.source import Hold, Logs, SourceContract, Told, read, said
from tests.harness import Broker
from tests.memory import MemorySource, record
from tests.sources.reading import Everything


class Watched(Connection):
    """A connection that remembers the readers it gave away."""

    def __init__(self, properties: Mapping[str, Property]) -> None:
        super().__init__(properties)
        self.given: list[Consumer] = []

    def consumer(self, weak: Mapping[str, Property], firm: Mapping[str, Property]) -> Consumer:
        self.given.append(super().consumer(weak, firm))
        return self.given[-1]

    def open(self) -> int:
        return sum(is_open(consumer) for consumer in self.given)


def is_open(consumer: Consumer) -> bool:
    try:
        consumer.assignment()
    except RuntimeError:  # how a closed one answers
        return False
    return True


@dataclass
class InKafka:
    """Topics of a broker."""

    broker: Broker
    names: Mapping[str, str]
    connection: Watched = field(init=False)
    source: Source = field(init=False)

    def __post_init__(self) -> None:
        self.connection = Watched({"bootstrap.servers": self.broker.bootstrap})
        self.source = KafkaSource(self.connection)

    def name(self, hint: str) -> str:
        return self.names[hint]

    def open_handles(self) -> int:
        return self.connection.open()

    def state(self) -> object:
        admin = self.broker.admin
        groups = {group.group_id for group in admin.list_consumer_groups().result().valid or ()}
        topics = admin.list_topics(timeout=30).topics
        return groups, {name: len(topic.partitions) for name, topic in topics.items()}


class TestTopicsOfACluster(SourceContract):
    @pytest.fixture
    def hold(self, broker: Broker) -> Hold:
        def held(logs: Logs) -> InKafka:
            names = {hint: broker.topic(hint, partitions) for hint, (partitions, _) in logs.items()}
            for hint, (_, messages) in logs.items():
                broker.produce(names[hint], messages)
            return InKafka(broker, names)

        return held

    def test_the_topic_of_commits_is_internal(self, broker: Broker, hold: Hold) -> None:
        held = hold({"committed": (1, [said("x")])})
        place = TopicPartition(held.name("committed"), 0, 1)
        consumer = Consumer(
            {"bootstrap.servers": broker.bootstrap, "group.id": held.name("committed"), "log_level": 0}
        )
        consumer.commit(offsets=[place], asynchronous=False)
        consumer.close()
        assert held.name("committed") in held.source.topics()
        assert "__consumer_offsets" not in held.source.topics()

    def test_a_group_that_is_called_like_us_keeps_its_offsets(self, broker: Broker, hold: Hold) -> None:
        held = hold({"kept": (1, [said(str(n)) for n in range(5)])})
        place = TopicPartition(held.name("kept"), 0, 2)
        ours = {"bootstrap.servers": broker.bootstrap, "group.id": "agentctl", "log_level": 0}
        consumer = Consumer(ours)
        consumer.commit(offsets=[place], asynchronous=False)
        list(held.source.scan(Query(topics=(held.name("kept"),)), Everything(), Told()))
        [found] = consumer.committed([TopicPartition(held.name("kept"), 0)], timeout=30)
        consumer.close()
        assert found.offset == 2

    def test_what_was_written_before_the_time_of_the_answer_is_in_it(
        self, broker: Broker, hold: Hold
    ) -> None:
        held = hold({"as-of": (1, [said("x")])})

        def clock() -> int:
            broker.produce(held.name("as-of"), [said("just before")])
            return ms("12:00")

        source = KafkaSource(Watched({"bootstrap.servers": broker.bootstrap}), now=clock)
        records, coverage = read(source, Query(topics=(held.name("as-of"),)))
        assert [record.value for record in records] == [b"x", b"just before"]
        assert coverage.as_of_ms == ms("12:00")

    def test_the_expected_number_is_told_before_the_first_batch(self, hold: Hold) -> None:
        held = hold({"expected": (2, [said(str(n), partition=n % 2) for n in range(10)])})
        told = Told()
        for _ in held.source.scan(Query(topics=(held.name("expected"),)), Everything(), told):
            assert told.expected == [10]


@dataclass
class InFile:
    """What the program itself exported."""

    path: Path
    source: Source = field(init=False)

    def __post_init__(self) -> None:
        self.source = FileSource(self.path)

    def name(self, hint: str) -> str:
        return hint

    def open_handles(self) -> int:
        return sum(target == str(self.path) for target in open_files())

    def state(self) -> object:
        return self.path.read_bytes(), self.path.stat().st_mtime_ns, sorted(self.path.parent.iterdir())


def open_files() -> Iterator[str]:
    for number in Path("/proc/self/fd").iterdir():
        try:
            yield str(number.readlink())
        except FileNotFoundError:  # the descriptor that lists the folder
            continue


def records_of(logs: Logs) -> list[Record]:
    """Return what a broker would hold of them."""
    found: list[Record] = []
    ends: dict[tuple[str, int], int] = {}
    for topic, (_, messages) in logs.items():
        for key, value, headers, at_ms, partition in messages:
            offset = ends.get((topic, partition or 0), 0)
            ends[topic, partition or 0] = offset + 1
            found.append(
                record(
                    *(topic, value),
                    at_ms=at_ms,
                    partition=partition or 0,
                    offset=offset,
                    key=key,
                    headers=headers or (),
                )
            )
    return found


def exported(records: list[Record], path: Path) -> None:
    """Write the file as ``agentctl replay --export`` does."""
    around = replace(of_this_process(), stderr=io.StringIO())
    mapping = field_mapping({}, {}, None)
    view = replayed(MemorySource([records]), Query(), mapping, Told(), around.now_ms, Wish(payload=True))
    show(view, Output(export=path), around)


@pytest.mark.parametrize("ending", ["ndjson", "json"])
class TestAnExportedFile(SourceContract):
    @pytest.fixture
    def hold(self, tmp_path: Path, ending: str) -> Hold:
        def held(logs: Logs) -> InFile:
            path = tmp_path / f"incident.{ending}"
            exported(records_of(logs), path)
            return InFile(path)

        return held


@dataclass
class InMemory:
    """The double that other tests stand on."""

    source: MemorySource

    def name(self, hint: str) -> str:
        return hint

    def open_handles(self) -> int:
        return 0

    def state(self) -> object:
        return self.source.batches


class TestTheTestsOwnMemory(SourceContract):
    @pytest.fixture
    def hold(self) -> Hold:
        def held(logs: Logs) -> InMemory:
            records = records_of(logs)
            return InMemory(MemorySource([records[at : at + 100] for at in range(0, len(records), 100)]))

        return held
