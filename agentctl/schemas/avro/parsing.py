"""Reading a schema of Avro, strictly after its specification (avro.apache.org/docs/1.12.0/specification)."""

import re
from collections.abc import Mapping
from math import log10
from typing import Any, NoReturn

from agentctl.schemas.avro.defaults import fault_of
from agentctl.schemas.avro.schema import (
    PRIMITIVES,
    Array,
    AvroSchema,
    Enum,
    Field,
    Fixed,
    Logical,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
    kind,
    plain_name,
)
from agentctl.schemas.invalid import InvalidSchemaError, pointed
from agentctl.schemas.text import read_json

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FULL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_ORDERS = ("ascending", "descending", "ignore")
_ON: Mapping[str, tuple[str, ...]] = {
    "decimal": ("bytes", "fixed"),
    "uuid": ("string", "fixed"),
    "date": ("int",),
    "time-millis": ("int",),
    "time-micros": ("long",),
    **{
        f"{local}timestamp-{unit}": ("long",)
        for local in ("", "local-")
        for unit in ("millis", "micros", "nanos")
    },
    "duration": ("fixed",),
}
"""The logical types, and what each stands on."""
_SIZES = {"uuid": 16, "duration": 12}
"""How many bytes those have that stand on a fixed."""


def parse(text: str, origin: str) -> AvroSchema:
    """Read a schema. Raises InvalidSchemaError, which says where in it and why."""
    written = read_json(text, origin)
    parser = _Parser(origin)
    root = parser.node(written, "", "")
    parser.check_defaults()
    return AvroSchema(root, origin, tuple(parser.ignored), parser.places)


