"""Two schemas of Avro held against each other: the reference's verdict on each pair, and what is beyond."""

import json
import unittest
from typing import Any
from unittest import mock

import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.test import test_compatibility
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.schemas.avro.comparing import compare
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.verdict import Change, Direction, Effect, worst
from tests.schemas.made_pairs import Maker
from tests.schemas.plainly import Branch, Schema, encoded, fate, kind_of

BACKWARD, FORWARD = Direction.BACKWARD, Direction.FORWARD


def compared(reader: Any, writer: Any, direction: Direction = BACKWARD) -> list[Change]:
    sides = parse(json.dumps(reader), "reader"), parse(json.dumps(writer), "writer")
    return list(compare(*sides, direction))


def record(*fields: Any, name: str = "Event", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": list(fields), **more}


def field(name: str, type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, **more}


def reference_pairs() -> list[tuple[str, str, bool]]:
    """Run the tests that ship with the reference, and note what each of its checks was asked and said."""
    noted: list[tuple[str, str, bool]] = []

    class Noting(ReaderWriterCompatibilityChecker):
        def get_compatibility(self, reader: Any, writer: Any, *more: Any, **named: Any) -> Any:
            outer = not getattr(self, "asked", False)
            self.asked = True
            said = super().get_compatibility(reader, writer, *more, **named)
            if outer:
                good = said.compatibility is SchemaCompatibilityType.compatible
                noted.append((str(reader), str(writer), good))
            return said

    with mock.patch.object(test_compatibility, "ReaderWriterCompatibilityChecker", Noting):
        tests = unittest.defaultTestLoader.loadTestsFromTestCase(test_compatibility.TestCompatibility)
        result = unittest.TestResult()
        tests.run(result)
    assert result.wasSuccessful()
    return noted


def test_on_every_pair_that_the_reference_ships_with_the_verdict_is_its_own() -> None:
    pairs = reference_pairs()
    assert len(pairs) >= 125
    differing = [
        (reader, writer, good)
        for reader, writer, good in pairs
        if (worst(compared(json.loads(reader), json.loads(writer))) is not Effect.BREAKING) is not good
    ]
    assert differing == []


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_of_what_is_not_called_breaking_every_event_is_read_and_of_what_is_safe_none_changes(
    seed: int,
) -> None:
    maker = Maker(seed)
    written = maker.record()
    read = maker.reader(written)
    changes = compared(read, written)
    verdict, rules = worst(changes), {one.rule for one in changes}
    writer, reader = Schema(written), Schema(read)
    for _ in range(4):
        found = fate(writer, reader, encoded(writer, writer.root, maker.value(writer, writer.root)))
        if verdict is Effect.SAFE:
            assert found == "fine", (written, read)
        if verdict is Effect.DATA and found == "failed":
            assert "BYTES_AS_STRING" in rules, (written, read)


DECIMAL = {"type": "fixed", "name": "F", "size": 3, "logicalType": "decimal", "precision": 5}

CASES: dict[str, tuple[Any, Any, list[tuple[str, str, str, Any]]]] = {
    "a field that nobody writes": (
        record(field("a", "int"), field("b", "string")),
        record(field("a", "int")),
        [("READER_FIELD_MISSING_DEFAULT_VALUE", "breaking", "/fields/1", {"a": 0})],
    ),
    "a field with a default": (
        record(field("a", "int"), field("b", "string", default="")),
        record(field("a", "int")),
        [("FIELD_ADDED", "safe", "/fields/1", None)],
    ),
    "a field that is gone": (
        record(field("a", "int")),
        record(field("a", "int"), field("b", "string")),
        [("FIELD_REMOVED", "safe", "", None)],
    ),
    "a type below a union, an array and a record": (
        record(field("a", ["null", {"type": "array", "items": record(field("x", "int"), name="In")}])),
        record(field("a", ["null", {"type": "array", "items": record(field("x", "string"), name="In")}])),
        [
            (
                "TYPE_MISMATCH",
                "breaking",
                "/fields/0/type/1/items/fields/0/type",
                {"a": {"array": [{"x": ""}]}},
            )
        ],
    ),
    "two changes below one union are two findings": (
        record(field("a", ["null", record(field("x", "int"), field("y", "int"), name="In")])),
        record(field("a", ["null", record(field("x", "string"), field("y", "string"), name="In")])),
        [
            (
                "TYPE_MISMATCH",
                "breaking",
                "/fields/0/type/1/fields/0/type",
                {"a": {"In": {"x": "", "y": ""}}},
            ),
            (
                "TYPE_MISMATCH",
                "breaking",
                "/fields/0/type/1/fields/1/type",
                {"a": {"In": {"x": "", "y": ""}}},
            ),
        ],
    ),
    "a branch that is gone": (
        record(field("a", ["null", "int"])),
        record(field("a", ["null", "int", "string"])),
        [("MISSING_UNION_BRANCH", "breaking", "/fields/0/type", {"a": {"string": ""}})],
    ),
    "a symbol that is gone": (
        record(field("a", {"type": "enum", "name": "E", "symbols": ["A"]})),
        record(field("a", {"type": "enum", "name": "E", "symbols": ["A", "B"]})),
        [("MISSING_ENUM_SYMBOLS", "breaking", "/fields/0/type", {"a": "B"})],
    ),
    "a symbol for which a default stands": (
        record(field("a", {"type": "enum", "name": "E", "symbols": ["A"], "default": "A"})),
        record(field("a", {"type": "enum", "name": "E", "symbols": ["A", "B"]})),
        [("ENUM_SYMBOL_BY_DEFAULT", "data", "/fields/0/type", {"a": "B"})],
    ),
    "whole numbers as floating point": (
        record(field("a", "double")),
        record(field("a", "long")),
        [("PROMOTION_LOSSY", "data", "/fields/0/type", {"a": 2**53 + 1})],
    ),
    "a wider number": (
        record(field("a", "long")),
        record(field("a", "int")),
        [("TYPE_PROMOTED", "safe", "/fields/0/type", None)],
    ),
    "another unit of time": (
        record(field("a", {"type": "long", "logicalType": "timestamp-micros"})),
        record(field("a", {"type": "long", "logicalType": "timestamp-millis"})),
        [("LOGICAL_TYPE_CHANGED", "data", "/fields/0/type", {"a": 1})],
    ),
    "another scale": (
        record(field("a", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 4})),
        record(field("a", {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2})),
        [("DECIMAL_CHANGED", "data", "/fields/0/type", {"a": "\u0001"})],
    ),
    "a decimal of so many bytes": (
        record(field("a", {**DECIMAL, "scale": 0})),
        record(field("a", {**DECIMAL, "scale": 1})),
        [("DECIMAL_CHANGED", "data", "/fields/0/type", {"a": "\0\0\u0001"})],
    ),
    "a text that is a uuid no more": (
        record(field("a", "string")),
        record(field("a", {"type": "string", "logicalType": "uuid"})),
        [("LOGICAL_TYPE_DROPPED", "safe", "/fields/0/type", None)],
    ),
    "another default": (
        record(field("a", "int", default=1)),
        record(field("a", "int", default=2)),
        [("DEFAULT_CHANGED", "data", "/fields/0", None)],
    ),
    "a new name by alias": (
        record(field("b", "int", aliases=["a"])),
        record(field("a", "int")),
        [("FIELD_RENAMED", "safe", "/fields/0", None)],
    ),
    "another name": (
        record(field("a", "int"), name="Other"),
        record(field("a", "int")),
        [("NAME_MISMATCH", "breaking", "", {"a": 0})],
    ),
    "a type that is named again, where it is defined": (
        record(field("a", record(field("x", "int"), name="In")), field("b", "In")),
        record(field("a", record(field("x", "string"), name="In")), field("b", "In")),
        [("TYPE_MISMATCH", "breaking", "/fields/0/type/fields/0/type", {"a": {"x": ""}, "b": {"x": ""}})],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_change_is_named_with_its_path_and_the_smallest_event_that_shows_it(case: str) -> None:
    reader, writer, expected = CASES[case]
    found = compared(reader, writer)
    assert [(one.rule, one.effect.value, one.path, one.witness) for one in found] == expected
    assert all(one.fix for one in found if one.effect is not Effect.SAFE)


def test_forward_the_paths_are_those_of_who_writes() -> None:
    old = record(field("a", "int"), field("b", "string"))
    new = record(field("a", "string"))
    found = compared(old, new, FORWARD)
    assert [(one.rule, one.path) for one in found] == [
        ("TYPE_MISMATCH", "/fields/0/type"),
        ("READER_FIELD_MISSING_DEFAULT_VALUE", ""),
    ]
    assert {one.direction for one in found} == {FORWARD}


def test_a_schema_that_holds_itself_is_compared_once() -> None:
    old = record(field("a", "int"), field("next", ["null", "Event"]))
    new = record(field("a", "string"), field("next", ["null", "Event"]))
    [found] = compared(new, old)
    assert (found.rule, found.path) == ("TYPE_MISMATCH", "/fields/0/type")
    assert found.witness == {"a": 0, "next": None}


@pytest.mark.parametrize("case", [name for name, (*_, rows) in CASES.items() if rows[0][1] == "breaking"])
def test_the_smallest_event_of_what_breaks_really_cannot_be_read(case: str) -> None:
    reader, writer, _ = CASES[case]
    written = Schema(writer)
    for one in compared(reader, writer):
        value = one.witness
        assert (
            fate(
                written,
                Schema(reader),
                encoded(written, written.root, branched(written, written.root, value)),
            )
            == "failed"
        )


def branched(schema: Schema, node: Any, value: Any) -> Any:
    """Return a value of Avro's JSON encoding as the slow reader takes it."""
    node = schema.at(node)
    match kind_of(node):
        case "union":
            names = [one if isinstance(one, str) else one.get("name", kind_of(one)) for one in node]
            if value is None:
                return Branch(names.index("null"), None)
            ((name, inner),) = value.items()
            number = names.index(name)
            return Branch(number, branched(schema, node[number], inner))
        case "record":
            return {one["name"]: branched(schema, one["type"], value[one["name"]]) for one in node["fields"]}
        case "array":
            return [branched(schema, node["items"], one) for one in value]
        case "bytes" | "fixed":
            return value.encode("latin-1")
        case _:
            return value
