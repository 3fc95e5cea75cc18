"""Avro read plainly and slowly, after the words of its specification: what the fast proof is held against.

Schemas are JSON as it is written, values are bytes. Nothing of agentctl and nothing of fastavro is used here.
"""

import io
import math
import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
TIMES = {
    "timestamp-millis": ("instant", 10**6),
    "timestamp-micros": ("instant", 10**3),
    "timestamp-nanos": ("instant", 1),
    "local-timestamp-millis": ("local", 10**6),
    "local-timestamp-micros": ("local", 10**3),
    "local-timestamp-nanos": ("local", 1),
    "date": ("date", 1),
    "time-millis": ("time", 10**6),
    "time-micros": ("time", 10**3),
}
"""What a number of that logical type is, and how many nanoseconds (of a date: days) one of it is."""


class UnreadableError(Exception):
    """A reader cannot read it."""


class Branch(NamedTuple):
    """A value of a union, with the number of its branch."""

    number: int
    value: Any


class Schema:
    """A schema and the names that it defines."""

    def __init__(self, written: Any) -> None:
        self.names: dict[str, Any] = {}
        self.root = self._known(written, "")

    def _known(self, node: Any, space: str) -> Any:
        """Return the node with names in full, and note what it defines."""
        if isinstance(node, str):
            return node if node in PRIMITIVES else (node if "." in node or not space else f"{space}.{node}")
        if isinstance(node, list):
            return [self._known(one, space) for one in node]
        kind = node["type"]
        if kind in ("record", "enum", "fixed"):
            full = node["name"]
            if "." not in full and (node.get("namespace") or space):
                full = f"{node.get('namespace') or space}.{full}"
            inner = full.rpartition(".")[0]
            node = {**node, "name": full, "aliases": node.get("aliases", [])}
            if kind == "record":
                node["fields"] = [
                    {**field, "type": self._known(field["type"], inner)} for field in node["fields"]
                ]
            self.names[full] = node
            return node
        if kind == "array":
            return {**node, "items": self._known(node["items"], space)}
        if kind == "map":
            return {**node, "values": self._known(node["values"], space)}
        return {**node, "type": kind} if kind in PRIMITIVES else self._known(kind, space)

    def at(self, node: Any) -> Any:
        """Return what a name stands for; everything else as it is."""
        return self.names[node] if isinstance(node, str) and node not in PRIMITIVES else node


def kind_of(node: Any) -> str:
    if isinstance(node, list):
        return "union"
    return node if isinstance(node, str) else node["type"]


def plain_name(node: Any) -> str:
    return str(node["name"]).rpartition(".")[2]


def encoded(schema: Schema, node: Any, value: Any) -> bytes:
    """Return the bytes of a value; one of a union is a Branch."""
    node = schema.at(node)
    match kind_of(node):
        case "null":
            return b""
        case "boolean":
            return b"\1" if value else b"\0"
        case "int" | "long":
            return _long(value)
        case "float":
            return struct.pack("<f", value)
        case "double":
            return struct.pack("<d", value)
        case "bytes":
            return _long(len(value)) + bytes(value)
        case "string":
            return _long(len(value.encode())) + bytes(value.encode())
        case "fixed":
            return bytes(value)
        case "enum":
            return _long(node["symbols"].index(value))
        case "array":
            items = b"".join(encoded(schema, node["items"], one) for one in value)
            return (_long(len(value)) + items if value else b"") + b"\0"
        case "map":
            pairs = b"".join(
                encoded(schema, "string", key) + encoded(schema, node["values"], one)
                for key, one in value.items()
            )
            return (_long(len(value)) + pairs if value else b"") + b"\0"
        case "record":
            return b"".join(encoded(schema, field["type"], value[field["name"]]) for field in node["fields"])
        case _:
            return _long(value.number) + encoded(schema, node[value.number], value.value)


def _long(number: int) -> bytes:
    rest = (number << 1) ^ (number >> 63)
    written = bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*written, rest])


def decoded(schema: Schema, data: bytes) -> Any:
    """Read a value of the schema that it was written with; nothing may be left. Raises UnreadableError."""
    file = io.BytesIO(data)
    found = _read(schema, schema.root, file)
    if file.read(1):
        raise UnreadableError("something is left")
    return found


def _take(file: io.BytesIO, count: int) -> bytes:
    data = file.read(count) if count >= 0 else b""
    if len(data) != count:
        raise UnreadableError("it ends too early")
    return data


