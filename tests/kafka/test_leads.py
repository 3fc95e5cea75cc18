"""What is said of partitions that nothing comes of."""

import pytest

from agentctl.kafka.errors import Complaint
from agentctl.kafka.leads import Lead

REFUSED = Complaint(-195, "h:1", "2", "connection refused")
CLOSED = Complaint(-195, "h:1", "2", "disconnected")
OF_ANOTHER = Complaint(-195, "h:3", "3", "timed out")


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (Lead(2, "h:1", (2, 3), ()), "its leader, broker 2 at h:1, does not answer: connection refused"),
        (Lead(1, "h:0", (1, 3), (3,)), "its leader, broker 1 at h:0, does not answer"),
        (Lead(None, None, (2,), (2,)), "it has no leader: its only replica, broker 2, is down"),
        (Lead(None, None, (2, 3), (3,)), "it has no leader: of its replicas, broker 3 is down"),
        (Lead(None, None, (2, 3), (2, 3)), "it has no leader: of its replicas, brokers 2 and 3 are down"),
        (Lead(None, None, (2, 3), ()), "it has no leader"),
    ],
)
def test_the_leader_or_what_became_of_it_is_named(lead: Lead, said: str) -> None:
    assert lead.sentence([REFUSED, CLOSED, OF_ANOTHER]) == said


def test_only_what_no_living_broker_holds_is_hopeless() -> None:
    assert Lead(None, None, (2, 3), (2, 3)).hopeless
    assert not Lead(None, None, (2, 3), (3,)).hopeless
    assert not Lead(2, "h:1", (2,), (2,)).hopeless
