"""What a claim costs beside a write: both in one process, in turn, on a warm connection."""

import resource
import time
from collections.abc import Callable
from functools import partial

from agentctl.claims import Claimant
from agentctl.sandbox.broker import BrokerKind
from agentctl.sources.claims_topic import KafkaClaims
from tests.bench.pairs import Pair
from tests.harness import hosted

_RUNS = 200
_PREPARED = 1_000
_REACH = 3.0
"""One round trip for the write, and two more."""


def claims_pairs() -> list[Pair]:
    """Measure taking a claim on a partition that holds some thousand others."""
    with hosted(BrokerKind.APACHE) as broker:
        fit = {"message.timestamp.type": "LogAppendTime", "retention.ms": "86400000"}
        topic = broker.topic("bench-claims", 1, fit)
        broker.produce(
            topic,
            [
                (f"old-{n}".encode(), f'{{"agent":"a","topic":"old-{n}","ttl":30}}'.encode(), None, None, 0)
                for n in range(_PREPARED)
            ],
        )
        log = KafkaClaims({"bootstrap.servers": broker.bootstrap}, topic)
        taken, written = [], []
        with Claimant(broker.bootstrap, topic, "bench", ttl="30m") as claimant:
            for n in range(-5, _RUNS):
                write = _seconds(partial(log.append, 0, f"w-{n}".encode(), b"{}"))
                take = _seconds(partial(claimant.take, f"item-{n}"))
                if n >= 0:
                    written.append(write)
                    taken.append(take)
        log.close()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    name = f"`Claimant.take`, {_PREPARED:,} claims before it in the partition"
    return [Pair(name, "write a record, acks=all", tuple(taken), tuple(written), _REACH, peak_mib)]


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
