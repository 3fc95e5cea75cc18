"""``python -m tests.claims.simulation --agents 300 --rounds 3000``: the long version, on a broker of its own.

With ``--brokers`` and ``--topic`` it runs on one that is there. It prints a JSON document, and exits with 1
when a promise was broken.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.claims.simulation.parent import run
from tests.claims.simulation.plan import Plan


def main() -> int:
    """Run what the words ask for."""
    words = argparse.ArgumentParser()
    words.add_argument("--brokers")
    words.add_argument("--topic")
    words.add_argument("--broker", choices=["apache", "embedded"], default="apache")
    words.add_argument("--agents", type=int, default=40)
    words.add_argument("--rounds", type=int, default=1_000)
    words.add_argument("--seconds", type=float, default=3_600)
    words.add_argument("--ttl-ms", type=int, default=4_000)
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--kill", type=float, default=0.01)
    words.add_argument("--pause", type=float, default=0.015)
    words.add_argument("--rate", type=float, default=40)
    words.add_argument("--naive", action="store_true")
    words.add_argument("--keep", type=Path, help="where the reports and the log go when a promise was broken")
    asked = words.parse_args()
    if asked.brokers is None:
        return _on_a_broker_of_its_own(asked.broker)
    with tempfile.NamedTemporaryFile() as file:
        plan = Plan(
            asked.brokers,
            asked.topic,
            file.name,
            asked.agents,
            asked.rounds,
            asked.seconds,
            seed=asked.seed,
            ttl_ms=asked.ttl_ms,
            kill=asked.kill,
            pause=asked.pause,
            rate=asked.rate,
            naive=asked.naive,
        )
        run(plan)
        # Only now: no client of Kafka may live in a process that forks.
        from tests.claims.simulation.verdicts import log, summary

        found = summary(plan)
        if found["faults"] and asked.keep is not None:
            asked.keep.mkdir(parents=True, exist_ok=True)
            (asked.keep / "reports.ndjson").write_bytes(Path(file.name).read_bytes())
            (asked.keep / "log.json").write_text(json.dumps(log(plan)))
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if found["faults"] else 0


def _on_a_broker_of_its_own(kind: str) -> int:
    from agentctl.sandbox.broker import BrokerKind
    from tests.harness import ROOT, hosted

    with hosted(BrokerKind(kind)) as broker:
        topic = broker.topic("sim-claims", 3, {"message.timestamp.type": "LogAppendTime"})
        there = ["--brokers", broker.bootstrap, "--topic", topic]
        command = [sys.executable, "-m", "tests.claims.simulation", *sys.argv[1:], *there]
        return subprocess.run(command, cwd=Path(ROOT), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
