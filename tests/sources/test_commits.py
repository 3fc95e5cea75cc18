"""The history of commits of real consumers on real brokers, and the sentence where there is none."""

from collections.abc import Callable, Collection
from functools import partial
from itertools import groupby

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.lag.commits import TOPIC, coordinator_partition
from agentctl.lag.history import CommitHistory, Commits, Passing
from agentctl.sandbox.process import free_port
from agentctl.sandbox.writing import commit
from agentctl.sources.commits import read_commits
from agentctl.surroundings import of_this_process
from tests.harness import Broker
from tests.sources.reading import Silent, transactions

SECONDS = 30.0
PARTITIONS = 5
"""So many has the commits' topic of the tests' broker."""


def connected(broker: Broker) -> Connection:
    return Connection({"bootstrap.servers": broker.bootstrap})


def whole(broker: Broker, topic: str, groups: Collection[str] | None = None) -> CommitHistory:
    """Read once no transaction holds anything back: its markers come after the answer to its commit."""
    while (found := read_commits(connected(broker), {(topic, 0)}, None, groups=groups)).note:
        pass
    assert found.history is not None
    return found.history


def offsets(history: CommitHistory, group: str, topic: str) -> list[int]:
    """What was committed, in order; a client that gets no answer in time sends a commit once more."""
    track = history.track(group, topic, 0)
    return [] if track is None else [offset for offset, _ in groupby(one.offset for one in track.commits())]


def committed(broker: Broker, group: str, topic: str, *positions: int) -> None:
    for offset in positions:
        commit(broker.bootstrap, {group: {(topic, 0): offset}})


def test_every_commit_of_a_consumer_is_told_in_order_with_its_time(apache_broker: Broker) -> None:
    topic, now_ms = apache_broker.topic("read"), of_this_process().now_ms
    before = now_ms()
    committed(apache_broker, f"{topic}-group", topic, 3, 5)
    between = now_ms()
    committed(apache_broker, f"{topic}-group", topic, 9)
    after = now_ms()
    history = whole(apache_broker, topic)
    assert history.groups == (f"{topic}-group",)
    assert offsets(history, f"{topic}-group", topic) == [3, 5, 9]
    [found] = history.passed(topic, 0, 7, before)
    assert found.at is not None
    assert found.before is not None
    assert (found.at.offset, found.before.offset, found.certain) == (9, 5, True)
    assert before <= found.before.time_ms <= between <= found.at.time_ms <= after


def test_a_rewind_is_noted_and_the_first_passing_counts(apache_broker: Broker) -> None:
    topic = apache_broker.topic("rewound")
    committed(apache_broker, f"{topic}-group", topic, 9, 2, 9)
    found = only(whole(apache_broker, topic), topic, 5)
    track = whole(apache_broker, topic).track(f"{topic}-group", topic, 0)
    assert track is not None
    first, *_ = track.commits()
    assert found.at == first
    assert found.back is not None
    assert found.back.offset == 2


def only(history: CommitHistory, topic: str, offset: int) -> Passing:
    [found] = history.passed(topic, 0, offset)
    return found


def test_commits_of_an_aborted_transaction_do_not_count(apache_broker: Broker) -> None:
    topic = apache_broker.topic("sent")
    group = f"{topic}-group"
    with transactions(apache_broker, topic) as producer, member(apache_broker, group) as consumer:
        for offset, end in ((2, producer.commit_transaction), (8, producer.abort_transaction)):
            producer.begin_transaction()
            producer.send_offsets_to_transaction(
                [TopicPartition(topic, 0, offset)], consumer.consumer_group_metadata(), SECONDS
            )
            end(SECONDS)
        committed(apache_broker, group, topic, 3)
    assert offsets(whole(apache_broker, topic), group, topic) == [2, 3]


def test_what_an_open_transaction_holds_back_is_said(apache_broker: Broker) -> None:
    topic = apache_broker.topic("open")
    group = f"{topic}-group"
    committed(apache_broker, group, topic, 1)
    whole(apache_broker, topic)
    with transactions(apache_broker, topic) as producer, member(apache_broker, group) as consumer:
        producer.begin_transaction()
        producer.send_offsets_to_transaction(
            [TopicPartition(topic, 0, 2)], consumer.consumer_group_metadata(), SECONDS
        )
        committed(apache_broker, f"{topic}-other", topic, 7)
        answer = read_commits(connected(apache_broker), {(topic, 0)}, None, groups={group})
        producer.abort_transaction(SECONDS)
    assert answer.history is not None
    assert offsets(answer.history, group, topic) == [1]
    place = f"{TOPIC}[{coordinator_partition(group, PARTITIONS)}]"
    assert "is not wholly known: an open transaction holds back " in answer.note
    assert place in answer.note
    assert not only(answer.history, topic, 1).certain


