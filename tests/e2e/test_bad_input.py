"""What cannot be meant or cannot be reached: one sentence, a hint, and the right exit code."""

import re
import socket
import time
from pathlib import Path

import pytest

from tests.harness import Answer, Broker, Program


def says(answer: Answer, exit_code: int, *words: str) -> None:
    """Check the exit code, that stdout is empty and no traceback shows, and that stderr has the words."""
    assert answer.exit_code == exit_code, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    first = answer.stderr.splitlines()[0]
    assert first.startswith("agentctl: ")
    for word in words:
        assert word in answer.stderr


@pytest.mark.parametrize(
    "when", ["2026-02-30", "25:00", "2026-13-01T00:00:00Z", "soon", "99999999999999999999", ""]
)
def test_an_impossible_time(agentctl: Program, when: str) -> None:
    says(agentctl("replay", "-b", "127.0.0.1:1", "--since", when), 2, "--since", "hint:")


def test_a_time_that_can_be_read_two_ways_names_both(agentctl: Program) -> None:
    answer = agentctl("replay", "-b", "127.0.0.1:1", "--since", "01/02/2026")
    says(answer, 2, "2026-01-02", "2026-02-01")


def test_since_after_until_shows_both(agentctl: Program) -> None:
    answer = agentctl("replay", "-b", "127.0.0.1:1", "--since", "2026-11-23", "--until", "2026-11-22")
    says(answer, 2, "2026-11-23T00:00:00", "2026-11-22T00:00:00")


def test_an_unknown_topic_offers_near_names(agentctl: Program, broker: Broker) -> None:
    topic = broker.topic("research-events")
    answer = agentctl("replay", "-b", broker.bootstrap, "-t", topic.replace("research", "reserch"))
    says(answer, 4, topic)


def test_an_unknown_context_offers_near_names(agentctl: Program, isolation: Path) -> None:
    folder = isolation / "config" / "agentctl"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('[context.production]\nbrokers = "127.0.0.1:1"\n')
    says(agentctl("replay", "--context", "prodution"), 4, "prodution", "production")


def test_broken_configuration_names_file_line_and_column(agentctl: Program, isolation: Path) -> None:
    folder = isolation / "config" / "agentctl"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('[context.a]\nbrokers = "x\n')
    says(agentctl("replay"), 2, "config.toml", "line 2")


def test_an_unwritable_export_is_known_before_the_scan(agentctl: Program, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "incident.ndjson"
    says(agentctl("replay", "-b", "127.0.0.1:1", "--export", str(target)), 1, str(target))


def test_an_unknown_format_of_an_export_names_those_that_exist(agentctl: Program, tmp_path: Path) -> None:
    says(agentctl("replay", "-b", "127.0.0.1:1", "--export", str(tmp_path / "x.docx")), 2, ".ndjson", ".md")


def test_no_brokers_configured_says_what_to_do(agentctl: Program) -> None:
    says(agentctl("replay", "w"), 2, "-b", "sandbox up")


def test_no_broker_there_is_known_within_ten_seconds_and_in_words(agentctl: Program) -> None:
    began = time.monotonic()
    answer = agentctl("replay", "w", "-b", "127.0.0.1:1")
    assert time.monotonic() - began < 10
    says(answer, 6, "127.0.0.1:1", "hint:")
    assert not re.search(r"%\d\||rdkafka|\bFAIL\b", answer.stderr)


def test_a_listener_that_never_answers_is_given_up_within_ten_seconds(agentctl: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        began = time.monotonic()
        answer = agentctl("replay", "w", "-b", address)
        assert time.monotonic() - began < 11
    says(answer, 6, address)


def test_a_name_that_does_not_resolve(agentctl: Program) -> None:
    says(agentctl("replay", "w", "-b", "no-such-host.invalid:9092"), 6, "no-such-host.invalid:9092")


def test_an_unknown_option_and_an_unknown_command_are_usage(agentctl: Program) -> None:
    says(agentctl("replay", "--sinse", "now"), 2, "--sinse")
    says(agentctl("repaly"), 2, "repaly", "replay")


def test_a_source_file_that_is_not_there(agentctl: Program, tmp_path: Path) -> None:
    says(agentctl("replay", "--source", str(tmp_path / "gone.ndjson")), 4, "gone.ndjson")


def test_a_broken_line_of_a_source_file_is_named_and_the_rest_answered(
    agentctl: Program, broker: Broker, tmp_path: Path
) -> None:
    topic = broker.topic("lines", config={"retention.ms": "-1"})
    broker.produce(topic, [(None, b'{"id": "e%d"}' % n, [], 1_700_000_000_000 + n, 0) for n in range(3)])
    export = tmp_path / "x.ndjson"
    agentctl("replay", "-b", broker.bootstrap, "-t", topic, "--export", str(export))
    lines = export.read_text().splitlines()
    export.write_text("\n".join([lines[0], '{"broken', lines[2]]) + "\n")
    answer = agentctl("replay", "--source", str(export), "-o", "json")
    assert answer.exit_code == 7
    assert [row["event_id"] for row in answer.json["rows"]] == ["e0", "e2"]
    assert any("line 2" in reason for reason in answer.json["coverage"]["reasons"])
