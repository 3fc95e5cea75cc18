"""Logs with transactions in them, on real brokers: committed, aborted, and open while they are read."""

from agentctl.model.query import Isolation, Query, Window
from agentctl.model.record import Transaction
from tests.builders import ms
from tests.harness import Broker
from tests.sources.reading import Answer, read, said, transactions, written


def test_a_transaction_marker_as_the_last_offset(broker: Broker) -> None:
    topic = broker.topic("marker")
    with transactions(broker, topic) as producer:
        producer.begin_transaction()
        written(producer, topic, [b"a", b"b"])
        producer.commit_transaction(30)
    answer = settled(broker, topic, 3)
    assert answer.values == [b"a", b"b"]
    assert answer.coverage.complete
    part = answer.of(0)
    assert (part.end, part.first, part.last, part.scanned, part.holes) == (3, 0, 2, 2, 1)


def settled(broker: Broker, topic: str, end: int) -> Answer:
    """Read once the markers are written, up to ``end``: a commit is answered before that."""
    answer = read(broker, Query(topics=(topic,)))
    while answer.of(0).end != end:
        answer = read(broker, Query(topics=(topic,)))
    return answer


def aborted_between_two(broker: Broker) -> str:
    topic = broker.topic("aborted")
    with transactions(broker, topic) as producer:
        for values, commit in (([b"a"], True), ([b"lost", b"lost too"], False), ([b"z"], True)):
            producer.begin_transaction()
            written(producer, topic, values)
            if commit:
                producer.commit_transaction(30)
            else:
                producer.abort_transaction(30)
    settled(broker, topic, 7)
    return topic


def test_an_aborted_transaction_is_invisible(broker: Broker) -> None:
    answer = read(broker, Query(topics=(aborted_between_two(broker),)))
    assert answer.values == [b"a", b"z"]
    assert answer.coverage.complete
    assert answer.of(0).holes == 5


def test_an_aborted_transaction_is_shown_and_marked_when_asked_for(broker: Broker) -> None:
    query = Query(topics=(aborted_between_two(broker),), isolation=Isolation.READ_UNCOMMITTED)
    answer = read(broker, query)
    assert answer.values == [b"a", b"lost", b"lost too", b"z"]
    marks = [record.transaction for record in answer.records]
    assert marks == [None, Transaction.ABORTED, Transaction.ABORTED, None]


def test_an_open_transaction_ends_the_scan_and_says_what_it_holds_back(broker: Broker) -> None:
    topic = broker.topic("open")
    broker.produce(topic, [said("before")])
    with transactions(broker, topic) as producer:
        producer.begin_transaction()
        written(producer, topic, [b"x", b"y"])
        broker.produce(topic, [said("behind")])
        answer = read(broker, Query(topics=(topic,)))
        shown = read(broker, Query(topics=(topic,), isolation=Isolation.READ_UNCOMMITTED))
        producer.abort_transaction(30)
    assert answer.values == [b"before"]
    assert not answer.coverage.complete
    [reason] = answer.coverage.reasons
    assert "open transaction holds back 3 offsets" in reason
    assert (answer.of(0).end, answer.of(0).high_watermark) == (1, 4)
    assert [record.transaction for record in shown.records] == [None, *[Transaction.OPEN] * 3]
    assert shown.coverage.complete


def test_an_open_transaction_behind_the_window_holds_nothing_back(broker: Broker) -> None:
    topic = broker.topic("open-later")
    broker.produce(topic, [said("in", ms("03:00")), said("after", ms("05:00"))])
    with transactions(broker, topic) as producer:
        producer.begin_transaction()
        written(producer, topic, [b"x"])
        answer = read(broker, Query(topics=(topic,), window=Window(ms("02:00"), ms("04:00"))))
        producer.abort_transaction(30)
    assert answer.values == [b"in"]
    assert answer.coverage.complete
