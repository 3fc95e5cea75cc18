"""Avro payloads: read as fastavro reads them, shown as JSON would, and refused where they do not fit."""

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.errors import AgentctlError, NotFoundError, UnreachableError
from agentctl.events.decoding import Decoded, decode
from agentctl.events.mapping import field_mapping
from agentctl.events.prefilter import raw_filter
from agentctl.events.writers import Writers
from agentctl.model.query import Query
from agentctl.model.writer import WriterSchema
from tests.events.records import record

GUID = UUID("5b1cbd4e-5c59-4f8d-a3f9-0d2e7c0a0a11")
FRAME = b"\x00\x00\x00\x00\x07"


class Kept:
    """A registry of one schema, under any id; ``failure`` is what it does instead."""

    def __init__(self, schema: WriterSchema, failure: AgentctlError | None = None) -> None:
        self.schema, self.failure = schema, failure

    def writer(self, name: int | UUID) -> WriterSchema:
        if self.failure is not None:
            raise self.failure
        return self.schema


def writers(node: object, *references: object, format: str = "AVRO") -> Writers:
    texts = tuple(map(json.dumps, references))
    return Writers(Kept(WriterSchema(node if isinstance(node, str) else json.dumps(node), format, texts)))


def written(node: Any, value: object) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(node), value)
    return stream.getvalue()


def read(node: object, payload: bytes, *references: object, exact: bool = False) -> Decoded:
    return decode(FRAME + payload, {}, None, writers(node, *references), exact=exact)


def a_record(*fields: tuple[str, Any], name: str = "R") -> dict[str, Any]:
    listed = [{"name": field, "type": type_} for field, type_ in fields]
    return {"type": "record", "name": name, "fields": listed}


EVERYTHING = a_record(
    ("text", "string"),
    ("whole", "long"),
    ("small", "int"),
    ("part", "double"),
    ("single", "float"),
    ("flag", "boolean"),
    ("gone", "null"),
    ("maybe", ["null", "string", "long"]),
    ("kind", {"type": "enum", "name": "Kind", "symbols": ["a", "b"]}),
    ("list", {"type": "array", "items": ["null", "int"]}),
    ("map", {"type": "map", "values": {"type": "array", "items": "string"}}),
    ("inner", a_record(("x", "long"), ("again", ["null", "Kind"]), name="Inner")),
)
TEXT = st.text(max_size=10)
VALUES = st.fixed_dictionaries(
    {
        "text": TEXT,
        "whole": st.integers(-(2**63), 2**63 - 1),
        "small": st.integers(-(2**31), 2**31 - 1),
        "part": st.floats(allow_nan=False, allow_infinity=False),
        "single": st.floats(width=32, allow_nan=False, allow_infinity=False),
        "flag": st.booleans(),
        "gone": st.none(),
        "maybe": st.none() | TEXT | st.integers(-(2**63), 2**63 - 1),
        "kind": st.sampled_from(["a", "b"]),
        "list": st.lists(st.none() | st.integers(-100, 100), max_size=4),
        "map": st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=3),
        "inner": st.fixed_dictionaries({"x": st.integers(0, 9), "again": st.none() | st.just("b")}),
    }
)


@given(VALUES)
def test_what_fastavro_writes_is_read(value: dict[str, Any]) -> None:
    payload = written(EVERYTHING, value)
    found = read(EVERYTHING, payload)
    assert found == Decoded(value, "avro-wire", None, value)
    assert (
        decode(payload, {"__value_schema_id": b"\x01" + GUID.bytes}, None, writers(EVERYTHING)).payload
        == value
    )


