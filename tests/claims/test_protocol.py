"""Taking, renewing and releasing: what each agent is told, whatever happens between two steps."""

import json
from collections.abc import Callable

import pytest

from agentctl.claims.outcome import Why
from agentctl.claims.steps import Step
from agentctl.claims.unknown import OutcomeUnknownError
from agentctl.errors import AgentctlError
from agentctl.model.record import TimestampType, Transaction
from tests.claims.topic import TTL, MemoryTopic, agent

ITEM = "agent_tracing"


@pytest.fixture
def topic() -> MemoryTopic:
    return MemoryTopic()


def payloads(topic: MemoryTopic) -> list[dict[str, object]]:
    return [json.loads(record.value or b"") for record in topic.records]


def at(step: Step, act: Callable[[], object]) -> Callable[[Step], None]:
    """Do something once, the first time that the protocol is at that step."""
    acts = [act]

    def between(now: Step) -> None:
        if now is step and acts:
            acts.pop()()

    return between


def passing(topic: MemoryTopic, time_ms: int) -> Callable[[], None]:
    def act() -> None:
        topic.time += time_ms

    return act


def claim_of(name: str, ttl_s: int = 10) -> bytes:
    return json.dumps({"agent": name, "topic": ITEM, "ttl": ttl_s}).encode()


def test_who_claims_first_holds_with_the_token_of_the_claim(topic: MemoryTopic) -> None:
    outcome = agent(topic, "marketing").take_claim(ITEM, workflow_id="w1", format="blog_post", cause="e1")
    assert outcome
    assert (outcome.token, outcome.holder, outcome.holder_token) == ("0@0", "marketing", "0@0")
    assert outcome.lease_until_ms == topic.time + TTL
    assert outcome.left_ms == TTL
    assert not outcome.contended
    [claim] = payloads(topic)
    expected = {"event_type": "claim", "agent": "marketing", "topic": ITEM, "format": "blog_post", "ttl": 10}
    assert claim.items() >= {**expected, "workflow_id": "w1", "cause": "e1"}.items()
    assert topic.records[0].key == ITEM.encode()


def test_who_comes_later_is_told_who_holds_and_withdraws(topic: MemoryTopic) -> None:
    agent(topic, "marketing").take_claim(ITEM)
    outcome = agent(topic, "sales").take_claim(ITEM)
    assert not outcome
    assert outcome.why is Why.LOST
    assert (outcome.token, outcome.holder, outcome.holder_token) == ("0@1", "marketing", "0@0")
    assert outcome.contended
    withdrawal = payloads(topic)[2]
    assert (withdrawal["event_type"], withdrawal["agent"], withdrawal["token"]) == (
        "claim_released",
        "sales",
        "0@1",
    )


def test_the_order_of_the_log_decides_and_not_who_asks_first(topic: MemoryTopic) -> None:
    sales = agent(topic, "sales")
    told = []
    marketing = agent(
        topic, "marketing", at(Step.BEFORE_WRITING, lambda: told.append(sales.take_claim(ITEM)))
    )
    assert marketing.take_claim(ITEM).holder == "sales"
    assert told[0]


def test_a_claim_that_comes_while_one_reads_back_changes_nothing(topic: MemoryTopic) -> None:
    sales = agent(topic, "sales")
    told = []
    marketing = agent(topic, "marketing", at(Step.WRITTEN, lambda: told.append(sales.take_claim(ITEM))))
    assert marketing.take_claim(ITEM)
    assert told[0].holder == "marketing"


