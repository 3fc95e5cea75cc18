"""What a list of groups is worth: a broker that has just come back names none at first."""

from collections.abc import Collection
from types import SimpleNamespace

import pytest

from agentctl.errors import NotFoundError
from agentctl.kafka import committed
from agentctl.kafka.committed import Listed
from agentctl.kafka.connection import Connection
from agentctl.kafka.fetching import Committed, OffsetFetch
from agentctl.lag.commits import TOPIC
from agentctl.lag.wanted import Wanted
from agentctl.sources.lag import LagSource

PROPERTIES = {"bootstrap.servers": "127.0.0.1:9"}
NOBODY, EVERYBODY = Listed({}), Listed({"g": "empty"})
LED, UNLED = 1, -1


class Fetch(OffsetFetch):
    """Knows where the one group stands once it is listed."""

    def __init__(self, lists: Collection[Listed]) -> None:
        super().__init__(PROPERTIES)
        self.lists = lists

    def begin(self, groups: Collection[str] | None) -> None:
        """Asks nobody."""

    def answer(self) -> Committed:
        return Committed({} if self.lists else {"g": {}})


class Cluster(LagSource):
    """One broker, with a topic of one partition."""

    def __init__(self, lists: Collection[Listed], topic: str, leader: int) -> None:
        super().__init__(Connection(PROPERTIES), Fetch(lists), lambda: 0)
        self.topic, self.leader = topic, leader

    def _cluster(self) -> SimpleNamespace:  # type: ignore[override]
        part = SimpleNamespace(leader=self.leader, replicas=[1])
        broker = SimpleNamespace(id=1, host="h", port=1)
        return SimpleNamespace(
            topics={self.topic: SimpleNamespace(partitions={0: part})},
            brokers={1: broker} if self.leader == LED else {},
        )


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[Listed]:
    """What is listed, one list after the other."""
    left: list[Listed] = []
    monkeypatch.setattr(committed, "listed", lambda connection: left.pop(0))
    return left


@pytest.mark.parametrize("names", [(), ("g",)])
def test_an_empty_list_is_asked_for_again_where_groups_have_committed_once(
    lists: list[Listed], names: tuple[str, ...]
) -> None:
    lists += [NOBODY, NOBODY, EVERYBODY]
    reading = Cluster(lists, TOPIC, LED).reading(Wanted(names))
    assert [(group.name, group.refusal) for group in reading.groups] == [("g", None)]
    assert reading.troubles == ()


def test_where_nobody_ever_committed_it_is_an_answer(lists: list[Listed]) -> None:
    lists += [NOBODY, EVERYBODY]
    assert Cluster(lists, "t", LED).reading(Wanted()).groups == ()


def test_a_group_is_not_called_gone_whose_coordinator_is(lists: list[Listed]) -> None:
    lists += [NOBODY, EVERYBODY]
    [group] = Cluster(lists, TOPIC, UNLED).reading(Wanted(("g",))).groups
    assert group.refusal is not None
    assert group.refusal.endswith(f"{TOPIC}[0] has no leader: its only replica, broker 1, is down")


def test_a_group_that_others_than_its_coordinator_do_not_know_is_gone(lists: list[Listed]) -> None:
    lists += [EVERYBODY]
    with pytest.raises(NotFoundError, match="no such consumer group: nobody"):
        Cluster(lists, TOPIC, LED).reading(Wanted(("nobody",)))