@given(VALUES, st.data())
def test_no_byte_may_be_missing_and_none_too_many(value: dict[str, Any], data: st.DataObject) -> None:
    payload = written(EVERYTHING, value)
    assert read(EVERYTHING, payload[: data.draw(st.integers(0, len(payload) - 1))]).undecodable is not None
    more = read(EVERYTHING, payload + b"\x00").undecodable
    assert more == f"Confluent wire format, schema id 7: 1 byte is left over from byte {len(payload) + 5} on"


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_raises(payload: bytes) -> None:
    for exact in (False, True):
        found = read(EVERYTHING, payload, exact=exact)
        assert (found.payload is None) == (found.undecodable is not None)


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        ({"type": "long", "logicalType": "timestamp-millis"}, 1_771_038_000_250, "2026-02-14T03:00:00.250Z"),
        ({"type": "long", "logicalType": "timestamp-micros"}, -1, "1969-12-31T23:59:59.999999Z"),
        ({"type": "long", "logicalType": "timestamp-nanos"}, 1, "1970-01-01T00:00:00.000000001Z"),
        ({"type": "long", "logicalType": "local-timestamp-millis"}, 0, "1970-01-01T00:00:00.000"),
        ({"type": "long", "logicalType": "timestamp-millis"}, 2**62, 2**62),
        ({"type": "int", "logicalType": "date"}, date(2026, 2, 14), "2026-02-14"),
        ({"type": "int", "logicalType": "time-millis"}, 10_800_250, "03:00:00.250"),
        ({"type": "int", "logicalType": "time-millis"}, -1, -1),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, Decimal("-0.05"), "-0.05"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9}, Decimal(12), "12"),
        ({"type": "string", "logicalType": "uuid"}, str(GUID), str(GUID)),
        ({"type": "fixed", "name": "U", "size": 16, "logicalType": "uuid"}, GUID.bytes, str(GUID)),
        ({"type": "int", "logicalType": "nobody-knows"}, 7, 7),
        ("bytes", b"\xff\x00", "/wA="),
        ({"type": "fixed", "name": "F", "size": 2}, b"ab", "YWI="),
        ("double", float("inf"), "Infinity"),
        ("float", float("nan"), "NaN"),
    ],
)
def test_what_json_has_no_type_for_is_shown_as_json_would(type_: Any, value: Any, shown: object) -> None:
    plain = (
        {key: text for key, text in type_.items() if key != "logicalType"}
        if isinstance(type_, dict)
        else type_
    )
    by_meaning = isinstance(value, date | Decimal)
    payload = written(a_record(("v", type_ if by_meaning else plain)), {"v": value})
    assert read(a_record(("v", type_)), payload).payload == {"v": shown}


def test_numbers_are_texts_where_they_are_wanted_exactly() -> None:
    node = a_record(
        ("n", "long"), ("x", "double"), ("flag", "boolean"), ("list", {"type": "array", "items": "int"})
    )
    payload = written(node, {"n": 2**60, "x": 1.0, "flag": True, "list": [1]})
    assert read(node, payload, exact=True).payload == {
        "n": str(2**60),
        "x": "1.0",
        "flag": True,
        "list": ["1"],
    }


def test_names_are_found_in_their_namespace_and_in_what_is_referred_to() -> None:
    inner = {**a_record(("a", "string"), name="Inner"), "namespace": "org.x"}
    outer = {**a_record(("i", "Inner"), ("j", "org.x.Inner"), name="org.x.Outer")}
    assert read(outer, b"\x02a\x02b", inner).payload == {"i": {"a": "a"}, "j": {"a": "b"}}
    assert "names 'Inner', which it does not define" in str(read(outer, b"\x02a\x02b").undecodable)


NODE = a_record(("v", "int"), ("next", ["null", "Node"]), name="Node")


def test_recursion_ends_before_the_stack_does() -> None:
    assert read(NODE, b"\x02\x02\x04\x00").payload == {"v": 1, "next": {"v": 2, "next": None}}
    assert "values nest deeper than 200" in str(read(NODE, b"\x02\x02" * 100_000 + b"\x02\x00").undecodable)


LONG = b"\x80\x80\x80\x80\x80\x80\x01"