def test_a_second_claim_of_the_holder_extends_its_lease(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    topic.time += 4_000
    again = marketing.take_claim(ITEM)
    assert again
    assert (again.token, again.holder_token) == ("0@1", "0@0")
    assert again.lease_until_ms == topic.time + TTL


@pytest.mark.parametrize("step", [Step.BEFORE_WRITING, Step.WRITTEN, Step.READ_BACK])
@pytest.mark.parametrize(
    ("paused_ms", "held"), [(TTL - 1_001, True), (TTL - 1_000, False), (TTL + 60_000, False)]
)
def test_a_pause_that_leaves_less_than_the_margin_loses_what_was_won(
    topic: MemoryTopic, step: Step, paused_ms: int, held: bool
) -> None:
    marketing = agent(topic, "marketing", at(step, passing(topic, paused_ms)))
    outcome = marketing.take_claim(ITEM)
    if step is Step.BEFORE_WRITING:
        # What passes before the claim is written costs nothing of its lease.
        assert outcome
        return
    assert outcome.held is held
    if not held:
        assert outcome.why is Why.TOO_LATE
        assert payloads(topic)[-1]["event_type"] == "claim_released"
        assert agent(topic, "sales").take_claim(ITEM)


def test_after_a_pause_the_agent_can_see_by_itself_that_its_lease_is_over(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    topic.time += TTL - 1
    assert marketing.holds(ITEM)
    assert not marketing.holds(ITEM, for_ms=1)
    topic.time += 1
    assert not marketing.holds(ITEM)
    assert not marketing.holds("another item")


@pytest.mark.parametrize("skew", [-3_600_000, 0, 3_600_000])
def test_how_far_the_machines_clock_is_off_does_not_matter(skew: int) -> None:
    topic = MemoryTopic(skew=skew)
    assert agent(topic, "marketing").take_claim(ITEM).left_ms == TTL


def test_a_renewal_begins_the_lease_anew_and_keeps_the_token(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    topic.time += 8_000
    outcome = marketing.renew_claim(ITEM)
    assert outcome
    assert (outcome.token, outcome.lease_until_ms) == ("0@0", topic.time + TTL)
    topic.time += 8_000
    assert marketing.holds(ITEM)
    assert agent(topic, "sales").take_claim(ITEM).holder == "marketing"


def test_another_process_renews_with_the_token_as_long_as_the_claim_was(topic: MemoryTopic) -> None:
    agent(topic, "marketing", ttl_ms=20_000).take_claim(ITEM)
    topic.time += 8_000
    outcome = agent(topic, "marketing", ttl_ms=None).renew_claim(ITEM, "0@0")
    assert outcome.lease_until_ms == topic.time + 20_000


def test_a_renewal_after_somebody_took_over_is_refused(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    topic.time += TTL
    agent(topic, "sales").take_claim(ITEM)
    outcome = marketing.renew_claim(ITEM)
    assert outcome.why is Why.LOST
    assert (outcome.holder, outcome.holder_token) == ("sales", "0@1")
    assert not marketing.holds(ITEM)


def test_a_renewal_of_a_lease_that_is_over_is_refused_though_nobody_came(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    topic.time += TTL
    outcome = marketing.renew_claim(ITEM)
    assert (outcome.why, outcome.holder) == (Why.LOST, None)


@pytest.mark.parametrize("token", ["0@7", "1@0", "99@99", "0@0"])
def test_a_token_that_is_not_the_agents_own_renews_and_releases_nothing(
    topic: MemoryTopic, token: str
) -> None:
    agent(topic, "marketing").take_claim(ITEM)
    sales = agent(topic, "sales")
    assert sales.renew_claim(ITEM, token).why is Why.LOST
    assert sales.release_claim(ITEM, token).why is Why.LOST
    assert agent(topic, "marketing").renew_claim(ITEM)


def test_a_released_item_can_be_taken_at_once(topic: MemoryTopic) -> None:
    marketing, sales = agent(topic, "marketing"), agent(topic, "sales")
    marketing.take_claim(ITEM)
    outcome = marketing.release_claim(ITEM)
    assert (outcome.why, outcome.holder, outcome.held) == (Why.RELEASED, None, False)
    assert outcome.done
    assert not marketing.holds(ITEM)
    assert sales.take_claim(ITEM)
    assert marketing.release_claim(ITEM, "0@0").why is Why.LOST
    assert sales.holds(ITEM)


def test_who_holds_nothing_writes_nothing_when_it_renews_or_releases(topic: MemoryTopic) -> None:
    sales = agent(topic, "sales")
    assert sales.renew_claim(ITEM).why is Why.LOST
    assert sales.release_claim(ITEM).why is Why.LOST
    assert topic.records == []


def test_a_write_whose_answer_is_lost_is_found_in_the_log(topic: MemoryTopic) -> None:
    topic.mishaps = ["answer lost"]
    outcome = agent(topic, "marketing").take_claim(ITEM)
    assert (outcome.held, outcome.token) == (True, "0@0")
    topic.mishaps = ["answer lost"]
    assert agent(topic, "sales").take_claim(ITEM).holder == "marketing"


def test_a_write_that_the_log_does_not_show_holds_nothing(topic: MemoryTopic) -> None:
    topic.mishaps = ["never written"]
    marketing = agent(topic, "marketing")
    with pytest.raises(
        OutcomeUnknownError, match="nobody knows whether content-claims\\[0\\] took the claim"
    ):
        marketing.take_claim(ITEM)
    assert not marketing.holds(ITEM)
    assert agent(topic, "sales").take_claim(ITEM)


def test_what_cannot_be_read_back_is_not_held_and_ends_by_itself(topic: MemoryTopic) -> None:
    def cut() -> None:
        topic.unreadable = True

    marketing = agent(topic, "marketing", at(Step.WRITTEN, cut))
    with pytest.raises(OutcomeUnknownError, match="cannot be read back") as raised:
        marketing.take_claim(ITEM)
    assert raised.value.hint is not None
    assert "within 10s" in raised.value.hint
    assert not marketing.holds(ITEM)
    topic.unreadable = False
    topic.time += TTL
    assert agent(topic, "sales").take_claim(ITEM)


def test_a_write_that_was_refused_says_so(topic: MemoryTopic) -> None:
    topic.mishaps = ["refused"]
    with pytest.raises(AgentctlError, match="no permission"):
        agent(topic, "marketing").take_claim(ITEM)


def test_a_withdrawal_that_fails_is_told_and_the_answer_stands(topic: MemoryTopic) -> None:
    agent(topic, "marketing").take_claim(ITEM)
    topic.mishaps = [None, "refused"]
    outcome = agent(topic, "sales").take_claim(ITEM)
    assert outcome.holder == "marketing"
    assert any("could not be withdrawn" in note for note in outcome.notes)


def test_an_aborted_claim_does_not_count(topic: MemoryTopic) -> None:
    topic.write(ITEM.encode(), claim_of("sales"), Transaction.ABORTED)
    assert agent(topic, "marketing").take_claim(ITEM)


def test_a_claim_in_an_open_transaction_is_waited_for_and_counts_when_committed(topic: MemoryTopic) -> None:
    topic.write(ITEM.encode(), claim_of("sales", 60), Transaction.OPEN)
    topic.while_waiting = lambda: topic.ends(0, Transaction.COMMITTED)
    outcome = agent(topic, "marketing").take_claim(ITEM)
    assert (outcome.why, outcome.holder) == (Why.LOST, "sales")


def test_a_claim_in_a_transaction_that_stays_open_leaves_it_undecided(topic: MemoryTopic) -> None:
    topic.write(ITEM.encode(), claim_of("sales", 60), Transaction.OPEN)
    outcome = agent(topic, "marketing").take_claim(ITEM)
    assert (outcome.why, outcome.held, outcome.holder) == (Why.UNDECIDED, False, None)
    assert payloads(topic)[-1]["token"] == outcome.token
    topic.ends(0, Transaction.ABORTED)
    assert agent(topic, "marketing").take_claim(ITEM)


def test_an_open_transaction_about_other_items_is_not_waited_for(topic: MemoryTopic) -> None:
    other = json.dumps({"agent": "sales", "topic": "another"}).encode()
    topic.write(b"another", other, Transaction.OPEN)
    began = topic.time
    marketing = agent(topic, "marketing")
    assert marketing.take_claim(ITEM)
    assert topic.time == began
    assert marketing.renew_claim(ITEM)
    topic.ends(0, Transaction.COMMITTED)
    assert marketing.release_claim(ITEM).done


def test_a_renewal_that_stays_undecided_leaves_the_old_lease(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing", ttl_ms=3 * TTL)
    marketing.take_claim(ITEM)
    topic.write(ITEM.encode(), claim_of("sales"), Transaction.OPEN)
    assert marketing.renew_claim(ITEM).why is Why.UNDECIDED
    assert marketing.holds(ITEM)


def test_taking_writes_once_and_reads_once(topic: MemoryTopic) -> None:
    agent(topic, "marketing").take_claim(ITEM)
    assert (topic.appends, topic.reads) == (1, 1)


def test_the_times_of_others_count_too_where_clocks_run_backwards() -> None:
    topic = MemoryTopic({"message.timestamp.type": "CreateTime"})
    agent(topic, "marketing", allow_create_time=True).take_claim(ITEM)
    topic.skew = TTL
    agent(topic, "seo", allow_create_time=True).take_claim("another item")
    topic.skew = 0
    # By the latest time of the partition the lease of marketing is over, for every reader.
    outcome = agent(topic, "sales", allow_create_time=True).take_claim(ITEM)
    assert outcome
    assert outcome.clock is TimestampType.CREATE
    assert any("agents' own clocks" in note for note in outcome.notes)


def test_a_topic_that_changes_to_the_agents_clocks_is_noticed(topic: MemoryTopic) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim("another item")
    topic.config["message.timestamp.type"] = "CreateTime"
    with pytest.raises(AgentctlError, match="was changed, and the claim was withdrawn"):
        marketing.take_claim(ITEM)


def test_a_lease_is_not_believed_longer_than_its_claim_is_kept() -> None:
    topic = MemoryTopic({"retention.ms": "12000"})
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    topic.time += 5_000
    outcome = marketing.renew_claim(ITEM)
    assert outcome.left_ms == 12_000 - 5_000
    topic.time += 4_000
    assert marketing.renew_claim(ITEM).left_ms == 3_000
    topic.time += 2_500
    assert marketing.renew_claim(ITEM).why is Why.TOO_LATE
