"""Races: counted by topic and by agent, with the window in which they happen and what they cost."""

import pytest

from agentctl.claims.races import Races, races_by_agent, races_by_topic
from agentctl.claims.races_view import races_view
from agentctl.model.coverage import Coverage
from agentctl.model.query import Window
from tests.claims.logs import CLAIMS, TTL, Log


def races() -> Log:
    """One item without a race, one that was contended, and one with two conflicts."""
    log = Log()
    task = log.task(0, item="calm")
    log.claim("seo", 50, item="calm", cause=task)
    log.result("seo", 60, item="calm")
    log.claim("seo", 0, item="contended")
    log.release("sales", 12, log.claim("sales", 10, item="contended"), item="contended")
    log.claim("marketing", 100, item="race")
    log.claim("sales", 110, item="race")
    log.claim("content", 120, item="race")
    log.progress("sales", 150, item="race")
    log.progress("sales", 310, item="race")
    return log


def test_by_topic() -> None:
    [found] = races_by_topic(races().ledger.histories())
    assert (found.name, found.items, found.claims, found.contended_items) == (CLAIMS, 3, 6, 2)
    assert (found.lost_claims, found.withdrawn, found.conflicts) == (3, 1, 2)
    assert found.rate == pytest.approx(2 / 6)
    assert (found.wasted_ms, found.wasted_steps) == (200, 2)
    assert (found.window_ms(0.5), found.window_ms(0.99)) == (50, 50)


def test_by_agent_who_wasted_most_comes_first() -> None:
    found = races_by_agent(races().ledger.histories())
    assert [(one.name, one.claims, one.conflicts, one.wasted_ms) for one in found] == [
        ("sales", 2, 1, 200),
        ("content", 1, 1, 0),
        ("marketing", 1, 0, 0),
        ("seo", 2, 0, 0),
    ]


def test_since_counts_only_later_claims_but_judges_them_by_all() -> None:
    [found] = races_by_topic(races().ledger.histories(), since_ms=115)
    assert (found.items, found.claims, found.conflicts) == (1, 1, 1)


def test_a_claim_after_the_lease_is_no_race() -> None:
    log = Log()
    log.claim("seo", 0)
    log.claim("sales", TTL)
    [found] = races_by_topic(log.ledger.histories())
    assert (found.contended_items, found.lost_claims) == (0, 0)


@pytest.mark.parametrize(
    ("windows", "p50", "p99"),
    [([], None, None), ([7], 7, 7), (list(range(1, 101)), 51, 100), ([3, 1, 2], 2, 3)],
)
def test_windows_are_told_by_the_nearest_rank(windows: list[int], p50: int | None, p99: int | None) -> None:
    found = Races("t", windows_ms=windows)
    assert (found.window_ms(0.5), found.window_ms(0.99)) == (p50, p99)


def test_the_view_has_the_fields_of_the_contract() -> None:
    view = races_view(races_by_topic(races().ledger.histories()), Coverage(), Window(), by="topic")
    [row] = view.rows
    assert set(row) == {
        *("topic", "items", "claims", "contended_items", "lost_claims", "withdrawn", "conflicts", "rate"),
        *("window_p50_ms", "window_p99_ms", "wasted_ms", "wasted_steps"),
    }
    assert row["rate"] == 0.333333
    assert view.facts == ("2 conflicts", "200ms wasted")
    assert races_view([], Coverage(), Window(), by="agent").exit_code == 4
