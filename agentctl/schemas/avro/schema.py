"""A schema of Avro in memory, where a name that recurs is the node itself: so it may hold itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})


@dataclass(frozen=True, slots=True)
class Logical:
    """A logical type that is valid; an invalid or unknown one is ignored, as the specification has it."""

    name: str
    precision: int | None = None
    scale: int | None = None


@dataclass(eq=False, slots=True)
class Primitive:
    """One of the eight types without parts."""

    type: str
    logical: Logical | None = None


@dataclass(eq=False, slots=True)
class Fixed:
    """So many bytes."""

    name: str
    size: int
    aliases: tuple[str, ...] = ()
    logical: Logical | None = None


@dataclass(eq=False, slots=True)
class Enum:
    """One of some words."""

    name: str
    symbols: tuple[str, ...]
    default: str | None = None
    """What stands for a symbol that a reader does not know; None: reading it fails."""
    aliases: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Array:
    """Any number of items."""

    items: "Node"


@dataclass(eq=False, slots=True)
class Map:
    """Values by text."""

    values: "Node"


@dataclass(eq=False, slots=True)
class Union:
    """One of several types."""

    branches: tuple["Node", ...]


@dataclass(eq=False, slots=True)
class Field:
    """A field of a record."""

    name: str
    type: "Node"
    has_default: bool = False
    default: Any = None
    """As it is written, in JSON."""
    aliases: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Record:
    """Fields in their order."""

    name: str
    fields: tuple[Field, ...] = ()
    aliases: tuple[str, ...] = ()
    """Full names."""


Node = Primitive | Fixed | Enum | Array | Map | Union | Record
Named = Fixed | Enum | Record


@dataclass(frozen=True, slots=True)
class AvroSchema:
    """A whole schema."""

    root: Node
    origin: str
    """Where it stands, for people."""
    ignored: tuple[tuple[str, str], ...] = ()
    """Where a logical type is invalid, and why: it is ignored."""
    places: Mapping[int, str] = field(default_factory=dict, repr=False)
    """By the identity of a node, where it is defined."""

    def place(self, node: Node) -> str:
        """Return where a node is defined, as a JSON pointer; empty for the root."""
        return self.places.get(id(node), "")


def kind(node: Node) -> str:
    """Return the name of a node's type, as the specification spells it."""
    return node.type if isinstance(node, Primitive) else type(node).__name__.lower()


def is_null(node: Node) -> bool:
    """Whether it is the type null."""
    return kind(node) == "null"


def named(node: Node) -> str:
    """Return a type for people: its kind, and its name where it has one."""
    return f"{kind(node)} {node.name}" if isinstance(node, Named) else kind(node)


def plain_name(full: str) -> str:
    """Return a name without its namespace."""
    return full.rpartition(".")[2]
