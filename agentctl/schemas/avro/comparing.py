"""Two schemas of Avro held against each other: all that a reader meets in what a writer may write.

What is breaking is what the specification's resolution refuses (avro.apache.org/docs/1.12.0/specification,
"Schema Resolution"); the names of those rules are those of Java's SchemaCompatibility. Whatever else changes
a value, and is called compatible there, depends on the events.
"""

import json
from collections.abc import Iterator

from agentctl.schemas.avro.leaves import Said, leaf
from agentctl.schemas.avro.matching import chosen, matches, pairs, same_name
from agentctl.schemas.avro.schema import (
    Array,
    AvroSchema,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Node,
    Record,
    Union,
    kind,
    named,
    plain_name,
)
from agentctl.schemas.avro.witness import EndlessError, Step, event, least
from agentctl.schemas.invalid import pointed
from agentctl.schemas.verdict import Change, Direction, Effect

_SHOWN = 5
"""So many symbols are named."""


def compare(reader: AvroSchema, writer: AvroSchema, direction: Direction) -> tuple[Change, ...]:
    """Return everything that a reader meets. Paths are those of the new schema: backward the reader's."""
    return tuple(_Comparing(reader, writer, direction).whole())


class _Comparing:
    def __init__(self, reader: AvroSchema, writer: AvroSchema, direction: Direction) -> None:
        self._reader, self._writer, self._direction = reader, writer, direction
        self._new = reader if direction is Direction.BACKWARD else writer
        self._seen: set[tuple[int, int]] = set()
        self._steps: list[Step] = []

    def whole(self) -> Iterator[Change]:
        """Give all findings."""
        return self._of(self._reader.root, self._writer.root)

    def _of(self, reader: Node, writer: Node) -> Iterator[Change]:
        if isinstance(writer, Union):
            yield from self._of_branches(reader, writer)
            return
        target = chosen(reader, writer)
        if target is not None:
            yield from self._matched(target, writer)
        elif isinstance(reader, Union):
            yield from self._no_branch(reader, writer)
        else:
            yield from self._mismatch(reader, writer)

    def _of_branches(self, reader: Node, writer: Union) -> Iterator[Change]:
        for branch in writer.branches:
            self._steps.append(Step(writer, branch=branch))
            yield from self._of(reader, branch)
            self._steps.pop()
        if isinstance(reader, Union) and (order := _order(reader, writer)):
            yield self._safe("UNION_ORDER_CHANGED", reader, writer, order)

    def _no_branch(self, reader: Union, writer: Node) -> Iterator[Change]:
        names = ", ".join(_named(one) for one in reader.branches)
        yield self._breaking(
            "MISSING_UNION_BRANCH",
            *(reader, writer),
            f"{_named(writer)} is written, and the union that reads it has only {names or 'no branch'}",
            f"add {_named(writer)} to the union that reads",
        )

    def _mismatch(self, reader: Node, writer: Node) -> Iterator[Change]:
        if isinstance(reader, Fixed) and isinstance(writer, Fixed) and reader.size != writer.size:
            yield self._breaking(
                "FIXED_SIZE_MISMATCH",
                *(reader, writer),
                f"{writer.name} is written with {writer.size} bytes and read with {reader.size}",
                "keep the size; another one is another type",
            )
        named = isinstance(reader, Named) and isinstance(writer, type(reader))
        if named and isinstance(reader, Named) and isinstance(writer, Named):
            if not same_name(reader, writer):
                yield self._breaking(
                    "NAME_MISMATCH",
                    *(reader, writer),
                    f"{writer.name} is written, and {reader.name} is read",
                    f'keep the name, or give the one that reads the alias "{writer.name}"',
                )
            yield from self._matched(reader, writer)
        elif not matches(reader, writer):
            yield self._breaking(
                "TYPE_MISMATCH",
                *(reader, writer),
                f"{_named(writer)} is written, and {_named(reader)} is read",
                "keep the type, or one that it is promoted to; else add a field of another name",
            )

    def _matched(self, reader: Node, writer: Node) -> Iterator[Change]:
        if isinstance(reader, Record) and isinstance(writer, Record):
            yield from self._of_record(reader, writer)
        elif isinstance(reader, Enum) and isinstance(writer, Enum):
            yield from self._of_enum(reader, writer)
        elif isinstance(reader, Array) and isinstance(writer, Array):
            yield from self._below(Step(writer), reader.items, writer.items)
        elif isinstance(reader, Map) and isinstance(writer, Map):
            yield from self._below(Step(writer), reader.values, writer.values)
        else:
            for said in leaf(reader, writer):
                yield self._of_leaf(said, reader, writer)
        if isinstance(reader, Named) and isinstance(writer, Named):
            yield from self._namespace(reader, writer)

    def _below(self, step: Step, reader: Node, writer: Node) -> Iterator[Change]:
        self._steps.append(step)
        yield from self._of(reader, writer)
        self._steps.pop()

    def _of_record(self, reader: Record, writer: Record) -> Iterator[Change]:
        pair = id(reader), id(writer)
        if pair in self._seen:
            return
        self._seen.add(pair)
        read: set[str] = set()
        there = {one.name for one in writer.fields}
        for field, own in pairs(reader, writer):
            if own is None:
                yield self._not_written(reader, writer, field)
                continue
            read.add(own.name)
            if own.name != field.name:
                yield self._renamed(reader, writer, field, own)
            if also := [alias for alias in field.aliases if alias in there and alias != own.name]:
                yield self._ambiguous(reader, writer, field, also[0])
            yield from self._default(reader, writer, field, own)
            yield from self._below(Step(writer, own.name), field.type, own.type)
        for own in writer.fields:
            if own.name not in read:
                yield self._not_read(reader, writer, own)

    def _not_written(self, reader: Record, writer: Record, field: Field) -> Change:
        backward = self._direction is Direction.BACKWARD
        if field.has_default:
            rule = "FIELD_ADDED" if backward else "FIELD_REMOVED"
            text = f"{field.name} is not written: whoever reads it gets its default"
            return self._field(rule, Effect.SAFE, reader, writer, field if backward else None, text)
        text = f"{field.name} is read and not written, and has no default"
        fix = (
            f"give {field.name} a default"
            if backward
            else f"keep writing {field.name}, or first give it a default"
        )
        return self._field(
            *("READER_FIELD_MISSING_DEFAULT_VALUE", Effect.BREAKING, reader, writer),
            *(field if backward else None, text, fix),
            value=_least(writer),
        )

    def _not_read(self, reader: Record, writer: Record, own: Field) -> Change:
        backward = self._direction is Direction.BACKWARD
        rule = "FIELD_REMOVED" if backward else "FIELD_ADDED"
        text = f"{own.name} is written, and whoever reads does not see it"
        return self._field(rule, Effect.SAFE, reader, writer, None if backward else own, text)

    def _renamed(self, reader: Record, writer: Record, field: Field, own: Field) -> Change:
        text = f"{field.name} is read from {own.name}, its alias; not every registry and client knows aliases"
        return self._field("FIELD_RENAMED", Effect.SAFE, reader, writer, self._side(field, own), text)

    def _ambiguous(self, reader: Record, writer: Record, field: Field, alias: str) -> Change:
        text = f"{alias} and another name of {field.name} are both written: clients differ in which they read"
        fix = f"take the alias {alias} away"
        return self._field(
            *("ALIAS_AMBIGUOUS", Effect.DATA, reader, writer, self._side(field, field), text, fix),
            value=_least(writer),
        )

    def _default(self, reader: Record, writer: Record, field: Field, own: Field) -> Iterator[Change]:
        both = field.has_default and own.has_default
        if self._direction is Direction.BACKWARD and both and _json(field.default) != _json(own.default):
            text = (
                f"the default of {field.name} was {_quoted(own.default)} and is {_quoted(field.default)}: "
                "events of before the field read otherwise now"
            )
            fix = "keep the default"
            yield self._field("DEFAULT_CHANGED", Effect.DATA, reader, writer, field, text, fix)

    def _of_enum(self, reader: Enum, writer: Enum) -> Iterator[Change]:
        lacking = [one for one in writer.symbols if one not in reader.symbols]
        names = ", ".join(lacking[:_SHOWN]) + (", …" if len(lacking) > _SHOWN else "")
        if lacking and reader.default is None:
            yield self._breaking(
                "MISSING_ENUM_SYMBOLS",
                *(reader, writer),
                f"{names} may be written, and {reader.name}, which reads, has no such symbol and no default",
                f"keep the symbol, or give {reader.name} a default",
                lacking[0],
            )
        elif lacking:
            text = f"{names} may be written, and is read as {reader.default}, the default of {reader.name}"
            yield self._change(
                *("ENUM_SYMBOL_BY_DEFAULT", Effect.DATA, reader, writer, text),
                fix="keep the symbol",
                witness=lacking[0],
            )
        added = [one for one in reader.symbols if one not in writer.symbols]
        if added and self._direction is Direction.BACKWARD:
            yield self._safe("ENUM_SYMBOL_ADDED", reader, writer, f"new: {', '.join(added[:_SHOWN])}")
        if reader.default != writer.default and None not in (reader.default, writer.default):
            was, is_ = writer.default, reader.default
            text = f"the default of {reader.name} differs: {was} where it is written, {is_} where it is read"
            yield self._change(
                "ENUM_DEFAULT_CHANGED", Effect.SAFE, reader, writer, text, fix=None, witness=None
            )

    def _of_leaf(self, said: Said, reader: Node, writer: Node) -> Change:
        shown = event(self._steps, said.witness) if said.effect is not Effect.SAFE else None
        return self._change(
            said.rule, said.effect, reader, writer, said.message, fix=said.fix, witness=None, whole=shown
        )

    def _namespace(self, reader: Named, writer: Named) -> Iterator[Change]:
        if reader.name == writer.name or plain_name(reader.name) != plain_name(writer.name):
            return
        text = f"{writer.name} is read as {reader.name}: not every client passes over another namespace"
        yield self._safe("NAMESPACE_CHANGED", reader, writer, text)

    def _side(self, field: Field, own: Field) -> Field:
        """Return that of two fields which is the new schema's."""
        return field if self._direction is Direction.BACKWARD else own

    def _field(
        self,
        rule: str,
        effect: Effect,
        reader: Record,
        writer: Record,
        field: Field | None,
        text: str,
        fix: str | None = None,
        value: object = None,
    ) -> Change:
        """Return a finding about a field of the new schema; None: it has it no more, or never had."""
        record = reader if self._direction is Direction.BACKWARD else writer
        path = self._new.place(record)
        if field is not None:
            number = next((at for at, one in enumerate(record.fields) if one.name == field.name), None)
            path = path if number is None else pointed(path, "fields", number)
        witness = event(self._steps, value) if value is not None else None
        return Change(rule, effect, self._direction, path, text, fix, witness)

    def _breaking(
        self, rule: str, reader: Node, writer: Node, text: str, fix: str, value: object = None
    ) -> Change:
        shown = value if value is not None else _least(writer)
        return self._change(rule, Effect.BREAKING, reader, writer, text, fix=fix, witness=shown)

    def _safe(self, rule: str, reader: Node, writer: Node, text: str) -> Change:
        return self._change(rule, Effect.SAFE, reader, writer, text, fix=None, witness=None)

    def _change(
        self,
        rule: str,
        effect: Effect,
        reader: Node,
        writer: Node,
        text: str,
        *,
        fix: str | None,
        witness: object,
        whole: object = None,
    ) -> Change:
        node = reader if self._direction is Direction.BACKWARD else writer
        if effect is not Effect.SAFE and whole is None:
            whole = event(self._steps, witness)
        return Change(rule, effect, self._direction, self._new.place(node), text, fix, whole)


def _least(node: Node) -> object:
    try:
        return least(node)
    except EndlessError:
        return None


def _order(reader: Union, writer: Union) -> str | None:
    """Say that branches both have stand in another order; None where they do not."""
    own, other = ([_named(one) for one in union.branches] for union in (reader, writer))
    both = [one for one in own if one in other]
    if both == [one for one in other if one in own]:
        return None
    return f"the branches stand in another order: {', '.join(other)} are written, {', '.join(own)} are read"


def _named(node: Node) -> str:
    if isinstance(node, Array | Map):
        return f"{kind(node)} of {_named(node.items if isinstance(node, Array) else node.values)}"
    if isinstance(node, Union):
        return "a union of " + ", ".join(_named(one) for one in node.branches)
    return named(node)


def _json(value: object) -> object:
    """Return a default so that 1 and true are two, and 1 and 1.0 one."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list):
        return [_json(one) for one in value]
    return {name: _json(one) for name, one in value.items()} if isinstance(value, dict) else value


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 40 else f"{text[:40]}…"
