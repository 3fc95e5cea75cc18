"""Reading claims: which topic, what beside it, from when on it is certain, and what concerned no item."""

import json
from collections.abc import Collection, Mapping

import pytest

from agentctl.claims.standing import State, standing
from agentctl.claims.tenure import Part
from agentctl.errors import NotFoundError, UsageError
from agentctl.events.mapping import field_mapping
from agentctl.model.record import Record
from agentctl.timeline.claims_log import ClaimsLog, ClaimsReader
from agentctl.timeline.witness import NoWitness
from tests.builders import ms
from tests.memory import MemorySource, record
from tests.sources.reading import Silent

CLAIMS, RESULTS, PROGRESS, RESEARCH = "content-claims", "content-results", "agent-progress", "research-events"


class Kept(NoWitness):
    """Knows how long claims are kept."""

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        return dict.fromkeys(topics, 3_600_000)


def said(topic: str, offset: int, at: str, /, *, partition: int = 0, **payload: object) -> Record:
    """One JSON event."""
    value = json.dumps(payload).encode()
    return record(value=value, at_ms=ms(at), offset=offset, topic=topic, partition=partition)


def reader(*records: Record, topics: Mapping[str, object] | None = None) -> ClaimsReader:
    mapping = field_mapping({}, topics or {}, None)
    return ClaimsReader(MemorySource.of(*records), mapping, Kept(), Silent())


def night() -> list[Record]:
    return [
        said(RESEARCH, 0, "03:00", topic="k8s", agent="research", id="r0"),
        said(CLAIMS, 0, "03:01", topic="k8s", agent="content", ttl="30m", cause="r0"),
        said(CLAIMS, 1, "03:02", topic="rag", agent="sales"),
        said(PROGRESS, 0, "03:05", topic="k8s", agent="content", step=1, total=2),
        said(RESULTS, 0, "03:09", topic="k8s", agent="content"),
        said("dashboard", 0, "03:10", topic="k8s", agent="nobody"),
    ]


def states(log: ClaimsLog, at: str) -> dict[str, State]:
    found = (standing(history, ms(at)) for history in log.ledger.histories(ms(at)))
    return {one.work_item: one.state for one in found if one is not None}


def test_claims_are_read_with_the_work_that_followed_and_what_caused_them() -> None:
    log = reader(*night()).read()
    assert log.topic == CLAIMS
    assert set(log.topics) == {CLAIMS, PROGRESS, RESEARCH, RESULTS}
    assert states(log, "03:20") == {"k8s": State.DONE, "rag": State.CLAIMED}
    [claim] = log.ledger.history("k8s").claims
    assert claim.read_age_ms == 60_000
    assert log.coverage.records_scanned == 5


def test_a_claim_without_a_ttl_lives_as_long_as_the_topic_keeps_it() -> None:
    log = reader(*night()).read()
    assert states(log, "04:01")["rag"] is State.CLAIMED
    assert states(log, "04:02")["rag"] is State.EXPIRED


def test_at_a_moment_only_what_was_written_by_then_counts() -> None:
    log = reader(*night()).read(until_ms=ms("03:05"))
    assert states(log, "03:05") == {"k8s": State.WORKING, "rag": State.CLAIMED}
    assert log.ledger.history("k8s").results == []


def test_of_one_item_only_what_concerns_it_is_kept_and_every_partition_is_read() -> None:
    asked = reader(*night(), said(CLAIMS, 0, "03:03", partition=1, topic="k8s", agent="seo"))
    log = asked.read(item="k8s")
    assert list(log.ledger.items()) == ["k8s"]
    assert log.ledger.history("k8s").split
    source = asked.source
    assert isinstance(source, MemorySource)
    assert source.scans[0].keyed is False