class _Parser:
    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._known: dict[str, Named] = {}
        self._defaults: list[tuple[Field, str]] = []
        self.ignored: list[tuple[str, str]] = []
        self.places: dict[int, str] = {}

    def _refuse(self, path: str, reason: str) -> NoReturn:
        raise InvalidSchemaError(self._origin, path, reason)

    def node(self, written: Any, space: str, path: str) -> Node:
        """Read a node that stands in a namespace."""
        found = self._read(written, space, path)
        self.places.setdefault(id(found), path)
        return found

    def _read(self, written: Any, space: str, path: str) -> Node:
        if isinstance(written, str):
            return self._reference(written, space, path)
        if isinstance(written, list):
            return self._union(written, space, path)
        if not isinstance(written, dict):
            self._refuse(path, "a schema is a name, a list or an object")
        if "type" not in written:
            self._refuse(path, "it has no type")
        type_ = written["type"]
        if not isinstance(type_, str):
            self._refuse(pointed(path, "type"), "the type of a schema is a name")
        match type_:
            case "record" | "error":
                return self._record(written, space, path)
            case "enum":
                return self._enum(written, space, path)
            case "fixed":
                return self._fixed(written, space, path)
            case "array" | "map":
                part = "items" if type_ == "array" else "values"
                if part not in written:
                    self._refuse(
                        path, f"an {type_} needs {part}" if part == "items" else "a map needs values"
                    )
                inner = self.node(written[part], space, pointed(path, part))
                return Array(inner) if type_ == "array" else Map(inner)
        if type_ in PRIMITIVES:
            return Primitive(type_, self._logical(written, type_, None, path))
        return self._reference(type_, space, pointed(path, "type"))

    def _reference(self, name: str, space: str, path: str) -> Node:
        if name in PRIMITIVES:
            return Primitive(name)
        full = name if "." in name or not space else f"{space}.{name}"
        # A name of the null namespace may be meant where one of this namespace is not there.
        found = self._known.get(full) or self._known.get(name)
        if found is None:
            self._refuse(path, f"{name!r} is no type, and none of that name was defined before")
        return found

    def _name(self, written: Mapping[str, Any], space: str, path: str) -> tuple[str, str]:
        """Return the full name of a definition, and the namespace in which its parts stand."""
        name, given = written.get("name"), written.get("namespace")
        if not isinstance(name, str) or not _FULL.fullmatch(name):
            self._refuse(pointed(path, "name"), f"{name!r} is no name: letters, digits and _, no digit first")
        if given is not None and (not isinstance(given, str) or (given and not _FULL.fullmatch(given))):
            self._refuse(pointed(path, "namespace"), f"{given!r} is no namespace")
        if "." in name:
            full, inner = name, name.rpartition(".")[0]
        else:
            inner = space if given is None else given
            full = f"{inner}.{name}" if inner else name
        if plain_name(full) in PRIMITIVES:
            self._refuse(pointed(path, "name"), f"{name} is the name of a primitive type")
        if full in self._known:
            self._refuse(pointed(path, "name"), f"{full} is defined twice")
        return full, inner

    def _aliases(self, written: Mapping[str, Any], space: str | None, path: str) -> tuple[str, ...]:
        """Return aliases; with a namespace those of a type, which are full names."""
        aliases = written.get("aliases", [])
        shape = _WORD if space is None else _FULL
        if not isinstance(aliases, list):
            self._refuse(pointed(path, "aliases"), "aliases are a list of names")
        for number, one in enumerate(aliases):
            if not isinstance(one, str) or not shape.fullmatch(one):
                self._refuse(pointed(path, "aliases", number), f"{one!r} is no name")
        return tuple(one if not space or "." in one else f"{space}.{one}" for one in aliases)

    def _record(self, written: Mapping[str, Any], space: str, path: str) -> Record:
        full, inner = self._name(written, space, path)
        record = self._known[full] = Record(full, aliases=self._aliases(written, inner, path))
        self.places[id(record)] = path  # before its fields, in which it may recur
        fields = written.get("fields")
        if not isinstance(fields, list):
            self._refuse(path, "a record needs fields, which are a list")
        found: dict[str, Field] = {}
        for number, one in enumerate(fields):
            below = pointed(path, "fields", number)
            own = self._field(one, inner, below)
            if own.name in found:
                self._refuse(pointed(below, "name"), f"{full} has two fields named {own.name}")
            found[own.name] = own
        record.fields = tuple(found.values())
        return record

    def _field(self, written: Any, space: str, path: str) -> Field:
        if not isinstance(written, dict):
            self._refuse(path, "a field is an object")
        name = written.get("name")
        if not isinstance(name, str) or not _WORD.fullmatch(name):
            self._refuse(pointed(path, "name"), f"{name!r} is no name: letters, digits and _, no digit first")
        if "type" not in written:
            self._refuse(path, "a field needs a type")
        if written.get("order", "ascending") not in _ORDERS:
            self._refuse(pointed(path, "order"), f"an order is one of {', '.join(_ORDERS)}")
        has_default = "default" in written
        found = Field(
            name,
            self.node(written["type"], space, pointed(path, "type")),
            has_default,
            written.get("default"),
            self._aliases(written, None, path),
        )
        if has_default:
            self._defaults.append((found, pointed(path, "default")))
        return found

    def _enum(self, written: Mapping[str, Any], space: str, path: str) -> Enum:
        full, inner = self._name(written, space, path)
        symbols, default = written.get("symbols"), written.get("default")
        if not isinstance(symbols, list) or not all(isinstance(one, str) for one in symbols):
            self._refuse(pointed(path, "symbols"), "an enum needs symbols, which are a list of names")
        for number, one in enumerate(symbols):
            if not _WORD.fullmatch(one):
                self._refuse(pointed(path, "symbols", number), f"{one!r} is no name")
            if one in symbols[:number]:
                self._refuse(pointed(path, "symbols", number), f"{one} stands there twice")
        if "default" in written and default not in symbols:
            self._refuse(pointed(path, "default"), f"{default!r} is none of its symbols")
        found = Enum(full, tuple(symbols), default, self._aliases(written, inner, path))
        self._known[full] = found
        return found

    def _fixed(self, written: Mapping[str, Any], space: str, path: str) -> Fixed:
        full, inner = self._name(written, space, path)
        size = written.get("size")
        if type(size) is not int or not 0 <= size < 2**31:
            self._refuse(pointed(path, "size"), "a fixed needs its size, a number of bytes")
        logical = self._logical(written, "fixed", size, path)
        found = self._known[full] = Fixed(full, size, self._aliases(written, inner, path), logical)
        return found

    def _union(self, written: list[Any], space: str, path: str) -> Union:
        branches: list[Node] = []
        seen: set[str] = set()
        for number, one in enumerate(written):
            below = pointed(path, number)
            branch = self.node(one, space, below)
            if isinstance(branch, Union):
                self._refuse(below, "a union stands in no union")
            name = branch.name if isinstance(branch, Named) else kind(branch)
            if name in seen:
                self._refuse(below, f"{name} stands twice in one union")
            seen.add(name)
            branches.append(branch)
        return Union(tuple(branches))

    def _logical(self, written: Mapping[str, Any], type_: str, size: int | None, path: str) -> Logical | None:
        name = written.get("logicalType")
        if name is None:
            return None
        if not isinstance(name, str) or name not in _ON:
            return None  # nobody has to know it
        if type_ not in _ON[name] or (size is not None and size != _SIZES.get(name, size)):
            self.ignored.append((pointed(path, "logicalType"), f"{name} does not stand on this {type_}"))
            return None
        if name != "decimal":
            return Logical(name)
        precision, scale = written.get("precision"), written.get("scale", 0)
        most = None if size is None else int(max(8 * size - 1, 0) * log10(2))
        if (
            type(precision) is not int
            or type(scale) is not int
            or not 0 <= scale <= precision
            or precision < 1
        ):
            self.ignored.append((path, "a decimal has a precision from 1 on, and a scale from 0 to that"))
            return None
        if most is not None and precision > most:
            self.ignored.append((path, f"{size} bytes hold {most} digits, and the precision is {precision}"))
            return None
        return Logical(name, precision, scale)

    def check_defaults(self) -> None:
        """Refuse a default that is not of its field's type, when all types are known."""
        for one, path in self._defaults:
            fault = fault_of(one.type, one.default)
            if fault is not None:
                self._refuse(path, f"the default of {one.name} {fault}")
