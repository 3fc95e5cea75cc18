"""Partitions that cannot hold a key are left out, and only where real keys bear the promise out."""

import json
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions

from agentctl.kafka.partitioners import Partitioner
from agentctl.kafka.topics import Topic
from agentctl.sources.pruning import Keys, judged
from tests.harness import Answer, Broker, Program

KEYS = [f"wf_{n:03}" for n in range(60)]


def placed(*by: Partitioner, partitions: int = 4) -> Keys:
    keys = Keys()
    for n, key in enumerate(KEYS):
        partitioner = by[n % len(by)]
        keys.found[key.encode()] = {partitioner.place(key.encode(), partitions)}
    return keys


TOPIC = Topic("t", (0, 1, 2, 3), None)


@pytest.mark.parametrize("partitioner", list(Partitioner))
def test_keys_of_one_partitioner_tell_where_an_id_lies(partitioner: Partitioner) -> None:
    verdict = judged(TOPIC, placed(partitioner), ["wf_007", "wf_008"])
    assert verdict.partitions == frozenset({partitioner.place(b"wf_007", 4), partitioner.place(b"wf_008", 4)})
    assert partitioner in verdict.sentence


def test_keys_of_two_partitioners_are_not_believed() -> None:
    assert judged(TOPIC, placed(*Partitioner), ["wf_007"]).partitions is None


def test_a_key_in_two_partitions_is_not_believed() -> None:
    keys = placed(Partitioner.CRC32)
    keys.found[b"wf_001"] = {0, 1}
    assert judged(TOPIC, keys, ["wf_007"]).partitions is None


def test_keys_from_before_partitions_were_added_are_not_believed() -> None:
    assert judged(TOPIC, placed(Partitioner.CRC32, partitions=3), ["wf_007"]).partitions is None


def test_records_without_a_key_and_few_keys_are_not_believed() -> None:
    keys = placed(Partitioner.CRC32)
    keys.missing = 1
    assert judged(TOPIC, keys, ["wf_007"]).partitions is None
    few = Keys(dict(list(placed(Partitioner.CRC32).found.items())[:5]))
    assert judged(TOPIC, few, ["wf_007"]).partitions is None


def test_murmur2_is_the_java_clients() -> None:
    # From Apache Kafka's own test of its hash: org.apache.kafka.common.utils.UtilsTest.
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}
    for key, signed in known.items():
        assert Partitioner.MURMUR2.place(key, 2**31) == signed & 0x7FFFFFFF


def fill(broker: Broker, topic: str, partitioner: str, field: str = "workflow_id") -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "partitioner": partitioner, "log_level": 0})
    for key in KEYS:
        for step in range(3):
            producer.produce(topic, json.dumps({field: key, "step": step}), key)
    assert producer.flush(30) == 0


Replay = Callable[..., Answer]


@pytest.fixture
def replay(agentctl: Program, broker: Broker) -> Replay:
    """Replay an id from one topic whose key is configured to be the workflow."""

    def run(topic: str, *words: str) -> Answer:
        (agentctl.folder / "agentctl.toml").write_text(f'[topics.{topic}]\nkey = "workflow_id"\n')
        return agentctl("replay", *words, "-b", broker.bootstrap, "-t", topic, "-o", "json")

    return run


def unread(answer: Answer) -> list[int]:
    return [part["partition"] for part in answer.json["coverage"]["partitions"] if part["pruned"] == "key"]


@pytest.mark.parametrize("partitioner", ["murmur2_random", "consistent_random"])
def test_only_the_keys_partition_is_read(replay: Replay, broker: Broker, partitioner: str) -> None:
    topic = broker.topic("keyed", partitions=6)
    fill(broker, topic, partitioner)
    answer = replay(topic, "wf_007")
    assert answer.exit_code == 0
    assert [row["step"] for row in answer.json["rows"]] == [0, 1, 2]
    assert len(unread(answer)) == 5
    assert any("read in 1 of 6 partitions" in reason for reason in answer.json["coverage"]["reasons"])
    assert answer.json["coverage"]["complete"] is True


