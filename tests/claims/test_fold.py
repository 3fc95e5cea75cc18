"""The fold gives one answer for every batching, interleaving and restart, and it is the right one."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.claims.ledger import Ledger
from agentctl.claims.referee import Referee
from agentctl.claims.standing import judged, standing
from agentctl.claims.terms import Terms
from agentctl.model.event import Event
from agentctl.model.finding import Labels
from tests.claims.logs import CLAIMS, PROGRESS, RESULTS, Log, ledger, token_of
from tests.claims.oracle import told

TTL = 10
AGENTS, ITEMS = ("a", "b", "c"), ("x", "y")
KINDS = ("claim", "claim", "claim", "renew", "release", "progress", "result")

steps = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(AGENTS),
    st.sampled_from(ITEMS),
    st.integers(-3, 12),
    st.sampled_from([None, None, None, 0, 1, 9, 10, 11, 25]),
    st.integers(0, 5),
    st.sampled_from([0] * 12 + [1]),
)
"""What, who, on which item, how much later, with what ttl, with the token of the how-manieth last claim, and
in which partition."""


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """A few agents on a few items, around the ends of leases; times also run backwards a little."""
    log = Log(ttl_ms=TTL)
    log.claim("a", 100, item="z")
    now = 100
    claims: list[Event] = []
    for kind, agent, item, later, ttl, back, partition in draw(st.lists(steps, min_size=1, max_size=25)):
        now += later
        if kind == "claim":
            claims.append(log.claim(agent, now, item=item, ttl_ms=ttl, partition=partition))
        elif kind == "progress":
            log.progress(agent, now, item=item, step=back, partition=ITEMS.index(item))
        elif kind == "result":
            log.result(agent, now, item=item, partition=ITEMS.index(item))
        elif claims:
            claim = claims[-1 - back % len(claims)]
            own = agent if back == 5 else claim.agent
            write = log.renew if kind == "renew" else log.release
            write(own, now, token_of(claim), item=claim.work_item, ttl_ms=ttl, partition=partition)
    return log


def moments(log: Log) -> list[int]:
    """Every moment at which something can change, and those beside it."""
    times = {event.record.timestamp_ms or 0 for event in log.events}
    return sorted({t + d for t in times for d in (-1, 0, 1, TTL - 1, TTL, TTL + 1)})


def said(found: Ledger, item: str, now: int) -> dict[str, object] | None:
    """The ledger's answer in the words of the oracle."""
    history = found.history(item, now)
    stands = standing(history, now)
    if stands is None:
        return None
    return {
        "state": stands.state.value,
        "holder": stands.holder,
        "token": stands.token,
        "lease_end": stands.lease_end_ms,
        "alive": stands.alive,
        "last_sign": stands.last_sign_ms,
        "step": stands.step,
        "rivals": [(r.agent, r.token, r.gap_ms, r.still_working) for r in stands.rivals],
        "verdicts": [(j.token, j.verdict, j.steps_since, j.results_since) for j in judged(history, now)],
    }


@settings(deadline=None)
@given(logs())
def test_the_fold_agrees_with_a_slow_and_literal_reading(log: Log) -> None:
    found = log.ledger
    for now in moments(log):
        for item in ITEMS:
            assert said(found, item, now) == told(log.events, item, now, TTL)


def everything(found: Ledger, now: int) -> object:
    """All that can be asked of a ledger."""
    histories = [found.history(item, now) for item in sorted(found.items())]
    stands = [standing(history, now) for history in histories]
    return stands, [judged(h, now) for h in histories], Referee(now).findings(found.histories(), Labels())


def interleaved(events: list[Event], chance: random.Random) -> list[Event]:
    """The same events, each partition in its order, the partitions mixed anew."""
    queues: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        queues.setdefault((event.record.topic, event.record.partition), []).append(event)
    mixed = []
    while queues:
        name = chance.choice(sorted(queues))
        mixed.append(queues[name].pop(0))
        if not queues[name]:
            del queues[name]
    return mixed


@settings(deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_partitions_and_topics_may_come_in_any_interleaving(log: Log, chance: random.Random) -> None:
    end = moments(log)[-1]
    mixed = ledger(interleaved(log.events, chance), log.terms)
    assert everything(mixed, end) == everything(log.ledger, end)


@settings(deadline=None)
@given(logs(), st.integers(0, 25))
def test_asking_in_between_and_reading_again_changes_nothing(log: Log, at: int) -> None:
    end = moments(log)[-1]
    found = ledger(log.events[:at], log.terms)
    everything(found, end)
    for event in log.events[max(0, at - 5) :]:
        found.add(event)
    assert everything(found, end) == everything(log.ledger, end)
    assert len(found) == len(log.ledger)


@settings(deadline=None)
@given(logs(), st.sampled_from(ITEMS))
def test_a_ledger_of_one_item_says_the_same_of_it(log: Log, item: str) -> None:
    end = moments(log)[-1]
    found = Ledger(log.terms, only=[item])
    for event in log.events:
        found.add(event)
    assert said(found, item, end) == said(log.ledger, item, end)
    assert set(found.items()) <= {item}


@settings(deadline=None)
@given(logs(), st.integers(0, 24))
def test_what_came_later_does_not_change_what_the_log_was_then(log: Log, at: int) -> None:
    until = log.events[min(at, len(log.events) - 1)].record.timestamp_ms or 0
    kept = [event for event in log.events if _counts_at(event, log.events) <= until]
    for item in ITEMS:
        assert said(log.ledger, item, until) == said(ledger(kept, log.terms), item, until)


def _counts_at(event: Event, events: list[Event]) -> int:
    place = event.place
    if place.topic != CLAIMS:
        return event.record.timestamp_ms or 0
    return max(
        e.record.timestamp_ms or 0
        for e in events
        if (e.place.topic, e.place.partition) == (place.topic, place.partition)
        and e.place.offset <= place.offset
    )


def test_twenty_thousand_claims_and_releases_on_one_item_are_no_quadratic_work() -> None:
    """Looking through the claims for each token would take minutes here."""
    log = Log(ttl_ms=10**9)
    first = log.claim("a", 0)
    template = log.claim("b", 1)
    many = Ledger({CLAIMS: Terms(ttl_ms=10**9)})
    many.add(first)
    for n in range(1, 20_000):
        claim = template._replace(record=template.record._replace(offset=2 * n - 1, timestamp_ms=n))
        release = claim._replace(
            record=claim.record._replace(offset=2 * n),
            type="claim_released",
            payload={"token": f"0@{2 * n - 1}"},
        )
        many.add(claim)
        many.add(release)
    history = many.history("agent_tracing")
    assert len(history.claims) == 20_000
    assert history.tenures[0].conflicting == []
    assert {PROGRESS, RESULTS}.isdisjoint(topic for topic, _ in history.partitions)
