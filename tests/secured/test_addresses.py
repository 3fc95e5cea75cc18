"""Addresses that a real broker advertises and that nobody answers at."""

import pytest

from tests.secured.cluster import Secured
from tests.secured.conftest import Replay

pytestmark = pytest.mark.xdist_group("secured")


@pytest.mark.parametrize(
    ("listener", "why"),
    [("FAR", "connection refused"), ("MUTE", "it accepts connections and does not answer")],
)
@pytest.mark.parametrize("topics", [(), ("research-events",)], ids=["all topics", "one topic"])
def test_an_advertised_address_that_cannot_be_reached_is_named(
    replay: Replay, secured_broker: Secured, listener: str, why: str, topics: tuple[str, ...]
) -> None:
    answer = replay(listener, {}, topics=topics)
    advertised = f"127.0.0.1:{secured_broker.advertised[listener]}"
    assert answer.stderr.splitlines()[-2:] == [
        f"agentctl: broker 1 advertises {advertised}, which cannot be reached from here: {why}",
        "  hint: the brokers' advertised.listeners must be reachable from this machine",
    ]
    assert (answer.exit_code, answer.stdout) == (6, "")
