"""The archive of the 90 days before, from which a workflow of 60 days ago can be had."""

from collections import defaultdict

import pytest

from agentctl.archive.keys import ObjectKey
from agentctl.archive.object_writer import sealed_object
from agentctl.archive.objects import content_of, records_of
from agentctl.events.mapping import field_mapping
from agentctl.sandbox.archived import Stored, stored
from agentctl.sandbox.incident import night
from agentctl.sandbox.longago import LONG_AGO
from agentctl.sandbox.night import TOPICS, Night
from tests.builders import ms

ANCHOR_MS = ms("14:25:40")
DAY_MS = 24 * 60 * 60_000
GENERATIONS = {plan.name: f"{plan.name:_<22}" for plan in TOPICS}


@pytest.fixture(scope="module")
def told() -> Night:
    return night(ANCHOR_MS)


@pytest.fixture(scope="module")
def objects(told: Night) -> list[Stored]:
    return list(stored(told, GENERATIONS, field_mapping({}, {})))


def test_a_workflow_of_60_days_ago_is_in_four_objects_all_in_glacier(objects: list[Stored]) -> None:
    held = [(one, [e for e in one.events if e.workflow_id == LONG_AGO]) for one in objects]
    held = [(one, events) for one, events in held if events]
    assert sorted((one.content.key.topic, one.storage_class, len(events)) for one, events in held) == [
        ("agent-progress", "GLACIER", 25),
        ("content-claims", "GLACIER", 6),
        ("content-results", "GLACIER", 1),
        ("research-events", "GLACIER", 9),
    ]
    times = sorted(e.record.timestamp_ms or 0 for _, events in held for e in events)
    assert ms("09:12", "2026-09-24") <= times[0]
    assert times[-1] < ms("09:50", "2026-09-24")


def test_the_objects_of_a_partition_follow_each_other_from_0(objects: list[Stored]) -> None:
    ends: dict[tuple[str, int], int] = defaultdict(int)
    for one in objects:
        key = one.content.key
        assert key.position == ends[key.topic, key.partition]
        assert [e.record.offset for e in one.events] == list(range(key.position, one.content.next_offset))
        ends[key.topic, key.partition] = one.content.next_offset


def test_together_with_kafka_they_hold_every_event(told: Night, objects: list[Stored]) -> None:
    archived = {event.place for one in objects for event in one.events}
    kept = {laid.place for laid in told.kept()}
    assert archived | kept == {laid.place for laid in told.events}
    assert archived & kept


def test_what_is_older_than_30_days_is_in_a_glacier_class(objects: list[Stored]) -> None:
    for one in objects:
        youngest = max(e.record.timestamp_ms or 0 for e in one.events)
        assert (one.storage_class != "STANDARD") == (ANCHOR_MS - youngest > 30 * DAY_MS)
    assert {one.storage_class for one in objects} == {"STANDARD", "GLACIER", "DEEP_ARCHIVE"}


def test_an_object_gives_its_records_back_byte_for_byte(told: Night, objects: list[Stored]) -> None:
    by_place = {laid.place: laid for laid in told.events}
    one = max(objects, key=lambda stored: len(stored.events))
    data = sealed_object(one.content.key, one.content.next_offset, one.events).bytes()
    found = content_of(data)
    assert (found.key, found.next_offset, found.records) == (
        *(one.content.key, one.content.next_offset, one.content.records),
    )
    assert ObjectKey.parse(one.name) == one.content.key
    for record in records_of(data):
        laid = by_place[record.place]
        assert (record.timestamp_ms, record.key, record.value) == (laid.time_ms, laid.key, laid.value)
        assert record.headers == laid.headers
