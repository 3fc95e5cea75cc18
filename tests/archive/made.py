"""Records, events and objects for the tests of the archive."""

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from agentctl.archive.blocks import Codec
from agentctl.archive.keys import ObjectKey
from agentctl.archive.object_writer import Sealed, sealed_object
from agentctl.events.mapping import field_mapping
from agentctl.model.event import Event
from agentctl.model.record import Record, SourceKind, TimestampType

TOPIC, GENERATION, PARTITION = "research-events", "0L80lW8CTK29fnaO9pEYbg", 2
KEY = ObjectKey(TOPIC, GENERATION, PARTITION, 40)
MAPPING = field_mapping({}, {})
DAY_MS = 86_400_000
START_MS = 1_795_392_000_000
"""2026-11-23T00:00Z."""

texts = st.text(st.characters(codec="utf-8"))
longs = st.integers(-(2**63), 2**63 - 1)
odd_values = st.sampled_from(
    [
        b'{"agent": "\\ud800", "workflow_id": 7}',
        b'{"event_id": "\\udfff\\ud800", "workflow_id": "\\ud83d", "topic": "\\u0000"}',
        b'{"event_id": "research-events[2]@41"}',
        b"{",
        b"null",
    ]
)
loose_records = st.builds(
    Record,
    topic=st.just(TOPIC),
    partition=st.just(PARTITION),
    offset=st.integers(40, 2**63 - 2),
    timestamp_ms=st.none() | longs,
    timestamp_type=st.sampled_from(TimestampType),
    key=st.none() | st.binary(),
    value=st.none() | st.binary() | odd_values,
    headers=st.lists(st.tuples(texts | st.just("twice"), st.none() | st.binary()), max_size=4).map(tuple),
    source=st.just(SourceKind.ARCHIVE),
    transaction=st.none(),
    leader_epoch=st.none() | st.integers(-(2**31), 2**31 - 1),
)
record_lists = st.lists(loose_records, max_size=6, unique_by=lambda record: record.offset).map(
    lambda found: sorted(found, key=lambda record: record.offset)
)


def seen(records: Sequence[Record]) -> list[Event]:
    """See records as events."""
    return [MAPPING.event(record) for record in records]


def spoken(
    offset: int,
    *,
    key: ObjectKey = KEY,
    time_ms: int | None = START_MS,
    agent: str | None = "research",
    workflow: str | None = None,
    item: str | None = None,
    event: str | None = None,
    filling: str = "",
) -> Record:
    """Return a record that says these things."""
    said = {"agent": agent, "workflow_id": workflow, "work_item": item, "event_id": event, "filling": filling}
    value = json.dumps({name: text for name, text in said.items() if text is not None}).encode()
    stamp = TimestampType.NONE if time_ms is None else TimestampType.CREATE
    source = SourceKind.ARCHIVE
    return Record(key.topic, key.partition, offset, time_ms, stamp, None, value, (), source)


def sealed(
    records: Sequence[Record],
    key: ObjectKey = KEY,
    until: int | None = None,
    codec: Codec = Codec.ZSTANDARD,
) -> Sealed:
    """Return an object of these records."""
    end = until if until is not None else (records[-1].offset if records else key.position) + 1
    return sealed_object(key, end, seen(records), codec=codec)
