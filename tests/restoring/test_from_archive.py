"""What an archive gives is restored into Kafka once, and what was frozen when it is thawed."""

import pytest

from agentctl.archive.store import Tier
from agentctl.model.query import Query
from agentctl.model.record import Record, TimestampType
from agentctl.restoring.from_archive import in_order
from agentctl.restoring.into_kafka import Unread
from agentctl.restoring.progress import Log
from agentctl.restoring.restore_run import Outcome, prepare, run
from agentctl.restoring.retrieval import Retrieval
from agentctl.sources.archive import ArchiveSource
from tests.archive.filled import GENERATION, MAPPING, fill
from tests.archive.memory_store import MemoryStore
from tests.contracts.source import Told
from tests.harness import Broker
from tests.restoring.made import BEGAN_MS, NOW_MS, connection, expected, wish
from tests.restoring.made import written as written_to

QUERY = Query(("workflow_1",))
LOGS = (Log("events", GENERATION, 0), Log("events", GENERATION, 1))
MADE = [
    Record(
        *("events", number % 2, number // 2, BEGAN_MS + number, TimestampType.CREATE, b"k"),
        b'{"workflow_id": "workflow_%d"}' % (number // 3 % 2),
    )
    for number in range(400)
]
WANTED = [record for record in MADE if record.value == b'{"workflow_id": "workflow_1"}']


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(looks=0)
    fill(store, MADE, object_records=50, block_records=10)
    return store


def retrieval(store: MemoryStore) -> Retrieval:
    return Retrieval(ArchiveSource(store), QUERY, MAPPING)


def restored(broker: Broker, store: MemoryStore, restore_id: str) -> Outcome:
    kafka, asked = connection(broker), wish(restore_id, LOGS, events=2)
    return run(kafka, prepare(kafka, asked, NOW_MS), in_order(retrieval(store), Told()), NOW_MS, at_once=20)


def frozen(store: MemoryStore) -> str:
    """Freeze the second object of the first partition, and return its name."""
    name = sorted(
        key for key in store.bodies if key.startswith("topic=") and "/p=0/" in key and ".avro" in key
    )[1]
    store.freeze(name)
    return name


def test_what_is_out_of_reach_comes_before_what_stands_behind_it(store: MemoryStore) -> None:
    frozen(store)
    found = list(in_order(retrieval(store), Told()))
    (place,) = (number for number, one in enumerate(found) if isinstance(one, Unread))
    hole = found[place]
    assert isinstance(hole, Unread)
    assert hole.log == LOGS[0]
    offsets = [[r.offset for r in one.records] for one in found if not isinstance(one, Unread)]
    assert max(offsets[place - 1]) < hole.span.first
    assert min(offsets[place]) >= hole.span.until == 100


def test_it_is_written_once_it_is_thawed(embedded_broker: Broker, store: MemoryStore) -> None:
    name = frozen(store)
    first = restored(embedded_broker, store, "cold")
    assert first.written < len(WANTED)
    assert [span.until for span in first.holes[LOGS[0]]] == [100]
    store.thaw(name, Tier.STANDARD, 1)
    second = restored(embedded_broker, store, "cold")
    assert (first.written + second.written, second.skipped) == (len(WANTED), first.written)
    found = written_to(embedded_broker.bootstrap, "agentctl-restore-cold")
    assert sorted(map(repr, found)) == sorted(map(repr, expected("cold", WANTED)))
