"""Logs on which readers hang, lie or leave out, on real brokers: rows, order and coverage, each in full."""

import time

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, ResourceType

from agentctl.errors import NotFoundError
from agentctl.model.coverage import Pruned
from agentctl.model.query import Query, Window
from agentctl.model.record import TimestampType
from tests.builders import ms
from tests.harness import Broker
from tests.sources.reading import read, said

MINUTE = 60_000


def test_an_empty_partition_is_named_and_not_waited_for(broker: Broker) -> None:
    topic = broker.topic("empty", partitions=3)
    broker.produce(topic, [said("x", partition=1)])
    answer = read(broker, Query(topics=(topic,)))
    assert answer.values == [b"x"]
    assert [answer.of(n).pruned for n in range(3)] == [Pruned.EMPTY, None, Pruned.EMPTY]
    assert answer.coverage.complete


def test_a_topic_without_any_record_is_complete(broker: Broker) -> None:
    answer = read(broker, Query(topics=(broker.topic("void"),)))
    assert answer.records == []
    assert answer.coverage.complete


def test_a_window_that_ends_beyond_the_last_record(broker: Broker) -> None:
    topic = broker.topic("beyond")
    broker.produce(topic, [said(str(n), ms("03:00") + n * MINUTE) for n in range(10)])
    answer = read(broker, Query(topics=(topic,), window=Window(ms("03:07"), ms("23:00"))))
    assert answer.values == [b"7", b"8", b"9"]
    assert answer.coverage.complete
    assert (answer.of(0).first, answer.of(0).last, answer.of(0).end) == (7, 9, 10)


def test_a_window_after_the_last_record_reads_nothing(broker: Broker) -> None:
    topic = broker.topic("after")
    broker.produce(topic, [said("x", ms("03:00"))])
    answer = read(broker, Query(topics=(topic,), window=Window(ms("04:00"), None)))
    assert answer.records == []
    assert answer.of(0).pruned is Pruned.TIME
    assert answer.coverage.complete


def test_a_window_before_the_first_record_reads_nothing_but_the_slack(broker: Broker) -> None:
    topic = broker.topic("before")
    broker.produce(topic, [said("x", ms("03:00"))])
    answer = read(broker, Query(topics=(topic,), window=Window(None, ms("02:00"))))
    assert answer.records == []
    assert answer.of(0).pruned is Pruned.TIME


def test_timestamps_that_run_backwards_around_both_bounds(broker: Broker) -> None:
    topic = broker.topic("backwards")
    times = [
        "02:58",
        "03:01",
        "02:59",
        "03:02",
        "03:59",
        "04:03",
        "03:58",
        "04:01",
        "03:57",
        "04:30",
        "05:00",
    ]
    broker.produce(topic, [said(at, ms(at)) for at in times])
    window = Window(ms("03:00"), ms("04:00"))
    answer = read(broker, Query(topics=(topic,), window=window))
    assert answer.values == [b"03:01", b"03:02", b"03:59", b"03:58", b"03:57"]
    assert answer.coverage.max_inversion_ms == 6 * MINUTE
    assert answer.coverage.complete


def test_an_inversion_as_large_as_the_slack_makes_the_answer_partial(broker: Broker) -> None:
    topic = broker.topic("slack")
    broker.produce(topic, [said(at, ms(at)) for at in ("03:30", "04:05", "03:50", "06:00", "03:40")])
    window = Window(ms("03:00"), ms("04:00"))
    narrow = read(broker, Query(topics=(topic,), window=window))
    assert narrow.values == [b"03:30", b"03:50"]
    assert not narrow.coverage.complete
    assert any("backwards" in reason for reason in narrow.coverage.reasons)
    exact = read(broker, Query(topics=(topic,), window=window, slack_ms=None))
    assert exact.values == [b"03:30", b"03:50", b"03:40"]
    assert exact.coverage.complete


def test_what_is_appended_during_the_scan_is_outside(broker: Broker) -> None:
    topic = broker.topic("growing", partitions=2)
    broker.produce(topic, [said(str(n), partition=n % 2) for n in range(40)])

    def more() -> None:
        broker.produce(topic, [said("late", partition=n % 2) for n in range(10)])

    answer = read(broker, Query(topics=(topic,)), during=more)
    assert len(answer.records) == 40
    assert [answer.of(n).end for n in (0, 1)] == [20, 20]
    assert answer.coverage.complete


