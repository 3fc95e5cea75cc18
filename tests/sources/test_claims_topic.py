"""Claims on real brokers: where they are written, what is read back, and in how many round trips."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Producer

from agentctl.claims import Claimant, Why
from agentctl.errors import AgentctlError, NotFoundError, UsageError
from agentctl.kafka import connection
from agentctl.kafka.partitioners import Partitioner
from tests.harness import Broker, Message5

FIT = {"message.timestamp.type": "LogAppendTime", "retention.ms": "86400000"}
ITEM = "agent_tracing"


def claims_topic(broker: Broker, partitions: int = 3) -> str:
    return broker.topic("claims", partitions, FIT)


@contextmanager
def claimants(broker: Broker, topic: str, *names: str, **properties: str) -> Iterator[list[Claimant]]:
    where = {"bootstrap.servers": broker.bootstrap, **properties}
    found = [Claimant(where, topic, name, ttl="30s") for name in names]
    try:
        yield found
    finally:
        for one in found:
            one.close()


def plain_claim(agent: str, item: str, partition: int | None = None) -> Message5:
    return item.encode(), f'{{"agent":"{agent}","topic":"{item}","ttl":30}}'.encode(), None, None, partition


def test_one_of_two_holds_and_the_other_knows_who(broker: Broker) -> None:
    with claimants(broker, claims_topic(broker), "marketing", "sales") as [marketing, sales]:
        won, lost = marketing.take(ITEM), sales.take(ITEM)
        assert won
        assert (lost.why, lost.holder, lost.holder_token) == (Why.LOST, "marketing", won.token)
        assert marketing.renew(ITEM)
        assert marketing.release(ITEM).done
        assert sales.take(ITEM)


def test_the_item_decides_the_partition_as_the_java_client_does(broker: Broker) -> None:
    with claimants(broker, claims_topic(broker), "marketing") as [marketing]:
        for item in ("a", "b", "c", "agent_tracing", "vector_db_pricing"):
            partition = int(marketing.take(item).token.partition("@")[0])
            assert partition == Partitioner.MURMUR2.place(item.encode(), 3)


def test_claims_go_where_the_writers_before_have_put_theirs(broker: Broker) -> None:
    topic = claims_topic(broker)
    items = [f"item-{number}" for number in range(30)]
    # The harness writes as librdkafka does, by CRC-32.
    broker.produce(topic, [plain_claim("naive", item) for item in items])
    with claimants(broker, topic, "marketing") as [marketing]:
        assert {marketing.take(item).holder for item in items[:5]} == {"naive"}


def test_where_writers_disagree_nothing_is_claimed_unless_one_of_them_is_chosen(broker: Broker) -> None:
    topic = claims_topic(broker)
    items = [f"item-{number}" for number in range(30)]
    broker.produce(topic, [plain_claim("naive", item) for item in items])
    broker.produce(
        topic, [plain_claim("java", item, Partitioner.MURMUR2.place(item.encode(), 3)) for item in items]
    )
    with (
        claimants(broker, topic, "marketing") as [marketing],
        pytest.raises(AgentctlError, match="do not lie where one partitioner would put them all"),
    ):
        marketing.take("new")
    with claimants(broker, topic, "marketing", partitioner="murmur2_random") as [marketing]:
        won = marketing.take("new")
        assert won
        assert any("not all sampled keys" in note for note in won.notes)


def test_a_partitioner_that_looks_at_no_key_is_refused(broker: Broker) -> None:
    with pytest.raises(UsageError, match="partitioner=random does not keep the claims"):
        Claimant({"bootstrap.servers": broker.bootstrap, "partitioner": "random"}, "t", "marketing")


@pytest.mark.parametrize("committed", [True, False])
def test_a_transaction_counts_when_it_is_committed_and_not_when_aborted(
    broker: Broker, committed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentctl.claims.readback.OPEN_MS", 300)
    topic = claims_topic(broker, 1)
    writer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": topic})
    writer.init_transactions(30)
    writer.begin_transaction()
    key, value, *_ = plain_claim("sales", ITEM)
    writer.produce(topic, value, key)
    writer.flush(30)
    with claimants(broker, topic, "marketing") as [marketing]:
        undecided = marketing.take(ITEM)
        assert (undecided.why, undecided.holder) == (Why.UNDECIDED, None)
        # What is open has nothing to do with another item.
        assert marketing.take("another item")
        writer.commit_transaction(30) if committed else writer.abort_transaction(30)
        decided = marketing.take(ITEM)
        assert decided.holder == ("sales" if committed else "marketing")


def test_properties_of_other_writers_do_not_weaken_a_claim(broker: Broker) -> None:
    weak = {"acks": "0", "linger.ms": "900", "enable.idempotence": "false", "transactional.id": "x"}
    with claimants(broker, claims_topic(broker), "marketing", "sales", **weak) as [marketing, sales]:
        won = marketing.take(ITEM)
        assert won
        assert won.left_ms > 29_000 - 5_000
        assert sales.take(ITEM).holder == "marketing"


def test_a_topic_that_is_not_there_is_named_with_the_command_that_makes_it(broker: Broker) -> None:
    with (
        claimants(broker, "no-such-claims", "marketing") as [marketing],
        pytest.raises(NotFoundError, match="there is no topic no-such-claims") as raised,
    ):
        marketing.take(ITEM)
    assert "kafka-topics.sh --bootstrap-server" in (raised.value.hint or "")
    assert "no-such-claims" not in broker.admin.list_topics(timeout=30).topics


def test_a_compacted_topic_is_refused(broker: Broker) -> None:
    topic = broker.topic("claims", 1, {**FIT, "cleanup.policy": "compact"})
    with (
        claimants(broker, topic, "marketing") as [marketing],
        pytest.raises(AgentctlError, match="compaction keeps the last claim") as raised,
    ):
        marketing.take(ITEM)
    assert f"--entity-name {topic} --add-config cleanup.policy=delete" in (raised.value.hint or "")


def test_taking_a_claim_adds_at_most_two_round_trips_to_a_produce(
    apache_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """librdkafka's log tells every answer of a broker; those of a group, which is not used, aside.

    The embedded broker answers a fetch at the end of a log at once and without a record, so nothing is
    counted there.
    """
    answers: list[str] = []
    emit = connection._Listener.emit

    def listening(self: logging.Handler, record: logging.LogRecord) -> None:
        _, received, rest = record.getMessage().partition("Received ")
        if received:
            answers.append(rest.partition(" ")[0])
        emit(self, record)  # type: ignore[arg-type]

    monkeypatch.setattr(connection._Listener, "emit", listening)
    # So that no fetch at the end of the log is answered while we count.
    quiet = {"debug": "protocol", "log_level": "7", "fetch.wait.max.ms": "30000"}
    topic = claims_topic(apache_broker, 1)
    apache_broker.produce(topic, [plain_claim("naive", f"item-{number}") for number in range(5_000)])
    with claimants(apache_broker, topic, "marketing", **quiet) as [marketing]:
        assert marketing.take("another item")
        answers.clear()
        assert marketing.take(ITEM)
        waited = [answer for answer in answers if answer.startswith(("Produce", "Fetch", "List", "Off"))]
    assert waited.count("ProduceResponse") == 1
    assert len(waited) <= 1 + 2, waited
    assert "FetchResponse" in waited
