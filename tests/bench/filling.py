"""Apache Kafka with a topic of a million records, for what is measured on it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context

from confluent_kafka import Producer

from agentctl.sandbox.broker import BrokerKind
from tests.harness import Broker, hosted

PARTITIONS = 6

Dated = tuple[str, bytes, int]
"""Key, value and timestamp in ms."""


@contextmanager
def filled(name: str, fill: Callable[[str, str], None]) -> Iterator[tuple[Broker, str]]:
    """Run Apache Kafka with a topic that ``fill`` fills, given the broker's address and the topic."""
    with hosted(BrokerKind.APACHE) as broker:
        topic = broker.topic(name, PARTITIONS, {"compression.type": "zstd"})
        # In a process of its own: what is forked from a large process is counted as large.
        filling = get_context("spawn").Process(target=fill, args=(broker.bootstrap, topic))
        filling.start()
        filling.join()
        if filling.exitcode:
            raise RuntimeError("the topic could not be filled")
        yield broker, topic


def produce(bootstrap: str, topic: str, records: Iterable[Dated], **properties: str) -> None:
    """Write records in large batches. Raises RuntimeError when not all are taken."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": "zstd",
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
            **properties,
        }
    )
    for key, value, timestamp_ms in records:
        while True:
            try:
                producer.produce(topic, value, key, timestamp=timestamp_ms)
                break
            except BufferError:
                producer.poll(0.1)
    if left := producer.flush(120):
        raise RuntimeError(f"{left} records were not taken")
