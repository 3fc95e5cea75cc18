"""The field mapping: the table of the specification, line by line, and the configuration's errors."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.errors import UsageError
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.model.event import Event, Role
from agentctl.model.record import Record, TimestampType
from tests.builders import ms
from tests.events.records import record

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01")


def plain(one: Record) -> Event:
    return field_mapping({}, {}).event(one)


@pytest.mark.parametrize(
    ("field", "payload", "headers"),
    [
        ("event_id", ["event_id", "id"], ["ce_id"]),
        ("type", ["event_type", "type"], ["ce_type"]),
        ("workflow_id", ["workflow_id", "run_id", "conversation_id"], ["workflow_id", "ce_correlationid"]),
        ("work_item", ["work_item", "topic", "task_id"], []),
        ("agent", ["agent", "agent_id", "source"], ["ce_source"]),
        ("cause", ["cause", "causation_id", "in_reply_to", "source_event_id"], ["ce_causationid"]),
        ("status", ["status"], []),
        ("schema_version", ["schema_version"], ["schema_version"]),
    ],
)
def test_plain_looks_in_this_order(field: str, payload: list[str], headers: list[str]) -> None:
    left_payload = {name: f"payload {name}" for name in payload}
    left_headers = [(name, f"header {name}") for name in headers]
    for name in payload:
        assert getattr(plain(record(left_payload, headers=left_headers)), field) == f"payload {name}"
        del left_payload[name]
    for name in headers:
        assert getattr(plain(record(left_payload, headers=left_headers)), field) == f"header {name}"
        left_headers = left_headers[1:]


def test_an_event_that_says_nothing_is_known_by_its_record() -> None:
    event = plain(record({}, topic="content-claims", key="k8s", partition=2, offset=7))
    assert event == Event(
        record=event.record,
        role=Role.CLAIM,
        event_id="content-claims[2]@7",
        type="claim",
        workflow_id=None,
        work_item="k8s",
        agent=None,
        cause=None,
        event_time_ms=ms("03:00"),
        step=None,
        total=None,
        status=None,
        schema_version=1,
        ttl_ms=None,
        payload={},
        encoding="json",
    )


def test_a_trace_is_a_workflow_when_nothing_else_is() -> None:
    headers = [TRACEPARENT, ("ce_correlationid", "w")]
    assert plain(record({}, headers=headers)).workflow_id == "w"
    assert plain(record({}, headers=headers[:1])).workflow_id == TRACE


def test_times_steps_and_lengths_of_time() -> None:
    said = {"timestamp": "soon", "claimed_at": "2026-11-23T04:00:00Z", "step": "3", "total": 5, "ttl": "30m"}
    event = plain(record(said))
    assert (event.event_time_ms, event.step, event.total) == (ms("04:00"), 3, 5)
    assert event.ttl_ms == 30 * 60_000
    assert plain(record({"step": "three"})).step is None


def test_an_impossible_time_falls_to_the_records_timestamp() -> None:
    assert plain(record({"timestamp": 10**30})).event_time_ms == ms("03:00")
    assert plain(
        record({"timestamp": "?"}, headers=[("ce_time", "2026-11-23T04:00:00Z")])
    ).event_time_ms == ms("04:00")
    assert plain(record({}, time_ms=12)).event_time_ms == 12


def test_numbers_become_text_as_they_are_written() -> None:
    event = plain(record(b'{"workflow_id": 1.0, "topic": 18446744073709551616, "schema_version": 2.10}'))
    assert (event.workflow_id, event.work_item, event.schema_version) == (
        "1.0",
        "18446744073709551616",
        "2.10",
    )


def test_what_is_no_scalar_is_no_id() -> None:
    assert (
        plain(record({"workflow_id": {"id": 1}, "run_id": ["r"], "conversation_id": "c"})).workflow_id == "c"
    )


def test_an_undecodable_event_keeps_what_key_and_headers_say() -> None:
    event = plain(record(b"\xff", key="k8s", headers=[("workflow_id", "w")]))
    assert (event.work_item, event.workflow_id, event.payload) == ("k8s", "w", None)
    assert event.undecodable == "no known format: byte 0 is no UTF-8"


CLOUDEVENT = {
    "id": "e1",
    "type": "analysis_complete",
    "source": "research",
    "subject": "k8s",
    "correlationid": "w",
    "causationid": "e0",
    "time": "2026-11-23T04:00:00Z",
}


@pytest.mark.parametrize(
    "profile",
    ["plain", "cloudevents", "otel-genai", "crewai", "langgraph", "autogen", "langfuse", "a2a", "ours"],
)
def test_cloudevents_are_mapped_in_every_profile_and_both_modes(profile: str) -> None:
    own = {
        name: ["$message.payload#/mine"]
        for name in ("event_id", "type", "workflow_id", "agent", "cause", "event_time")
    }
    mapping = field_mapping({"ours": own}, {}, profile)
    data = {"note": "x"}
    binary = record(data, headers=[(f"ce_{name}", text) for name, text in CLOUDEVENT.items()])
    structured = record(
        {"specversion": "1.0", **CLOUDEVENT, "data": data},
        headers=[("content-type", "application/cloudevents+json")],
    )
    for event in (mapping.event(binary), mapping.event(structured)):
        assert (event.event_id, event.type, event.agent) == ("e1", "analysis_complete", "research")
        assert (event.workflow_id, event.cause, event.event_time_ms) == ("w", "e0", ms("04:00"))
        assert (event.payload, event.encoding) == (data, "cloudevents")


def test_the_cloudevents_profile_believes_attributes_first_and_takes_the_subject_as_work_item() -> None:
    mapping = field_mapping({}, {}, "cloudevents")
    event = mapping.event(
        record(
            {"id": "x", "topic": "x", "workflow_id": "x"},
            headers=[(f"ce_{n}", t) for n, t in CLOUDEVENT.items()],
        )
    )
    assert (event.event_id, event.work_item, event.workflow_id) == ("e1", "k8s", "w")
    assert mapping.event(record({}, headers=[("ce_subject", "k8s")])).workflow_id == "k8s"


@pytest.mark.parametrize(
    ("profile", "payload", "expected"),
    [
        (
            "otel-genai",
            {
                "attributes": {
                    "gen_ai.conversation.id": "w",
                    "gen_ai.agent.name": "seo",
                    "gen_ai.operation.name": "chat",
                    "messaging.message.id": "m",
                },
                "startTimeUnixNano": str(ms("04:00") * 1_000_000),
            },
            {
                "workflow_id": "w",
                "agent": "seo",
                "type": "chat",
                "event_id": "m",
                "event_time_ms": ms("04:00"),
            },
        ),
        (
            "crewai",
            {
                "source_fingerprint": "w",
                "task_id": "t",
                "agent_role": "seo",
                "parent_event_id": "e0",
                "type": "task_started",
            },
            {"workflow_id": "w", "work_item": "t", "agent": "seo", "cause": "e0", "type": "task_started"},
        ),
        (
            "langgraph",
            {
                "event": "on_chain_end",
                "run_id": "r",
                "parent_ids": ["root", "near"],
                "metadata": {"thread_id": "w", "langgraph_node": "seo", "langgraph_step": 0},
            },
            {
                "type": "on_chain_end",
                "event_id": "r",
                "cause": "near",
                "workflow_id": "w",
                "agent": "seo",
                "step": 0,
            },
        ),
        (
            "autogen",
            {
                "topic_type": "task",
                "topic_source": "w",
                "request_id": "q",
                "agent_id": {"type": "seo", "key": "1"},
            },
            {"type": "task", "workflow_id": "w", "work_item": "q", "agent": "seo/1"},
        ),
        (
            "langfuse",
            {"id": "o", "trace_id": "w", "parent_observation_id": "p", "start_time": "2026-11-23T04:00:00Z"},
            {"event_id": "o", "workflow_id": "w", "cause": "p", "event_time_ms": ms("04:00")},
        ),
        (
            "a2a",
            {
                "messageId": "m",
                "contextId": "w",
                "taskId": "t",
                "referenceTaskIds": ["t0"],
                "status": {"state": "WORKING", "timestamp": "2026-11-23T04:00:00Z"},
            },
            {
                "event_id": "m",
                "workflow_id": "w",
                "work_item": "t",
                "cause": "t0",
                "type": "WORKING",
                "status": "WORKING",
                "event_time_ms": ms("04:00"),
            },
        ),
    ],
)
def test_a_built_in_profile_finds_its_own_fields(
    profile: str, payload: dict[str, object], expected: dict[str, object]
) -> None:
    event = field_mapping({}, {"research-events": {"profile": profile}}).event(record(payload))
    assert {name: getattr(event, name) for name in expected} == expected
    assert field_mapping({}, {}, profile).event(record({"workflow_id": "p"})).workflow_id == "p"


# The configuration


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


# Never an exception

NAMES = ["workflow_id", "topic", "agent", "timestamp", "step", "ttl", "schema_version", "status", "meta"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | st.text(), x, max_size=5),
)
HEADER_NAMES = st.sampled_from(["content-type", "ce_id", "ce_time", "traceparent", "workflow_id"]) | st.text()
HEADER_VALUES = (
    st.none() | st.binary() | st.sampled_from([b"application/json", b"application/cloudevents+json"])
)
MAPPINGS = [
    field_mapping({}, {}, profile)
    for profile in ("plain", "cloudevents", "otel-genai", "crewai", "langgraph", "autogen", "langfuse", "a2a")
]


@given(
    st.sampled_from(MAPPINGS),
    st.none() | st.binary() | JSON.map(lambda x: record(x).value),
    st.none() | st.binary(),
    st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=4).map(tuple),
    st.none() | st.integers(-(2**63), 2**63 - 1),
)
def test_no_content_raises(
    mapping: FieldMapping,
    value: bytes | None,
    key: bytes | None,
    headers: tuple[tuple[str, bytes | None], ...],
    time_ms: int | None,
) -> None:
    event = mapping.event(Record("t", 0, 3, time_ms, TimestampType.CREATE, key, value, headers))
    assert event.event_id
    assert event.type
    for number in (event.step, event.total, event.ttl_ms, event.event_time_ms):
        assert number is None or -(2**63) <= number < 2**63