def member(broker: Broker, group: str) -> Consumer:
    """A consumer, for its group's name; it joins nothing."""
    return Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "enable.auto.commit": False})


def test_a_deleted_group_has_no_position_and_had_one(apache_broker: Broker) -> None:
    topic = apache_broker.topic("gone")
    group = f"{topic}-group"
    committed(apache_broker, group, topic, 4)
    patiently(lambda: apache_broker.admin.delete_consumer_groups([group])[group].result(SECONDS))
    found = only(whole(apache_broker, topic), topic, 3)
    assert found.at is not None
    assert found.dropped_ms is not None
    assert found.dropped_ms >= found.at.time_ms
    now_ms = of_this_process().now_ms() + 1
    assert whole(apache_broker, topic).position_at(group, topic, 0, now_ms).commit is None


def patiently(ask: Callable[[], object]) -> None:
    while True:
        try:
            ask()
        except KafkaException:
            continue
        return


def test_of_named_groups_only_the_partitions_that_hold_their_commits_are_read(apache_broker: Broker) -> None:
    topic = apache_broker.topic("named")
    committed(apache_broker, f"{topic}-a", topic, 1)
    committed(apache_broker, f"{topic}-b", topic, 2)
    history = whole(apache_broker, topic, {f"{topic}-a"})
    assert history.groups == (f"{topic}-a",)
    assert list(history.reaches) == [coordinator_partition(f"{topic}-a", PARTITIONS)]
    everybody = read_commits(connected(apache_broker), None, None).history
    assert everybody is not None
    assert {f"{topic}-a", f"{topic}-b"} <= set(everybody.groups)
    assert len(everybody.reaches) == PARTITIONS


def test_what_was_committed_long_before_the_moment_is_not_read(apache_broker: Broker) -> None:
    topic, day_ms = apache_broker.topic("since"), 24 * 60 * 60 * 1000
    committed(apache_broker, f"{topic}-group", topic, 1)
    now_ms = of_this_process().now_ms()
    progress = Silent()
    later = read_commits(connected(apache_broker), {(topic, 0)}, now_ms + day_ms, progress=progress)
    assert later.history is not None
    assert (later.history.groups, later.note, progress.records) == ((), "", 0)
    before = read_commits(connected(apache_broker), {(topic, 0)}, now_ms, progress=progress)
    assert before.history is not None
    assert before.history.groups == (f"{topic}-group",)
    assert progress.records > 0


def test_more_than_is_cheap_is_not_read_unasked(apache_broker: Broker) -> None:
    topic = apache_broker.topic("cheap")
    committed(apache_broker, f"{topic}-group", topic, 1, 2)
    read = partial(read_commits, connected(apache_broker), {(topic, 0)}, groups={f"{topic}-group"})
    answer = read(None, most=1)
    assert answer.history is None
    assert "records in all, more than the 1 that are read unasked" in answer.note
    assert read(None, most=None).history is not None
    assert "records since 1970-01-01T00:00:00.000Z, more" in read(0, most=1).note


def test_a_broker_without_a_history_says_so(embedded_broker: Broker) -> None:
    topic = embedded_broker.topic("kept-elsewhere")
    committed(embedded_broker, f"{topic}-group", topic, 1)
    assert read_commits(connected(embedded_broker), {(topic, 0)}, None) == Commits(
        None,
        "when groups read the events is not known: __consumer_offsets is empty, so nobody has committed, "
        "or this broker keeps no history",
    )


@pytest.mark.parametrize("groups", [None, {"g"}])
def test_no_broker_is_a_sentence_and_no_error(groups: Collection[str] | None) -> None:
    nowhere = Connection({"bootstrap.servers": f"127.0.0.1:{free_port()}"}, patience_seconds=1)
    answer = read_commits(nowhere, {("t", 0)}, None, groups=groups)
    assert answer.history is None
    assert answer.note.startswith("when groups read the events is not known: cannot reach a broker at ")
