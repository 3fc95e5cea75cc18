"""A writer's schema as it is given to the decoder: without logical types, and with branches that tell.

A union's value alone does not tell its branch: 3 is an int or a long. A record of one field is written as
that field is, to the byte, so each branch of such a union is read as a record whose field names the branch.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

from agentctl.schemas.avro.schema import (
    Array,
    AvroSchema,
    Enum,
    Fixed,
    Map,
    Node,
    Primitive,
    Record,
    Union,
    is_null,
)


def branches(union: Union) -> Iterator[tuple[str | None, Node]]:
    """Give each branch with the key that its values are read below.

    None is null's; empty is that of the one branch beside null, whose values are read as they are.
    """
    plain = sum(not is_null(node) for node in union.branches) == 1
    for number, node in enumerate(union.branches):
        yield None if is_null(node) else "" if plain else f"b{number}", node


def opened(union: Union, value: Any) -> tuple[Node, Any]:
    """Return the branch that a value was read from, and the value itself."""
    known = dict(branches(union))
    if value is None:
        return known[None], None
    if "" in known:
        return known[""], value
    ((key, inner),) = value.items()
    return known[key], inner


def closed(union: Union, branch: Node, value: Any) -> Any:
    """Return a value as it would be read from that branch."""
    key = next(key for key, node in branches(union) if node is branch)
    return {key: value} if key else value


def wrapped(schema: AvroSchema) -> Any:
    """Return a writer's schema, as JSON, for the decoder."""
    return _Wrapping().of(schema.root)


class _Wrapping:
    """Names are given anew, without namespaces: nobody asks for them, and none can be taken for another."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._numbers = count()

    def of(self, node: Node) -> Any:
        if isinstance(node, Primitive):
            return node.type
        if isinstance(node, Array):
            return {"type": "array", "items": self.of(node.items)}
        if isinstance(node, Map):
            return {"type": "map", "values": self.of(node.values)}
        if isinstance(node, Union):
            return [self._branch(key, one) for key, one in branches(node)]
        if node.name in self._known:
            return self._known[node.name]
        name = self._known[node.name] = f"N{next(self._numbers)}"
        if isinstance(node, Fixed):
            return {"type": "fixed", "name": name, "size": node.size}
        if isinstance(node, Enum):
            return {"type": "enum", "name": name, "symbols": list(node.symbols)}
        assert isinstance(node, Record)
        fields = [{"name": field.name, "type": self.of(field.type)} for field in node.fields]
        return {"type": "record", "name": name, "fields": fields}

    def _branch(self, key: str | None, node: Node) -> Any:
        inner = self.of(node)
        if not key:
            return inner
        name = f"N{next(self._numbers)}"
        return {"type": "record", "name": name, "fields": [{"name": key, "type": inner}]}
