"""What the list of claims costs: against kcat, which only reads the topic."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from tests.bench.filling import Dated, filled, produce
from tests.bench.pairs import Pair, measured
from tests.bench.replay import AGENTCTL, environment

CLAIMS = 1_000_000
RUNS = 3
EVERY_MS = 80
"""So about 22,500 leases of half an hour are alive."""
AGENTS = ("marketing", "sales", "content", "seo", "oracle")


def _fill(bootstrap: str, topic: str) -> None:
    produce(bootstrap, topic, _claims())


def _claims() -> Iterator[Dated]:
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
        yield item, orjson.dumps(claim), at_ms


def list_pairs(home: Path, runs: int = RUNS) -> list[Pair]:
    """Measure the list. Raises RuntimeError where kcat is not on the PATH."""
    if shutil.which("kcat") is None:
        raise RuntimeError("the reference needs kcat on the PATH")
    with filled("bench-claims", _fill) as (broker, topic):
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
