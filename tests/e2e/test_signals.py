"""Ctrl-C, SIGTERM, readers that go away, disks that are full: an end in words, at once, and nothing left."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import ms
from tests.harness import Broker, Program
from tests.started import started

RECORDS = 400_000
"""So many that decoding all of them takes several times the two seconds after which progress is shown."""

reads_long = pytest.mark.xdist_group("reads a long topic")
"""In one process of the test run, so that each broker's long topic is written once."""


@pytest.fixture(scope="module")
def long_topic(broker: Broker) -> str:
    """A topic that takes long to read when nothing is known of what is wanted."""
    topic = broker.topic("long", partitions=2)
    value = json.dumps({"workflow_id": "w", "agent": "seo", "type": "x", "topic": "kubernetes"}).encode()
    broker.produce(topic, ((None, value, None, ms("03:00") + n, n % 2) for n in range(RECORDS)))
    return topic


@pytest.fixture
def topic(broker: Broker) -> str:
    """A topic whose answer is larger than what a pipe holds."""
    name = broker.topic("some")
    value = json.dumps({"workflow_id": "w", "agent": "seo", "note": "x" * 200}).encode()
    broker.produce(name, [(None, value, None, ms("03:00") + n, 0) for n in range(2_000)])
    return name


@reads_long
def test_ctrl_c_in_a_long_scan_ends_within_a_second_and_says_what_was_done(
    agentctl: Program, broker: Broker, long_topic: str
) -> None:
    with started(agentctl, "replay", "-b", broker.bootstrap, "-t", long_topic) as run:
        run.until_shown(f" of {RECORDS:,} records")
        code, seconds = run.end(signal.SIGINT)
        assert run.process.stdout is not None
        assert run.process.stdout.read() == b""
    assert code == 130
    assert seconds < 1
    first, second = run.said.splitlines()
    assert first.startswith("agentctl: Stopped by Ctrl-C after ")
    assert first.endswith(" of which matched; nothing was changed.")
    read = int(first.split(" after ")[1].split(" records")[0].replace(",", ""))
    assert 0 < read < RECORDS
    assert second == "  hint: narrow the search with --since, --until or --topic"
    assert "Traceback" not in run.shown


@reads_long
def test_long_work_is_announced_and_ctrl_c_in_fields_explain_says_what_was_looked_at(
    agentctl: Program, broker: Broker, long_topic: str
) -> None:
    words = ("fields", "explain", long_topic, "-b", broker.bootstrap, "--sample", str(RECORDS))
    with started(agentctl, *words) as run:
        run.until_shown(f" of {RECORDS:,} records")
        code, seconds = run.end(signal.SIGINT)
    assert code == 130
    assert seconds < 1
    announced = f"agentctl: reading 1 topic, 2 partitions, {RECORDS:,} records at most, about 7s\n"
    assert announced in run.shown
    first, second = run.said.splitlines()
    assert first.startswith("agentctl: Stopped by Ctrl-C after ")
    assert first.endswith(f" of the latest records of {long_topic}; nothing was changed.")
    assert second == "  hint: look at fewer with --sample N"


@reads_long
def test_sigterm_ends_a_scan_at_once_and_without_a_word(
    agentctl: Program, broker: Broker, long_topic: str
) -> None:
    with started(agentctl, "replay", "-b", broker.bootstrap, "-t", long_topic) as run:
        run.until_shown(f" of {RECORDS:,} records")
        code, seconds = run.end(signal.SIGTERM)
    assert code == -signal.SIGTERM
    assert seconds < 1
    [announced] = [line for line in run.shown.splitlines() if "agentctl: " in line]
    assert announced.startswith("agentctl: reading 1 topic, 2 partitions, ")
    assert announced.endswith(" at most, about 7s; less with --since")
    assert "Traceback" not in run.shown


def test_ctrl_c_while_nobody_answers_ends_within_a_second(agentctl: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        with started(agentctl, "replay", "w", "-b", address) as run:
            connection, _ = mute.accept()
            code, seconds = run.end(signal.SIGINT)
            connection.close()
    assert code == 130
    assert seconds < 1
    assert run.said == "agentctl: stopped by Ctrl-C\n"


def test_ctrl_c_ends_it_though_nobody_reads_the_answer(agentctl: Program, broker: Broker, topic: str) -> None:
    words = ("replay", "-b", broker.bootstrap, "-t", topic, "-o", "ndjson")
    process = agentctl.start(*words)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stderr.read() == b"agentctl: stopped by Ctrl-C\n"
    process.stdout.close()
    process.stderr.close()


@pytest.mark.parametrize("form", ["text", "ndjson", "json", "table"])
def test_a_reader_that_has_read_enough_is_no_failure(
    agentctl: Program, broker: Broker, topic: str, form: str
) -> None:
    process = agentctl.start("replay", "-b", broker.bootstrap, "-t", topic, "-o", form, "--payload", "--all")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(30) == 0
    process.stderr.close()


@pytest.mark.parametrize(
    ("end", "said"), [(">&-", "stdout is closed"), (">/dev/full", "No space left on device")]
)
def test_an_answer_that_cannot_be_written_is_exit_1_and_a_sentence(
    agentctl: Program, broker: Broker, topic: str, end: str, said: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m agentctl replay -b {broker.bootstrap} -t {topic} {end}', sys.executable],
        cwd=agentctl.folder,
        env=dict(agentctl.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("agentctl: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr


@reads_long
def test_ctrl_c_before_an_export_is_written_leaves_no_file(
    agentctl: Program, broker: Broker, long_topic: str, tmp_path: Path
) -> None:
    target = tmp_path / "incident.ndjson"
    with started(
        *(agentctl, "replay", "-b", broker.bootstrap, "-t", long_topic, "--export", str(target))
    ) as run:
        run.until_shown(f" of {RECORDS:,} records")
        code, _ = run.end(signal.SIGINT)
    assert code == 130
    assert list(tmp_path.iterdir()) == []