@pytest.mark.parametrize(
    ("type_", "payload", "reason"),
    [
        ("string", LONG + b"a", r"a length of 2,199,023,255,552 stands before byte 12, and 1 are left"),
        ("bytes", b"\x01", "a length of -1 stands before byte 6"),
        ({"type": "array", "items": "int"}, LONG + b"\x02\x00", "2,199,023,255,552 items should stand"),
        ({"type": "array", "items": "int"}, b"\x01\x02\x02\x00", None),
        (
            {"type": "fixed", "name": "F", "size": 2**40},
            b"a",
            "1,099,511,627,776 bytes should stand at byte 5",
        ),
        (["null", "int"], b"\x01\x02", "branch -1 stands at byte 5, and the union has 2"),
        (["null", "int"], b"\x04\x02", "branch 2 stands at byte 5"),
        ({"type": "enum", "name": "E", "symbols": ["a"]}, b"\x01", "symbol -1 stands at byte 5"),
        ("boolean", b"\x02", "byte 5 is neither true nor false"),
        ("string", b"\x04\xc3\x28", "byte 6 is no UTF-8"),
        ("long", b"\xff" * 12, "a number of more than 64 bits"),
        ("long", b"\xff" * 9 + b"\x7f", "a number of more than 64 bits"),
        ("int", b"\x80\x80\x80\x80\x10", "a number of more than 32 bits stands at byte 5"),
        ("int", b"", "it ends unfinished at byte 5"),
        ("double", b"abc", "it ends unfinished at byte 8"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused(type_: object, payload: bytes, reason: str | None) -> None:
    found = read(a_record(("v", type_)), payload)
    if reason is None:
        assert found.payload == {"v": [1]}
    else:
        assert (found.payload, found.encoding) == (None, "bytes")
        assert f"schema id 7: {reason}" in str(found.undecodable)


deep: Any = "int"
for _ in range(300):
    deep = {"type": "array", "items": deep}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("{", "its schema is no JSON"),
        ("[" * 100_000, "its schema nests too deep"),
        (deep, "its schema nests too deep"),
        (" " * 2_000_001, "its schema is too long"),
        (7, "its schema has a type that is none"),
        ([], "its schema has a union of nothing"),
        ({"type": "array"}, "its schema has a type that is none"),
        ({"type": "array", "items": "null"}, "its schema has an array of what takes no byte"),
        (
            {"type": "array", "items": a_record(("n", "null"))},
            "its schema has an array of what takes no byte",
        ),
        (
            {"type": "array", "items": a_record(*((f"n{n}", "null") for n in range(50)), ("v", "int"))},
            "its schema has a record with over 20 values that take no byte",
        ),
        ({"type": "record", "name": "R"}, "its schema has a record without fields"),
        ({"type": "record", "fields": []}, "its schema has a type without a name"),
        (a_record(("a", a_record())), "its schema defines 'R' twice"),
        ({"type": "enum", "name": "E"}, "its schema has an enum without symbols"),
        ({"type": "fixed", "name": "F", "size": "2"}, "its schema has a fixed without a size"),
    ],
    ids=lambda one: "" if isinstance(one, str) else None,
)
def test_a_schema_that_nothing_can_be_read_with_is_a_reason(schema: object, reason: str) -> None:
    assert read(schema, b"\x02a").undecodable == f"Confluent wire format, schema id 7: {reason}"


def test_json_by_a_schema_is_read_and_protobuf_is_not() -> None:
    assert decode(FRAME + b"[1]", {}, None, writers({}, format="JSON"))[:2] == ([1], "json-wire")
    assert "PROTOBUF, which is not decoded" in str(
        decode(FRAME + b"\x00\x02a", {}, None, writers("", format="PROTOBUF")).undecodable
    )
    assert decode(FRAME + b'{"a": 1}', {}, None, writers(EVERYTHING)).encoding == "json-wire"


def test_what_does_not_exist_is_the_events_fault_and_silence_is_a_trouble_told_once() -> None:
    missing = Writers(Kept(WriterSchema(""), NotFoundError("no such schema")))
    assert "the schema registry has none of that id" in str(
        decode(FRAME + b"a", {}, None, missing).undecodable
    )
    assert missing.troubles == {}
    silent = Writers(Kept(WriterSchema(""), UnreachableError("the registry is not reachable")))
    for _ in range(3):
        found = decode(FRAME + b"a", {}, None, silent)
        assert found.undecodable == "Confluent wire format, schema id 7: the registry is not reachable"
    assert list(silent.troubles) == ["the registry is not reachable"]


@pytest.mark.parametrize("framed", [True, False])
def test_the_raw_filter_lets_through_what_bears_the_id_of_a_schema(framed: bool) -> None:
    node = a_record(
        ("workflow_id", "long"), ("event_type", {"type": "enum", "name": "E", "symbols": ["done"]})
    )
    payload = written(node, {"workflow_id": 4711, "event_type": "done"})
    headers = [] if framed else [("__value_schema_id", b"\x01" + GUID.bytes)]
    avro = record(FRAME + payload if framed else payload, headers=headers)
    mapping = field_mapping({}, {}, None, writers(node))
    assert mapping.event(avro).workflow_id == "4711"
    wanted = raw_filter(Query(("4711",)), mapping)
    assert wanted(avro.key, avro.value, lambda: avro.headers)
    assert not wanted(None, b'{"workflow_id": "other"}', lambda: ())
    alone = b"\0".join(
        [avro.value or b"", *(part for name, text in headers for part in (name.encode(), text))]
    )
    assert wanted.any_of(alone)
    assert wanted.any_of(b"\0".join([b'{"a": 1}', alone]))
    assert not wanted.any_of(b'{"workflow_id": "other"}\0{"b": 2}\0key')
    assert not raw_filter(Query(("4711",)), field_mapping({}, {}))(avro.key, avro.value, lambda: avro.headers)
