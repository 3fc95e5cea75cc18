"""Profiles and topics as they are configured, and what of them cannot be meant."""

from typing import Any

import pytest

from agentctl.errors import UsageError
from agentctl.events.mapping import field_mapping
from agentctl.model.event import Role
from tests.events.records import record


def test_a_profile_replaces_the_fields_it_names_and_extends_the_others() -> None:
    profiles = {
        "ours": {"extends": "base", "agent": "seo"},
        "base": {"workflow_id": ["$message.payload#/meta/run"]},
    }
    mapping = field_mapping(profiles, {"research-events": {"profile": "ours"}})
    event = mapping.event(record({"workflow_id": "not this", "meta": {"run": "w"}, "topic": "k8s"}))
    assert (event.workflow_id, event.agent, event.work_item) == ("w", "seo", "k8s")
    other = mapping.event(record({"workflow_id": "w", "agent": "a"}, topic="other"))
    assert (other.workflow_id, other.agent) == ("w", "a")


def test_fields_picks_a_profile_for_one_call() -> None:
    topics = {"content-claims": {"profile": "crewai", "agent": "paxmachina"}}
    mapping = field_mapping({"ours": {"workflow_id": "$key"}}, topics, "ours")
    for topic in ("content-claims", "other"):
        assert mapping.event(record({"workflow_id": "w"}, key="k", topic=topic)).workflow_id == "k"
    assert mapping.event(record({}, topic="content-claims")).agent == "paxmachina"


def test_a_topic_gives_what_its_events_do_not_say() -> None:
    topics = {"night": {"role": "claim", "agent": "seo", "ttl": "24h", "stale_after": 60}}
    mapping = field_mapping({}, topics)
    event = mapping.event(record({}, topic="night"))
    assert (event.role, event.type, event.agent, event.ttl_ms) == (Role.CLAIM, "claim", "seo", 86_400_000)
    assert mapping.event(record({"agent": "a", "ttl": 5}, topic="night")).ttl_ms == 5_000
    assert (mapping.stale_after_ms("night"), mapping.stale_after_ms("other")) == (60_000, 900_000)


def test_a_work_item_may_be_of_several_fields() -> None:
    topics = {
        "content-claims": {"work_item": {"all": ["$message.payload#/topic", "$message.payload#/format"]}}
    }
    mapping = field_mapping({}, topics)
    claim = record({"topic": "k8s", "format": "blog_post"}, topic="content-claims")
    assert mapping.event(claim).work_item == "k8s/blog_post"


def test_a_promised_key_is_that_field_and_no_work_item() -> None:
    mapping = field_mapping({}, {"night": {"key": "workflow_id"}})
    event = mapping.event(record({}, topic="night", key="w"))
    assert (event.workflow_id, event.work_item) == ("w", None)
    assert (mapping.key_field("night"), mapping.key_field("other")) == ("workflow_id", None)


def test_a_promised_format_that_is_broken_is_undecodable() -> None:
    mapping = field_mapping({}, {"night": {"format": "json"}})
    assert mapping.event(record(b"words", topic="night")).undecodable is not None
    assert mapping.event(record(b"words", topic="other")).undecodable is None


@pytest.mark.parametrize(
    ("topic", "role"),
    [
        ("content-claims", Role.CLAIM),
        ("content-results", Role.RESULT),
        ("agent-progress", Role.PROGRESS),
        ("research-events", Role.TASK),
        ("agent.tasks", Role.TASK),
        ("claims", Role.CLAIM),
        ("exclaims", Role.OTHER),
        ("orders", Role.OTHER),
    ],
)
def test_a_role_is_guessed_by_name(topic: str, role: Role) -> None:
    assert field_mapping({}, {}).role(topic) == (role, True)


def test_a_configured_role_is_no_guess() -> None:
    mapping = field_mapping({}, {"orders": {"role": "task"}, "content-claims": {"role": "other"}})
    assert mapping.role("orders") == (Role.TASK, False)
    assert mapping.topics_with_role(["orders", "content-claims", "agent-progress", "x"]) == (
        "orders",
        "agent-progress",
    )


@pytest.mark.parametrize(
    ("profiles", "topics", "override", "said", "hint"),
    [
        ({}, {}, "plian", "--fields names the profile 'plian'", "plain"),
        ({}, {"t": {"profile": "langgraf"}}, None, "topics.t names the profile 'langgraf'", "langgraph"),
        ({"a": {"extends": "crewia"}}, {}, None, "profile.a extends the profile 'crewia'", "crewai"),
        ({"a": {"extends": "b"}, "b": {"extends": "a"}}, {}, None, "a extends b extends a", None),
        ({"a": {"extends": "a"}}, {}, None, "profile a extends itself", None),
        ({"a": {"workflowid": "$key"}}, {}, None, "unknown field profile.a.workflowid", "workflow_id"),
        ({"a": {"agent": "$keys"}}, {}, None, "profile.a.agent: '$keys' is no locator", None),
        ({"a": []}, {}, None, "profile.a is not a table", None),
        ({"a": {"extends": 1}}, {}, None, "profile.a.extends is no text", None),
        ({"plain": {}}, {}, None, "profile.plain has the name of a built-in profile", None),
        ({}, {"t": {"rol": "claim"}}, None, "unknown setting topics.t.rol", "role"),
        ({}, {"t": {"role": "claims"}}, None, "unknown role 'claims' in topics.t.role", "claim"),
        ({}, {"t": {"role": 1}}, None, "topics.t.role is no text", None),
        ({}, {"t": {"ttl": "soon"}}, None, "topics.t.ttl is no length of time: 'soon'", "30m"),
        ({}, {"t": {"stale_after": -1}}, None, "topics.t.stale_after is no length of time", None),
        ({}, {"t": {"key": "workflow"}}, None, "unknown key 'workflow' in topics.t.key", "workflow_id"),
        ({}, {"t": {"format": "avro"}}, None, "unknown format 'avro' in topics.t.format", None),
        ({}, {"t": {"work_item": "$keys"}}, None, "topics.t.work_item: '$keys' is no locator", None),
        ({}, {"t": "claim"}, None, "topics.t is not a table", None),
    ],
)
def test_what_cannot_be_meant_is_refused(
    profiles: dict[str, Any], topics: dict[str, Any], override: str | None, said: str, hint: str | None
) -> None:
    with pytest.raises(UsageError) as refused:
        field_mapping(profiles, topics, override)
    assert said in refused.value.message
    assert hint is None or hint in (refused.value.hint or "")