def test_of_one_item_the_times_of_all_others_count_too() -> None:
    records = [
        said(CLAIMS, 0, "03:00", topic="k8s", agent="content", ttl="30m"),
        said(CLAIMS, 1, "05:00", topic="rag", agent="sales", ttl="30m"),
        said(CLAIMS, 2, "03:01", topic="k8s", agent="seo", ttl="30m"),
    ]
    whole, alone = reader(*records).read(), reader(*records).read(item="k8s")
    assert [claim.part for claim in whole.ledger.history("k8s").claims] == [Part.STARTS, Part.STARTS]
    assert [(claim.part, claim.at_ms) for claim in alone.ledger.history("k8s").claims] == [
        (claim.part, claim.at_ms) for claim in whole.ledger.history("k8s").claims
    ]
    assert list(alone.ledger.items()) == ["k8s"]


@pytest.mark.parametrize("ttl", [-5, "1y", "soon", True, [1], {}, "-5m"])
def test_a_ttl_that_is_no_length_of_time_is_said_and_counts_as_none(ttl: object) -> None:
    log = reader(
        *night(),
        said(CLAIMS, 2, "03:03", topic="other", agent="seo", ttl=ttl),
        said(CLAIMS, 3, "03:04", topic="none", agent="seo"),
    ).read()
    assert log.notes == (
        "1 claim states a ttl that is no length of time (content-claims[0]@2): it counts as none",
    )
    assert states(log, "04:02")["other"] is State.CLAIMED
    assert states(log, "04:03")["other"] is State.EXPIRED


def test_everything_is_read_since_a_day_before_the_first_claim() -> None:
    asked = reader(*night())
    asked.read()
    source = asked.source
    assert isinstance(source, MemorySource)
    first, second = source.scans
    assert first.window.since_ms is None
    assert second.window.since_ms == ms("03:01") - 24 * 3_600_000


def test_bad_claims_are_counted_and_the_first_of_each_kind_is_named() -> None:
    log = reader(
        *night(),
        said(CLAIMS, 2, "03:03", topic="k8s"),
        said(CLAIMS, 3, "03:04", topic="rag"),
        said(CLAIMS, 4, "03:05", agent="seo"),
        said(CLAIMS, 5, "03:06", agent="seo", topic="k8s", event_type="claim_admired"),
    ).read()
    assert set(log.notes) == {
        "2 events left out: without an agent (the first content-claims[0]@2)",
        "1 event left out: without a work item (content-claims[0]@4)",
        "1 event left out: on a claims topic, but neither a claim nor a renewal nor a release "
        "(content-claims[0]@5)",
    }


def test_a_lost_head_says_once_from_when_on_answers_are_certain() -> None:
    head = [said(CLAIMS, 7, "03:01", topic="k8s", agent="content", ttl="30m")]
    log = reader(*head).read()
    log.ledger.lost_head(CLAIMS, 0, ms("03:01"))
    assert log.notes == ("certain from 2026-11-23T03:31:00Z on: retention has deleted earlier claims",)


def test_a_topic_without_claims_is_read_and_nothing_else_is() -> None:
    asked = reader(
        said(CLAIMS, 0, "03:00", note="no claim"), said(RESULTS, 0, "03:00", topic="k8s", agent="a")
    )
    log = asked.read()
    assert list(log.ledger.items()) == []
    assert log.coverage.topics == (CLAIMS,)


def test_the_claims_topic_is_the_only_one_of_that_role() -> None:
    with pytest.raises(NotFoundError, match="no topic has the role of claims"):
        reader(said(RESULTS, 0, "03:00")).topic(None)
    several = reader(said("a-claims", 0, "03:00"), said("b-claims", 0, "03:00"))
    with pytest.raises(UsageError, match="a-claims, b-claims") as refused:
        several.topic(None)
    assert refused.value.hint == "choose one with --claims-topic"
    assert several.topic("b-claims") == "b-claims"
    with pytest.raises(NotFoundError) as unknown:
        several.topic("c-claims")
    assert unknown.value.hint is not None
    assert "did you mean" in unknown.value.hint


def test_a_topic_that_is_named_has_to_have_the_role() -> None:
    odd = said("work", 0, "03:00", topic="k8s", agent="seo")
    with pytest.raises(UsageError, match="work is no topic of claims"):
        reader(odd).topic("work")
    assert reader(odd, topics={"work": {"role": "claim"}}).topic("work") == "work"
