"""The field mapping: the table of the specification, line by line, and the configuration's errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
