"""Kafka and the archive together: every record once, from the one that has it, and S3 never stops Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from confluent_kafka import TopicPartition

from agentctl.errors import NotFoundError, UnreachableError
from agentctl.events.mapping import field_mapping
from agentctl.events.prefilter import raw_filter
from agentctl.kafka.connection import Connection
from agentctl.model.coverage import Coverage
from agentctl.model.query import Query, Window
from agentctl.model.record import Record, SourceKind
from agentctl.sources.archive import ArchiveSource
from agentctl.sources.kafka import KafkaSource
from agentctl.sources.tiers import TieredSource
from tests.archive.filled import MAPPING, fill
from tests.archive.memory_store import MemoryStore
from tests.builders import ms
from tests.contracts.source import Told
from tests.harness import Broker, Message5
from tests.memory import record

START_MS = ms("03:00")
HOUR_MS = 3_600_000
EVENTS, KEPT_FROM, ARCHIVED_TO = 12, 5, 9


def value(number: int) -> bytes:
    return b'{"workflow_id": "%s", "agent": "a"}' % (b"even" if number % 2 == 0 else b"odd")


@dataclass
class Both:
    """12 events, an hour apart: Kafka has kept those from 5 on, the archive has those below 9."""

    topic: str
    store: MemoryStore
    source: TieredSource
    opened: list[str]

    def read(self, query: Query) -> tuple[list[Record], Coverage]:
        scan = self.source.scan(query, raw_filter(query, MAPPING), Told())
        return [one for batch in scan for one in batch], scan.coverage


@pytest.fixture
def both(broker: Broker) -> Both:
    topic = broker.topic("tiers")
    messages: list[Message5] = [(None, value(n), [], START_MS + n * HOUR_MS, 0) for n in range(EVENTS)]
    broker.produce(topic, messages)
    [deleted] = broker.admin.delete_records([TopicPartition(topic, 0, KEPT_FROM)]).values()
    deleted.result(30)
    hot = KafkaSource(Connection({"bootstrap.servers": broker.bootstrap}))
    [described] = hot.plan(Query(topics=(topic,))).topics
    store, opened = MemoryStore(), list[str]()
    archived = [record(topic, value(n), at_ms=START_MS + n * HOUR_MS, offset=n) for n in range(ARCHIVED_TO)]
    generation = described.topic_id or "0" * 22
    fill(store, archived, generations={topic: generation}, object_records=4, block_records=2)

    def cold() -> ArchiveSource:
        opened.append("archive")
        return ArchiveSource(store)

    return Both(topic, store, TieredSource(hot, cold), opened)


def told(records: Sequence[Record]) -> list[tuple[int, SourceKind]]:
    return [(one.offset, one.source) for one in records]


KAFKA, ARCHIVE = SourceKind.KAFKA, SourceKind.ARCHIVE


def test_a_workflow_across_the_border_comes_once_and_in_order(both: Both) -> None:
    records, coverage = both.read(Query(("even",), (both.topic,)))
    assert told(records) == [(0, ARCHIVE), (2, ARCHIVE), (4, ARCHIVE), (6, KAFKA), (8, KAFKA), (10, KAFKA)]
    assert coverage.complete
    assert [part.source for part in coverage.partitions] == ["kafka", "archive"]


def test_a_window_that_begins_before_what_kafka_keeps_is_answered_by_both(both: Both) -> None:
    window = Window(START_MS + 2 * HOUR_MS, START_MS + 7 * HOUR_MS)
    records, coverage = both.read(Query(topics=(both.topic,), window=window))
    assert told(records) == [(2, ARCHIVE), (3, ARCHIVE), (4, ARCHIVE), (5, KAFKA), (6, KAFKA)]
    assert coverage.complete, coverage.reasons


def test_a_window_that_kafka_holds_asks_nothing_of_the_archive(both: Both) -> None:
    records, coverage = both.read(
        Query(("even",), (both.topic,), Window(START_MS + 6 * HOUR_MS, START_MS + 9 * HOUR_MS))
    )
    assert told(records) == [(6, KAFKA), (8, KAFKA)]
    assert coverage.complete
    assert both.opened == []


def test_everything_of_all_time_is_what_kafka_has_and_that_is_said(both: Both) -> None:
    records, coverage = both.read(Query(topics=(both.topic,)))
    assert told(records) == [(n, KAFKA) for n in range(KEPT_FROM, EVENTS)]
    assert both.opened == []
    assert any("--source archive" in remark for remark in coverage.remarks)


def test_what_kafka_has_lost_and_the_archive_kept_stands_at_its_offset(both: Both, broker: Broker) -> None:
    [deleted] = broker.admin.delete_records([TopicPartition(both.topic, 0, 10)]).values()
    deleted.result(30)
    records, _ = both.read(Query(("even",), (both.topic,)))
    assert told(records) == [(n, ARCHIVE) for n in (0, 2, 4, 6, 8)] + [(10, KAFKA)]


def test_a_window_that_neither_holds_is_partial(both: Both, broker: Broker) -> None:
    [deleted] = broker.admin.delete_records([TopicPartition(both.topic, 0, 11)]).values()
    deleted.result(30)
    _, coverage = both.read(Query(topics=(both.topic,), window=Window(START_MS, None)))
    assert not coverage.complete
    assert any("neither in Kafka nor in the archive" in reason for reason in coverage.reasons)


def test_trouble_with_the_archive_makes_the_answer_partial_and_kafkas_part_stays(both: Both) -> None:
    def fail(kind: str, _key: str) -> None:
        raise UnreachableError(f"no answer to {kind}")

    both.store.failing = fail
    records, coverage = both.read(Query(("even",), (both.topic,)))
    assert told(records) == [(6, KAFKA), (8, KAFKA), (10, KAFKA)]
    assert coverage.reasons == ("the archive was not read: no answer to list",)


def test_another_topic_of_the_same_name_shares_no_offsets(both: Both, broker: Broker) -> None:
    other = MemoryStore()
    older = [record(both.topic, value(n), at_ms=START_MS - HOUR_MS + n, offset=n) for n in range(8)]
    fill(other, older, generations={both.topic: "z" * 22})
    source = TieredSource(both.source.hot, lambda: ArchiveSource(other))
    [described] = both.source.hot.plan(Query(topics=(both.topic,))).topics
    scan = source.scan(query := Query(("even",), (both.topic,)), raw_filter(query, MAPPING), Told())
    records = [one for batch in scan for one in batch]
    # A broker without topic ids cannot tell them apart.
    expected = (0, 2, 4, 6) if described.topic_id is not None else (0, 2, 4)
    assert told(records) == [(n, ARCHIVE) for n in expected] + [(6, KAFKA), (8, KAFKA), (10, KAFKA)]


def test_a_promised_key_that_is_broken_gives_nothing_twice(both: Both) -> None:
    mapping = field_mapping({}, {both.topic: {"key": "work_item"}}, None)
    hot = KafkaSource(both.source.hot.connection, mapping.key_field)
    source = TieredSource(hot, lambda: ArchiveSource(both.store))
    from agentctl.timeline.replay import Wish, replayed

    view = replayed(source, Query(("even",), (both.topic,)), mapping, Told(), lambda: START_MS, Wish())
    assert [row["offset"] for row in view.rows] == [0, 2, 4, 6, 8, 10]


def test_a_topic_that_only_the_archive_has_is_read_from_there(both: Both) -> None:
    fill(both.store, [record("long-gone", value(0), at_ms=START_MS)], object_records=4)
    records, coverage = both.read(Query(("even",), ("long-gone",)))
    assert told(records) == [(0, ARCHIVE)]
    assert coverage.complete


def test_a_topic_that_neither_has_is_refused(both: Both) -> None:
    with pytest.raises(NotFoundError):
        both.read(Query(("even",), ("never-made",)))