def test_one_key_by_both_partitioners_is_found_whole(replay: Replay, broker: Broker) -> None:
    topic = broker.topic("mixed", partitions=6)
    fill(broker, topic, "murmur2_random")
    fill(broker, topic, "consistent_random")
    answer = replay(topic, "wf_007")
    assert len(answer.json["rows"]) == 6
    assert unread(answer) == []


def test_partitions_added_after_the_keys_were_written(replay: Replay, broker: Broker) -> None:
    topic = broker.topic("grown", partitions=3)
    fill(broker, topic, "murmur2_random")
    broker.admin.create_partitions([NewPartitions(topic, 6)])[topic].result(30)
    broker.until_served(topic, 6)
    fill(broker, topic, "murmur2_random")
    answer = replay(topic, "wf_007")
    assert len(answer.json["rows"]) == 6
    assert unread(answer) == []


def test_an_id_that_is_not_the_key_after_all_is_looked_for_everywhere(replay: Replay, broker: Broker) -> None:
    topic = broker.topic("other", partitions=6)
    fill(broker, topic, "murmur2_random")
    broker.produce(
        topic, [(b"wf_001", b'{"workflow_id": "wf_001", "topic": "item"}', [], None, n) for n in (0, 5)]
    )
    answer = replay(topic, "item")
    assert len(answer.json["rows"]) == 2
    assert unread(answer) == []
    coverage = answer.json["coverage"]
    assert coverage["records_scanned"] == len(KEYS) * 3 + 2
    assert [part["scanned"] for part in coverage["partitions"]] == [
        part["end"] for part in coverage["partitions"]
    ]


def test_one_id_that_is_the_key_does_not_hide_another_that_is_not(replay: Replay, broker: Broker) -> None:
    topic = broker.topic("both", partitions=6)
    fill(broker, topic, "murmur2_random")
    broker.produce(
        topic, [(b"wf_001", b'{"workflow_id": "wf_001", "topic": "item"}', [], None, n) for n in range(6)]
    )
    answer = replay(topic, "wf_007", "item")
    assert len(answer.json["rows"]) == 3 + 6
    assert answer.json["summary"]["not_found"] == []


def test_a_workflow_is_not_looked_for_where_work_items_lie(agentctl: Program, broker: Broker) -> None:
    claims, steps = broker.topic("claims", partitions=6), broker.topic("steps")
    fill(broker, claims, "murmur2_random", "topic")
    broker.produce(claims, [(b"wf_001", b'{"workflow_id": "w", "topic": "wf_001"}', [], None, 1)])
    broker.produce(steps, [(None, b'{"workflow_id": "w", "step": 1}', [], None, 0)])
    (agentctl.folder / "agentctl.toml").write_text(f'[topics.{claims}]\nkey = "work_item"\n')
    words = ("replay", "w", "-b", broker.bootstrap, "-t", claims, "-t", steps, "-o", "json")
    answer = agentctl(*words)
    assert {row["topic"] for row in answer.json["rows"]} == {claims, steps}
    assert unread(answer) == []


def test_without_a_promise_everything_is_read(agentctl: Program, broker: Broker) -> None:
    topic = broker.topic("plain", partitions=6)
    fill(broker, topic, "murmur2_random")
    words = ("replay", "wf_007", "-b", broker.bootstrap, "-t", topic, "-o", "json")
    assert unread(agentctl(*words)) == []
    promised = agentctl(*words, "--keyed")
    assert len(unread(promised)) == 5
    assert len(promised.json["rows"]) == 3


def test_the_plan_is_explained_without_a_scan(agentctl: Program, broker: Broker) -> None:
    topic = broker.topic("planned", partitions=6)
    fill(broker, topic, "murmur2_random")
    answer = agentctl(
        "replay", "wf_007", "--keyed", "--explain", "-b", broker.bootstrap, "-t", topic, "-o", "json"
    )
    assert answer.exit_code == 0
    assert answer.json["schema"] == "agentctl.plan/1"
    assert [row["pruned"] for row in answer.json["rows"]].count("key") == 5
    assert answer.json["summary"]["partitions_to_read"] == 1
    assert answer.json["summary"]["expected_records"] == sum(row["records"] for row in answer.json["rows"])
