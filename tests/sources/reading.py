"""Reading a topic through the range engine, and writing what makes logs nasty."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.expectation import Expectation
from agentctl.model.query import Isolation, Query
from agentctl.model.record import Place, Record
from agentctl.ports import LazyHeaders
from agentctl.sources.kafka import KafkaSource
from tests.contracts.adding_up import adds_up
from tests.harness import Broker, Message5


@dataclass(slots=True)
class Silent:
    """Progress that nobody sees; remembers what it was told."""

    expected: int = 0
    records: int = 0
    after_batch: Callable[[], None] = field(default=lambda: None)

    def advance(self, records: int, bytes_: int) -> None:
        self.records += records
        self.after_batch()

    def expect(self, coming: Expectation) -> None:
        self.expected = coming.records


class Everything:
    """Lets every record through."""

    places: frozenset[Place] = frozenset()

    def __call__(self, key: bytes | None, value: bytes | None, headers: LazyHeaders) -> bool:
        return True

    def any_of(self, text: bytes) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scan gave."""

    records: Sequence[Record]
    coverage: Coverage

    @property
    def offsets(self) -> list[int]:
        return [record.offset for record in self.records]

    @property
    def values(self) -> list[bytes | None]:
        return [record.value for record in self.records]

    def of(self, partition: int) -> PartitionCoverage:
        return next(part for part in self.coverage.partitions if part.partition == partition)


def read(broker: Broker, query: Query, *, during: Callable[[], None] = lambda: None) -> Answer:
    """Scan to the end and see that it adds up; ``during`` is called once, after the first batch."""
    progress = Silent()
    scan = KafkaSource(Connection({"bootstrap.servers": broker.bootstrap})).scan(
        query, Everything(), progress
    )
    records: list[Record] = []
    called = False
    for batch in scan:
        records += batch
        if not called:
            called = True
            during()
    adds_up(scan.coverage, records, query)
    if scan.coverage.complete:
        explained_holes(broker, scan.coverage, records, query)
    return Answer(records, scan.coverage)


def explained_holes(broker: Broker, coverage: Coverage, records: Sequence[Record], query: Query) -> None:
    """See that a plain consumer finds nothing either where the scan found no record."""
    given = {(one.topic, one.partition, one.offset) for one in records}
    for part in coverage.partitions:
        if part.holes and not query.window.bounded and query.tail is None:
            found = plainly_read(broker, part, query.isolation)
            left_out = [offset for offset in found if (*part.place, offset) not in given]
            assert left_out == [], f"{part} leaves out records that are there"


def plainly_read(broker: Broker, part: PartitionCoverage, isolation: Isolation) -> list[int]:
    """Return the offsets that a consumer of a few lines finds in what the scan covered."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": "plain",
            "isolation.level": isolation.value,
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "log_level": 0,
        }
    )
    consumer.assign([TopicPartition(*part.place, part.first or 0)])
    found: list[int] = []
    while (message := consumer.poll(30)) is not None and message.error() is None:
        found.append(message.offset() or 0)
    consumer.close()
    end = None if message is None else message.error()
    assert end is not None, "the consumer came to no end"
    assert end.code() == KafkaError._PARTITION_EOF
    return [offset for offset in found if offset <= (part.last or 0)]


def said(text: str, at: int | None = None, partition: int = 0, key: bytes | None = None) -> Message5:
    """One message whose value is a text."""
    return (key, text.encode(), [], at, partition)


@contextmanager
def transactions(broker: Broker, name: str) -> Iterator[Producer]:
    """A transactional producer; what it left open is aborted at the end."""
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap, "transactional.id": name, "linger.ms": 0, "log_level": 0}
    )
    producer.init_transactions(30)
    yield producer


def written(producer: Producer, topic: str, values: Sequence[bytes], partition: int = 0) -> None:
    """Write values inside the open transaction and wait until they are in the log."""
    for value in values:
        producer.produce(topic, value, partition=partition)
    assert producer.flush(30) == 0
