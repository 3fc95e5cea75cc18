"""``agentctl archive run --once`` and ``archive status``, as a user runs them."""

import signal
import time

import pytest
from confluent_kafka import Producer

from agentctl.archive.keys import LookupKey
from agentctl.archive.lookup import lookup_of
from tests.archiving.conftest import Yard, events, in_kafka
from tests.harness import Broker


def test_every_record_is_archived_byte_for_byte_and_a_second_run_finds_nothing_new(
    yard: Yard, broker: Broker
) -> None:
    topic = broker.topic("archived", 2)
    broker.produce(topic, events(700))
    first = yard.run(broker, topic, "-o", "json")
    assert first.exit_code == 0, first.stderr
    assert f"archiving {topic} (2 partitions) to {yard.address}" in first.stderr
    assert first.json["summary"]["records"] == 700
    assert [(row["found_at"], row["archived_to"], row["records"]) for row in first.json["rows"]] == [
        (0, 350, 350)
    ] * 2
    assert yard.archived(topic) == in_kafka(broker.bootstrap, topic, 2)
    before = yard.names()
    second = yard.run(broker, topic, "-o", "json")
    assert (second.exit_code, second.json["summary"]["objects"]) == (0, 0)
    assert yard.names() == before


def test_what_came_meanwhile_goes_on_where_the_archive_ends(yard: Yard, broker: Broker) -> None:
    topic = broker.topic("on", 2)
    for seed in range(3):
        broker.produce(topic, events(40, seed))
        assert yard.run(broker, topic).exit_code == 0
    assert [key.position for key in yard.objects(topic)] == [0, 20, 40] * 2
    assert yard.archived(topic) == in_kafka(broker.bootstrap, topic, 2)


def test_sidecars_lookups_and_settings_stand_beside_the_objects(yard: Yard, broker: Broker) -> None:
    topic = broker.topic("beside", 1, {"retention.ms": "86400000000"})
    broker.produce(topic, events(30, partitions=1))
    assert yard.run(broker, topic).exit_code == 0
    (key,) = yard.objects(topic)
    names = yard.names()
    assert f"events/{key.sidecar}" in names
    assert f"events/{key.pending}" not in names, "it stands in a lookup"
    lookups = {name: found for name in names if (found := LookupKey.parse(name)) is not None}
    assert {
        ref.key for name, found in lookups.items() for ref in lookup_of(yard.body(name), found).objects
    } == {key}
    (settings,) = (name for name in names if name.endswith("/topic.json"))
    assert b'"retention.ms": "86400000000"' in yard.body(settings)


def test_small_objects_follow_each_other(yard: Yard, broker: Broker) -> None:
    topic = broker.topic("small", 2)
    broker.produce(topic, events(6_000))
    assert yard.run(broker, topic, "--object-size", "64KiB").exit_code == 0
    assert len(yard.objects(topic)) > 4
    assert yard.archived(topic) == in_kafka(broker.bootstrap, topic, 2)


def test_what_is_open_waits_and_what_was_aborted_is_a_hole(yard: Yard, broker: Broker) -> None:
    topic = broker.topic("transactions", 1)
    for number, committed in enumerate((True, False, True)):
        producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": f"{topic}-{number}"})
        producer.init_transactions(30)
        producer.begin_transaction()
        for at in range(10):
            producer.produce(topic, f"{number}:{at}".encode(), partition=0)
        producer.flush(30)
        if committed:
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)
    open_ = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": f"{topic}-open"})
    open_.init_transactions(30)
    open_.begin_transaction()
    open_.produce(topic, b"open", partition=0)
    open_.flush(30)
    broker.produce(topic, [(None, b"behind it", None, None, 0)])
    assert yard.run(broker, topic).exit_code == 0
    archived = yard.archived(topic)
    assert archived == in_kafka(broker.bootstrap, topic, 1)
    assert len(archived) == 20
    open_.commit_transaction(30)
    assert yard.run(broker, topic).exit_code == 0
    assert yard.archived(topic) == in_kafka(broker.bootstrap, topic, 1)
    assert len(yard.archived(topic)) == 22


