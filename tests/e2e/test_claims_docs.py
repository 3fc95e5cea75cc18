"""The examples of docs/claims.md do what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import ROOT, Broker, Program

FIT = {"message.timestamp.type": "LogAppendTime", "retention.ms": "86400000"}
PAGE = (ROOT / "docs" / "claims.md").read_text("utf-8")


def example(language: str) -> str:
    [found] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    return str(found)


def run(command: list[str], agentctl: Program, shims: Path) -> subprocess.CompletedProcess[str]:
    environment = {**agentctl.environment, "PATH": f"{shims}:{agentctl.environment['PATH']}"}
    return subprocess.run(
        command,
        cwd=agentctl.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def shims(agentctl: Program, tmp_path: Path) -> Path:
    """A folder with the program under its name, as an installation has it."""
    for name, words in (("agentctl", "-m agentctl"), ("python3", "")):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        program.chmod(0o755)
    return tmp_path


@pytest.fixture
def topic(broker: Broker) -> str:
    return broker.topic("claims", 3, FIT)


def test_the_agent_in_python_works_once_and_stands_back_when_another_holds(
    agentctl: Program, broker: Broker, topic: str, shims: Path
) -> None:
    script = example("python").replace("kafka-1:9092", broker.bootstrap).replace("content-claims", topic)
    done = run([sys.executable, "-c", script], agentctl, shims)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["outline", "draft", "publish", "done"]
    [token] = {line.rpartition(" ")[2] for line in lines[:3]}
    assert re.fullmatch(r"[0-2]@0", token)
    keep = script.replace("        claimant.release(item)\n", "").replace('"marketing-1"', '"sales-1"')
    assert run([sys.executable, "-c", keep], agentctl, shims).returncode == 0
    lost = run([sys.executable, "-c", script], agentctl, shims)
    assert re.fullmatch(r"sales-1 has agent_tracing, token [0-2]@\d+\n", lost.stdout)


def test_the_agent_in_the_shell_works_once_and_stands_back_when_another_holds(
    agentctl: Program, broker: Broker, topic: str, shims: Path
) -> None:
    (agentctl.folder / "agentctl.toml").write_text(
        f'brokers = "{broker.bootstrap}"\n[topics.{topic}]\nrole = "claim"\n'
    )
    # The broker is shared with other tests, so here the topic is named.
    script = example("sh").replace(" --agent", f" --claims-topic {topic} --agent")
    done = run(["/bin/sh", "-c", script], agentctl, shims)
    assert done.returncode == 0, done.stderr
    assert re.match(r"working on agent_tracing with token [0-2]@0\n", done.stdout)
    assert len(done.stdout.splitlines()) == 3
    words = ("--agent", "sales", "--ttl", "30m", "--claims-topic", topic, "--execute")
    assert agentctl("claims", "take", "agent_tracing", *words).exit_code == 0
    assert run(["/bin/sh", "-c", script], agentctl, shims).stdout == "not held, exit code 3\n"
