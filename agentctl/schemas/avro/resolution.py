"""Avro's schema resolution, after its specification and one value at a time: what a reader gets, and why not.

Slow and complete, for the events that are shown and for those that are carried over; ``reading`` finds them.
Values are raw, as ``wrapping`` has them decoded: numbers and bytes without what they mean.
"""

from typing import Any

from agentctl.schemas.avro.defaults import fault_of
from agentctl.schemas.avro.matching import chosen, pairs
from agentctl.schemas.avro.meaning import DECIMAL, as_float, meant, shown
from agentctl.schemas.avro.schema import Array, Enum, Field, Map, Node, Record, Union, kind, named
from agentctl.schemas.avro.wrapping import closed, opened
from agentctl.schemas.invalid import pointed
from agentctl.schemas.proving import Fate, Issue


class Resolution:
    """Resolves values, and takes down what fails and what changes on the way."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def of(self, writer: Node, reader: Node, value: Any, path: str) -> Any:
        """Return what the reader gets, raw; None where it gets nothing, of which the issues tell."""
        if isinstance(writer, Union):
            writer, value = opened(writer, value)
        target = chosen(reader, writer)
        if target is None:
            return self._failed(path, writer, value, _no_match(writer, reader))
        got = self._matched(writer, target, value, path)
        return closed(reader, target, got) if isinstance(reader, Union) else got

    def _matched(self, writer: Node, reader: Node, value: Any, path: str) -> Any:
        if isinstance(writer, Record) and isinstance(reader, Record):
            return self._record(writer, reader, value, path)
        if isinstance(writer, Array) and isinstance(reader, Array):
            return [
                self.of(writer.items, reader.items, one, pointed(path, number))
                for number, one in enumerate(value)
            ]
        if isinstance(writer, Map) and isinstance(reader, Map):
            return {
                key: self.of(writer.values, reader.values, one, pointed(path, key))
                for key, one in value.items()
            }
        if isinstance(writer, Enum) and isinstance(reader, Enum):
            return self._enum(reader, value, path)
        return self._leaf(writer, reader, value, path)

    def _record(self, writer: Record, reader: Record, value: Any, path: str) -> Any:
        got = {}
        for field, own in pairs(reader, writer):
            if own is not None:
                below = pointed(path, own.name)
                got[field.name] = self.of(own.type, field.type, value[own.name], below)
            elif field.has_default:
                got[field.name] = default_of(field)
            else:
                why = f"the candidate's field {field.name} is not in it and has no default"
                self.issues.append(Issue(Fate.FAILED, pointed(path, field.name), None, None, why))
        return got

    def _enum(self, reader: Enum, value: str, path: str) -> Any:
        if value in reader.symbols:
            return value
        if reader.default is None:
            why = f"{value} is no symbol of {reader.name}, which has no default"
            self.issues.append(Issue(Fate.FAILED, path, value, None, why))
            return None
        why = f"{value} is no symbol of {reader.name}: its default takes its place"
        self.issues.append(Issue(Fate.CHANGED, path, value, reader.default, why))
        return reader.default

    def _leaf(self, writer: Node, reader: Node, value: Any, path: str) -> Any:
        source, target = meant(writer), meant(reader)
        got = value
        types = kind(writer), kind(reader)
        if types == ("bytes", "string"):
            try:
                got = value.decode()
            except UnicodeDecodeError as error:
                return self._failed(
                    path, writer, value, f"byte {error.start} is no UTF-8, so it is no string"
                )
        elif types == ("string", "bytes"):
            got = value.encode()
        elif types[0] in ("int", "long") and types[1] in ("float", "double"):
            got = as_float(value) if types[1] == "float" else float(value)
        changed = got != value if isinstance(got, float) and isinstance(value, int) else False
        if source != target:
            changed = source.family != target.family or not _is_nothing(value)
        if changed:
            why = _why(source, target, types)
            self.issues.append(Issue(Fate.CHANGED, path, shown(source, value), shown(target, got), why))
        return got

    def _failed(self, path: str, writer: Node, value: Any, why: str) -> None:
        self.issues.append(Issue(Fate.FAILED, path, plainly(writer, value), None, why))


def plainly(node: Node, value: Any) -> object:
    """Return a raw value as JSON can say it, for people: branches of unions do not show."""
    if isinstance(node, Union):
        return plainly(*opened(node, value))
    if isinstance(node, Record):
        return {field.name: plainly(field.type, value[field.name]) for field in node.fields}
    if isinstance(node, Array):
        return [plainly(node.items, one) for one in value]
    if isinstance(node, Map):
        return {key: plainly(node.values, one) for key, one in value.items()}
    return shown(meant(node), value)


def default_of(field: Field) -> Any:
    """Return the value of a field's default, raw and made anew: whoever changes it changes no other."""
    return of_default(field.type, field.default)


def of_default(node: Node, written: Any) -> Any:
    """Return what a default, written in JSON and of that type, stands for."""
    if isinstance(node, Union):
        branch = next(one for one in node.branches if fault_of(one, written) is None)
        return closed(node, branch, of_default(branch, written))
    if isinstance(node, Record):
        return {
            field.name: of_default(field.type, written[field.name])
            if field.name in written
            else default_of(field)
            for field in node.fields
        }
    if isinstance(node, Array):
        return [of_default(node.items, one) for one in written]
    if isinstance(node, Map):
        return {key: of_default(node.values, one) for key, one in written.items()}
    match kind(node):
        case "bytes" | "fixed":
            return written.encode("latin-1")
        case "float" | "double":
            return float(written)
        case _:
            return written


def _is_nothing(value: Any) -> bool:
    """Whether a number is nothing, in whatever unit."""
    return not (value.strip(b"\0") if isinstance(value, bytes) else value)


def _why(source: Any, target: Any, types: tuple[str, str]) -> str:
    if source == target:
        return f"a {types[1]} does not hold this {types[0]} exactly"
    if source.family == target.family == DECIMAL:
        return f"written as a decimal of scale {source.unit}, read as one of scale {target.unit}"
    if source.family == target.family:
        return f"written in units of {_unit(source.unit)}, read in units of {_unit(target.unit)}"
    families = ("no logical type" if one.family == "plain" else one.family for one in (source, target))
    return "written as {}, read as {}".format(*families)


def _unit(nanoseconds: int) -> str:
    return {1: "nanoseconds", 1_000: "microseconds", 1_000_000: "milliseconds"}[nanoseconds]


def _no_match(writer: Node, reader: Node) -> str:
    if isinstance(reader, Union):
        return f"the candidate's union has no branch for {named(writer)}"
    return f"{named(writer)} was written, the candidate reads {named(reader)}"
