"""Schemas of Avro made by chance, readers that differ from them here and there, and values of every kind."""

import random
import string
from typing import Any

from tests.schemas.plainly import Branch, Schema, kind_of

LEAVES: tuple[Any, ...] = (
    *("null", "boolean", "int", "long", "float", "double", "bytes", "string"),
    {"type": "long", "logicalType": "timestamp-millis"},
    {"type": "long", "logicalType": "timestamp-micros"},
    {"type": "long", "logicalType": "local-timestamp-millis"},
    {"type": "int", "logicalType": "date"},
    {"type": "int", "logicalType": "time-millis"},
    {"type": "long", "logicalType": "time-micros"},
    {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
    {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 4},
    {"type": "string", "logicalType": "uuid"},
)
DEFAULTS: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "int": 1,
    "long": 2,
    "float": 0.5,
    "double": 1.5,
    "bytes": "\u00ff",
    "string": "s",
    "array": [],
    "map": {},
}
VALUES: dict[str, list[Any]] = {
    "null": [None],
    "boolean": [True, False],
    "int": [0, 1, -5, 2**24 + 1, 2**31 - 1, -(2**31)],
    "long": [0, 7, -(2**53) - 1, 2**24 + 1, 2**62 + 1, 1_790_000_000_000],
    "float": [0.0, 1.5, float("nan"), float("inf"), -0.0],
    "double": [0.0, 0.1, float("nan"), float("-inf"), 1e300],
    "bytes": [b"", b"\0", b"\0\0", b"text", b"\xff", b"\x04\xd2"],
    "string": ["", "a", "é\u20ac", "\0"],
}


class Maker:
    """Makes a writer's schema, a reader's, and values."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._names = 0

    def _name(self) -> str:
        self._names += 1
        return f"N{self._names}"

    def record(self, depth: int = 3) -> dict[str, Any]:
        name = self._name()
        fields = [
            {"name": f"f{number}", "type": self.type(depth - 1)}
            for number in range(self.chance.randint(1, 4))
        ]
        if self.chance.random() < 0.2:
            fields.append({"name": "next", "type": ["null", name], "default": None})
        return {"type": "record", "name": name, "fields": fields}

    def type(self, depth: int) -> Any:
        kinds = (
            ["leaf"] * 4 + ["enum", "fixed"] + (["record", "array", "map", "union", "union"] if depth else [])
        )
        match self.chance.choice(kinds):
            case "enum":
                symbols = self.chance.sample(string.ascii_uppercase, self.chance.randint(1, 3))
                return {"type": "enum", "name": self._name(), "symbols": symbols}
            case "fixed":
                return {"type": "fixed", "name": self._name(), "size": self.chance.randint(1, 4)}
            case "record":
                return self.record(depth)
            case "array":
                return {"type": "array", "items": self.type(depth - 1)}
            case "map":
                return {"type": "map", "values": self.type(depth - 1)}
            case "union":
                return self._union([self.type(0) for _ in range(self.chance.randint(1, 3))])
            case _:
                return self.chance.choice(LEAVES)

    def _union(self, branches: list[Any]) -> list[Any]:
        """Keep one branch of each type, but for named ones."""
        kept: dict[str, Any] = {}
        for one in branches:
            key = one["name"] if isinstance(one, dict) and "name" in one else kind_of(one)
            kept.setdefault(key, one)
        return list(kept.values())

    def reader(self, node: Any) -> Any:
        """Return the node as a reader may have it."""
        if isinstance(node, list):
            return self._reader_union(node)
        if self.chance.random() < 0.12:
            return self._other(node)
        if self.chance.random() < 0.1:
            inner = self.reader(node)
            return self._union(["null" if self.chance.random() < 0.5 else "double", *_branches(inner)])
        if isinstance(node, str):
            return node
        match node["type"]:
            case "record":
                return self._reader_record(node)
            case "enum":
                symbols = [one for one in node["symbols"] if self.chance.random() < 0.8] or ["Z0"]
                default = {"default": symbols[0]} if self.chance.random() < 0.5 else {}
                return {**node, "symbols": symbols, **default}
            case "array":
                return {**node, "items": self.reader(node["items"])}
            case "map":
                return {**node, "values": self.reader(node["values"])}
            case _:
                return node

    def _other(self, node: Any) -> Any:
        """Return another leaf, often one that the type is promoted to, or whose meaning is another."""
        kind = kind_of(node)
        near = {
            "int": ["long", "float", "double", *LEAVES[8:10]],
            "long": ["float", "double", "int", *LEAVES[8:11]],
            "float": ["double"],
            "bytes": ["string", *LEAVES[14:16]],
            "string": ["bytes"],
        }
        return self.chance.choice([*near.get(kind, []) * 2, *LEAVES])

    def _reader_union(self, node: list[Any]) -> Any:
        if len(node) > 1 and self.chance.random() < 0.15:
            return self.reader(self.chance.choice([one for one in node if not isinstance(one, list)]))
        branches = [self.reader(one) for one in node if self.chance.random() < 0.9] or ["null"]
        flat = [one for branch in branches for one in _branches(branch)]
        self.chance.shuffle(flat)
        return self._union(flat)

    def _reader_record(self, node: dict[str, Any]) -> dict[str, Any]:
        fields = []
        for field in node["fields"]:
            if field["name"] == "next":
                fields.append(field)
                continue
            if self.chance.random() < 0.1:
                continue
            found = {"name": field["name"], "type": self.reader(field["type"])}
            if self.chance.random() < 0.1:
                found = {**found, "name": f"r_{field['name']}", "aliases": [field["name"]]}
            fields.append(found)
        if self.chance.random() < 0.2:
            kind = self.chance.choice(list(DEFAULTS))
            type_ = {"array": {"type": "array", "items": "int"}, "map": {"type": "map", "values": "int"}}.get(
                kind, kind
            )
            default = {"default": DEFAULTS[kind]} if self.chance.random() < 0.85 else {}
            fields.append({"name": "added", "type": type_, **default})
        self.chance.shuffle(fields)
        return {**node, "fields": fields}

    def value(self, schema: Schema, node: Any, depth: int = 4) -> Any:
        """Return a value of a writer's schema."""
        node = schema.at(node)
        chance = self.chance
        match kind_of(node):
            case "union":
                numbers = [n for n, one in enumerate(node) if depth or kind_of(schema.at(one)) != "record"]
                number = chance.choice(numbers or range(len(node)))
                return Branch(number, self.value(schema, node[number], depth - 1))
            case "array":
                return [self.value(schema, node["items"], depth) for _ in range(chance.randint(0, 2))]
            case "map":
                return {
                    f"k/{n}": self.value(schema, node["values"], depth) for n in range(chance.randint(0, 2))
                }
            case "record":
                return {field["name"]: self.value(schema, field["type"], depth) for field in node["fields"]}
            case "enum":
                return chance.choice(node["symbols"])
            case "fixed":
                return chance.randbytes(node["size"])
            case kind:
                return self._leaf(kind)

    def _leaf(self, kind: str) -> Any:
        return self.chance.choice(VALUES[kind])


def _branches(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [node]
