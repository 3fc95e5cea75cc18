"""Brokers that die, and a cluster that nobody reaches, while first unread records are read."""

import time

import pytest

from agentctl.errors import UnreachableError
from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.unread import Method
from agentctl.sandbox.process import LOCALHOST, free_port
from agentctl.sources.first_unread import RecordUnread
from agentctl.sources.time_index import TimeIndexUnread
from tests.sources.reading import Silent
from tests.trio import Trio

GIVEN_UP_SECONDS = 12
BOUNDS = Bounds(0, 1, 1)


@pytest.mark.xdist_group("three brokers")
@pytest.mark.parametrize("stopped", ["killed", "frozen"])
def test_a_leader_that_does_not_answer_is_named_and_the_others_are_answered(trio: Trio, stopped: str) -> None:
    topic = trio.placed_topic("held", [[1], [2], [3]])
    trio.produce(topic, [(None, b"x", None, 1_000, number) for number in range(3)])
    bounds = {(topic, number): BOUNDS for number in range(3)}
    if stopped == "killed":
        trio.kill(2)
    else:
        trio.freeze(2)
    began = time.monotonic()
    found = RecordUnread(Connection({"bootstrap.servers": trio.bootstrap}), Silent())(
        dict.fromkeys(bounds, (0,)), bounds
    )
    assert time.monotonic() - began < GIVEN_UP_SECONDS
    assert [found[topic, number, 0].timestamp_ms for number in range(3)] == [1_000, None, 1_000]
    assert found[topic, 1, 0].method is Method.NONE
    assert "broker 2" in (found[topic, 1, 0].reason or "")


@pytest.mark.parametrize("kind", ["read", "estimated"])
def test_a_cluster_that_nobody_reaches(kind: str) -> None:
    connection = Connection({"bootstrap.servers": f"{LOCALHOST}:{free_port()}"})
    source = RecordUnread(connection, Silent()) if kind == "read" else TimeIndexUnread(connection, lambda: 0)
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="cannot reach a broker"):
        source({("events", 0): (0,)}, {("events", 0): BOUNDS})
    assert time.monotonic() - began < GIVEN_UP_SECONDS
