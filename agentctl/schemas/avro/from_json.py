"""JSON events read as a record of Avro: fields by name, else by alias, else by default; types as they are.

That is plain JSON, not Avro's own encoding in JSON: a union's value stands as it is, bytes are text.
"""

from collections.abc import Callable, Iterator
from typing import Any

from agentctl.schemas.avro.meaning import as_float, loses_as_double
from agentctl.schemas.avro.schema import (
    Array,
    AvroSchema,
    Enum,
    Field,
    Fixed,
    Map,
    Node,
    Primitive,
    Record,
    Union,
    is_null,
    named,
)
from agentctl.schemas.invalid import pointed
from agentctl.schemas.proving import Fate, Issue

Check = Callable[[Any], int]

_FAILED = int(Fate.FAILED)
_INT, _LONG = 2**31, 2**63


class JsonAsAvro:
    """Judges what JSON says for a reader with a schema of Avro."""

    def __init__(self, reader: AvroSchema) -> None:
        self._reader = reader
        self._check = _Compiled().check(reader.root)

    def decoded(self, written: Any) -> Any:
        """Return it: whoever has it has decoded it."""
        return written

    def fate(self, value: Any) -> int:
        """Return the fate of what JSON says."""
        return self._check(value)

    def issues(self, value: Any) -> Iterator[Issue]:
        """Give every place that fails or changes."""
        yield from _issues(self._reader.root, value, "", _Compiled())


class _Compiled:
    def __init__(self) -> None:
        self._records: dict[int, list[Check]] = {}

    def check(self, node: Node) -> Check:
        """Return what says the fate of a value for that schema."""
        if isinstance(node, Union):
            return _first_of([self.check(branch) for branch in node.branches])
        if isinstance(node, Record):
            return self._record(node)
        if isinstance(node, Array):
            return _each(self.check(node.items))
        if isinstance(node, Map):
            each = _each(self.check(node.values))
            return lambda value: each(list(value.values())) if type(value) is dict else _FAILED
        if isinstance(node, Enum):
            return _symbol(node)
        if isinstance(node, Fixed):
            size = node.size
            return lambda value: 0 if type(value) is str and len(value) == size else _FAILED
        assert isinstance(node, Primitive)
        return _LEAVES[node.type]

    def _record(self, node: Record) -> Check:
        if id(node) in self._records:
            cell = self._records[id(node)]
            return lambda value: cell[0](value)
        cell = self._records[id(node)] = []
        fields = [
            (field.name, field.aliases, not field.has_default, self.check(field.type))
            for field in node.fields
        ]

        def of_record(value: Any) -> int:
            if type(value) is not dict:
                return _FAILED
            worst = 0
            for name, aliases, needed, check in fields:
                if name not in value:
                    known = next((one for one in aliases if one in value), None)
                    if known is None:
                        if needed:
                            return _FAILED
                        continue
                    name = known
                if found := check(value[name]):
                    if found == _FAILED:
                        return _FAILED
                    worst = 1
            return worst

        cell.append(of_record)
        return of_record


def _first_of(checks: list[Check]) -> Check:
    """Take the branch that reads it as it is, else one that changes it, else none."""

    def of_union(value: Any) -> int:
        best = _FAILED
        for check in checks:
            found = check(value)
            if not found:
                return 0
            best = min(best, found)
        return best

    return of_union


def _each(check: Check) -> Check:
    def of_items(items: Any) -> int:
        if type(items) is not list:
            return _FAILED
        worst = 0
        for item in items:
            if found := check(item):
                if found == _FAILED:
                    return _FAILED
                worst = 1
        return worst

    return of_items


def _symbol(node: Enum) -> Check:
    known, unknown = frozenset(node.symbols), _FAILED if node.default is None else 1
    return lambda value: (0 if value in known else unknown) if type(value) is str else _FAILED


def _float(value: Any) -> int:
    if type(value) is not float and type(value) is not int:
        return _FAILED
    try:
        return 0 if as_float(value) == value else 1
    except OverflowError:
        return 1


def _double(value: Any) -> int:
    if type(value) is float:
        return 0
    return loses_as_double(value) if type(value) is int else _FAILED


def _text(value: Any) -> int:
    return 0 if type(value) is str else _FAILED


_LEAVES: dict[str, Check] = {
    "null": lambda value: 0 if value is None else _FAILED,
    "boolean": lambda value: 0 if type(value) is bool else _FAILED,
    "int": lambda value: 0 if type(value) is int and -_INT <= value < _INT else _FAILED,
    "long": lambda value: 0 if type(value) is int and -_LONG <= value < _LONG else _FAILED,
    "float": _float,
    "double": _double,
    "bytes": _text,
    "string": _text,
}


def _issues(node: Node, value: Any, path: str, compiled: _Compiled) -> Iterator[Issue]:
    fate = compiled.check(node)(value)
    if not fate:
        return
    if isinstance(node, Record) and type(value) is dict:
        for field in node.fields:
            yield from _of_field(field, value, path, compiled)
    elif isinstance(node, Array) and type(value) is list:
        for number, one in enumerate(value):
            yield from _issues(node.items, one, pointed(path, number), compiled)
    elif isinstance(node, Map) and type(value) is dict:
        for key, one in value.items():
            yield from _issues(node.values, one, pointed(path, key), compiled)
    elif isinstance(node, Union):
        yield from _of_union(node, value, path, compiled)
    elif fate == _FAILED:
        yield Issue(Fate.FAILED, path, value, None, f"the candidate reads {named(node)} here")
    elif isinstance(node, Enum):
        why = f"{value} is no symbol of {node.name}: its default takes its place"
        yield Issue(Fate.CHANGED, path, value, node.default, why)
    else:
        yield Issue(Fate.CHANGED, path, value, None, f"a {named(node)} does not hold it exactly")


def _of_union(node: Union, value: Any, path: str, compiled: _Compiled) -> Iterator[Issue]:
    """Tell of the one branch that may be meant, where there is one beside null."""
    others = [branch for branch in node.branches if not is_null(branch)]
    if len(others) == 1:
        yield from _issues(others[0], value, path, compiled)
    else:
        names = ", ".join(map(named, node.branches))
        yield Issue(Fate.FAILED, path, value, None, f"the candidate reads one of {names} here")


def _of_field(field: Field, value: dict[str, Any], path: str, compiled: _Compiled) -> Iterator[Issue]:
    name = next((one for one in (field.name, *field.aliases) if one in value), None)
    if name is not None:
        yield from _issues(field.type, value[name], pointed(path, name), compiled)
    elif not field.has_default:
        why = f"the candidate's field {field.name} is not in it and has no default"
        yield Issue(Fate.FAILED, pointed(path, field.name), None, None, why)
