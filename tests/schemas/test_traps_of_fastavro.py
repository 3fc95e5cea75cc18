"""What fastavro silently gets wrong when it resolves schemas: the proof does not, and says so."""

import io
import json
from typing import Any

import fastavro
import pytest

from agentctl.schemas.avro.guard import traps
from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.reading import AvroJudge
from agentctl.schemas.avro.resolution import Resolution
from agentctl.schemas.proving import Fate, Issue, UnreadableError

DECIMAL_2 = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
DECIMAL_4 = {**DECIMAL_2, "scale": 4}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}


def record(*fields: Any, name: str = "E") -> dict[str, Any]:
    """A record of fields, each given as ``(name, type)`` or with more members."""
    said = [one if isinstance(one, dict) else {"name": one[0], "type": one[1]} for one in fields]
    return {"type": "record", "name": name, "fields": said}


class Pair:
    """What one schema wrote for a reader with another, by the proof and by fastavro."""

    def __init__(self, old: Any, new: Any) -> None:
        self.old, self.new = old, new
        self._parsed = parse(json.dumps(old), "old"), parse(json.dumps(new), "new")
        self.judge = AvroJudge(*self._parsed)

    def written(self, value: Any, raw: Any = None) -> bytes:
        """Write it; ``raw`` is the schema without what its values mean."""
        file = io.BytesIO()
        fastavro.schemaless_writer(file, fastavro.parse_schema(raw or self.old), value)
        return file.getvalue()

    def fastavro(self, data: bytes) -> Any:
        parsed = fastavro.parse_schema(self.old), fastavro.parse_schema(self.new)
        return fastavro.schemaless_reader(io.BytesIO(data), *parsed)

    def resolved(self, data: bytes) -> Any:
        value = self.judge.decoded(data)
        return Resolution().of(self._parsed[0].root, self._parsed[1].root, value, "")

    def issues(self, data: bytes) -> list[Issue]:
        value = self.judge.decoded(data)
        found = list(self.judge.issues(value))
        assert self.judge.fate(value) == max((one.fate for one in found), default=0)
        return found

    @property
    def traps(self) -> str:
        return "\n".join(traps(*self._parsed))


@pytest.mark.parametrize("type_", ["bytes", {"type": "fixed", "name": "F", "size": 1}, DECIMAL_2])
def test_a_default_of_bytes_is_bytes(type_: Any) -> None:
    pair = Pair(record(("a", "int")), record(("a", "int"), {"name": "d", "type": type_, "default": "\u00ff"}))
    data = pair.written({"a": 1})
    assert pair.fastavro(data)["d"] == "\u00ff"
    assert pair.resolved(data)["d"] == b"\xff"
    assert "the default of d is" in pair.traps
    assert pair.issues(data) == []


def test_a_default_of_a_moment_is_told() -> None:
    pair = Pair(record(("a", "int")), record(("a", "int"), {"name": "t", "type": MILLIS, "default": 0}))
    assert pair.fastavro(pair.written({"a": 1}))["t"] == 0
    assert pair.traps == "the default of t is a bare int, no instant"


@pytest.mark.parametrize(
    ("type_", "default"), [({"type": "array", "items": "int"}, []), ({"type": "map", "values": "int"}, {})]
)
def test_a_default_that_can_be_changed_is_made_anew_for_each_event(type_: Any, default: Any) -> None:
    pair = Pair(record(("a", "int")), record(("a", "int"), {"name": "d", "type": type_, "default": default}))
    data = pair.written({"a": 1})
    first, second = pair.resolved(data)["d"], pair.resolved(data)["d"]
    assert first == second == default
    assert first is not second
    assert "one object for all events" in pair.traps


def test_a_default_of_a_record_is_filled_by_the_defaults_of_its_fields() -> None:
    inner = record({"name": "x", "type": "int", "default": 7}, ("y", "int"), name="I")
    pair = Pair(record(("a", "int")), record(("a", "int"), {"name": "d", "type": inner, "default": {"y": 1}}))
    data = pair.written({"a": 1})
    assert pair.fastavro(data)["d"] == {"y": 1}
    assert pair.resolved(data)["d"] == {"x": 7, "y": 1}
    assert "lacks the fields" in pair.traps


def test_a_decimal_of_another_scale_changes_its_value() -> None:
    pair = Pair(record(("d", DECIMAL_2)), record(("d", DECIMAL_4)))
    data = pair.written({"d": b"\x04\xd2"}, record(("d", "bytes")))
    (issue,) = pair.issues(data)
    assert issue[:4] == (Fate.CHANGED, "/d", "12.34", "0.1234")
    assert str(pair.fastavro(data)["d"]) == "12.34"
    assert "by the logical type of who wrote it" in pair.traps
    assert pair.issues(pair.written({"d": b"\0"}, record(("d", "bytes")))) == []


def test_a_decimal_of_another_precision_alone_is_the_same_number() -> None:
    pair = Pair(record(("d", DECIMAL_2)), record(("d", {**DECIMAL_2, "precision": 12})))
    assert pair.judge.certain


