"""Reading errs by nothing: at every offset of every partition, whatever is written there."""

import time
from collections.abc import Mapping

import pytest

from agentctl.kafka.connection import Connection
from agentctl.lag import routes
from agentctl.lag.groups import Bounds
from agentctl.lag.unread import Method, Standpoint, Unread
from agentctl.sources.first_unread import RecordUnread
from tests.harness import Broker
from tests.lag.truth import partitions
from tests.lag.truth.ledger import Fate
from tests.lag.truth.partitions import HOUR_MS, World
from tests.lag.truth.writing import Act, cut, written
from tests.sources.reading import Silent

APPENDED = {"message.timestamp.type": "LogAppendTime"}
SEED = 7


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def check(world: World) -> None:
    """See that what is found is true, of all offsets at once and of a few that lie apart."""
    connection = world.connection
    bounds = world.bounds(connection)
    every = world.standpoints
    apart = {place: own[3::37] for place, own in every.items()}
    for standing in (every, apart):
        found = RecordUnread(connection, Silent())(standing, bounds)
        assert len(found) == sum(map(len, standing.values()))
        check_found(world, found)


def check_found(world: World, found: Mapping[Standpoint, Unread]) -> None:
    for (topic, partition, offset), unread in found.items():
        ledger = world.ledgers[topic, partition]
        truth = ledger.first_unread(offset)
        said = (unread.offset, unread.timestamp_ms, unread.open_transaction, unread.nothing, unread.reason)
        assert said == (truth.offset, truth.time_ms, truth.open_transaction, truth.nothing, None), offset
        assert (unread.method, unread.error_ms) == (Method.RECORD, 0)
        if not truth.nothing and not truth.open_transaction:
            assert unread.last_ms == ledger.last_readable(), offset


@pytest.fixture(params=[routes.NEAR, 5], ids=["in one pass", "by going there"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of reading: past everything, and past hardly anything."""
    monkeypatch.setattr(routes, "NEAR", request.param)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("config", [{}, APPENDED], ids=["create", "append"])
def test_transactions_of_every_end_and_a_log_start_that_moved(broker: Broker, config: dict[str, str]) -> None:
    with partitions.with_transactions(broker, SEED, now_ms() - HOUR_MS, config) as world:
        fates = {entry.fate for ledger in world.ledgers.values() for entry in ledger.entries}
        assert fates == set(Fate) - {Fate.COMPACTED}
        check(world)


@pytest.mark.usefixtures("_way")
def test_times_in_any_order(broker: Broker) -> None:
    with partitions.plain(broker, SEED, now_ms() - HOUR_MS, back_ms=600_000) as world:
        check(world)


@pytest.mark.usefixtures("_way")
def test_compaction(apache_broker: Broker) -> None:
    with partitions.compacted(apache_broker, SEED, now_ms() - 2 * HOUR_MS) as world:
        [ledger] = world.ledgers.values()
        assert sum(entry.fate is Fate.COMPACTED for entry in ledger.entries) > 100
        check(world)


def test_what_is_written_after_the_ends_were_asked_for_is_not_there(broker: Broker) -> None:
    topic = broker.topic("later")
    with written(broker, topic, {0: [Act(Fate.ABORTED, (1_000, 2_000), transaction=True)]}):
        pass
    broker.produce(topic, [(None, b"later", None, None, 0)] * 3)
    place = (topic, 0)
    found = RecordUnread(World(broker, {}).connection, Silent())({place: (0, 2)}, {place: Bounds(0, 3, 3)})
    assert [found[*place, offset].nothing for offset in (0, 2)] == [True, True]


def test_records_larger_than_any_fetch(broker: Broker) -> None:
    topic = broker.topic("large", 2, {"max.message.bytes": "2000000"})
    large = b"y" * 900 * 1024
    broker.produce(topic, [(None, large, None, 1_000 + n, n % 2) for n in range(8)])
    places = [(topic, 0), (topic, 1)]
    found = RecordUnread(World(broker, {}).connection, Silent())(
        dict.fromkeys(places, (0, 3)), {place: Bounds(0, 4, 4) for place in places}
    )
    assert [one.offset for one in found.values()] == [0, 3, 0, 3]
    assert {one.last_ms for one in found.values()} == {1_006, 1_007}


def test_a_log_start_that_moves_meanwhile(apache_broker: Broker) -> None:
    with partitions.plain(apache_broker, SEED, now_ms()) as world:
        connection = world.connection
        bounds = world.bounds(connection)
        place, ledger = next(iter(world.ledgers.items()))
        cut(apache_broker, *place, ledger, 50)
        found = RecordUnread(connection, Silent())({place: (10, 60)}, bounds)
    assert [found[*place, offset].offset for offset in (10, 60)] == [50, 60]


def test_a_partition_that_is_not_there_has_a_reason_and_others_are_answered(broker: Broker) -> None:
    topic = broker.topic("one")
    broker.produce(topic, [(None, b"x", None, 1_000, 0)])
    bounds = {(topic, 0): Bounds(0, 1, 1), (topic, 7): Bounds(0, 1, 1)}
    standing = dict.fromkeys([*bounds, (topic, 9)], (0,))
    connection = Connection({"bootstrap.servers": broker.bootstrap}, patience_seconds=3)
    found = RecordUnread(connection, Silent())(standing, bounds)
    assert found[topic, 0, 0] == Unread(Method.RECORD, 0, 1_000, 1_000)
    assert found[topic, 7, 0].method is Method.NONE
    assert found[topic, 7, 0].reason is not None
    assert found[topic, 9, 0].reason == "where its log begins and ends is not known"


def test_no_standpoint_is_no_question(broker: Broker) -> None:
    assert RecordUnread(World(broker, {}).connection, Silent())({}, {}) == {}
