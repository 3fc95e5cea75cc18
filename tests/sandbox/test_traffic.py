"""Ordinary traffic goes right: what is wrong in the night is wrong in its stories alone."""

from collections import defaultdict
from itertools import pairwise

import pytest

from agentctl.sandbox.incident import night
from agentctl.sandbox.longago import LONG_AGO
from agentctl.sandbox.night import CLAIMS, PROGRESS, RESEARCH, RESULTS, Laid, Night
from agentctl.sandbox.story import WORKFLOWS
from agentctl.sandbox.truth import workflow_of
from tests.builders import ms

ANCHOR_MS = ms("14:25:40")
LEASE_MS = 30 * 60_000
STALE_AFTER_MS = 15 * 60_000
SEEDS = (347, 1, 2)


@pytest.fixture(scope="module", params=SEEDS)
def told(request: pytest.FixtureRequest) -> Night:
    return night(ANCHOR_MS, request.param)


@pytest.fixture(scope="module")
def ordinary(told: Night) -> list[Laid]:
    """What belongs to workflows that no story tells."""
    return [laid for laid in told.events if workflow_of(laid) not in (None, LONG_AGO, *WORKFLOWS)]


def said(laid: Laid, field: str) -> object:
    assert not isinstance(laid.draft.payload, bytes)
    return laid.draft.payload.get(field)


def by_item(events: list[Laid], topic: str) -> dict[object, list[Laid]]:
    found: dict[object, list[Laid]] = defaultdict(list)
    for laid in events:
        if laid.place.topic == topic and said(laid, "agent") != "paxmachina":
            found[said(laid, "topic")].append(laid)
    return found


def test_every_item_is_claimed_once_and_finished_by_who_claimed_it(ordinary: list[Laid]) -> None:
    claims, results = by_item(ordinary, CLAIMS), by_item(ordinary, RESULTS)
    assert len(claims) > 1_000
    assert claims.keys() == results.keys()
    for item, own in claims.items():
        [claim], [result] = own, results[item]
        assert said(claim, "agent") == said(result, "agent")
        assert claim.time_ms < result.time_ms < claim.time_ms + LEASE_MS


def test_nobody_claims_on_old_news(told: Night, ordinary: list[Laid]) -> None:
    analyses = by_item(ordinary, RESEARCH)
    for item, [claim] in by_item(ordinary, CLAIMS).items():
        [analysis] = analyses[item]
        assert told.labelled[claim.draft.cause or ""] == analysis
        assert 0 < claim.time_ms - analysis.time_ms < STALE_AFTER_MS


def test_steps_are_taken_in_order_between_claim_and_result(ordinary: list[Laid]) -> None:
    claims, results = by_item(ordinary, CLAIMS), by_item(ordinary, RESULTS)
    for item, steps in by_item(ordinary, PROGRESS).items():
        assert [said(step, "step") for step in steps] == list(range(1, len(steps) + 1))
        assert said(steps[-1], "total") == len(steps)
        assert claims[item][0].time_ms < steps[0].time_ms
        assert steps[-1].time_ms <= results[item][0].time_ms


def test_no_item_of_a_story_appears_in_it(told: Night, ordinary: list[Laid]) -> None:
    stories = [laid for laid in told.events if workflow_of(laid) in (LONG_AGO, *WORKFLOWS)]
    assert not by_item(stories, CLAIMS).keys() & by_item(ordinary, CLAIMS).keys()


def test_an_agent_works_on_one_thing_at_a_time(ordinary: list[Laid]) -> None:
    results = by_item(ordinary, RESULTS)
    spans: dict[object, list[tuple[int, int]]] = defaultdict(list)
    for item, [claim] in by_item(ordinary, CLAIMS).items():
        spans[said(claim, "agent")].append((claim.time_ms, results[item][0].time_ms))
    for own in spans.values():
        own.sort()
        assert all(before[1] < after[0] for before, after in pairwise(own))


def test_who_died_waits_or_idles_in_a_story_does_nothing_else(told: Night) -> None:
    heard = [
        (said(laid, "agent"), laid.time_ms)
        for laid in told.events
        if laid.place.topic in (CLAIMS, PROGRESS, RESULTS)
    ]

    def times(agent: str, since: str) -> list[int]:
        return [time_ms for who, time_ms in heard if who == agent and time_ms > ms(since)]

    assert times("content", "12:27:12") == []
    assert times("sales", "13:47:02") == []
    assert min(times("oracle", "03:00")) == ms("14:15:03.118")
