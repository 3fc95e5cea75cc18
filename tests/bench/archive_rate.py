"""How fast events go from Kafka to the archive, and from the archive into Kafka."""

import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.filling import filled
from tests.bench.replay import AGENTCTL, EVENTS, environment, fill
from tests.harness import Broker
from tests.store.running import admin, new_bucket, running_store

RUNS = 3
WRITE_REACH, RESTORE_REACH = 60_000, 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How many events a second, and how many it should be."""

    name: str
    a_second: float
    """By the clock."""
    a_core: float
    """By the seconds that processors were busy with it, all threads of the process together."""
    reach: int
    by_core: bool
    """Whether the bound is on the second figure."""

    @property
    def reached(self) -> bool:
        """Whether it is as fast as it should be."""
        return (self.a_core if self.by_core else self.a_second) >= self.reach


def rate_rows(home: Path) -> list[Rate]:
    """Archive a topic of a million events, then restore it into another one."""
    with filled("bench", fill) as (broker, topic), running_store() as endpoint:
        return list(_rates(broker, topic, endpoint, home))


def _rates(broker: Broker, topic: str, endpoint: str, home: Path) -> Iterator[Rate]:
    own = {**environment(home), "AGENTCTL_S3_ENDPOINT": endpoint}
    archives = [f"s3://{new_bucket(admin(endpoint))}/events" for _ in range(RUNS)]
    words = (AGENTCTL, "archive", "run", "-b", broker.bootstrap, "-t", topic, "--once", "--to")
    yield _rate("archive run", [(*words, one) for one in archives], own, WRITE_REACH, by_core=True)
    back = (AGENTCTL, "restore", "-b", broker.bootstrap, "-t", topic, "--from", archives[0], "--scratch")
    again = [(*back, "--id", f"bench-{number}", "--execute") for number in range(RUNS)]
    yield _rate("restore --scratch", again, own, RESTORE_REACH, by_core=False)


def _rate(
    name: str, commands: Sequence[Sequence[str]], own: Mapping[str, str], reach: int, *, by_core: bool
) -> Rate:
    """Run each command once; return what the median of them reached. Raises when one fails."""
    taken = [_taken(words, own) for words in commands]
    return Rate(
        f"{name}, {EVENTS:,} events",
        EVENTS / statistics.median(seconds for seconds, _ in taken),
        EVENTS / statistics.median(busy for _, busy in taken),
        reach,
        by_core,
    )


def _taken(words: Sequence[str], own: Mapping[str, str]) -> tuple[float, float]:
    """Run a command; return its seconds by the clock, and those of processors."""
    began = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, env={**os.environ, **own}) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return seconds, usage.ru_utime + usage.ru_stime