def _number(file: io.BytesIO) -> int:
    value = shift = 0
    while True:
        byte = _take(file, 1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def _blocks(file: io.BytesIO) -> Any:
    while count := _number(file):
        if count < 0:
            _number(file)
        yield from range(abs(count))


def _read(schema: Schema, node: Any, file: io.BytesIO) -> Any:
    node = schema.at(node)
    match kind_of(node):
        case "null":
            return None
        case "boolean":
            return _take(file, 1) == b"\1"
        case "int" | "long":
            return _number(file)
        case "float":
            return struct.unpack("<f", _take(file, 4))[0]
        case "double":
            return struct.unpack("<d", _take(file, 8))[0]
        case "bytes":
            return _take(file, _number(file))
        case "string":
            return _take(file, _number(file)).decode()
        case "fixed":
            return _take(file, node["size"])
        case "enum":
            return node["symbols"][_number(file)]
        case "array":
            return [_read(schema, node["items"], file) for _ in _blocks(file)]
        case "map":
            return {_read(schema, "string", file): _read(schema, node["values"], file) for _ in _blocks(file)}
        case "record":
            return {field["name"]: _read(schema, field["type"], file) for field in node["fields"]}
        case _:
            number = _number(file)
            return Branch(number, _read(schema, node[number], file))


def logical(node: Any) -> Any:
    """Return what a number or bytes mean beside themselves: a time of some kind, or a decimal of a scale."""
    name = node.get("logicalType") if isinstance(node, Mapping) else None
    kind = kind_of(node)
    if name == "decimal" and kind in ("bytes", "fixed"):
        return ("decimal", node.get("scale", 0))
    of_int = name in ("date", "time-millis")
    if name in TIMES and kind == ("int" if of_int else "long"):
        return TIMES[name]
    return None


def meaning(node: Any, value: Any) -> Any:
    """Return what a leaf means, so that equal means the same."""
    said, kind = logical(node), kind_of(node)
    if said is not None and said[0] == "decimal":
        return "decimal", Fraction(int.from_bytes(value, "big", signed=True), 10 ** said[1])
    if said is not None:
        return said[0], value * said[1]
    if kind in ("int", "long", "float", "double"):
        if isinstance(value, float) and not math.isfinite(value):
            return "number", str(value)
        return "number", Fraction(value)
    if kind in ("bytes", "string"):
        return "text", value.encode() if isinstance(value, str) else value
    return kind, value


def fate(writer: Schema, reader: Schema, data: bytes) -> str:
    """Return ``fine``, ``changed`` or ``failed``: what becomes of an event for that reader."""
    try:
        found = _differs(writer, reader, writer.root, reader.root, decoded(writer, data))
    except UnreadableError:
        return "failed"
    return "changed" if found else "fine"


def _differs(writer: Schema, reader: Schema, w: Any, r: Any, value: Any) -> bool:
    """Whether something else comes out than was meant. Raises UnreadableError."""
    w, r = writer.at(w), reader.at(r)
    if kind_of(w) == "union":
        return _differs(writer, reader, w[value.number], r, value.value)
    if kind_of(r) == "union":
        for branch in r:
            if matches(writer, reader, w, reader.at(branch)):
                return _differs(writer, reader, w, branch, value)
        raise UnreadableError("no branch")
    if not matches(writer, reader, w, r):
        raise UnreadableError("no match")
    match kind_of(w):
        case "array":
            found = [_differs(writer, reader, w["items"], r["items"], one) for one in value]
            return any(found)
        case "map":
            found = [_differs(writer, reader, w["values"], r["values"], one) for one in value.values()]
            return any(found)
        case "record":
            return _record_differs(writer, reader, w, r, value)
        case "enum":
            if value in r["symbols"]:
                return False
            if "default" not in r:
                raise UnreadableError("no such symbol")
            return True
        case _:
            return bool(meaning(w, value) != meaning(r, promoted(kind_of(w), kind_of(r), value)))


def _record_differs(writer: Schema, reader: Schema, w: Any, r: Any, value: Any) -> bool:
    there = {field["name"]: field for field in w["fields"]}
    found = False
    for field in r["fields"]:
        names = [field["name"], *field.get("aliases", [])]
        own = next((there[name] for name in names if name in there), None)
        if own is not None:
            found |= _differs(writer, reader, own["type"], field["type"], value[own["name"]])
        elif "default" not in field:
            raise UnreadableError("no default")
    return found


def matches(writer: Schema, reader: Schema, w: Any, r: Any) -> bool:
    """Whether two schemas, none of them a union, match as the specification says it."""
    kinds = kind_of(w), kind_of(r)
    if kinds[0] != kinds[1]:
        return kinds[1] in PROMOTIONS.get(kinds[0], ())
    if kinds[0] in ("record", "enum", "fixed"):
        space = r["name"].rpartition(".")[0]
        aliases = [one if "." in one or not space else f"{space}.{one}" for one in r["aliases"]]
        named = plain_name(w) == plain_name(r) or w["name"] in aliases
        return named and w.get("size") == r.get("size")
    return True


def promoted(source: str, target: str, value: Any) -> Any:
    """Return a leaf as the reader has it. Raises UnreadableError for bytes that are no text."""
    if source in ("int", "long") and target == "double":
        return float(value)
    if source in ("int", "long") and target == "float":
        return struct.unpack("<f", struct.pack("<f", value))[0]
    if source == "string" and target == "bytes":
        return value.encode()
    if source == "bytes" and target == "string":
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise UnreadableError("no UTF-8") from None
    return value
