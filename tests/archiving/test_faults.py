"""Writers that are killed, meet, and lose broker or store: each record is archived once, byte for byte."""

import signal
import subprocess

import pytest
from confluent_kafka.cimpl import NewTopic

from agentctl.sandbox.broker import BrokerKind
from tests.archiving.conftest import Yard, events, in_kafka
from tests.harness import Broker
from tests.store.faults import Action, Answer, Asked, Forward, lost, refuse, unasked
from tests.trio import Trio

SMALL = ("--object-size", "64KiB")
FOLLOW = ("--follow", "--max-age", "1s", *SMALL)


def passing(asked: Asked, forward: Forward) -> Answer:
    return forward(asked)


def killing(writers: "list[subprocess.Popen[bytes]]", *, stored: bool) -> Action:
    """Kill the latest writer as its request arrives, before or after the store has done it."""

    def act(asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked) if stored else None
        writers[-1].send_signal(signal.SIGKILL)
        writers[-1].wait()
        return answer or unasked(asked, forward)

    return act


@pytest.mark.parametrize("seed", range(2))
def test_a_writer_may_be_killed_at_any_request(yard: Yard, apache_broker: Broker, seed: int) -> None:
    topic = apache_broker.topic("killed", 2)
    apache_broker.produce(topic, events(2_500, seed))
    kills = 0
    for number, part in enumerate((".avro", "lookup/", ".avro", ".idx", ".avro", "topic.json")):
        before = [passing] * ((number + seed) % 3)
        yard.faults.on("PUT", part, *before, killing(yard.writers, stored=(number + seed) % 2 == 0))
        writer = yard.start(apache_broker.bootstrap, topic, "--once", *SMALL)
        writer.communicate(timeout=60)
        kills += writer.returncode == -signal.SIGKILL
        yard.faults._rules.clear()
        yard.reach(topic)
    assert kills >= 3
    assert yard.run(apache_broker, topic, *SMALL).exit_code == 0
    assert yard.archived(topic) == in_kafka(apache_broker.bootstrap, topic, 2)


def test_two_writers_that_do_not_know_of_each_other(yard: Yard, apache_broker: Broker) -> None:
    topic = apache_broker.topic("both", 2)
    apache_broker.produce(topic, events(3_000))
    both = [yard.start(apache_broker.bootstrap, topic, "--once", *SMALL) for _ in range(2)]
    for writer in both:
        writer.communicate(timeout=90)
    assert [writer.returncode for writer in both] == [0, 0]
    assert yard.archived(topic) == in_kafka(apache_broker.bootstrap, topic, 2)


def test_three_writers_share_a_topic_while_one_is_killed_and_one_comes(
    yard: Yard, apache_broker: Broker
) -> None:
    topic = apache_broker.topic("shared", 4)
    group = ("--group", topic)
    apache_broker.produce(topic, events(1_500, 1, partitions=4))
    first = yard.start(apache_broker.bootstrap, topic, *FOLLOW, *group)
    while not yard.objects(topic):
        assert first.poll() is None, yard.said()
    others = [yard.start(apache_broker.bootstrap, topic, *FOLLOW, *group) for _ in range(2)]
    apache_broker.produce(topic, events(1_500, 2, partitions=4))
    yard.until_archived(apache_broker, topic, 4)
    first.send_signal(signal.SIGKILL)
    apache_broker.produce(topic, events(1_500, 3, partitions=4))
    yard.start(apache_broker.bootstrap, topic, *FOLLOW, *group)
    others[0].send_signal(signal.SIGINT)
    yard.until_archived(apache_broker, topic, 4)
    others[0].communicate(timeout=30)
    assert others[0].returncode == 130
    assert yard.archived(topic) == in_kafka(apache_broker.bootstrap, topic, 4)


def test_a_topic_that_is_deleted_and_made_anew_has_an_archive_of_its_own(
    yard: Yard, apache_broker: Broker
) -> None:
    topic = apache_broker.topic("again", 1)
    apache_broker.produce(topic, events(500, 1, partitions=1))
    before = in_kafka(apache_broker.bootstrap, topic, 1)
    yard.start(apache_broker.bootstrap, topic, *FOLLOW)
    yard.until_archived(apache_broker, topic, 1)
    apache_broker.admin.delete_topics([topic])[topic].result(30)
    new = NewTopic(topic, 1, 1, config={"retention.ms": "-1"})
    while apache_broker.admin.create_topics([new])[topic].exception(30) is not None:
        pass  # it is being deleted still
    apache_broker.until_served(topic, 1)
    apache_broker.produce(topic, events(300, 2, partitions=1))
    yard.until_archived(apache_broker, topic, 1, generations=2)
    after = in_kafka(apache_broker.bootstrap, topic, 1)
    archived = [
        yard.archived(topic, generation) for generation in {key.generation for key in yard.objects(topic)}
    ]
    assert sorted(archived, key=len) == [after, before]


def test_a_broker_that_dies_and_comes_back(yard: Yard, trio: Trio) -> None:
    broker = Broker(BrokerKind.APACHE, trio.everybody)
    topic = broker.placed_topic("died", [[2, 1], [3, 1]])
    broker.produce(topic, events(1_000, 1))
    yard.start(trio.everybody, topic, *FOLLOW)
    while not yard.objects(topic):
        assert yard.writers[0].poll() is None, yard.said()
    trio.kill(2)
    broker.produce(topic, events(1_000, 2))
    trio.revive()
    broker.produce(topic, events(1_000, 3))
    yard.until_archived(broker, topic, 2)
    assert yard.archived(topic) == in_kafka(trio.everybody, topic, 2)


FAULTS: dict[str, Action] = {
    "internal error": refuse(500, "InternalError"),
    "slow down": refuse(503, "SlowDown"),
    "conflict": refuse(409, "ConditionalRequestConflict"),
    "not heard": unasked,
    "answer lost": lost,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_store_does(yard: Yard, apache_broker: Broker, fault: str) -> None:
    topic = apache_broker.topic("store", 2)
    apache_broker.produce(topic, events(1_200))
    yard.faults.on("PUT", ".avro", FAULTS[fault], passing, FAULTS[fault], FAULTS[fault])
    yard.faults.on("GET", "list-type", *([] if fault == "conflict" else [FAULTS[fault]]))
    assert yard.run(apache_broker, topic, *SMALL).exit_code == 0
    assert yard.archived(topic) == in_kafka(apache_broker.bootstrap, topic, 2)
