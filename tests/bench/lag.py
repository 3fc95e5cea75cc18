"""What lag costs: against Kafka's own tool, which knows offsets only; and ten times as many groups."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random

from confluent_kafka import Consumer, KafkaException, TopicPartition

from agentctl.lag.commits import Commit
from agentctl.sandbox.apache import jars
from agentctl.sandbox.broker import BrokerKind
from agentctl.sandbox.writing import write_history
from tests.bench.pairs import Pair, Peak, measured, peak_mib
from tests.bench.replay import AGENTCTL, environment
from tests.harness import OUTSIDE, Broker, cache_folder, hosted

RUNS = 5
TOPICS, PARTITIONS = 6, 10
RECORDS = 300
COMMITS = 4
"""How often each group has committed: enough for a verdict."""
_AT_ONCE = 8


def lag_rows(home: Path) -> tuple[list[Pair], list[Peak]]:
    """Measure lag of 100 groups on 60 partitions, and of 1,000 against 100."""
    with _groups(100) as few:
        pairs = [*_against_kafka(few, home)]
        with _groups(1_000) as many:
            own = ("lag", "-o", "json")
            more = (AGENTCTL, *own, "-b", many.bootstrap)
            pairs.append(
                measured(
                    *("lag of 1,000 groups × 60 partitions", more, "of 100 groups"),
                    (AGENTCTL, *own, "-b", few.bootstrap),
                    reach=5.0,
                    runs=RUNS,
                    environment=environment(home),
                )
            )
            peak = peak_mib(more, runs=2, environment=environment(home))
    return pairs, [Peak("lag of 1,000 groups × 60 partitions", peak, 200)]


def _against_kafka(broker: Broker, home: Path) -> Iterator[Pair]:
    path = f"{jars(OUTSIDE, cache_folder(), lambda line: None)}/*"
    # It writes a log of some hundred lines, and a line for every group without members.
    tool = (
        *("sh", "-c"),
        f"java -cp '{path}' org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
        f" --bootstrap-server {broker.bootstrap} --all-groups --describe 2>/dev/null",
    )
    own = (AGENTCTL, "lag", "-b", broker.bootstrap, "-o", "json")
    for name, command, reach in (
        ("lag of 100 groups × 60 partitions, offsets", (*own, "--seconds", "none"), 0.15),
        ("the same, with seconds, verdicts and rates", own, 0.5),
    ):
        yield measured(
            *(name, command, "kafka-consumer-groups --describe", tool),
            reach=reach,
            runs=RUNS,
            environment=environment(home),
        )


@contextmanager
def _groups(count: int) -> Iterator[Broker]:
    """Run Apache Kafka with so many groups, each of which has committed somewhere in every partition."""
    with hosted(BrokerKind.APACHE) as broker:
        topics = [broker.topic("bench", PARTITIONS) for _ in range(TOPICS)]
        first_ms = time.time_ns() // 1_000_000 - 3_600_000
        for topic in topics:
            broker.produce(
                topic,
                [
                    (None, b"x" * 300, None, first_ms + number * 1_000, partition)
                    for number in range(RECORDS)
                    for partition in range(PARTITIONS)
                ],
            )
        places = [(topic, partition) for topic in topics for partition in range(PARTITIONS)]
        past = {number: _past(number, places) for number in range(count)}
        every = sorted((one for own in past.values() for one in own), key=lambda one: one.time_ms)
        write_history(broker.bootstrap, broker.admin, every)
        with ThreadPoolExecutor(_AT_ONCE) as executor:
            list(executor.map(lambda number: _commit(broker, past[number]), range(count)))
        yield broker


def _past(number: int, places: list[tuple[str, int]]) -> list[Commit]:
    """Return what a group has committed: in each partition a few times, some seconds apart."""
    random, now_ms = Random(number), time.time_ns() // 1_000_000
    found = []
    for topic, partition in places:
        offset = random.randrange(RECORDS // 2)
        for back in range(COMMITS, 0, -1):
            offset += random.randrange(20)
            found.append(Commit(f"group-{number:04d}", topic, partition, offset, now_ms - back * 5_000))
    return found


def _commit(broker: Broker, past: list[Commit]) -> None:
    """Commit the last of them as a member would: only so does the coordinator know of it."""
    last = {(one.topic, one.partition): one for one in past}
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": past[0].group, "log_level": 0})
    offsets = [TopicPartition(*place, one.offset) for place, one in last.items()]
    while True:
        try:
            consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException:
            continue  # the coordinator is not there yet
        consumer.close()
        return
