"""``agentctl sandbox`` as a user runs it: up, seeded, found again, and gone without a trace."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Program

ANCHOR = "2026-11-23T14:25:40Z"
PATIENCE = 120.0


@pytest.fixture
def sandbox(agentctl: Program) -> Iterator[Program]:
    """The program in a home of its own; whatever was started there is stopped at the end."""
    yield agentctl
    assert agentctl("sandbox", "down", timeout=PATIENCE).exit_code == 0


def state_of(isolation: Path) -> Path:
    return isolation / "state" / "agentctl" / "sandbox"


def truth_of(isolation: Path) -> Any:
    return json.loads((state_of(isolation) / "ground-truth.json").read_text("utf-8"))


def pids(isolation: Path) -> list[int]:
    return [int(file.read_text().split()[0]) for file in state_of(isolation).rglob("*.pid")]


def runs(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def test_up_seeds_the_night_and_the_answers_agree_with_the_truth(sandbox: Program, isolation: Path) -> None:
    up = sandbox("sandbox", "up", "--anchor", ANCHOR, timeout=PATIENCE)
    assert up.exit_code == 0, up.stderr
    truth = truth_of(isolation)
    for workflow in ("workflow_7k2p", "workflow_3m47"):
        answer = sandbox("replay", workflow, "-o", "json")
        assert answer.exit_code == 0, answer.stderr
        places = {f"{row['topic']}[{row['partition']}]@{row['offset']}" for row in answer.json["rows"]}
        assert places == {fact["place"] for fact in truth["workflows"][workflow]}
        assert answer.json["context"] == "sandbox"
    broken = sandbox("replay", truth["undecodable"]["place"], "-o", "json").json
    assert broken["rows"][0]["undecodable"]
    assert broken["coverage"]["undecodable"] == 1
    listed = sandbox("workflows", "-o", "json").json["summary"]["workflows"]
    assert listed >= truth["ordinary_workflows"]

    started = pids(isolation)
    assert sandbox("sandbox", "up", timeout=PATIENCE).exit_code == 0
    assert pids(isolation) == started, "a sandbox that is up stays as it is"
    assert sandbox("sandbox", "seed", timeout=PATIENCE).exit_code == 1, (
        "topics that hold events are left alone"
    )

    assert started
    assert all(map(runs, started))
    assert sandbox("sandbox", "down", timeout=PATIENCE).exit_code == 0
    assert not any(map(runs, started))
    assert not state_of(isolation).exists()
    assert sandbox("context", "list", "-o", "json").json["rows"] == []


def test_a_sandbox_whose_servers_died_is_started_anew(sandbox: Program, isolation: Path) -> None:
    assert sandbox("sandbox", "up", timeout=PATIENCE).exit_code == 0
    for pid in pids(isolation):
        os.killpg(pid, signal.SIGKILL)
    again = sandbox("sandbox", "up", timeout=PATIENCE)
    assert again.exit_code == 0, again.stderr
    assert sandbox("replay", "workflow_7k2p").exit_code == 0


def test_two_at_once_make_one(sandbox: Program, isolation: Path) -> None:
    both = [sandbox.start("sandbox", "up") for _ in range(2)]
    for process in both:
        process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in both] == [0, 0]
    assert sandbox("replay", "workflow_7k2p").exit_code == 0


def test_down_and_status_where_nothing_runs(sandbox: Program) -> None:
    assert sandbox("sandbox", "down").exit_code == 0
    status = sandbox("sandbox", "status")
    assert status.exit_code == 4
    assert "sandbox up" in status.stderr


def test_a_night_in_the_future_is_refused(sandbox: Program) -> None:
    answer = sandbox("sandbox", "up", "--anchor", "2999-01-01T00:00:00Z")
    assert answer.exit_code == 2
    assert answer.stdout == ""
