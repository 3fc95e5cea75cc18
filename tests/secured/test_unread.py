"""First unread records of topics that this user may describe and not read."""

import pytest

from agentctl.errors import AccessError
from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.unread import Method
from agentctl.sources.first_unread import RecordUnread
from tests.secured import logins
from tests.secured.cluster import OPEN, SEALED, Secured
from tests.sources.reading import Silent

pytestmark = pytest.mark.xdist_group("secured")


def connection(broker: Secured) -> Connection:
    return Connection({"bootstrap.servers": broker.at("PLAIN"), **logins.plain()})


def test_one_of_two_has_a_reason(secured_broker: Secured) -> None:
    places = [(OPEN, 0), (SEALED, 0)]
    bounds = dict.fromkeys(places, Bounds(0, 1, 1))
    found = RecordUnread(connection(secured_broker), Silent())(dict.fromkeys(places, (0,)), bounds)
    assert found[OPEN, 0, 0].reason is None
    assert (found[SEALED, 0, 0].method, found[SEALED, 0, 0].reason) == (Method.NONE, "no permission")


def test_the_only_one(secured_broker: Secured) -> None:
    place = (SEALED, 0)
    with pytest.raises(AccessError, match=f"no permission to read {SEALED}"):
        RecordUnread(connection(secured_broker), Silent())({place: (0,)}, {place: Bounds(0, 1, 1)})
