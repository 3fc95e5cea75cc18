"""A sandbox that was interrupted, killed or left over is cleared away; strangers are let alone."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agentctl.sandbox.process import Child
from agentctl.sandbox.state import Place
from tests.harness import Program

PATIENCE = 120.0


@pytest.fixture
def sandbox(agentctl: Program) -> Iterator[Program]:
    """The program in a home of its own; whatever was started there is stopped at the end."""
    yield agentctl
    assert agentctl("sandbox", "down", timeout=PATIENCE).exit_code == 0


@pytest.fixture
def place(isolation: Path) -> Place:
    return Place(isolation / "state" / "agentctl" / "sandbox")


def up_until(sandbox: Program, words: str) -> "subprocess.Popen[bytes]":
    """Start ``up`` and return when it says what it does next."""
    process = sandbox.start("sandbox", "up")
    assert process.stderr is not None
    for line in process.stderr:
        if words in line.decode():
            return process
    raise AssertionError(f"up ended without saying {words!r}")


def mentioning(folder: Path) -> list[str]:
    """Return the command lines of all processes of this machine that name a folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if str(folder) in line]


@pytest.mark.parametrize("moment", ["starting the embedded broker", "archiving"])
def test_ctrl_c_stops_what_was_started(sandbox: Program, place: Place, isolation: Path, moment: str) -> None:
    process = up_until(sandbox, moment)
    started = [child for _, child in place.remains()]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert started
    assert not any(child.alive for child in started)
    assert not mentioning(place.folder)
    assert not place.folder.exists()
    assert not place.folder.with_suffix(".lock").exists()
    assert not list((isolation / "config").rglob("sandbox.toml"))


def test_a_half_started_one_is_seen_and_cleared_away(sandbox: Program, place: Place) -> None:
    process = up_until(sandbox, "writing")
    process.kill()
    process.communicate(timeout=PATIENCE)
    left = [child for _, child in place.remains()]
    assert left
    status = sandbox("sandbox", "status", "-o", "json")
    assert {row["state"] for row in status.json["rows"]} == {"left over"}

    again = sandbox("sandbox", "up", timeout=PATIENCE)

    assert again.exit_code == 0, again.stderr
    assert "clearing away" in again.stderr
    assert not any(child.alive for child in left)


def test_a_stale_pid_file_never_harms_a_stranger(sandbox: Program, place: Place) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        try:
            place.folder.mkdir(parents=True)
            (place.folder / "broker.pid").write_text(f"{stranger.pid} another-boot:1")
            (place.folder / "store.pid").write_text("no number at all")
            (place.folder / "state.json").write_text('{"format": 1, "servers": [')
            assert sandbox("sandbox", "status").exit_code == 4
            assert sandbox("sandbox", "up", timeout=PATIENCE).exit_code == 0
            assert sandbox("sandbox", "down", timeout=PATIENCE).exit_code == 0
            assert stranger.poll() is None
            assert not place.folder.exists()
        finally:
            stranger.kill()


def test_what_is_up_says_what_it_is_and_what_of_it_died(sandbox: Program, place: Place) -> None:
    assert sandbox("sandbox", "up", timeout=PATIENCE).exit_code == 0
    for words in (["--broker", "apache"], ["--seed", "5"], ["--anchor", "2026-11-20T00:00:00Z"]):
        answer = sandbox("sandbox", "up", *words, timeout=PATIENCE)
        assert answer.exit_code == 1
        assert "sandbox down" in answer.stderr
    assert sandbox("sandbox", "up", "--broker", "rabbitmq").exit_code == 2

    broker = Child.recorded(place.folder / "broker.pid")
    assert broker is not None
    broker.stop()

    status = sandbox("sandbox", "status", "-o", "json").json
    states = {row["name"]: row["state"] for row in status["rows"]}
    assert states["the embedded broker"] == "gone"
    assert states["the object store"] == "running"


def test_a_context_of_ones_own_stays_the_current_one(sandbox: Program, isolation: Path) -> None:
    config = isolation / "config" / "agentctl" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[context.prod]\nbrokers = "kafka.example:9092"\n')
    assert sandbox("context", "use", "prod").exit_code == 0
    assert sandbox("sandbox", "up", timeout=PATIENCE).exit_code == 0
    made = config.parent / "contexts.d" / "sandbox.toml"
    assert made.stat().st_mode & 0o777 == 0o600
    listed = {row["name"]: row["current"] for row in sandbox("context", "list", "-o", "ndjson").rows}
    assert listed == {"prod": True, "sandbox": False}
    assert sandbox("sandbox", "down", timeout=PATIENCE).exit_code == 0
    assert not made.exists()
    assert [row["name"] for row in sandbox("context", "list", "-o", "ndjson").rows] == ["prod"]
