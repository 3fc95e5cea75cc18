"""`agentctl lag` on brokers: every case named, no wrong number, the exit codes that scripts rely on."""

import time

import pytest
from confluent_kafka import Producer, TopicPartition

from agentctl.lag.commits import Commit
from agentctl.sandbox.writing import write_history
from tests.cli.groups import AGO_MS, NOW_MS, commit, dated, lag, member
from tests.harness import Broker, Program
from tests.watched import watched


def test_offsets_and_seconds_of_a_group_that_is_behind(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    commit(broker, f"{topic}-g", {(topic, 0): 4})

    answer = lag(agentctl, broker, f"{topic}-g")

    assert answer.exit_code == 0, answer.stderr
    [row] = answer.json["rows"]
    assert answer.json["schema"] == "agentctl.lag/1"
    assert (row["committed"], row["log_start"], row["log_end"], row["stable_end"], row["lag"]) == (
        *(4, 0, 10, 10),
        6,
    )
    assert (row["method"], row["error_seconds"], row["behind_seconds"]) == ("record", 0.0, 5.0)
    as_of_ms = int(NOW_MS - AGO_MS + 4_000 + row["oldest_unread_seconds"] * 1_000)
    assert abs(as_of_ms - int(time.time() * 1_000)) < 60_000
    assert row["lag_seconds"] == row["oldest_unread_seconds"]


def test_two_groups_on_one_topic_are_not_mixed_up(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    for group, offset in (("a", 10), ("b", 3)):
        commit(broker, f"{topic}-{group}", {(topic, 0): offset})

    together = lag(agentctl, broker, f"{topic}-a", f"{topic}-b").json["rows"]
    everybody = lag(agentctl, broker, "-t", topic).json["rows"]

    assert {row["group"]: row["lag"] for row in together} == {f"{topic}-a": 0, f"{topic}-b": 7}
    assert {row["group"]: row["lag"] for row in everybody} == {f"{topic}-a": 0, f"{topic}-b": 7}


def test_the_furthest_behind_comes_first_and_all_partitions_of_its_topics_are_there(
    broker: Broker, agentctl: Program
) -> None:
    topic = broker.topic(partitions=3)
    for partition, ago_ms in ((0, 100_000), (1, 400_000), (2, 200_000)):
        broker.produce(topic, dated(2, ago_ms=ago_ms, partition=partition))
    commit(broker, f"{topic}-g", {(topic, 0): 0, (topic, 2): 2})

    rows = lag(agentctl, broker, f"{topic}-g").json["rows"]

    assert [(row["partition"], row["lag"]) for row in rows] == [(1, 2), (0, 2), (2, 0)]
    assert "never-committed" in rows[0]["notes"]
    assert rows[0]["committed"] is None


def test_odd_positions_are_named_and_never_counted_wrong(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic(partitions=3)
    for partition in range(3):
        broker.produce(topic, dated(10, partition=partition))
    commit(broker, f"{topic}-g", {(topic, 0): 2, (topic, 1): 10, (topic, 2): 10})
    futures = broker.admin.delete_records([TopicPartition(topic, 0, 7), TopicPartition(topic, 1, 10)])
    for future in futures.values():
        future.result(30)
    commit(broker, f"{topic}-far", {(topic, 2): 99})

    own = {row["partition"]: row for row in lag(agentctl, broker, f"{topic}-g").json["rows"]}
    far = {row["partition"]: row for row in lag(agentctl, broker, f"{topic}-far").json["rows"]}

    assert (own[0]["lag"], "lost 5" in own[0]["notes"]) == (3, True)
    assert (own[1]["lag"], own[1]["lag_seconds"], own[1]["log_start"]) == (0, 0.0, 10)
    assert (far[2]["lag"], "committed-beyond-end" in far[2]["notes"]) == (0, True)


def test_a_living_member_is_named_with_its_partition_although_nothing_is_committed(
    broker: Broker, agentctl: Program
) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(3))
    with member(broker, f"{topic}-g", topic) as client:
        answer = lag(agentctl, broker, f"{topic}-g")
        by_member = lag(agentctl, broker, f"{topic}-g", "--by", "member")

    [row] = answer.json["rows"]
    assert (row["state"], row["client_id"], row["committed"], row["lag"]) == ("stable", client, None, 3)
    assert row["host"]
    assert "inactive" not in row["notes"]
    [summed] = by_member.json["rows"]
    assert (summed["client_id"], summed["partitions"], summed["lag"]) == (client, 1, 3)


def test_an_open_transaction_is_what_holds_back(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(4))
    commit(broker, f"{topic}-g", {(topic, 0): 4})
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": topic, "log_level": 0})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"{}", timestamp=NOW_MS - 50_000)
    producer.flush(30)
    try:
        [held] = lag(agentctl, broker, f"{topic}-g").json["rows"]
        why = lag(agentctl, broker, "why", f"{topic}-g")
    finally:
        producer.abort_transaction(30)
    [freed] = lag(agentctl, broker, f"{topic}-g").json["rows"]

    assert (held["lag"], held["stable_end"], "open-transaction" in held["notes"]) == (1, 4, True)
    assert held["oldest_unread_seconds"] >= 50
    assert why.json["summary"]["cause"] == "open-transaction"
    assert (freed["lag"], freed["lag_seconds"], freed["verdict"]) == (2, 0.0, "OK")
    assert "nothing-readable" in freed["notes"]


def test_a_group_that_is_not_there_is_answered_with_near_names(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic("audit")
    broker.produce(topic, dated(1))
    commit(broker, f"{topic}-oracle", {(topic, 0): 0})

    answer = lag(agentctl, broker, f"{topic}-orcale")

    assert answer.exit_code == 4
    assert f"no such consumer group: {topic}-orcale" in answer.stderr
    assert f"did you mean {topic}-oracle" in answer.stderr


def test_a_topic_that_is_not_there_is_named(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic("tasks")
    broker.produce(topic, dated(1))
    commit(broker, f"{topic}-g", {(topic, 0): 0})

    answer = lag(agentctl, broker, f"{topic}-g", "-t", f"{topic}x")

    assert (answer.exit_code, f"no such topic: {topic}x" in answer.stderr) == (4, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--max-seconds", "300"), 3),
        (("--max-seconds", "100000"), 0),
        (("--max-records", "5"), 3),
        (("--max-records", "6"), 0),
    ],
)
def test_a_threshold_that_is_exceeded_is_exit_3(
    broker: Broker, agentctl: Program, words: tuple[str, ...], code: int
) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    commit(broker, f"{topic}-g", {(topic, 0): 4})

    answer = lag(agentctl, broker, f"{topic}-g", *words)

    assert answer.exit_code == code, answer.stderr
    assert answer.json["summary"]["exceeded"] == (1 if code else 0)


@pytest.mark.parametrize(
    "words", [("--max-seconds", "nan"), ("--max-seconds", "-1"), ("--max-records", "-1")]
)
def test_a_threshold_that_is_none_is_refused_before_any_broker(
    agentctl: Program, words: tuple[str, ...]
) -> None:
    answer = agentctl("lag", *words, "-b", "127.0.0.1:1")

    assert (answer.exit_code, answer.stderr.startswith(f"agentctl: {words[0]} ")) == (2, True)


def test_nobody_answers(agentctl: Program) -> None:
    answer = agentctl("lag", "-b", "127.0.0.1:1")

    assert (answer.exit_code, "127.0.0.1:1" in answer.stderr) == (6, True)


def test_offsets_alone_are_judged_by_offsets_alone(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    commit(broker, f"{topic}-g", {(topic, 0): 4})

    [row] = lag(agentctl, broker, f"{topic}-g", "--seconds", "none").json["rows"]

    assert (row["lag"], row["lag_seconds"], row["method"], row["verdict"]) == (6, None, "none", "UNKNOWN")


def test_an_estimate_states_its_error_and_keeps_it(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(100))
    commit(broker, f"{topic}-g", {(topic, 0): 40})

    [exact] = lag(agentctl, broker, f"{topic}-g", "--seconds", "exact").json["rows"]
    [row] = lag(agentctl, broker, f"{topic}-g", "--seconds", "estimate").json["rows"]

    assert row["method"] == "time-index"
    assert abs(row["behind_seconds"] - exact["behind_seconds"]) <= row["error_seconds"] + 0.001


def test_without_a_history_the_verdict_is_unknown_and_says_why(
    embedded_broker: Broker, agentctl: Program
) -> None:
    topic = embedded_broker.topic()
    embedded_broker.produce(topic, dated(10))
    commit(embedded_broker, f"{topic}-g", {(topic, 0): 4})

    [row] = lag(agentctl, embedded_broker, f"{topic}-g").json["rows"]

    assert row["verdict"] == "UNKNOWN"
    assert [note for note in row["notes"] if note.startswith("not judged")]


def test_a_sample_tells_a_group_that_stands_still(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    commit(broker, f"{topic}-g", {(topic, 0): 4})

    [row] = lag(agentctl, broker, f"{topic}-g", "--sample", "3s").json["rows"]

    assert (row["verdict"], row["rate_in"], row["rate_out"]) == ("STOP", 0.0, 0.0)
    assert row["commits_judged"] >= 3


def test_verdicts_come_from_the_commits_that_apache_kafka_keeps(
    apache_broker: Broker, agentctl: Program
) -> None:
    topic = apache_broker.topic(config={"message.timestamp.type": "LogAppendTime"})
    group = f"{topic}-g"
    apache_broker.produce(topic, [(None, b"{}", None, None, 0)] * 10)
    commit(apache_broker, group, {(topic, 0): 4})
    now_ms = int(time.time() * 1_000)
    later = [Commit(group, topic, 0, 4, now_ms + n * 2_000) for n in range(1, 5)]
    write_history(apache_broker.bootstrap, apache_broker.admin, later)

    answer = lag(agentctl, apache_broker, group, "--exit-code")

    [row] = answer.json["rows"]
    assert (answer.exit_code, row["verdict"], row["commits_judged"]) == (3, "STALL", 5)
    assert lag(agentctl, apache_broker, group).exit_code == 0


def test_by_topic_says_what_to_do(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic(partitions=2)
    broker.produce(topic, dated(10))
    commit(broker, f"{topic}-g", {(topic, 0): 4, (topic, 1): 0})

    [row] = lag(agentctl, broker, "-t", topic, "--by", "topic").json["rows"]

    assert (row["topic"], row["partitions"], row["groups"], row["lag"]) == (topic, 2, 1, 6)
    assert row["behind_groups"] == [f"{topic}-g"]
    assert row["advice"] == f"nobody reads for {topic}-g: start a member, or delete the group"


def test_watched_through_a_pipe_each_change_is_a_line(broker: Broker, agentctl: Program) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    group = f"{topic}-g"
    commit(broker, group, {(topic, 0): 4})
    words = ("lag", group, "--watch", "--interval", "200ms", "--max-seconds", "300", "-o", "ndjson")
    with watched(agentctl, *words, "-b", broker.bootstrap) as running:
        running.until("\n")
        commit(broker, group, {(topic, 0): 10})
        running.until("\n", times=2)
    first, second = running.rows

    assert (first["schema"], first["group"], first["topic"], first["was"]) == (
        "agentctl.lag.changes/1",
        *(group, topic, "new"),
    )
    assert first["now"].startswith("over the limit")
    assert (second["now"], second["lag"]) == ("OK", 0)


def test_a_deleted_topic_with_offsets_left_is_named(embedded_broker: Broker, agentctl: Program) -> None:
    topic = embedded_broker.topic()
    embedded_broker.produce(topic, dated(3))
    commit(embedded_broker, f"{topic}-g", {(topic, 0): 1})
    embedded_broker.admin.delete_topics([topic])[topic].result(30)

    answer = lag(agentctl, embedded_broker, f"{topic}-g")

    [row] = answer.json["rows"]
    assert (row["lag"], row["lag_seconds"], "topic-deleted" in row["notes"]) == (None, None, True)
