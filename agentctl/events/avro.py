"""An Avro schema's text to what reads its events, strictly and within bounds.

What is written here is bytes of strangers under a schema of strangers: a length or a count is checked before
anything is made of it, nesting is bounded, and an index is never counted from the end.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from agentctl.events import avro_values as values
from agentctl.events.avro_values import DEEPEST, BrokenValueError, Read, whole
from agentctl.model.writer import WriterSchema

MOST_CHARACTERS = 2_000_000
"""A schema with its references that is longer is not read."""
MOST_EMPTY = 20
"""So many values of a record may take no byte: a small event could hold millions of them else."""
_DEEPEST_SCHEMA = 100

_PRIMITIVES: Mapping[str, Read] = {
    "null": values.nothing,
    "boolean": values.truth,
    "int": values.small,
    "long": values.whole,
    "float": values.single,
    "double": values.double,
    "bytes": values.shown(values.raw, values.base64),
    "string": values.text,
}
_UNITS = {"millis": 1000, "micros": 1_000_000, "nanos": 1_000_000_000}


class UnreadableSchemaError(ValueError):
    """A schema that no event can be read with; the text says why."""


class AvroReader:
    """Reads what was written with one schema."""

    def __init__(self, schema: WriterSchema) -> None:
        """Raises UnreadableSchemaError."""
        texts = (*schema.references, schema.text)
        if sum(map(len, texts)) > MOST_CHARACTERS:
            raise UnreadableSchemaError("its schema is too long")
        compiling = _Compiling()
        try:
            reads = [compiling.read(json.loads(text), "", 0) for text in texts]
        except RecursionError:
            raise UnreadableSchemaError("its schema nests too deep") from None
        except json.JSONDecodeError:
            raise UnreadableSchemaError("its schema is no JSON") from None
        except ValueError as error:
            raise UnreadableSchemaError(str(error)) from None
        compiling.check_empty()
        self._read = reads[-1]

    def read(self, data: bytes, at: int) -> object:
        """Return what stands in the bytes from ``at`` to their end. Raises BrokenValueError."""
        try:
            value, end = self._read(data, at, 0)
        except (IndexError, struct.error):
            raise BrokenValueError(f"it ends unfinished at byte {len(data)}") from None
        if end != len(data):
            left = len(data) - end
            raise BrokenValueError(
                f"{left} byte{'s are' if left > 1 else ' is'} left over from byte {end} on"
            )
        return value


class _Compiling:
    """From the nodes of schemas to readers; a name is known from its definition on."""

    def __init__(self) -> None:
        self._named: dict[str, Read] = {}
        self._empty: set[int] = set()
        """The readers of what takes no byte, by their identity."""
        self._counts: dict[int, int] = {}
        """How many values of each record take no byte, those of its own records among them."""

    def check_empty(self) -> None:
        """Refuse records of which hardly anything stands in the bytes."""
        if max(self._counts.values(), default=0) > MOST_EMPTY:
            raise UnreadableSchemaError(
                f"its schema has a record with over {MOST_EMPTY} values that take no byte"
            )

    def read(self, node: Any, space: str, depth: int) -> Read:
        """Return what reads a node. Raises UnreadableSchemaError."""
        if depth > _DEEPEST_SCHEMA:
            raise UnreadableSchemaError("its schema nests too deep")
        if isinstance(node, str):
            return _PRIMITIVES.get(node) or self._by_name(node, space)
        if isinstance(node, list):
            return self._union(node, space, depth)
        if not isinstance(node, dict):
            raise UnreadableSchemaError("its schema has a type that is none")
        kind = node.get("type")
        if not isinstance(kind, str):
            return self.read(kind, space, depth + 1)
        if kind in _PRIMITIVES:
            return _meant(node, kind, _PRIMITIVES[kind])
        return self._complex(kind, node, space, depth)

    def _complex(self, kind: str, node: Mapping[str, Any], space: str, depth: int) -> Read:
        if kind in ("record", "error"):
            return self._record(node, space, depth)
        if kind == "enum":
            return self._define(node, space, _enum(_symbols(node)))
        if kind == "fixed":
            size = node.get("size")
            if type(size) is not int or size < 0:
                raise UnreadableSchemaError("its schema has a fixed without a size")
            read = _meant(node, kind, values.fixed(size))
            if not size:
                self._empty.add(id(read))
            return self._define(node, space, read)
        if kind in ("array", "map"):
            item = self.read(node.get("items" if kind == "array" else "values"), space, depth + 1)
            if kind == "map":
                return _map(item)
            if item is values.nothing or id(item) in self._empty:
                raise UnreadableSchemaError("its schema has an array of what takes no byte")
            return _array(item)
        return self._by_name(kind, space)

    def _by_name(self, name: str, space: str) -> Read:
        found = self._named.get(_full(name, space)) or self._named.get(name)
        if found is None:
            raise UnreadableSchemaError(f"its schema names {name[:100]!r}, which it does not define")
        return found

    def _define(self, node: Mapping[str, Any], space: str, read: Read) -> Read:
        name = _full(_name(node), _space(node, space))
        if name in self._named:
            raise UnreadableSchemaError(f"its schema defines {name[:100]!r} twice")
        self._named[name] = read
        return read

    def _union(self, branches: Sequence[Any], space: str, depth: int) -> Read:
        if not branches:
            raise UnreadableSchemaError("its schema has a union of nothing")
        return _union([self.read(branch, space, depth + 1) for branch in branches])

    def _record(self, node: Mapping[str, Any], space: str, depth: int) -> Read:
        fields: list[tuple[str, Read]] = []
        read = _record(fields)
        self._define(node, space, read)
        own = _full(_name(node), _space(node, space)).rpartition(".")[0]
        written = node.get("fields")
        if not isinstance(written, list):
            raise UnreadableSchemaError("its schema has a record without fields")
        empty, filled = 0, False
        for field in written:
            if not isinstance(field, dict) or not isinstance(field.get("name"), str):
                raise UnreadableSchemaError("its schema has a field without a name")
            of_field = self.read(field.get("type"), own, depth + 1)
            fields.append((field["name"], of_field))
            empty += 1 if of_field is values.nothing else self._counts.get(id(of_field), 0)
            filled = filled or not (of_field is values.nothing or id(of_field) in self._empty)
        self._counts[id(read)] = max(empty, 0 if filled else 1)
        if not filled:
            self._empty.add(id(read))
        return read


def _record(fields: list[tuple[str, Read]]) -> Read:
    """Read a record; the list of its fields may be filled later."""

    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        if depth > DEEPEST:
            raise BrokenValueError(f"its values nest deeper than {DEEPEST}")
        found: dict[str, object] = {}
        for name, of_field in fields:
            found[name], at = of_field(data, at, depth + 1)
        return found, at

    return read


def _union(branches: Sequence[Read]) -> Read:
    count = len(branches)

    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        number, end = whole(data, at, depth)
        if not 0 <= number < count:
            raise BrokenValueError(f"branch {number} stands at byte {at}, and the union has {count}")
        return branches[number](data, end, depth)

    return read


def _enum(symbols: Sequence[str]) -> Read:
    count = len(symbols)

    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        number, end = whole(data, at, depth)
        if not 0 <= number < count:
            raise BrokenValueError(f"symbol {number} stands at byte {at}, and the enum has {count}")
        return symbols[number], end

    return read


def _block(data: bytes, at: int, depth: int) -> tuple[int, int]:
    """Return how many items follow, each of a byte at least, and where."""
    if depth > DEEPEST:
        raise BrokenValueError(f"its values nest deeper than {DEEPEST}")
    count, end = whole(data, at, depth)
    if count < 0:
        count = -count
        _, end = whole(data, end, depth)
    if count > len(data) - end:
        raise BrokenValueError(f"{count:,} items should stand at byte {end}, and {len(data) - end} bytes do")
    return count, end


def _array(item: Read) -> Read:
    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        found: list[object] = []
        while True:
            count, at = _block(data, at, depth)
            if not count:
                return found, at
            for _ in range(count):
                value, at = item(data, at, depth + 1)
                found.append(value)

    return read


def _map(item: Read) -> Read:
    def read(data: bytes, at: int, depth: int) -> tuple[object, int]:
        found: dict[str, object] = {}
        while True:
            count, at = _block(data, at, depth)
            if not count:
                return found, at
            for _ in range(count):
                key, at = values.text(data, at, depth)
                found[key], at = item(data, at, depth + 1)

    return read


def _meant(node: Mapping[str, Any], kind: str, read: Read) -> Read:
    """Return what gives a logical type's meaning; one that does not fit its type is none, says Avro."""
    logical, size = node.get("logicalType"), node.get("size")
    bytes_ = values.raw if kind == "bytes" else read
    plain = read if kind != "fixed" else values.shown(read, values.base64)
    if not isinstance(logical, str):
        return plain
    name, _, unit = logical.rpartition("-")
    if kind == "long" and name in ("timestamp", "local-timestamp") and unit in _UNITS:
        return values.shown(read, values.instant(_UNITS[unit], "" if name.startswith("local") else "Z"))
    if (kind, logical) in (("int", "time-millis"), ("long", "time-micros")):
        return values.shown(read, values.clock(_UNITS[unit]))
    if (kind, logical) == ("int", "date"):
        return values.shown(read, values.day)
    if kind in ("bytes", "fixed") and logical == "decimal":
        scale = node.get("scale", 0)
        fits = type(scale) is int and 0 <= scale <= 1000
        return values.shown(bytes_, values.decimal(scale)) if fits else plain
    if (kind, size, logical) == ("fixed", 16, "uuid"):
        return values.shown(read, values.uuid)
    return (
        values.shown(read, values.duration) if (kind, size, logical) == ("fixed", 12, "duration") else plain
    )


def _symbols(node: Mapping[str, Any]) -> Sequence[str]:
    symbols = node.get("symbols")
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise UnreadableSchemaError("its schema has an enum without symbols")
    return symbols


def _name(node: Mapping[str, Any]) -> str:
    name = node.get("name")
    if not isinstance(name, str) or not name:
        raise UnreadableSchemaError("its schema has a type without a name")
    return name


def _space(node: Mapping[str, Any], space: str) -> str:
    own = node.get("namespace")
    return own if isinstance(own, str) else space


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"
