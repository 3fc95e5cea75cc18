"""Records as JSON carries them: byte for byte there and back, and broken rows told apart."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.model.instant import instant
from agentctl.model.portable import portable_fields, record_from_row
from agentctl.model.record import Record, SourceKind, TimestampType, Transaction

BYTES = st.none() | st.binary() | st.text().map(str.encode) | st.just(b'{"base64": "AAAA"}')
TEXT = st.text(st.characters(exclude_categories=["Cs"]))

RECORDS = st.builds(
    Record,
    topic=st.just("research-events"),
    partition=st.integers(0, 2**31 - 1),
    offset=st.integers(0, 2**63 - 1),
    timestamp_ms=st.none() | st.integers(-(2**63), 2**63 - 1),
    timestamp_type=st.sampled_from(TimestampType),
    key=BYTES,
    value=BYTES,
    headers=st.lists(st.tuples(TEXT, BYTES), max_size=3).map(tuple),
    source=st.just(SourceKind.FILE),
    transaction=st.none() | st.sampled_from(Transaction),
    leader_epoch=st.none(),
)


def row(record: Record) -> dict[str, Any]:
    """The row that an export has for a record, as a JSON parser gives it back."""
    text = json.dumps(
        {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": None if record.timestamp_ms is None else instant(record.timestamp_ms),
            "timestamp_type": record.timestamp_type.value,
            "transaction": record.transaction.value if record.transaction else None,
            **portable_fields(record),
        }
    )
    found: dict[str, Any] = json.loads(text)
    return found


@given(RECORDS)
def test_a_record_comes_back_byte_for_byte(record: Record) -> None:
    assert record_from_row(row(record)) == record


def record(**fields: Any) -> Record:
    return Record("t", 0, 3, 1_000, TimestampType.CREATE, **{"key": None, "value": None, **fields})


def test_text_stands_as_text_and_other_bytes_as_base64() -> None:
    fields = portable_fields(
        record(key=b"caf\xc3\xa9", value=b"\xff\x00", headers=(("h", None), ("h", b"\xfe")))
    )
    assert fields == {
        "key": "café",
        "value": {"base64": "/wA="},
        "headers": [["h", None], ["h", {"base64": "/g=="}]],
    }


def test_null_and_empty_are_two_things() -> None:
    assert portable_fields(record(key=b"", value=None)) == {"key": "", "value": None, "headers": []}


def test_a_text_that_reads_like_base64_stays_a_text() -> None:
    text = '{"base64": "AAAA"}'
    one = record(value=text.encode())
    assert portable_fields(one)["value"] == text
    assert record_from_row(row(one)).value == text.encode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"topic": 3}, "topic is no text"),
        ({"partition": "0"}, "partition is no whole number"),
        ({"partition": True}, "partition is no whole number"),
        ({"offset": -1}, "offset is no whole number"),
        ({"offset": 2**63}, "offset is no whole number"),
        ({"timestamp": 1}, "written as text"),
        ({"timestamp": "2026-11-23T03:00:00"}, "neither RFC 3339 nor"),
        ({"timestamp": "2026-02-31T03:00:00Z"}, "does not exist"),
        ({"timestamp_type": "wrong"}, "none of none, create, append"),
        ({"timestamp_type": []}, "timestamp_type is none of"),
        ({"transaction": "maybe"}, "transaction is none of"),
        ({"key": 1}, "key is neither null, nor text"),
        ({"value": {"base64": "!"}}, "base64 of its value is broken"),
        ({"value": {"base64": "AAAA", "more": 1}}, "value is neither"),
        ({"value": "\ud800"}, "half a character"),
        ({"headers": {}}, "headers are no list"),
        ({"headers": [["name"]]}, "no pair"),
        ({"headers": [["name", 7]]}, "header value is neither"),
    ],
)
def test_a_broken_row_says_what_is_wrong(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        record_from_row({**row(record(value=b"x")), **change})


@pytest.mark.parametrize("name", ["topic", "partition", "offset", "timestamp", "timestamp_type", "headers"])
def test_a_missing_member_is_named(name: str) -> None:
    broken = row(record())
    del broken[name]
    with pytest.raises(ValueError, match=f"it has no {name}"):
        record_from_row(broken)


def test_a_row_without_bytes_says_how_it_came_to_be() -> None:
    broken = row(record())
    del broken["value"]
    with pytest.raises(ValueError, match="exported without --payload"):
        record_from_row(broken)


@pytest.mark.parametrize("line", [None, [], "text", 3])
def test_what_is_no_object_is_no_row(line: object) -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        record_from_row(line)


def test_a_time_with_another_offset_is_the_same_instant() -> None:
    assert record_from_row({**row(record()), "timestamp": "1970-01-01T01:00:01+01:00"}).timestamp_ms == 1_000