def test_records_deleted_before_the_window_are_named(broker: Broker) -> None:
    topic = broker.topic("deleted")
    broker.produce(topic, [said(str(n), ms("03:00") + n * MINUTE) for n in range(10)])
    broker.admin.delete_records([TopicPartition(topic, 0, 6)])[TopicPartition(topic, 0)].result(30)
    cut = read(broker, Query(topics=(topic,), window=Window(ms("03:02"), None)))
    assert cut.values == [b"6", b"7", b"8", b"9"]
    assert not cut.coverage.complete
    assert any("removed everything before 2026-11-23T03:06:00.000Z" in r for r in cut.coverage.reasons)
    assert answer_is_whole(broker, topic, Window(ms("03:07"), None))
    assert answer_is_whole(broker, topic, Window())


def answer_is_whole(broker: Broker, topic: str, window: Window) -> bool:
    return read(broker, Query(topics=(topic,), window=window)).coverage.complete


def test_the_log_start_moves_up_during_the_scan(apache_broker: Broker) -> None:
    # The embedded broker goes on serving what was deleted, so there nothing is ever missing.
    topic = apache_broker.topic("moving")
    # Larger than what librdkafka fetches ahead, so that the scan is really overtaken.
    text = "x" * 20_000
    apache_broker.produce(topic, [said(f"{n} {text}") for n in range(4_000)])
    place = TopicPartition(topic, 0, 3_990)

    def delete() -> None:
        apache_broker.admin.delete_records([place])[TopicPartition(topic, 0)].result(30)

    answer = read(apache_broker, Query(topics=(topic,)), during=delete)
    assert answer.offsets == sorted(set(answer.offsets))
    assert answer.offsets[-1] == 3_999
    missing = 4_000 - len(answer.offsets)
    assert missing > 0
    assert not answer.coverage.complete
    assert any("lost offsets" in reason for reason in answer.coverage.reasons)
    assert answer.of(0).lost == missing


def test_a_large_record_null_keys_and_values_and_odd_headers(broker: Broker) -> None:
    topic = broker.topic("odd", config={"max.message.bytes": "2000000"})
    headers = [("h", b"1"), ("h", None), ("h", b""), ("", b"\xff")]
    large = b"y" * 900 * 1024
    broker.produce(
        topic, [(None, large, [], None, 0), (b"", None, headers, None, 0), (None, b"", [], None, 0)]
    )
    records = read(broker, Query(topics=(topic,))).records
    assert [(record.key, record.value) for record in records] == [(None, large), (b"", None), (None, b"")]
    assert records[1].headers == tuple(headers)


def test_append_time_beside_create_time(broker: Broker) -> None:
    appended = broker.topic("appended", config={"message.timestamp.type": "LogAppendTime"})
    created = broker.topic("created")
    before_ms = time.time_ns() // 1_000_000
    broker.produce(appended, [said("a", ms("03:00"))])
    broker.produce(created, [said("c", ms("03:00"))])
    records = {record.topic: record for record in read(broker, Query(topics=(appended, created))).records}
    assert records[appended].timestamp_type is TimestampType.APPEND
    assert (records[appended].timestamp_ms or 0) >= before_ms - 1_000
    assert records[created].timestamp_type is TimestampType.CREATE
    assert records[created].timestamp_ms == ms("03:00")


def test_many_partitions_of_which_few_have_data(broker: Broker) -> None:
    count = 5_000 if broker.kind == "apache" else 1_000
    topic = broker.topic("wide", partitions=count)
    broker.produce(topic, [said(str(n), partition=n) for n in (7, 499, 998)])
    answer = read(broker, Query(topics=(topic,)))
    while len(answer.coverage.partitions) < count:
        # The broker opens thousands of logs one by one; until then it says so, and the answer is partial.
        assert not answer.coverage.complete
        answer = read(broker, Query(topics=(topic,)))
    broker.admin.delete_topics([topic])[topic].result(30)
    assert sorted(record.partition for record in answer.records) == [7, 499, 998]
    assert len(answer.coverage.partitions) == count
    assert answer.coverage.complete


