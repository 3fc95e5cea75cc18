"""Where fastavro, given a reader's schema, silently gives something else than the specification says.

The proof does not resolve with it, and so is not touched by any of this; consumers that do are told.
"""

from collections.abc import Iterator

from agentctl.schemas.avro.matching import chosen, pairs
from agentctl.schemas.avro.meaning import DECIMAL, meant
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
)
from agentctl.schemas.avro.wrapping import branches


def traps(writer: AvroSchema, reader: AvroSchema) -> tuple[str, ...]:
    """Return a sentence for each place of a pair, by the names of fields, where it would do so."""
    return tuple(dict.fromkeys(_of(writer.root, reader.root, "", set())))


def _of(writer: Node, reader: Node, path: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    if isinstance(writer, Union):
        for _, branch in branches(writer):
            yield from _of(branch, reader, path, seen)
        return
    target = chosen(reader, writer)
    if target is None:
        if isinstance(writer, Fixed) and isinstance(reader, Enum):
            yield f"{path or 'it'} is given as bytes where the candidate has an enum, instead of an error"
        return
    if (id(writer), id(target)) in seen:
        return
    seen.add((id(writer), id(target)))
    if isinstance(writer, Record) and isinstance(target, Record):
        yield from _of_record(writer, target, path, seen)
    elif isinstance(writer, Array) and isinstance(target, Array):
        yield from _of(writer.items, target.items, f"{path}[]", seen)
    elif isinstance(writer, Map) and isinstance(target, Map):
        yield from _of(writer.values, target.values, f"{path}{{}}", seen)
    elif isinstance(writer, Primitive | Fixed) and meant(writer) != meant(target):
        yield from _of_leaf(writer, target, path)


def _of_leaf(writer: Node, reader: Node, path: str) -> Iterator[str]:
    if meant(writer).family == DECIMAL and isinstance(reader, Primitive) and reader.type == "string":
        yield f"{path} is given as a Decimal where the candidate has a string"
    else:
        yield f"{path} is read by the logical type of who wrote it, not by the candidate's"


def _of_record(writer: Record, reader: Record, path: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    there = {field.name for field in writer.fields}
    for field, own in pairs(reader, writer):
        below = f"{path}.{field.name}" if path else field.name
        if own is None:
            if field.has_default:
                yield from _of_default(field, below)
            continue
        if own.name == field.name and any(alias in there for alias in field.aliases):
            yield f"{below} is given the value of its alias, although the field itself was written"
        yield from _of(own.type, field.type, below, seen)


def _of_default(field: Field, path: str) -> Iterator[str]:
    """Tell of a default that stands in for what was not written."""
    for node in field.type.branches if isinstance(field.type, Union) else (field.type,):
        if is_null(node) or (field.default is None):
            continue
        if isinstance(node, Array | Map | Record):
            yield f"the default of {path} is one object for all events: what changes one changes all"
            if isinstance(node, Record) and any(
                one.has_default and one.name not in field.default for one in node.fields
            ):
                yield f"the default of {path} lacks the fields that its own defaults would fill"
        elif meant(node).family != "plain":
            yield f"the default of {path} is a bare {type(field.default).__name__}, no {meant(node).family}"
        elif isinstance(node, Fixed) or (isinstance(node, Primitive) and node.type == "bytes"):
            yield f"the default of {path} is a text, no bytes"
        else:
            continue
        return
