"""`agentctl diff` as a user runs it: two files without a broker, two workflows, or one of each."""

import json
from pathlib import Path

import pytest

from tests.builders import ms
from tests.harness import Broker, Program

Payload = dict[str, object]

GOOD: list[tuple[str, Payload]] = [
    ("03:00", {"agent": "research", "topic": "k8s", "type": "analysis_complete"}),
    ("03:01", {"agent": "content", "topic": "k8s", "type": "claim"}),
    ("03:09", {"agent": "content", "topic": "k8s", "type": "result", "status": "ok"}),
]
BAD: list[tuple[str, Payload]] = [
    ("13:00", {"agent": "research", "topic": "rag", "type": "analysis_complete"}),
    ("13:01", {"agent": "content", "topic": "rag", "type": "claim"}),
    ("13:02", {"agent": "sales", "topic": "rag", "type": "claim"}),
    ("13:09", {"agent": "content", "topic": "rag", "type": "result", "status": "failed"}),
]
SENTENCE = "They first differ at #3 of B, 2m after the start: sales claim  rag: only in B."


def values(workflow: str, run: list[tuple[str, Payload]]) -> list[bytes]:
    return [
        json.dumps({"id": f"{workflow}-{at}", "workflow_id": workflow, **said}).encode() for at, said in run
    ]


def written(path: Path, workflow: str, run: list[tuple[str, Payload]]) -> str:
    """Write the file that replay would have exported; return its name."""
    with path.open("w") as file:
        for n, ((at, _), value) in enumerate(zip(run, values(workflow, run), strict=True)):
            row = {
                "topic": "night-log",
                "partition": 0,
                "offset": n,
                "timestamp": f"2026-11-23T{at}:00.000Z",
                "timestamp_type": "create",
                "key": None,
                "value": value.decode(),
                "headers": [],
            }
            file.write(json.dumps(row) + "\n")
    return path.name


@pytest.fixture
def good(agentctl: Program) -> str:
    return written(agentctl.folder / "good.ndjson", "w1", GOOD)


@pytest.fixture
def bad(agentctl: Program) -> str:
    return written(agentctl.folder / "bad.jsonl", "w2", BAD)


@pytest.fixture
def night(broker: Broker) -> str:
    """Both runs in one topic of three partitions, and a third one that is not asked for."""
    topic = broker.topic("runs", partitions=3, config={"retention.ms": "-1"})
    for partition, (workflow, run) in enumerate([("w1", GOOD), ("w2", BAD), ("w3", GOOD)]):
        found = zip(run, values(workflow, run), strict=True)
        broker.produce(topic, [(None, value, [], ms(at), partition) for (at, _), value in found])
    return topic


def test_two_files_are_compared_without_a_broker(agentctl: Program, good: str, bad: str) -> None:
    answer = agentctl("diff", good, bad, "-o", "json")
    assert answer.exit_code == 0, answer.stderr
    assert answer.json["schema"] == "agentctl.diff/1"
    assert [
        (row["n_a"], row["n_b"], row["what"], row["same"], row["difference"]) for row in answer.json["rows"]
    ] == [
        (1, 1, "analysis_complete  k8s", True, None),
        (2, 2, "claim  k8s", True, None),
        (None, 3, "claim  rag", False, "only in B"),
        (3, 4, "result  k8s  ok", False, "other status: ok, in B failed"),
    ]
    assert answer.json["summary"]["sentence"] == SENTENCE
    assert answer.json["summary"]["first_divergence"]["place_b"] == "night-log[0]@2"


def test_a_person_reads_the_first_divergence_above_the_rows(agentctl: Program, good: str, bad: str) -> None:
    shown = agentctl.terminal("diff", good, bad, columns=100).stdout
    assert "A good.ndjson  B bad.jsonl" in shown
    assert SENTENCE in shown
    assert "other status: ok, in B failed" in shown


def test_the_exit_code_says_whether_they_differ_when_it_is_asked(
    agentctl: Program, good: str, bad: str
) -> None:
    assert agentctl("diff", good, bad, "--exit-code").exit_code == 3
    assert agentctl("diff", good, good, "--exit-code").exit_code == 0
    assert agentctl("diff", good, bad).exit_code == 0


def test_only_the_rows_that_differ(agentctl: Program, good: str, bad: str) -> None:
    rows = agentctl("diff", good, bad, "--different", "-o", "ndjson").rows
    assert [(row["n_a"], row["n_b"]) for row in rows] == [(None, 3), (3, 4)]


