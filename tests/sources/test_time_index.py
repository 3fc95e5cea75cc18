"""The time index errs by no more than it says, at every offset of every partition."""

import time
from collections.abc import Mapping

import pytest

from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position
from agentctl.lag.unread import Method, Standpoint, Unread
from agentctl.sources.time_index import MOST_ROUNDS, TimeIndexUnread
from tests.harness import Broker
from tests.lag.truth import partitions
from tests.lag.truth.ledger import Ledger
from tests.lag.truth.partitions import HOUR_MS, World

APPENDED = {"message.timestamp.type": "LogAppendTime"}
SEED = 11
ENOUGH = 200


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def estimated(
    world: World, most_rounds: int = MOST_ROUNDS
) -> tuple[Mapping[Standpoint, Unread], tuple[str, ...]]:
    """Return the estimates, and what is remarked; where a marker may be all that is left there is none."""
    connection = world.connection
    source = TimeIndexUnread(connection, now_ms, most_rounds)
    found = source(world.standpoints, world.bounds(connection))
    assert len(found) == sum(map(len, world.standpoints.values()))
    for (topic, partition, offset), unread in found.items():
        if unread.method is Method.NONE:
            assert offset + 1 == len(world.ledgers[topic, partition].entries)
            assert "may be the marker of a transaction" in (unread.reason or "")
    return {one: unread for one, unread in found.items() if unread.method is not Method.NONE}, source.remarks


def off(unread: Unread, truth_ms: int | None) -> bool:
    """Whether the truth is further away than was said."""
    assert unread.method is Method.TIME_INDEX
    assert unread.timestamp_ms is not None
    assert truth_ms is not None
    return abs(unread.timestamp_ms - truth_ms) > unread.error_ms


@pytest.mark.parametrize("rounds", [0, 3, MOST_ROUNDS])
def test_times_that_clients_set_in_order(broker: Broker, rounds: int) -> None:
    with partitions.plain(broker, SEED, now_ms() - HOUR_MS) as world:
        found, remarks = estimated(world, rounds)
    for (topic, partition, offset), unread in found.items():
        ledger = world.ledgers[topic, partition]
        assert not off(unread, ledger.first_unread(offset).time_ms)
        assert unread.last_ms is not None
        last_ms = ledger.last_readable()
        assert last_ms is not None
        assert abs(unread.last_ms - last_ms) <= unread.error_ms
    [remark] = remarks
    assert "set by clients" in remark


def test_enough_rounds_make_it_as_good_as_exact(broker: Broker) -> None:
    with partitions.plain(broker, SEED, now_ms() - HOUR_MS) as world:
        found, _ = estimated(world, ENOUGH)
    for unread in found.values():
        assert unread.timestamp_ms is not None
        assert unread.error_ms <= max(1_000, (now_ms() - unread.timestamp_ms) // 100) + 1


def test_times_of_the_broker_whatever_is_written(broker: Broker) -> None:
    with partitions.with_transactions(broker, SEED, now_ms(), APPENDED) as world:
        found, remarks = estimated(world)
    assert remarks == ()
    for (topic, partition, offset), unread in found.items():
        ledger = world.ledgers[topic, partition]
        assert unread.open_transaction == (offset >= ledger.last_stable)
        if ledger.entries[offset].time_ms is not None:
            assert not off(unread, ledger.entries[offset].time_ms)
        never_younger(ledger, offset, unread)


def never_younger(ledger: Ledger, offset: int, unread: Unread) -> None:
    """See that where markers and aborted records follow the estimate is too old, never too young."""
    truth = ledger.first_unread(offset)
    if truth.time_ms is not None:
        assert unread.timestamp_ms is not None
        assert unread.timestamp_ms - unread.error_ms <= truth.time_ms


def test_compaction(apache_broker: Broker) -> None:
    with partitions.compacted(apache_broker, SEED, now_ms() - 2 * HOUR_MS) as world:
        found, _ = estimated(world)
    for (topic, partition, offset), unread in found.items():
        assert not off(unread, world.ledgers[topic, partition].first_unread(offset).time_ms)


def test_times_that_run_backwards_are_told_by_their_running_maximum(broker: Broker) -> None:
    with partitions.plain(broker, SEED, now_ms() - HOUR_MS, back_ms=900_000) as world:
        found, remarks = estimated(world)
    younger = 0
    for (topic, partition, offset), unread in found.items():
        ledger = world.ledgers[topic, partition]
        assert not off(unread, ledger.latest_until(offset))
        younger += off(unread, ledger.first_unread(offset).time_ms)
    assert younger
    [remark] = remarks
    assert "as young as" in remark


def test_a_partition_that_is_not_there_has_a_reason_and_others_are_answered(broker: Broker) -> None:
    topic = broker.topic("one")
    broker.produce(topic, [(None, b"x", None, 1_000, 0), (None, b"x", None, 2_000, 0)])
    bounds: dict[Position, Bounds] = {(topic, 0): Bounds(0, 2, 2), (topic, 7): Bounds(0, 2, 2)}
    connection = World(broker, {}).connection
    found = TimeIndexUnread(connection, now_ms)(dict.fromkeys([*bounds, (topic, 9)], (0,)), bounds)
    assert (found[topic, 0, 0].timestamp_ms, found[topic, 0, 0].last_ms) == (1_000, 2_000)
    assert found[topic, 7, 0].method is found[topic, 9, 0].method is Method.NONE
    assert found[topic, 7, 0].reason is not None
    assert found[topic, 9, 0].reason is not None


def test_no_standpoint_is_no_question(broker: Broker) -> None:
    assert TimeIndexUnread(World(broker, {}).connection, now_ms)({}, {}) == {}
