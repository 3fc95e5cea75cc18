"""Many processes claim the same few items, killed and paused at every step: never do two hold one at once."""

import json
import subprocess
import sys
import time
from typing import Any

from agentctl.claims import Claimant
from tests.claims.simulation.agent import rest
from tests.claims.simulation.plan import Plan
from tests.harness import ROOT, Broker, Program

FIT = {"message.timestamp.type": "LogAppendTime", "retention.ms": "86400000"}
TTL_MS = 4_000
ITEMS = [Plan("", "", "", 0, 0, 0).item(number) for number in range(Plan("", "", "", 0, 0, 0).items)]


def simulated(broker: Broker, topic: str, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.claims.simulation",
            "--brokers",
            broker.bootstrap,
            "--topic",
            topic,
            *words,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found: dict[str, Any] = json.loads(done.stdout or "{}")
    assert found, done.stderr
    return found


def test_no_two_agents_hold_an_item_at_once_and_none_is_lost(broker: Broker) -> None:
    topic = broker.topic("claims", 3, FIT)
    words = ("--agents", "40", "--rounds", "120", "--seconds", "60", "--ttl-ms", str(TTL_MS))
    found = simulated(broker, topic, *words, "--kill", "0.01", "--pause", "0.08")
    assert found["faults"] == []
    # And it was no quiet time.
    assert found["answers"]["held"] > 1
    assert found["answers"]["lost"] > 1
    assert found["beliefs"] > 1
    assert found["contended"] > 0
    assert found["killed"] > 0
    assert found["paused"] > 0
    assert {"written", "read back"} & set(found["steps"])
    until = time.monotonic() + TTL_MS / 1000 + 5
    with Claimant(broker.bootstrap, topic, "heir", ttl="30s") as heir:
        left = set(ITEMS)
        while left and time.monotonic() < until:
            left = {item for item in left if not heir.take(item)}
            rest(0.05)
    assert left == set(), "what dead agents held can be taken when their leases are over"


def test_to_check_and_then_claim_has_conflicts_and_races_counts_exactly_those(
    apache_broker: Broker, agentctl: Program
) -> None:
    topic = apache_broker.topic("claims", 3, FIT)
    words = ("--agents", "30", "--rounds", "300", "--seconds", "30", "--ttl-ms", "1200", "--rate", "200")
    found = simulated(apache_broker, topic, *words, "--kill", "0", "--pause", "0", "--naive")
    assert found["conflicts"] > 0, found
    (agentctl.folder / "agentctl.toml").write_text(f'[topics.{topic}]\nrole = "claim"\n')
    answer = agentctl("claims", "races", "--claims-topic", topic, "-b", apache_broker.bootstrap, "-o", "json")
    assert answer.exit_code == 0, answer.stderr
    [row] = answer.json["rows"]
    assert row["conflicts"] == found["conflicts"]
    assert row["withdrawn"] == 0
