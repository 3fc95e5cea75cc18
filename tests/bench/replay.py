"""What a replay costs: against kcat and Kafka's own console consumer, on the same topic and broker."""

import os
import random
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import orjson

from agentctl.sandbox.apache import jars
from tests.bench.filling import filled, produce
from tests.bench.pairs import Pair, Peak, measured, peak_mib
from tests.harness import OUTSIDE, Broker, cache_folder

EVENTS = 1_000_000
WORKFLOWS = 20_000
RUNS = 7
FIRST_MS = 1_790_000_000_000
EVERY_MS = 86
WANTED = "workflow_00042"
SCAN_MIB, ANSWER_MIB = 500, 300
AGENTCTL = str(Path(sys.executable).parent / "agentctl")


def fill(bootstrap: str, topic: str) -> None:
    """Write a million events into a topic, keyed by their workflow."""
    dated = ((key, value, FIRST_MS + n * EVERY_MS) for n, (key, value) in enumerate(_events()))
    produce(bootstrap, topic, dated, partitioner="murmur2_random")


def _events() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(1)
    words = [f"w{chance.randrange(10**6):06d}" for _ in range(5_000)]
    for n in range(EVENTS):
        workflow = f"workflow_{chance.randrange(WORKFLOWS):05d}"
        yield (
            workflow,
            orjson.dumps(
                {
                    "event_type": "progress",
                    "agent": "marketing",
                    "workflow_id": workflow,
                    "topic": words[n % 5_000],
                    "output_path": f"s3://agent-outputs/{workflow}/{words[n * 7 % 5_000]}.json",
                    "schema_version": 2,
                    "step": n % 5,
                    "total": 5,
                    "status": "Writing draft",
                    "summary": " ".join(words[n * k % 5_000] for k in range(1, 12)),
                    "timestamp": FIRST_MS + n * EVERY_MS,
                }
            ),
        )


def replay_rows(home: Path) -> tuple[list[Pair], list[Peak]]:
    """Measure replay: its time beside the references, and its memory.

    Raises RuntimeError where kcat, Java or Maven is not on the PATH.
    """
    missing = [name for name in ("kcat", "java", "mvn") if shutil.which(name) is None]
    if missing:
        raise RuntimeError(f"the references need {', '.join(missing)} on the PATH")
    (home / "agentctl.toml").write_text("", encoding="utf-8")
    with filled("bench", fill) as (broker, topic):
        pairs = list(_pairs(broker, topic, home))
        # The first pair is the scan of everything.
        peaks = [
            Peak("a scan of 1,000,000 events", pairs[0].peak_mib, SCAN_MIB),
            Peak("an answer of 20,000 events, as JSON", _large_answer_mib(broker, topic, home), ANSWER_MIB),
        ]
    return pairs, peaks


def _large_answer_mib(broker: Broker, topic: str, home: Path) -> float:
    """Return what an answer of 2 % of the log takes."""
    since, until = (FIRST_MS + EVENTS * EVERY_MS * share // 100 for share in (50, 52))
    window = ("--since", str(since), "--until", str(until))
    command = (AGENTCTL, "replay", "-b", broker.bootstrap, "-t", topic, "-o", "json", *window)
    return peak_mib(command, runs=2, environment=environment(home))


def environment(home: Path) -> dict[str, str]:
    """Return where agentctl finds an empty configuration, and what it keeps of names is kept."""
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    return own | {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(home))}


def _pairs(broker: Broker, topic: str, home: Path) -> Iterator[Pair]:
    where = ("-b", broker.bootstrap, "-t", topic, "-o", "ndjson")
    own = (AGENTCTL, "replay", WANTED, *where)
    in_window, _ = next(islice(_events(), EVENTS * 505 // 1_000, None))
    since, until = (FIRST_MS + EVENTS * EVERY_MS * share // 100 for share in (50, 51))
    kcat = f"kcat -C -b {broker.bootstrap} -t {topic} -o beginning -e -q | grep {WANTED}"
    path = f"{jars(OUTSIDE, cache_folder(), lambda line: None)}/*"
    console = (
        f"java -cp '{path}' org.apache.kafka.tools.consumer.ConsoleConsumer"
        f" --bootstrap-server {broker.bootstrap} --topic {topic} --from-beginning --max-messages {EVENTS}"
        f" 2>/dev/null | grep {WANTED}"
    )
    rows = (
        ("replay one workflow, nothing known (full scan)", own, "kcat | grep", kcat, 1.0),
        ("the same", own, "console consumer | grep", console, 0.3),
        ("replay by id when it is the key", (*own, "--keyed"), "kcat | grep", kcat, 0.35),
        (
            "replay in a window of 1 % of the log",
            (AGENTCTL, "replay", in_window, *where, "--since", str(since), "--until", str(until)),
            "kcat | grep",
            kcat,
            0.2,
        ),
    )
    for name, command, reference_name, reference, reach in rows:
        yield measured(
            name,
            command,
            reference_name,
            ("sh", "-c", reference),
            reach=reach,
            runs=RUNS,
            environment=environment(home),
        )