def test_milliseconds_read_as_microseconds_are_another_moment() -> None:
    pair = Pair(record(("t", MILLIS)), record(("t", MICROS)))
    data = pair.written({"t": 1_790_000_000_123}, record(("t", "long")))
    (issue,) = pair.issues(data)
    assert issue[:4] == (
        *(Fate.CHANGED, "/t", "2026-09-21T14:13:20.123Z"),
        "1970-01-21T17:13:20.000123Z",
    )
    assert pair.fastavro(data)["t"].year == 2026


def test_a_decimal_read_as_a_string_is_no_decimal() -> None:
    pair = Pair(record(("d", DECIMAL_2)), record(("d", "string")))
    data = pair.written({"d": b"12"}, record(("d", "bytes")))
    assert not isinstance(pair.fastavro(data)["d"], str)
    assert [one[:4] for one in pair.issues(data)] == [(Fate.CHANGED, "/d", "125.94", "12")]
    assert "a Decimal where the candidate has a string" in pair.traps


def test_bytes_that_are_no_text_cannot_be_read_as_a_string() -> None:
    pair = Pair(record(("b", "bytes")), record(("b", "string")))
    assert pair.issues(pair.written({"b": "é".encode()})) == []
    (issue,) = pair.issues(pair.written({"b": b"a\xff"}))
    assert issue[:4] == (Fate.FAILED, "/b", {"base64": "Yf8="}, None)
    assert "byte 1" in issue.reason


def test_fixed_bytes_are_no_enum() -> None:
    old, new = {"type": "fixed", "name": "X", "size": 1}, {"type": "enum", "name": "X", "symbols": ["A"]}
    pair = Pair(record(("x", old)), record(("x", new)))
    data = pair.written({"x": b"A"})
    assert pair.fastavro(data)["x"] == b"A"
    assert [one.fate for one in pair.issues(data)] == [Fate.FAILED]
    assert "instead of an error" in pair.traps


def test_the_field_itself_wins_over_its_alias() -> None:
    pair = Pair(
        record(("a", "int"), ("b", "int")),
        record({"name": "b", "type": "int", "aliases": ["a"]}),
    )
    data = pair.written({"a": 1, "b": 2})
    assert pair.fastavro(data) == {"b": 1}
    assert pair.resolved(data) == {"b": 2}
    assert pair.issues(data) == []
    assert "the value of its alias" in pair.traps


def test_what_stands_behind_an_event_is_a_failure() -> None:
    pair = Pair(record(("a", "int")), record(("a", "int")))
    data = pair.written({"a": 1}) + b"\0\0"
    assert pair.fastavro(data) == {"a": 1}
    with pytest.raises(UnreadableError, match="2 bytes are left"):
        pair.judge.decoded(data)


def test_what_was_never_used_hurts_nobody() -> None:
    old = {"type": "enum", "name": "S", "symbols": ["A", "B"]}
    pair = Pair(
        record(("s", old), ("n", ["null", "int"])),
        record(("s", {**old, "symbols": ["A"]}), ("n", "int")),
    )
    assert not pair.judge.certain
    assert pair.issues(pair.written({"s": "A", "n": 3})) == []
    found = pair.issues(pair.written({"s": "B", "n": None}))
    assert [(one.fate, one.path) for one in found] == [(Fate.FAILED, "/s"), (Fate.FAILED, "/n")]


def test_branches_that_read_alike_are_told_apart() -> None:
    pair = Pair(record(("n", ["int", "long"])), record(("n", "int")))
    small, large = b"\x00\x06", b"\x02\x06"
    assert pair.issues(small) == []
    (issue,) = pair.issues(large)
    assert issue[:4] == (Fate.FAILED, "/n", 3, None)


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("string", "bytes", "é"),
        ({"type": "array", "items": "int"}, {"type": "array", "items": "double"}, [1, 2]),
        ("int", ["double", "int"], 3),
        ("float", "double", float("nan")),
        ("long", "double", 2**53),
    ],
)
def test_what_is_read_as_it_was_meant(old: Any, new: Any, value: Any) -> None:
    pair = Pair(record(("a", old)), record(("a", new)))
    assert pair.issues(pair.written({"a": value})) == []


@pytest.mark.parametrize(("target", "value"), [("float", 2**24 + 1), ("double", 2**53 + 1)])
def test_a_number_that_is_not_held_exactly_changes(target: str, value: int) -> None:
    pair = Pair(record(("a", "long")), record(("a", target)))
    (issue,) = pair.issues(pair.written({"a": value}))
    assert (issue.fate, issue.was, issue.becomes) == (Fate.CHANGED, value, float(value - 1))


def test_a_path_leads_through_lists_maps_and_names_with_slashes() -> None:
    inner = {"type": "map", "values": {"type": "array", "items": "long"}}
    pair = Pair(
        record(("a", inner)), record(("a", {"type": "map", "values": {"type": "array", "items": "float"}}))
    )
    (issue,) = pair.issues(pair.written({"a": {"x/y": [0, 2**40 + 1]}}))
    assert issue.path == "/a/x~1y/1"
