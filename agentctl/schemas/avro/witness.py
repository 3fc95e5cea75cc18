"""The smallest events of a writer's schema: written as Avro's JSON encoding has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentctl.schemas.avro.schema import Array, Enum, Fixed, Map, Node, Primitive, Record, Union, kind

_LEAST: dict[str, Any] = {
    "null": None,
    "boolean": False,
    "int": 0,
    "long": 0,
    "float": 0.0,
    "double": 0.0,
    "bytes": "",
    "string": "",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a part of a schema to a part of that: a field, an item, a value, a branch."""

    into: Node
    field: str | None = None
    """Of a record."""
    branch: Node | None = None
    """Of a union."""


class EndlessError(Exception):
    """No event of that schema has an end."""


def event(steps: Sequence[Step], value: Any) -> Any:
    """Return the smallest event in which a value stands where the steps lead; None where there is none."""
    try:
        for step in reversed(steps):
            value = _around(step, value)
    except EndlessError:
        return None
    return value


def _around(step: Step, value: Any) -> Any:
    node = step.into
    if isinstance(node, Record):
        return {
            field.name: value if field.name == step.field else least(field.type, (node,))
            for field in node.fields
        }
    if isinstance(node, Array):
        return [value]
    if isinstance(node, Map):
        return {"key": value}
    assert step.branch is not None
    return in_union(step.branch, value)


def in_union(branch: Node, value: Any) -> Any:
    """Return a value with the name of its branch, as a union's is written."""
    if isinstance(branch, Primitive) and branch.type == "null":
        return None
    return {branch.name if isinstance(branch, Record | Enum | Fixed) else kind(branch): value}


def least(node: Node, within: tuple[Node, ...] = ()) -> Any:
    """Return the smallest value. Raises EndlessError where a record needs itself."""
    if isinstance(node, Primitive):
        return _LEAST[node.type]
    if isinstance(node, Fixed):
        return "\0" * node.size
    if isinstance(node, Enum):
        if not node.symbols:
            raise EndlessError
        return node.symbols[0]
    if isinstance(node, Array):
        return []
    if isinstance(node, Map):
        return {}
    if isinstance(node, Union):
        return _least_branch(node, within)
    if node in within:
        raise EndlessError
    return {field.name: least(field.type, (*within, node)) for field in node.fields}


def _least_branch(node: Union, within: tuple[Node, ...]) -> Any:
    branches = sorted(node.branches, key=lambda branch: kind(branch) != "null")
    for branch in branches:
        try:
            return in_union(branch, least(branch, within))
        except EndlessError:
            continue
    raise EndlessError
