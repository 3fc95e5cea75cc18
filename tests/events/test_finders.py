"""The fast way of finding a field and the careful one give the same."""

import pytest

from agentctl.events.finders import matched, text_finder, value_finder
from agentctl.events.mapping import MEANINGS, field_mapping
from agentctl.events.profiles import BUILT_IN, TEXT_FIELDS
from agentctl.events.values import as_text
from tests.events.records import record

RECORDS = [
    record({}, key="k"),
    record(
        {
            "workflow_id": "",
            "run_id": 3.50,
            "topic": 0,
            "agent": [],
            "source": True,
            "step": "x",
            "ttl": "30m",
        }
    ),
    record(
        {"id": {}, "event": "e", "thread_id": "w", "start_time": 1.5},
        headers=[("ce_id", "c"), ("ce_source", b"\xff")],
    ),
    record(["first"], headers=[("workflow_id", "w"), ("ce_time", "2026-11-23T03:00:00Z")]),
    record(b"\xff", key=b"\xff"),
    record(None, headers=[("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]),
    record(
        {"id": "e", "time": 5, "correlationid": 1.0, "data": {"topic": "k8s", "task_id": 7}},
        headers=[("content-type", "application/cloudevents+json")],
    ),
]


@pytest.mark.parametrize("profile", BUILT_IN)
def test_both_ways_agree(profile: str) -> None:
    reader = field_mapping({}, {}, profile).reader("research-events")
    seen = 0
    for one in RECORDS:
        for name in TEXT_FIELDS:
            careful = matched(reader.fields[name], reader.reading(one), None)
            assert text_finder(reader.fields[name])(reader.reading(one)) == (careful[1] if careful else None)
            seen += careful is not None
        for name, meaning in MEANINGS.items():
            careful = matched(reader.fields[name], reader.reading(one), meaning)
            fast = value_finder(reader.fields[name], meaning)(reader.reading(one))
            assert (fast is None) == (careful is None)
            if careful is not None:
                locator = reader.fields[name][careful[0]]
                assert as_text(locator.find(reader.reading(one))) == careful[1]
                assert meaning(locator.find(reader.reading(one))) == fast
    assert seen > len(RECORDS)
