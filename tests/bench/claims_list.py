"""What the list of claims costs: against kcat, which only reads the topic."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import orjson
from confluent_kafka import Producer

from agentctl.sandbox.broker import BrokerKind
from tests.bench.pairs import Pair, measured
from tests.bench.replay import AGENTCTL, environment
from tests.harness import Broker, hosted

CLAIMS = 1_000_000
PARTITIONS = 6
RUNS = 3
EVERY_MS = 80
"""So about 22,500 leases of half an hour are alive."""
AGENTS = ("marketing", "sales", "content", "seo", "oracle")


@contextmanager
def filled() -> Iterator[tuple[Broker, str]]:
    """Run Apache Kafka with a topic of a million claims, each on an item of its own."""
    with hosted(BrokerKind.APACHE) as broker:
        topic = broker.topic("bench-claims", PARTITIONS, {"compression.type": "zstd"})
        # In a process of its own: what is forked from a large process is counted as large.
        filling = get_context("spawn").Process(target=_fill, args=(broker.bootstrap, topic))
        filling.start()
        filling.join()
        if filling.exitcode:
            raise RuntimeError("the topic could not be filled")
        yield broker, topic


def _fill(bootstrap: str, topic: str) -> None:
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": "zstd",
            "linger.ms": 50,
            "batch.size": 1_000_000,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    first_ms = time.time_ns() // 1_000_000 - CLAIMS * EVERY_MS
    for number in range(CLAIMS):
        item, at_ms = f"item_{number:07d}", first_ms + number * EVERY_MS
        claim = {
            "agent": AGENTS[number % len(AGENTS)],
            "topic": item,
            "format": "blog_post",
            "claimed_at": at_ms,
            "workflow_id": f"workflow_{number // 3:06d}",
            "ttl": "30m",
        }
        while True:
            try:
                producer.produce(topic, orjson.dumps(claim), item, timestamp=at_ms)
                break
            except BufferError:
                producer.poll(0.1)
    if left := producer.flush(120):
        raise RuntimeError(f"{left} claims were not taken")


def list_pairs(home: Path, runs: int = RUNS) -> list[Pair]:
    """Measure the list. Raises RuntimeError where kcat is not on the PATH."""
    if shutil.which("kcat") is None:
        raise RuntimeError("the reference needs kcat on the PATH")
    with filled() as (broker, topic):
        kcat = ("kcat", "-C", "-b", broker.bootstrap, "-t", topic, "-o", "beginning", "-e", "-q")
        own = (AGENTCTL, "claims", "-b", broker.bootstrap, "--claims-topic", topic, "-o", "json")
        return [
            measured(
                *("claims: the list over 1,000,000 claims", own, "kcat -e -q", kcat),
                reach=1.3,
                runs=runs,
                environment=environment(home),
            )
        ]
