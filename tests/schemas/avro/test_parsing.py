"""Schemas of Avro read strictly: what is refused, where in it, and what stays bounded whatever it says."""

import json
from typing import Any

import pytest

from agentctl.schemas.avro.comparing import compare
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.schema import Fixed, Record
from agentctl.schemas.invalid import InvalidSchemaError
from agentctl.schemas.verdict import Direction


def record(*fields: Any, **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": "R", "fields": list(fields), **more}


def field(type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": "f", "type": type_, **more}


@pytest.mark.parametrize(
    ("written", "position"),
    [
        (1, ""),
        ({}, ""),
        ("nothing", ""),
        ({"type": {"type": "int"}}, "/type"),
        ({"type": "array"}, ""),
        ({"type": "map", "values": "nope"}, "/values"),
        ({"type": "fixed", "name": "F"}, "/size"),
        ({"type": "fixed", "name": "F", "size": -1}, "/size"),
        ({"type": "fixed", "name": "x.int", "size": 1}, "/name"),
        ({"type": "enum", "name": "E", "symbols": ["A", "A"]}, "/symbols/1"),
        ({"type": "enum", "name": "E", "symbols": ["A", "1"]}, "/symbols/1"),
        ({"type": "enum", "name": "E", "symbols": ["A"], "default": "B"}, "/default"),
        ({"type": "record", "name": "R"}, ""),
        (record(1), "/fields/0"),
        (record(field("int", order="up")), "/fields/0/order"),
        (record(field("int", aliases=["1x"])), "/fields/0/aliases/0"),
        (record(field("int"), field("int")), "/fields/1/name"),
        (record(field(["int", "int"])), "/fields/0/type/1"),
        (record(field(["int", ["string"]])), "/fields/0/type/1"),
        (record(field(["int", {"type": "int", "logicalType": "date"}])), "/fields/0/type/1"),
        (record(field("int", default="1")), "/fields/0/default"),
        (record(field("int", default=2**31)), "/fields/0/default"),
        (record(field(["int", "string"], default=None)), "/fields/0/default"),
        (record(field("bytes", default="\u0100")), "/fields/0/default"),
        (record(field({"type": "array", "items": "int"}, default=["x"])), "/fields/0/default"),
        (record(field(record(field("R"), name="S"))), None),
        (record(field(record(name="R"))), "/fields/0/type/name"),
    ],
)
def test_what_the_specification_does_not_allow_is_refused_where_it_stands(
    written: Any, position: str | None
) -> None:
    if position is None:
        assert isinstance(parse(json.dumps(written), "a.avsc").root, Record)
        return
    with pytest.raises(InvalidSchemaError) as refused:
        parse(json.dumps(written), "a.avsc")
    assert (refused.value.origin, refused.value.position) == ("a.avsc", position)


def test_names_are_full_ones_and_a_default_may_be_of_any_branch() -> None:
    inner = {"type": "fixed", "name": "F", "size": 2}
    schema = parse(
        json.dumps(record(field(["null", inner], default="ab"), {"name": "g", "type": "F"}, namespace="x.y")),
        "a.avsc",
    )
    assert isinstance(schema.root, Record)
    assert schema.root.name == "x.y.R"
    fixed = schema.root.fields[1].type
    assert isinstance(fixed, Fixed)
    assert (fixed.name, schema.place(fixed)) == ("x.y.F", "/fields/0/type/1")


@pytest.mark.parametrize(
    "logical",
    [
        {"type": "bytes", "logicalType": "decimal"},
        {"type": "bytes", "logicalType": "decimal", "precision": 2, "scale": 3},
        {"type": "fixed", "name": "F", "size": 2, "logicalType": "decimal", "precision": 5},
        {"type": "fixed", "name": "F", "size": 2_000_000, "logicalType": "decimal", "precision": 10**9},
        {"type": "fixed", "name": "F", "size": 3, "logicalType": "uuid"},
        {"type": "int", "logicalType": "timestamp-millis"},
    ],
)
def test_an_invalid_logical_type_is_ignored_and_noted(logical: dict[str, Any]) -> None:
    schema = parse(json.dumps(logical), "a.avsc")
    assert getattr(schema.root, "logical", None) is None
    assert len(schema.ignored) == 1


def chain(count: int, *types: Any) -> str:
    """Define records that hold the one before, each by its name."""
    fields = [field({**record(field("int")), "name": "R0"})]
    for number in range(1, count):
        own = [{"name": f"g{at}", "type": f"R{number - 1}"} for at in range(2)]
        fields.append({"name": f"f{number}", "type": {"type": "record", "name": f"R{number}", "fields": own}})
    return json.dumps(record(*fields, *types))


@pytest.mark.parametrize("count", [30, 3_000])
def test_records_that_double_at_each_step_are_compared_in_bounded_memory(count: int) -> None:
    old, new = (parse(chain(count, {"name": "z", "type": type_}), type_) for type_ in ("int", "string"))
    [found] = compare(new, old, Direction.BACKWARD)
    assert (found.rule, found.witness) == ("TYPE_MISMATCH", None)


def test_what_is_nested_as_deep_as_is_read_is_compared() -> None:
    def nested(type_: str) -> str:
        return '{"type": "array", "items": ' * 190 + f'"{type_}"' + "}" * 190

    [found] = compare(parse(nested("int"), "new"), parse(nested("string"), "old"), Direction.BACKWARD)
    assert (found.rule, found.path) == ("TYPE_MISMATCH", "/items" * 190)


def test_an_event_of_many_bytes_is_not_shown() -> None:
    old = {"type": "fixed", "name": "F", "size": 2**27}
    [found] = compare(parse('"int"', "new"), parse(json.dumps(old), "old"), Direction.BACKWARD)
    assert (found.rule, found.witness) == ("TYPE_MISMATCH", None)
