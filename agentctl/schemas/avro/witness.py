"""The smallest events of a writer's schema: written as Avro's JSON encoding has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agentctl.schemas.avro.schema import (
    Array,
    Enum,
    Fixed,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
    is_null,
    kind,
)

_MOST = 10_000
"""Parts and bytes of an event that is shown."""
_DEEPEST = 100
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
    """No event of that schema has an end, or none is small enough to be shown."""


def event(steps: Sequence[Step], value: Any) -> Any:
    """Return the smallest event in which a value stands where the steps lead; None where none is small."""
    budget = _Budget()
    try:
        for step in reversed(steps):
            value = _around(step, value, budget)
    except EndlessError:
        return None
    return value


class _Budget:
    """What an event may take: schemas that double at each step would fill the memory."""

    def __init__(self) -> None:
        self.left = _MOST

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise EndlessError


def _around(step: Step, value: Any, budget: _Budget) -> Any:
    node = step.into
    budget.spend(1)
    if isinstance(node, Record):
        return {
            field.name: value if field.name == step.field else _least(field.type, (node,), budget)
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
    if is_null(branch):
        return None
    return {branch.name if isinstance(branch, Named) else kind(branch): value}


def least(node: Node) -> Any:
    """Return the smallest value. Raises EndlessError where a record needs itself, or it is not small."""
    return _least(node, (), _Budget())


def _least(node: Node, within: tuple[Node, ...], budget: _Budget) -> Any:
    budget.spend(1)
    if isinstance(node, Primitive):
        return _LEAST[node.type]
    if isinstance(node, Fixed):
        budget.spend(node.size)
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
        return _least_branch(node, within, budget)
    if node in within or len(within) > _DEEPEST:
        raise EndlessError
    return {field.name: _least(field.type, (*within, node), budget) for field in node.fields}


def _least_branch(node: Union, within: tuple[Node, ...], budget: _Budget) -> Any:
    branches = sorted(node.branches, key=lambda branch: not is_null(branch))
    for branch in branches:
        try:
            return in_union(branch, _least(branch, within, budget))
        except EndlessError:
            continue
    raise EndlessError
