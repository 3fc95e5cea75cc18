"""Made-up logs are written to a real broker, and entered into a ledger as they are."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import OffsetSpec

from tests.harness import Broker
from tests.lag.truth.arrivals import arrivals
from tests.lag.truth.ledger import Fate, Ledger

_SECONDS = 30.0
COMPACTED: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "segment.ms": "60000",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "1000",
}
"""Apache Kafka cleans such a topic within seconds, all but its last segment."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a producer does."""

    fate: Fate
    """Of its records; READABLE in a transaction or not."""
    times_ms: tuple[int, ...]
    transaction: bool = False
    keys: tuple[bytes | None, ...] = ()


def script(seed: int, begin_ms: int, end_ms: int, *, ends_open: bool = False) -> list[Act]:
    """Return what producers do with one partition: plain records, and transactions of both ends."""
    random = Random(seed)
    left = arrivals(seed, begin_ms, end_ms, per_second=0.02)
    acts: list[Act] = []
    while left:
        size = random.choice((1, 1, 2, 3, 10, 40))
        now, left = tuple(left[:size]), left[size:]
        kind = random.choice(("plain", "plain", "committed", "aborted"))
        fate = Fate.ABORTED if kind == "aborted" else Fate.READABLE
        acts.append(Act(fate, now, transaction=kind != "plain"))
    if ends_open:
        acts.append(Act(Fate.OPEN, (end_ms, end_ms + 5), transaction=True))
        acts.append(Act(Fate.BEHIND, (end_ms + 2_000, end_ms + 9_000)))
    return acts


@contextmanager
def written(broker: Broker, topic: str, scripts: Mapping[int, Sequence[Act]]) -> Iterator[dict[int, Ledger]]:
    """Write a script to each partition; transactions that a script leaves open end with the block."""
    ledgers = {partition: Ledger() for partition in scripts}
    plain = Producer({**_client(broker), "enable.idempotence": True, "linger.ms": 1})
    opened: list[Producer] = []
    try:
        for partition, acts in scripts.items():
            own = _transactional(broker, f"{topic}-{partition}")
            for act in acts:
                producer = own if act.transaction else plain
                _act(producer, broker, topic, partition, act, ledgers[partition])
                if act.fate is Fate.OPEN:
                    opened.append(own)
        yield ledgers
    finally:
        for producer in opened:
            producer.abort_transaction(_SECONDS)


def _act(producer: Producer, broker: Broker, topic: str, partition: int, act: Act, ledger: Ledger) -> None:
    if act.transaction:
        producer.begin_transaction()
    taken: list[tuple[int, int]] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        taken.append((message.offset() or 0, message.timestamp()[1]))

    keys = act.keys or (None,) * len(act.times_ms)
    for time_ms, key in zip(act.times_ms, keys, strict=True):
        producer.produce(topic, b"x" * 20, key, partition=partition, timestamp=time_ms, on_delivery=delivered)
    assert producer.flush(_SECONDS) == 0
    first = len(ledger.entries)
    assert [offset for offset, _ in taken] == list(range(first, first + len(taken)))
    # Under LogAppendTime the delivery tells the broker's time.
    ledger.add(act.fate, [time_ms for _, time_ms in taken], keys)
    if act.transaction and act.fate is not Fate.OPEN:
        end = producer.abort_transaction if act.fate is Fate.ABORTED else producer.commit_transaction
        end(_SECONDS)
        ledger.add(Fate.MARKER, [None])
        # The end of a transaction is answered before its marker is written.
        while _end(broker, topic, partition) < len(ledger.entries):
            pass


def cut(broker: Broker, topic: str, partition: int, ledger: Ledger, offset: int) -> None:
    """Delete the records before an offset."""
    place = TopicPartition(topic, partition, offset)
    broker.admin.delete_records([place])[TopicPartition(topic, partition)].result(_SECONDS)
    ledger.log_start = offset


def cleaned(broker: Broker, topic: str, partition: int, ledger: Ledger, until: int) -> None:
    """Wait until Apache Kafka has compacted all before an offset, which begins the last segment."""
    ledger.compact(until)
    wanted = [at for at, entry in enumerate(ledger.entries) if entry.fate is not Fate.COMPACTED]
    deadline = time.monotonic() + _SECONDS
    while (found := standing(broker, topic, partition)) != wanted:
        assert time.monotonic() < deadline, f"{len(found)} records are left, not {len(wanted)}"


def standing(broker: Broker, topic: str, partition: int) -> list[int]:
    """Return the offsets of all records that a consumer of a few lines gets."""
    consumer = Consumer(
        {
            **_client(broker),
            "group.id": "plain",
            "isolation.level": "read_uncommitted",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    consumer.assign([TopicPartition(topic, partition, 0)])
    found: list[int] = []
    while (message := consumer.poll(_SECONDS)) is not None and message.error() is None:
        found.append(message.offset() or 0)
    consumer.close()
    return found


def _end(broker: Broker, topic: str, partition: int) -> int:
    place = TopicPartition(topic, partition)
    return int(broker.admin.list_offsets({place: OffsetSpec.latest()})[place].result(_SECONDS).offset)


def _transactional(broker: Broker, name: str) -> Producer:
    producer = Producer({**_client(broker), "transactional.id": name, "linger.ms": 1})
    producer.init_transactions(_SECONDS)
    return producer


def _client(broker: Broker) -> dict[str, str | int | float | bool]:
    return {"bootstrap.servers": broker.bootstrap, "log_level": 0}
