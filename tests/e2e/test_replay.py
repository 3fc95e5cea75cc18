"""`agentctl replay` as a user runs it, against real brokers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import ms
from tests.harness import Answer, Broker, Program

Produce = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]], int, int]


def said(at: str, partition: int = 0, key: str | None = None, **payload: object) -> Produce:
    """One record with a JSON payload, at a time of the tests' day."""
    value = json.dumps(payload).encode()
    return (None if key is None else key.encode(), value, [], ms(at), partition)


@pytest.fixture
def night(broker: Broker) -> str:
    """A topic with two workflows, three agents, and an effect that was stamped before its cause."""
    topic = broker.topic("night", partitions=3, config={"retention.ms": "-1"})
    broker.produce(
        topic,
        [
            said("03:00", 0, id="a1", workflow_id="wf_one", agent="research", topic="k8s", type="analysis"),
            said("03:05", 1, id="m1", workflow_id="wf_one", agent="marketing", topic="k8s", cause="a1"),
            said("03:04", 2, id="s1", workflow_id="wf_two", agent="sales", topic="rag", cause="s0"),
            said("03:06", 0, id="s0", workflow_id="wf_two", agent="research", topic="rag"),
            said("03:20", 1, id="m2", workflow_id="wf_one", agent="marketing", topic="k8s", type="done"),
            said("09:00", 2, id="n1", workflow_id="wf_ten", agent="seo", note="mentions wf_one in passing"),
        ],
    )
    return topic


Replay = Callable[..., Answer]


@pytest.fixture
def replay(agentctl: Program, broker: Broker, night: str) -> Replay:
    """Run replay on that topic and nothing else."""

    def run(*words: str) -> Answer:
        return agentctl("replay", "-b", broker.bootstrap, "-t", night, *words)

    return run


def ids(answer: Answer) -> list[str]:
    return [row["event_id"] for row in answer.json["rows"]]


def test_a_workflow_is_replayed_in_order_over_all_partitions(replay: Replay, night: str) -> None:
    answer = replay("wf_one", "-o", "json")
    assert answer.exit_code == 0, answer.stderr
    assert ids(answer) == ["a1", "m1", "m2"]
    document = answer.json
    assert document["schema"] == "agentctl.replay/1"
    assert document["summary"] == {
        "workflow_ids": ["wf_one"],
        "agents": ["research", "marketing"],
        "topics": [night],
        "events": 3,
        "started": "2026-11-23T03:00:00.000Z",
        "ended": "2026-11-23T03:20:00.000Z",
        "duration_ms": 20 * 60_000,
        "more": 0,
        "not_found": [],
    }
    first, second, _ = document["rows"]
    assert (first["topic"], first["partition"], first["offset"]) == (night, 0, 0)
    assert (second["cause"], second["cause_kind"], second["gap_ms"]) == (1, "stated", 5 * 60_000)
    assert second["read_age_ms"] == 5 * 60_000


def test_every_row_carries_every_field_of_the_contract(replay: Replay) -> None:
    row = replay("wf_one", "-o", "json").json["rows"][0]
    assert set(row) == {
        *("n", "time", "gap_ms", "agent", "type", "workflow_id", "work_item", "event_id", "what", "topic"),
        *("partition", "offset", "timestamp", "timestamp_type", "event_time", "cause", "cause_kind"),
        *("reordered", "transaction", "read_age_ms", "step", "total", "status", "schema_version", "source"),
        *("consumed", "findings", "downstream_of", "undecodable"),
    }


def test_the_coverage_names_every_partition_and_adds_up(replay: Replay, night: str) -> None:
    coverage = replay("wf_one", "-o", "json").json["coverage"]
    assert coverage["complete"] is True
    assert coverage["records_scanned"] == 6
    assert coverage["as_of"].endswith("Z")
    assert [(p["holes"], p["lost"]) for p in coverage["partitions"]] == [(0, 0)] * 3
    assert [(p["topic"], p["partition"], p["end"], p["scanned"]) for p in coverage["partitions"]] == [
        (night, 0, 2, 2),
        (night, 1, 2, 2),
        (night, 2, 2, 2),
    ]


