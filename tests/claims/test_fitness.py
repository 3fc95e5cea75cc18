"""Topics, items and words with which no claim can be right: nothing is written, and the way out is said."""

import pytest

from agentctl.errors import AgentctlError, UsageError
from tests.claims.topic import TTL, MemoryTopic, agent

ITEM = "agent_tracing"


@pytest.fixture
def topic() -> MemoryTopic:
    return MemoryTopic()


FORMATS = {"all": ["$message.payload#/topic", "$message.payload#/format"]}


@pytest.mark.parametrize(
    ("item", "format_", "claimed"),
    [("a", "blog", "a/blog"), ("a/blog", None, "a/blog"), ("a/b/c", None, "a/b/c")],
)
def test_an_item_of_several_fields_is_written_as_they_are_read(
    topic: MemoryTopic, item: str, format_: str | None, claimed: str
) -> None:
    outcome = agent(topic, "marketing", work_item=FORMATS).take_claim(item, format=format_)
    assert outcome.work_item == claimed
    assert topic.records[0].key == claimed.encode()
    assert agent(topic, "sales", work_item=FORMATS).take_claim(claimed).holder == "marketing"
    assert agent(topic, "marketing", work_item=FORMATS).release_claim(claimed).done


def test_what_would_be_read_otherwise_than_meant_is_not_written(topic: MemoryTopic) -> None:
    lost = agent(topic, "marketing", work_item="$message.payload#/meta/item")
    with pytest.raises(UsageError, match="would be read as type claim, agent marketing, work item None"):
        lost.take_claim(ITEM)
    assert topic.records == []


@pytest.mark.parametrize(
    ("name", "item", "ttl_ms", "said"),
    [
        ("", ITEM, TTL, "needs a name of an agent"),
        ("marketing", "", TTL, "needs a work item, and this one is empty"),
        ("marketing", "\udcff", TTL, "no text that UTF-8 can write"),
        ("marketing", ITEM, 0, "over before anything can be begun"),
        ("marketing", ITEM, 1_000, "over before anything can be begun"),
        ("marketing", ITEM, 400 * 86_400_000, "how long the lease is to live"),
    ],
)
def test_a_claim_that_cannot_be_meant_is_not_written(
    topic: MemoryTopic, name: str, item: str, ttl_ms: int, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        agent(topic, name).take_claim(item, ttl_ms)
    assert topic.records == []


@pytest.mark.parametrize(
    ("config", "said", "mended"),
    [
        ({"cleanup.policy": "compact"}, "compaction keeps the last claim", "cleanup.policy=delete"),
        ({"cleanup.policy": "compact,delete"}, "compaction keeps", "cleanup.policy=delete"),
        (
            {"message.timestamp.type": "CreateTime"},
            "each agent's clock",
            "message.timestamp.type=LogAppendTime",
        ),
        ({"retention.ms": "9999"}, "before its lease of 10s is over", "retention.ms=10000"),
        ({"retention.bytes": "1000000"}, "claims of any age", "retention.bytes=-1"),
    ],
)
def test_a_topic_on_which_claims_cannot_be_right_is_refused_with_what_mends_it(
    config: dict[str, str], said: str, mended: str
) -> None:
    topic = MemoryTopic(config)
    with pytest.raises(AgentctlError, match=said) as raised:
        agent(topic, "marketing").take_claim(ITEM)
    assert topic.records == []
    command = "kafka-configs.sh --bootstrap-server kafka-1:9092 --alter --entity-type topics --entity-name "
    assert (raised.value.hint or "").startswith(f"{command}content-claims --add-config {mended}")


def test_all_that_is_wrong_with_a_topic_is_mended_by_one_command() -> None:
    topic = MemoryTopic({"cleanup.policy": "compact", "retention.ms": "1"})
    with pytest.raises(AgentctlError) as raised:
        agent(topic, "marketing").take_claim(ITEM)
    assert "--add-config cleanup.policy=delete,retention.ms=10000" in (raised.value.hint or "")


@pytest.mark.parametrize("kept", ["-1", "10000"])
def test_a_topic_that_keeps_claims_as_long_as_they_live_is_fit(kept: str) -> None:
    assert agent(MemoryTopic({"retention.ms": kept}), "marketing").take_claim(ITEM)


def test_without_a_ttl_a_lease_lives_as_long_as_the_topic_keeps_it(topic: MemoryTopic) -> None:
    assert agent(topic, "marketing", ttl_ms=None).take_claim(ITEM).left_ms == 86_400_000
    endless = agent(MemoryTopic({"retention.ms": "-1"}), "marketing", ttl_ms=None)
    with pytest.raises(UsageError, match="how long the lease is to live is not said"):
        endless.take_claim(ITEM)