def test_a_run_without_events_ends_in_4_with_a_document_without_rows(agentctl: Program, good: str) -> None:
    (agentctl.folder / "empty.ndjson").write_text("")
    answer = agentctl("diff", good, "empty.ndjson", "-o", "json", "--exit-code")
    assert answer.exit_code == 4
    assert answer.json["rows"] == []
    assert answer.json["summary"]["same"] is None
    assert "empty.ndjson holds no event that was asked for." in answer.stderr


def test_a_file_that_could_not_be_read_whole_ends_in_7(agentctl: Program, good: str, bad: str) -> None:
    with (agentctl.folder / bad).open("a") as file:
        file.write("{broken\n")
    answer = agentctl("diff", good, bad, "-o", "json", "--exit-code")
    assert answer.exit_code == 7
    assert "line 5" in answer.json["coverage"]["reasons"][0]


def test_a_file_that_is_not_there_is_named(agentctl: Program, good: str) -> None:
    answer = agentctl("diff", good, "no-such.ndjson")
    assert answer.exit_code == 4
    assert "there is no file" in answer.stderr
    assert "no-such.ndjson" in answer.stderr


def test_a_file_needs_no_ending_when_it_is_there(agentctl: Program, good: str) -> None:
    (agentctl.folder / good).rename(agentctl.folder / "incident_42")
    written(agentctl.folder / good, "w1", GOOD)
    assert agentctl("diff", good, "incident_42", "-o", "json").json["summary"]["same"] is True


def test_two_workflows_inside_of_one_file(agentctl: Program, good: str) -> None:
    path = agentctl.folder / "both.ndjson"
    written(path, "w1", GOOD)
    first = path.read_text()
    written(path, "w2", BAD)
    path.write_text(first + path.read_text().replace('"partition": 0', '"partition": 1'))
    answer = agentctl("diff", "w1", "w2", "--source", "both.ndjson", "-o", "json")
    assert answer.json["summary"]["sentence"] == SENTENCE


def test_two_workflows_in_kafka_are_read_in_one_pass(agentctl: Program, broker: Broker, night: str) -> None:
    answer = agentctl("diff", "w1", "w2", "-b", broker.bootstrap, "-t", night, "-o", "json", "--exit-code")
    assert answer.exit_code == 3, answer.stderr
    assert answer.json["summary"]["sentence"] == SENTENCE
    assert answer.json["coverage"]["records_scanned"] == len(GOOD) + len(BAD) + len(GOOD)
    same = agentctl("diff", "w1", "w3", "-b", broker.bootstrap, "-t", night, "-o", "json", "--exit-code")
    assert (same.exit_code, same.json["summary"]["same"]) == (0, True)


def test_a_file_and_a_workflow_in_kafka(agentctl: Program, broker: Broker, night: str) -> None:
    exported = agentctl("replay", "w1", "-b", broker.bootstrap, "-t", night, "--export", "good.ndjson")
    assert exported.exit_code == 0, exported.stderr
    answer = agentctl("diff", "good.ndjson", "w2", "-b", broker.bootstrap, "-t", night, "-o", "json")
    assert answer.json["summary"]["sentence"] == SENTENCE
    assert (answer.json["summary"]["a"], answer.json["summary"]["b"]) == ("good.ndjson", "w2")


def test_a_workflow_that_is_not_there_is_named_with_what_is_near(
    agentctl: Program, broker: Broker, night: str
) -> None:
    answer = agentctl("diff", "w1", "w22", "-b", broker.bootstrap, "-t", night, "-o", "json")
    assert answer.exit_code == 4
    assert answer.json["rows"] == []
    assert "Nothing matched w22 in" in answer.stderr
    assert "Near: w2" in answer.stderr


def test_text_of_events_reaches_the_screen_harmless(agentctl: Program, good: str) -> None:
    hostile: list[tuple[str, Payload]] = [
        ("03:00", {"agent": "a\x1b[2J", "topic": "[red]x", "type": "\u202ey\x9b", "status": "\x07"})
    ]
    written(agentctl.folder / "hostile.ndjson", "w", hostile)
    for words in ([], ["-o", "json"], ["-o", "md"], ["-o", "csv"], ["-o", "table"]):
        answer = agentctl("diff", good, "hostile.ndjson", *words)
        assert answer.exit_code == 0
        assert not set("\x1b\x9b\u202e\x07") & set(answer.stdout + answer.stderr)


def test_no_word_too_many_and_none_too_few(agentctl: Program, good: str) -> None:
    assert agentctl("diff", good).exit_code == 2
    assert agentctl("diff", good, good, good).exit_code == 2
