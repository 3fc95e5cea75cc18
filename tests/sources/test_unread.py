"""Reading or estimating: as it was told, or by what reading would cost."""

import pytest

from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.routes import Cost, cost
from agentctl.lag.seconds import Seconds
from agentctl.lag.unread import Method
from agentctl.sources import unread
from agentctl.sources.unread import ChosenUnread, chosen
from tests.harness import Broker
from tests.sources.reading import Silent

NOW_MS = 100_000


@pytest.mark.parametrize(
    ("mode", "price", "expected"),
    [
        (None, Cost(20_000, 60), Seconds.EXACT),
        (None, Cost(20_000_000, 60), Seconds.ESTIMATE),
        (None, Cost(20_000, 6_000), Seconds.ESTIMATE),
        (Seconds.EXACT, Cost(20_000_000, 6_000), Seconds.EXACT),
        (Seconds.ESTIMATE, Cost(1, 1), Seconds.ESTIMATE),
    ],
)
def test_what_is_chosen(mode: Seconds | None, price: Cost, expected: Seconds) -> None:
    assert chosen(mode, price) is expected


@pytest.fixture
def topic(broker: Broker) -> str:
    name = broker.topic("chosen")
    broker.produce(name, [(None, b"x", None, 1_000 * number, 0) for number in range(1, 5)])
    return name


def source(broker: Broker, mode: Seconds | None) -> ChosenUnread:
    return ChosenUnread(mode, Connection({"bootstrap.servers": broker.bootstrap}), lambda: NOW_MS, Silent())


def test_unasked_it_reads_what_is_quickly_read(broker: Broker, topic: str) -> None:
    asked = source(broker, None)
    [found] = asked({(topic, 0): (1,)}, {(topic, 0): Bounds(0, 4, 4)}).values()
    assert (found.method, found.timestamp_ms, found.last_ms) == (Method.RECORD, 2_000, 4_000)
    assert asked.remarks == ()


def test_unasked_it_estimates_what_is_not_and_says_so(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "WORTH_SECONDS", 0.0)
    asked = source(broker, None)
    [found] = asked({(topic, 0): (1,)}, {(topic, 0): Bounds(0, 4, 4)}).values()
    assert found.method is Method.TIME_INDEX
    assert asked.remarks[0] == (
        "seconds are estimated from the time index: to read them would pass over 3 records, "
        "beginning in one place, in about 0.0 s (--seconds exact)"
    )


def test_unasked_what_the_index_cannot_tell_is_read_where_that_is_quick(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, bounds = (topic, 0), {(topic, 0): Bounds(0, 4, 4)}
    both = cost({place: (1, 3)}, bounds).seconds
    alone = cost({place: (3,)}, bounds).seconds
    monkeypatch.setattr(unread, "WORTH_SECONDS", (both + alone) / 2)
    found = source(broker, None)({place: (1, 3)}, bounds)
    assert found[topic, 0, 1].method is Method.TIME_INDEX
    assert found[topic, 0, 3].timestamp_ms == 4_000


def test_asked_for_an_estimate_it_reads_nothing(broker: Broker, topic: str) -> None:
    asked = source(broker, Seconds.ESTIMATE)
    [found] = asked({(topic, 0): (1,)}, {(topic, 0): Bounds(0, 4, 4)}).values()
    assert found.method is Method.TIME_INDEX
    [remark] = asked.remarks
    assert "set by clients" in remark