def test_what_retention_took_before_is_a_hole_from_0(yard: Yard, broker: Broker) -> None:
    from confluent_kafka import TopicPartition

    topic = broker.topic("cut", 1)
    broker.produce(topic, events(50, partitions=1))
    for future in broker.admin.delete_records([TopicPartition(topic, 0, 30)]).values():
        future.result(30)
    answer = yard.run(broker, topic, "-o", "json")
    assert answer.exit_code == 0
    (key,) = yard.objects(topic)
    assert key.position == 0
    assert (answer.json["rows"][0]["records"], answer.json["rows"][0]["holes"]) == (20, 30)
    assert yard.archived(topic) == in_kafka(broker.bootstrap, topic, 1)


def test_status_says_how_long_there_is(yard: Yard, broker: Broker) -> None:
    hour_ms = 3_600_000
    topic = broker.topic("status", 1, {"retention.ms": str(100 * hour_ms)})
    now_ms = time.time_ns() // 1_000_000
    broker.produce(topic, [(None, b"{}", None, now_ms - 50 * hour_ms, 0)])
    assert yard.run(broker, topic).exit_code == 0
    assert yard.status(broker, "-o", "json").json["summary"]["sentence"] == "every event is archived"
    broker.produce(topic, [(None, b"{}", None, now_ms - 10 * hour_ms, 0), (None, b"{}", None, now_ms, 0)])
    answer = yard.status(broker, "-o", "json")
    (row,) = answer.json["rows"]
    assert (row["archived_to"], row["log_start"], row["log_end"], row["objects"]) == (1, 0, 3, 1)
    assert 89.9 * 3600 < row["margin_seconds"] <= 90 * 3600
    assert row["bytes"] > 0
    assert row["from"] == row["until"]
    assert answer.json["summary"]["sentence"].startswith("the oldest unarchived event leaves Kafka in 3d ")
    assert "the oldest unarchived event leaves Kafka in 3d" in yard.status(broker, "-o", "table").stdout


def test_nothing_archived_is_said_with_4(yard: Yard, broker: Broker) -> None:
    answer = yard.status(broker)
    assert (answer.exit_code, answer.stdout) == (4, "")


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("--once", "--follow"), 2, "exclude each other"),
        (("--object-size", "much"), 2, "is no size"),
        (("--object-size", "1"), 2, "too small"),
        (("--max-age", "soon"), 2, "--max-age"),
        (("-t", "no-such-topic"), 4, "there is no topic no-such-topic"),
        (("--to", "s3://no-such-bucket-here/x"), 4, "no-such-bucket-here"),
    ],
)
def test_what_cannot_be_meant_is_told(
    yard: Yard, broker: Broker, words: tuple[str, ...], exit_code: int, said: str
) -> None:
    topic = broker.topic("bad", 1)
    broker.produce(topic, events(1, partitions=1))
    command = [*yard.words(broker.bootstrap, topic), *words]
    answer = yard.program(*command, environment=yard.environment)
    assert (answer.exit_code, said in answer.stderr) == (exit_code, True), answer.stderr
    assert yard.objects(topic) == []


def test_ctrl_c_ends_within_a_second_and_loses_nothing(yard: Yard, broker: Broker) -> None:
    topic = broker.topic("stopped", 2)
    broker.produce(topic, events(4_000))
    writer = yard.start(broker.bootstrap, topic, "--follow", "--object-size", "64KiB")
    while len(yard.objects(topic)) < 2:
        assert writer.poll() is None
    began = time.monotonic()
    writer.send_signal(signal.SIGINT)
    _, said = writer.communicate(timeout=30)
    took = time.monotonic() - began
    assert writer.returncode == 130
    assert b"Stopped by Ctrl-C" in said
    assert took < 3, "a second, on a machine that does much else"
    assert yard.run(broker, topic).exit_code == 0
    assert yard.archived(topic) == in_kafka(broker.bootstrap, topic, 2)
