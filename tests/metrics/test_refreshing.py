"""When the cluster is asked, what is believed of the last answer and for how long, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from agentctl.errors import AccessError, AgentctlError, UnreachableError
from agentctl.lag.answer import Answer
from agentctl.metrics.refreshing import Outcome, Refresher
from agentctl.metrics.snapshot import snapshot
from tests.metrics.answers import answer, row

GONE = "no broker answers at 127.0.0.1:9092"


@dataclass
class Cluster:
    """One that answers or fails as it is told, and takes its time."""

    fails: Exception | None = None
    takes: float = 0.0
    troubles: tuple[str, ...] = ()
    now: float = 1_000.0
    asked: int = 0
    said: list[str] = field(default_factory=list)

    def look(self) -> Answer:
        self.asked += 1
        self.now += self.takes
        if self.fails is not None:
            raise self.fails
        return answer(row(seconds=600), troubles=self.troubles)

    def refresher(self) -> Refresher:
        return Refresher(
            self.look, lambda one: snapshot(one, (), 100), 15.0, self.said.append, lambda: self.now
        )


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_before_the_first_refresh_there_is_nothing(cluster: Cluster) -> None:
    standing = cluster.refresher().standing
    assert standing.fresh(cluster.now) is None
    assert standing.why_unhealthy(cluster.now) == "no refresh has ended yet"


def test_a_refresh_is_believed_for_three_intervals(cluster: Cluster) -> None:
    refresher = cluster.refresher()
    assert refresher.refresh() == 15
    standing = refresher.standing
    assert standing.fresh(cluster.now + 45) is standing.snapshot is not None
    assert standing.fresh(cluster.now + 45.1) is None
    assert standing.why_unhealthy(cluster.now + 45) is None
    assert standing.why_unhealthy(cluster.now + 46) == (
        "the last refresh began 46 s ago, and none has ended since"
    )


def test_a_failed_refresh_keeps_the_numbers_until_they_are_too_old(cluster: Cluster) -> None:
    refresher = cluster.refresher()
    refresher.refresh()
    good = refresher.standing.snapshot
    cluster.fails = UnreachableError(GONE)
    cluster.now += 15
    refresher.refresh()
    standing = refresher.standing
    assert standing.fresh(cluster.now) is good
    assert standing.why_unhealthy(cluster.now) == GONE
    assert standing.fresh(cluster.now + 31) is None


def test_it_recovers_and_says_so_once(cluster: Cluster) -> None:
    refresher = cluster.refresher()
    for fails in (None, UnreachableError(GONE), UnreachableError(GONE), None, None):
        cluster.fails = fails
        cluster.now += 15
        refresher.refresh()
    assert refresher.standing.why_unhealthy(cluster.now) is None
    assert refresher.standing.taken_at == cluster.now
    assert cluster.said == [f"{GONE}; trying on", "the lag of groups can be read again"]


def test_a_cluster_that_is_away_at_the_start_is_told_once(cluster: Cluster) -> None:
    refresher = cluster.refresher()
    cluster.fails = UnreachableError(GONE)
    refresher.refresh()
    refresher.refresh()
    cluster.fails = AccessError("the password is wrong")
    refresher.refresh()
    assert cluster.said == [f"{GONE}; trying on", "the password is wrong; trying on"]


def test_what_could_not_be_read_is_said_when_it_is_new_and_not_all_of_it(cluster: Cluster) -> None:
    refresher = cluster.refresher()
    cluster.troubles = ("a: no permission",)
    refresher.refresh()
    refresher.refresh()
    assert cluster.said == ["a: no permission"]
    cluster.troubles = ("a: no permission", *(f"{number}: no leader" for number in range(9)))
    refresher.refresh()
    assert cluster.said[1:] == [
        "0: no leader",
        "1: no leader",
        "2: no leader",
        "and 6 more things that could not be read: /healthz has all",
    ]


def test_a_failure_is_said_with_its_hint(cluster: Cluster) -> None:
    cluster.fails = AgentctlError("no such thing", hint="did you mean that?")
    cluster.refresher().refresh()
    assert cluster.said == ["no such thing; trying on (did you mean that?)"]


@pytest.mark.parametrize(
    ("fails", "troubles", "outcome"),
    [
        (None, (), Outcome.COMPLETE),
        (None, ("a: no permission",), Outcome.PARTIAL),
        (UnreachableError(GONE), (), Outcome.UNREACHABLE),
        (AccessError("no"), (), Outcome.ACCESS),
        (AgentctlError("no such group"), (), Outcome.FAILED),
        (ValueError("nobody foresaw this"), (), Outcome.FAILED),
    ],
)
def test_refreshes_are_counted_by_what_came_of_them(
    cluster: Cluster, fails: Exception | None, troubles: tuple[str, ...], outcome: Outcome
) -> None:
    cluster.fails, cluster.troubles = fails, troubles
    refresher = cluster.refresher()
    refresher.refresh()
    refresher.refresh()
    assert refresher.standing.outcomes == {outcome: 2}


def test_a_slow_cluster_is_asked_for_half_of_the_time_at_most_and_believed_for_longer(
    cluster: Cluster,
) -> None:
    cluster.takes = 20
    refresher = cluster.refresher()
    assert refresher.refresh() == 20
    standing = refresher.standing
    assert standing.took_seconds == 20
    assert standing.fresh(standing.taken_at + 120) is not None
    assert standing.fresh(standing.taken_at + 121) is None


def test_it_goes_on_until_it_is_told_to_end(cluster: Cluster) -> None:
    refresher = cluster.refresher()
    cluster.takes = 0
    look: Callable[[], Answer] = cluster.look

    def last_look() -> Answer:
        refresher.end()
        return look()

    refresher._look = last_look
    refresher.run()
    assert cluster.asked == 1
