"""The built-in mappings, as data: where each way of writing events puts its fields.

In each list the first non-empty value wins. Every profile ends in what ``plain`` looks in.
"""

from collections.abc import Mapping, Sequence

DEFAULT_PROFILE = "plain"

Spec = str | Mapping[str, Sequence[str]]
Profile = Mapping[str, Sequence[Spec]]

TEXT_FIELDS = ("event_id", "type", "workflow_id", "work_item", "agent", "cause", "status", "schema_version")
VALUE_FIELDS = ("event_time", "step", "total", "ttl")
FIELDS = (*TEXT_FIELDS, *VALUE_FIELDS)


def _payload(*paths: str) -> tuple[str, ...]:
    return tuple(f"$message.payload#/{path}" for path in paths)


def _header(*names: str) -> tuple[str, ...]:
    return tuple(f"$message.header#/{name}" for name in names)


def _attribute(*names: str) -> tuple[str, ...]:
    """An OpenTelemetry attribute: at the top, in ``attributes``, or a header."""
    return tuple(x for name in names for x in (*_payload(name, f"attributes/{name}"), *_header(name)))


_PLAIN_WORKFLOW = (
    *_payload("workflow_id", "run_id", "conversation_id"),
    *_header("workflow_id", "ce_correlationid"),
)

PLAIN: Profile = {
    "event_id": (*_payload("event_id", "id"), *_header("ce_id")),
    "type": (*_payload("event_type", "type"), *_header("ce_type")),
    "workflow_id": (*_PLAIN_WORKFLOW, *_header("traceparent")),
    "work_item": (*_payload("work_item", "topic", "task_id"), "$key"),
    "agent": (*_payload("agent", "agent_id", "source"), *_header("ce_source")),
    "cause": (
        *_payload("cause", "causation_id", "in_reply_to", "source_event_id"),
        *_header("ce_causationid"),
    ),
    "event_time": (*_payload("timestamp", "claimed_at", "finished_at", "time"), *_header("ce_time")),
    "step": _payload("step"),
    "total": _payload("total"),
    "status": _payload("status"),
    "schema_version": (*_payload("schema_version"), *_header("schema_version")),
    "ttl": _payload("ttl"),
}

CLOUDEVENTS_EVERYWHERE: Profile = {
    "event_id": _header("ce_id"),
    "type": _header("ce_type"),
    "workflow_id": _header("ce_correlationid"),
    "agent": _header("ce_source"),
    "cause": _header("ce_causationid"),
    "event_time": _header("ce_time"),
}
"""Looked in after everything else, in every profile, also in one that has lists of its own."""


def _before_plain(own: Profile) -> Profile:
    return {name: (*own.get(name, ()), *plain) for name, plain in PLAIN.items()}


BUILT_IN: Mapping[str, Profile] = {
    "plain": PLAIN,
    "cloudevents": {
        **_before_plain(
            {
                "event_id": _header("ce_id"),
                "type": _header("ce_type"),
                "work_item": _header("ce_subject"),
                "agent": _header("ce_source"),
                "cause": _header("ce_causationid"),
                "event_time": _header("ce_time", "ce_recordedtime"),
            }
        ),
        # A subject may be the workflow; whatever says so outright comes first.
        "workflow_id": (
            *_header("ce_correlationid"),
            *_PLAIN_WORKFLOW,
            *_header("ce_subject", "traceparent", "ce_traceparent"),
        ),
    },
    "otel-genai": _before_plain(
        {
            "event_id": _attribute("messaging.message.id", "cloudevents.event_id"),
            "type": _attribute("gen_ai.operation.name"),
            "workflow_id": (
                *_attribute("gen_ai.conversation.id", "messaging.message.conversation_id"),
                *_payload("trace_id", "traceId"),
            ),
            "agent": _attribute("gen_ai.agent.name", "gen_ai.agent.id"),
            "event_time": _payload(
                *("start_time", "startTimeUnixNano", "start_time_unix_nano"),
                *("end_time", "endTimeUnixNano", "end_time_unix_nano"),
            ),
        }
    ),
    "crewai": _before_plain(
        {
            "event_id": _payload("event_id"),
            "type": _payload("type"),
            "workflow_id": _payload("source_fingerprint"),
            "work_item": _payload("task_id"),
            "agent": _payload("agent_role", "agent_id"),
            "cause": _payload(
                "triggered_by_event_id", "parent_event_id", "previous_event_id", "started_event_id"
            ),
            "event_time": _payload("timestamp"),
        }
    ),
    "langgraph": _before_plain(
        {
            "event_id": _payload("run_id"),
            "type": _payload("event"),
            "workflow_id": _payload("thread_id", "metadata/thread_id", "configurable/thread_id"),
            "work_item": _payload(
                "checkpoint_ns", "metadata/checkpoint_ns", "metadata/langgraph_checkpoint_ns"
            ),
            "agent": _payload("langgraph_node", "metadata/langgraph_node"),
            "cause": _payload("parent_ids/-1"),  # from the root to the nearest
            "event_time": _payload("created_at"),
            "step": _payload("step", "metadata/step", "metadata/langgraph_step"),
        }
    ),
    "autogen": _before_plain(
        {
            "event_id": _header("ce_id"),
            "type": _payload("topic_type", "topic_id/type"),
            "workflow_id": _payload("topic_source", "topic_id/source"),
            "work_item": _payload("request_id"),
            "agent": (
                {"all": _payload("agent_id/type", "agent_id/key")},
                {"all": _payload("source/type", "source/key")},
            ),
            "event_time": _header("ce_time"),
        }
    ),
    "langfuse": _before_plain(
        {
            "event_id": _payload("id"),
            "type": _payload("type", "level"),
            "workflow_id": _payload("trace_id", "traceId", "session_id", "sessionId"),
            "agent": _payload("metadata/agent", "metadata/agent_name", "metadata/agent_id"),
            "cause": _payload("parent_observation_id", "parentObservationId"),
            "event_time": _payload("start_time", "startTime", "end_time", "endTime"),
            "status": _payload("level"),
        }
    ),
    "a2a": _before_plain(
        {
            "event_id": _payload("message_id", "messageId"),
            "type": _payload("status/state"),
            "workflow_id": _payload("context_id", "contextId"),
            "work_item": _payload("task_id", "taskId"),
            "agent": _payload("agent/name", "agent_card/name", "agentCard/name"),
            "cause": _payload("reference_task_ids/0", "referenceTaskIds/0"),
            "event_time": _payload("status/timestamp"),
            "status": _payload("status/state"),
        }
    ),
}
