"""What a claimant refuses to write, and what it is told beside the verdict."""

import pytest

from agentctl.errors import UsageError
from tests.claims.topic import MemoryTopic, agent

ITEM = "agent_tracing"


@pytest.fixture
def topic() -> MemoryTopic:
    """A topic that is fit for claims."""
    return MemoryTopic()


@pytest.mark.parametrize("token", ["nonsense", "0@0 ", "@", "0@-1", "-1@0", "0@\u0661"])
def test_what_is_no_token_is_never_written(topic: MemoryTopic, token: str) -> None:
    marketing = agent(topic, "marketing")
    marketing.take_claim(ITEM)
    written = len(topic.records)
    with pytest.raises(UsageError, match="is no token") as refused:
        marketing.renew_claim(ITEM, token)
    assert refused.value.hint == "a token is partition@offset, such as 2@377"
    with pytest.raises(UsageError, match="is no token"):
        marketing.release_claim(ITEM, token)
    assert len(topic.records) == written


def test_a_partition_that_a_record_of_the_future_carries_along_is_told_of() -> None:
    topic = MemoryTopic({"message.timestamp.type": "CreateTime"})
    topic.skew = 12 * 60 * 60 * 1000
    agent(topic, "seo", allow_create_time=True).take_claim("another item")
    topic.skew = 0
    topic.config["message.timestamp.type"] = "LogAppendTime"
    [note] = agent(topic, "sales").take_claim(ITEM).notes
    assert "12h after it was written" in note
    assert "agentctl doctor claims --claims-topic content-claims" in note
    [note] = agent(topic, "sales").renew_claim(ITEM).notes
    assert "12h after it was written" in note


def test_of_a_partition_on_time_nothing_is_told(topic: MemoryTopic) -> None:
    topic.skew = 12 * 60 * 60 * 1000
    assert agent(topic, "sales").take_claim(ITEM).notes == ()
