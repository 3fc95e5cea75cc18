"""Both brokers take records of the past and give them back as they were."""

from confluent_kafka import Consumer, TopicPartition

from tests.harness import Broker


def test_a_record_of_the_past_comes_back_byte_for_byte(broker: Broker) -> None:
    topic = broker.topic("past", partitions=2)
    headers = [("a", b"1"), ("a", None), ("b", b"\xff")]

    [place] = broker.produce(topic, [(b"k", b"\x00v", headers, 1_000_000_000_000, 1)])

    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "unused"})
    reader.assign([TopicPartition(topic, 1, 0)])
    [message] = reader.consume(1, timeout=10)
    reader.close()
    assert (place.partition, place.offset) == (1, 0)
    assert (message.key(), message.value(), message.headers()) == (b"k", b"\x00v", headers)
    assert message.timestamp() == (1, 1_000_000_000_000)


def test_topics_of_one_session_never_share_a_name(broker: Broker) -> None:
    assert broker.topic("same") != broker.topic("same")
