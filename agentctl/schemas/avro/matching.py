"""Which part of a reader's schema takes which part of a writer's (specification, "Schema Resolution")."""

from collections.abc import Iterator

from agentctl.schemas.avro.schema import Field, Fixed, Named, Node, Record, Union, kind, plain_name

PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
"""Primitive types, with those that a reader may have in their place."""


def chosen(reader: Node, writer: Node) -> Node | None:
    """Return what of a reader's schema takes the values of a writer's, which is no union; None: nothing does.

    Of a union that is the first branch that matches.
    """
    if isinstance(reader, Union):
        return next((branch for branch in reader.branches if matches(branch, writer)), None)
    return reader if matches(reader, writer) else None


def matches(reader: Node, writer: Node) -> bool:
    """Whether two schemas match, neither of them a union. What is in their parts is not looked at."""
    if isinstance(reader, Named):
        if not isinstance(writer, type(reader)) or not same_name(reader, writer):
            return False
        return not isinstance(writer, Fixed) or not isinstance(reader, Fixed) or writer.size == reader.size
    own, other = kind(reader), kind(writer)
    return own == other or own in PROMOTIONS.get(other, ())


def same_name(reader: Named, writer: Named) -> bool:
    """Whether the names are the same without namespaces, or the writer's is an alias of the reader's."""
    return plain_name(reader.name) == plain_name(writer.name) or writer.name in reader.aliases


def pairs(reader: Record, writer: Record) -> Iterator[tuple[Field, Field | None]]:
    """Give each field of a reader with the writer's that it is read from: by its name, else by an alias."""
    there = {field.name: field for field in writer.fields}
    for field in reader.fields:
        names = (name for name in (field.name, *field.aliases) if name in there)
        yield field, there.get(next(names, ""))
