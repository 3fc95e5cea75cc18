"""Asking in a process of its own where groups stand: it may end at any moment, and the answer still comes."""

import os
import signal

import pytest

from agentctl.errors import UnreachableError
from agentctl.kafka.connection import Connection
from agentctl.kafka.fetching import OffsetFetch
from agentctl.lag.wanted import Wanted
from agentctl.sources.lag import LagSource
from tests.cli.groups import commit, dated
from tests.harness import Broker


def fetch(broker: Broker) -> OffsetFetch:
    return OffsetFetch({"bootstrap.servers": broker.bootstrap})


def kill(one: OffsetFetch) -> None:
    """End its process as a crash does."""
    process = one._process
    assert process is not None
    os.kill(process.pid, signal.SIGSEGV)
    process.wait()


def test_some_groups_or_all_are_answered(broker: Broker) -> None:
    topic = broker.topic()
    commit(broker, f"{topic}-a", {(topic, 0): 3})
    commit(broker, f"{topic}-b", {(topic, 0): 5})
    with fetch(broker) as one:
        one.begin([f"{topic}-a", f"{topic}-none"])
        some = one.answer()
        one.begin(None)
        every = one.answer()

    assert some is not None
    assert every is not None
    assert dict(some.found[f"{topic}-a"]) == {(topic, 0): 3}
    assert not some.found[f"{topic}-none"]
    assert dict(every.found[f"{topic}-b"]) == {(topic, 0): 5}


def test_after_a_process_has_ended_the_next_question_is_answered_at_the_latest(
    broker: Broker,
) -> None:
    topic = broker.topic()
    commit(broker, f"{topic}-a", {(topic, 0): 3})
    with fetch(broker) as one:
        one.start()
        kill(one)
        one.begin([f"{topic}-a"])
        one.answer()
        one.begin([f"{topic}-a"])
        found = one.answer()

    assert found is not None
    assert dict(found.found[f"{topic}-a"]) == {(topic, 0): 3}


def test_lag_is_told_although_the_process_ends_over_it(broker: Broker) -> None:
    topic = broker.topic()
    broker.produce(topic, dated(10))
    commit(broker, f"{topic}-a", {(topic, 0): 3})
    connection = Connection({"bootstrap.servers": broker.bootstrap})

    class Ending(OffsetFetch):
        """Its process ends over every question."""

        def answer(self) -> None:
            kill(self)
            assert super().answer() is None

    with LagSource(connection, Ending(connection.properties), lambda: 0) as source:
        [row] = source.look(Wanted((f"{topic}-a",))).rows

    assert (row.committed, row.lag) == (3, 7)


def test_a_broker_that_is_not_there_is_told_by_the_client_here() -> None:
    connection = Connection({"bootstrap.servers": "127.0.0.1:1"})
    with (
        LagSource(connection, OffsetFetch(connection.properties), lambda: 0) as source,
        pytest.raises(UnreachableError),
    ):
        source.look(Wanted())