def test_several_ids_are_one_timeline(replay: Replay) -> None:
    assert ids(replay("wf_one", "wf_ten", "-o", "json")) == ["a1", "m1", "m2", "n1"]


def test_ids_without_an_event_are_named(replay: Replay) -> None:
    assert "no event of wf_none" in replay("wf_one", "wf_none", "-o", "table").stdout
    answer = replay("wf_one", "wf_none", "-o", "json")
    assert answer.exit_code == 0
    assert answer.json["summary"]["not_found"] == ["wf_none"]


def test_an_effect_stands_after_its_cause_and_is_marked(replay: Replay) -> None:
    answer = replay("wf_two", "-o", "json")
    assert ids(answer) == ["s0", "s1"]
    assert [row["reordered"] for row in answer.json["rows"]] == [False, True]
    assert [row["gap_ms"] for row in answer.json["rows"]] == [None, -2 * 60_000]


def test_an_id_may_be_a_work_item_an_event_id_or_a_place(replay: Replay, night: str) -> None:
    assert ids(replay("rag", "-o", "json")) == ["s0", "s1"]
    assert ids(replay("m2", "-o", "json")) == ["m2"]
    assert ids(replay(f"{night}[1]@1", "-o", "json")) == ["m2"]


def test_a_window_is_half_open(replay: Replay) -> None:
    answer = replay("--since", "2026-11-23T03:05:00Z", "--until", "2026-11-23 03:20", "-o", "json")
    assert ids(answer) == ["m1", "s0"]
    assert answer.json["window"] == {
        "since": "2026-11-23T03:05:00.000Z",
        "until": "2026-11-23T03:20:00.000Z",
        "clock": "record",
    }


def test_agents_and_types_select(replay: Replay) -> None:
    assert ids(replay("--agent", "sales", "--agent", "seo", "-o", "json")) == ["s1", "n1"]
    assert ids(replay("--type", "done", "-o", "json")) == ["m2"]


def test_anywhere_finds_what_grep_would_find(replay: Replay) -> None:
    assert ids(replay("wf_one", "--match", "anywhere", "-o", "json")) == ["a1", "m1", "m2", "n1"]


def test_a_limit_keeps_the_first_and_says_how_many_follow(replay: Replay) -> None:
    answer = replay("--limit", "2", "-o", "json")
    assert answer.exit_code == 0
    assert ids(answer) == ["a1", "m1"]
    assert answer.json["summary"]["more"] == 4


def test_payload_adds_the_bytes_and_what_they_say(replay: Replay) -> None:
    row = replay("m1", "--payload", "-o", "json").json["rows"][0]
    assert row["payload"]["cause"] == "a1"
    assert json.loads(row["value"]) == row["payload"]
    assert (row["key"], row["headers"]) == (None, [])


def test_an_id_that_is_not_there_says_what_was_searched_and_what_is_near(replay: Replay) -> None:
    answer = replay("wf_onee")
    assert answer.exit_code == 4
    assert "wf_onee" in answer.stderr
    assert "6 records" in answer.stderr
    assert "wf_one" in answer.stderr.replace("wf_onee", "")


def test_an_id_that_stands_only_in_text_is_said_to_stand_there(replay: Replay) -> None:
    answer = replay("in passing", "-o", "json")
    assert answer.exit_code == 4
    assert answer.json["rows"] == []
    assert "1 event" in answer.stderr
    assert "--match anywhere" in answer.stderr


def test_an_export_is_replayed_without_a_broker(replay: Replay, agentctl: Program, tmp_path: Path) -> None:
    export = tmp_path / "incident.ndjson"
    assert replay("--export", str(export)).exit_code == 0
    again = agentctl("replay", "--source", str(export), "-o", "json")
    direct = replay("-o", "json")
    assert again.exit_code == 0, again.stderr
    assert [{**row, "source": "kafka"} for row in again.json["rows"]] == direct.json["rows"]
    assert {row["source"] for row in again.json["rows"]} == {"file"}


def test_a_replay_leaves_no_consumer_group_behind(replay: Replay, broker: Broker) -> None:
    before = {group.group_id for group in broker.admin.list_consumer_groups().result().valid}
    assert replay("wf_one").exit_code == 0
    after = {group.group_id for group in broker.admin.list_consumer_groups().result().valid}
    assert after == before