def test_a_partition_that_was_added_is_read(broker: Broker) -> None:
    topic = broker.topic("added")
    broker.produce(topic, [said("old")])
    broker.admin.create_partitions([NewPartitions(topic, 3)])[topic].result(30)
    broker.until_served(topic, 3)
    broker.produce(topic, [said("new", partition=2)])
    assert sorted(read(broker, Query(topics=(topic,))).values, key=str) == [b"new", b"old"]


def test_times_at_the_edges_of_int64(broker: Broker) -> None:
    topic = broker.topic("edges", config={"message.timestamp.before.max.ms": "9223372036854775807"})
    # A producer takes 0 for "now": 1 ms is the earliest time that a record can be given.
    broker.produce(topic, [said("early", 1), said("later", 2), said("now", ms("03:00"))])
    assert read(broker, Query(topics=(topic,), window=Window(0, 3))).values == [b"early", b"later"]
    everything = Query(topics=(topic,), window=Window(0, 2**63 - 1))
    assert read(broker, everything).values == [b"early", b"later", b"now"]


def test_a_name_of_249_characters(broker: Broker) -> None:
    name = broker.topic("x" * 225)
    assert len(name) <= 249
    broker.produce(name, [said("x")])
    assert read(broker, Query(topics=(name,))).values == [b"x"]


def test_a_topic_that_does_not_exist_is_never_created(broker: Broker) -> None:
    with pytest.raises(NotFoundError):
        read(broker, Query(topics=("never-made",)))
    assert "never-made" not in broker.admin.list_topics(timeout=30).topics


def test_a_compacted_tail(apache_broker: Broker) -> None:
    topic = apache_broker.topic(
        "compacted",
        config={
            "cleanup.policy": "compact",
            "min.cleanable.dirty.ratio": "0.001",
            "segment.ms": "100",
            "max.compaction.lag.ms": "100",
            "delete.retention.ms": "0",
        },
    )
    apache_broker.produce(topic, [said(str(n), key=b"same") for n in range(200)])
    # Compaction leaves the active segment alone; a later record of another key closes the one before it.
    survivors: list[int] = []
    number = 0
    while len(survivors) >= 200 or not survivors:
        number += 1
        apache_broker.produce(topic, [said("other", key=b"%d" % number)])
        answer = read(apache_broker, Query(topics=(topic,)))
        survivors = [record.offset for record in answer.records if record.key == b"same"]
    assert survivors == [199]
    assert answer.coverage.complete
    assert (answer.of(0).holes or 0) >= 199


def test_a_topic_deleted_during_the_scan_makes_the_answer_partial(apache_broker: Broker) -> None:
    topic = apache_broker.topic("doomed")
    apache_broker.produce(topic, [said(f"{n} {'x' * 20_000}") for n in range(4_000)])

    def delete() -> None:
        apache_broker.admin.delete_topics([topic])[topic].result(30)

    answer = read(apache_broker, Query(topics=(topic,)), during=delete)
    assert len(answer.records) < 4_000
    assert not answer.coverage.complete
    assert any("the topic was deleted while it was read" in reason for reason in answer.coverage.reasons)


def test_retention_moves_the_log_start(apache_broker: Broker) -> None:
    topic = apache_broker.topic("retained", config={"segment.bytes": "1048576"})
    apache_broker.produce(topic, [said(f"{n} {'x' * 9_000}", ms("03:00") + n) for n in range(400)])
    resource = ConfigResource(
        ResourceType.TOPIC,
        topic,
        incremental_configs=[
            ConfigEntry("retention.bytes", "1048576", incremental_operation=AlterConfigOpType.SET)
        ],
    )
    apache_broker.admin.incremental_alter_configs([resource])[resource].result(30)
    answer = read(apache_broker, Query(topics=(topic,), window=Window(ms("03:00"), None)))
    while (answer.of(0).log_start or 0) == 0:
        answer = read(apache_broker, Query(topics=(topic,), window=Window(ms("03:00"), None)))
    part = answer.of(0)
    assert part.log_start == part.first
    assert part.retained_since_ms == ms("03:00") + (part.log_start or 0)
    assert not answer.coverage.complete
