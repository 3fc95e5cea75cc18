"""``fields explain``: which locator matched how often, and how the topic is read."""

from typing import Any

from agentctl.errors import ExitCode
from agentctl.events.explain import Sample, fields_view
from agentctl.events.mapping import field_mapping
from agentctl.model.coverage import Coverage
from agentctl.model.query import Window
from agentctl.model.record import Record
from agentctl.model.view import View
from tests.events.records import record


def explained(*records: Record, topics: dict[str, Any] | None = None, **more: bool) -> View:
    sample = Sample(field_mapping({}, topics or {}), "content-claims")
    for one in records:
        sample.add(one)
    return fields_view(sample, Coverage(), Window(), **more)


def rows_of(view: View, name: str) -> list[tuple[object, ...]]:
    return [(r["locator"], r["matched"], r["share"], r["example"]) for r in view.rows if r["field"] == name]


CLAIMS = [
    record({"workflow_id": "w1", "ttl": "30m"}, key="k8s"),
    record({"workflow_id": "w2"}, headers=[("workflow_id", "h")]),
    record({}, headers=[("workflow_id", "w3")]),
    record(b"\xff"),
]


def test_each_locator_is_counted_with_its_share_and_first_example() -> None:
    assert rows_of(explained(*CLAIMS), "workflow_id") == [
        ("$message.payload#/workflow_id", 2, 0.5, "w1"),
        ("$message.header#/workflow_id", 1, 0.25, "w3"),
        (None, 1, 0.25, None),
    ]


def test_last_resorts_are_named() -> None:
    view = explained(*CLAIMS, topics={"content-claims": {"ttl": "24h", "agent": "seo"}})
    assert rows_of(view, "type") == [("the topic's role", 4, 1.0, "claim")]
    assert rows_of(view, "agent") == [("the topic's agent", 4, 1.0, "seo")]
    assert rows_of(view, "ttl") == [
        ("$message.payload#/ttl", 1, 0.25, "30m"),
        ("the topic's ttl", 3, 0.75, "86400000ms"),
    ]


def test_locators_without_a_match_are_shown_when_asked_for() -> None:
    found = rows_of(explained(*CLAIMS, unmatched=True), "work_item")
    assert [row[:2] for row in found] == [
        ("$message.payload#/work_item", 0),
        ("$message.payload#/topic", 0),
        ("$message.payload#/task_id", 0),
        ("$key", 1),
        (None, 3),
    ]


def test_role_and_encodings_are_named() -> None:
    view = explained(*CLAIMS)
    assert view.summary["encodings"] == {"json": 3, "bytes": 1}
    assert (view.summary["role"], view.summary["role_guessed"], view.summary["undecodable"]) == (
        "claim",
        True,
        1,
    )
    assert any("guessed" in note for note in view.notes)
    configured = explained(*CLAIMS, topics={"content-claims": {"role": "task"}})
    assert (configured.summary["role"], configured.summary["role_guessed"]) == ("task", False)
    assert not any("guessed" in note for note in configured.notes)


def test_a_topic_without_events_is_nothing() -> None:
    view = explained()
    assert (view.name, list(view.rows), view.exit_code) == ("fields", [], ExitCode.NOTHING)
