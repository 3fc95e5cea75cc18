"""Avro decoded once, without resolution, and judged by looking only where it can fail or change.

Static comparison marks those places; each becomes a small function that says what becomes of a value there.
Of an event of which nothing can fail or change, only that its bytes are readable is proved.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, cast

import fastavro

from agentctl.schemas.avro.matching import chosen, pairs
from agentctl.schemas.avro.meaning import (
    DECIMAL,
    loses_as_double,
    loses_as_float,
    meant,
)
from agentctl.schemas.avro.resolution import Resolution
from agentctl.schemas.avro.schema import Array, AvroSchema, Enum, Fixed, Map, Node, Primitive, Record, Union
from agentctl.schemas.avro.wrapping import branches, wrapped
from agentctl.schemas.proving import Fate, Issue, UnreadableError

Check = Callable[[Any], int]
"""Says what becomes of a value: the number of a Fate."""

_FAILED = int(Fate.FAILED)
_read = cast("Callable[[BytesIO, Any, Any], Any]", fastavro.schemaless_reader)


class AvroJudge:
    """Judges what one schema wrote for a reader with another one."""

    def __init__(self, writer: AvroSchema, reader: AvroSchema) -> None:
        """Compile the pair once; events are many."""
        self._writer, self._reader = writer, reader
        self._decoding = fastavro.parse_schema(wrapped(writer))
        check = Compiled().check(writer.root, reader.root)
        self.certain = check is None
        """Whether no event can fail or change, so that only its bytes are proved readable."""
        self._check: Check = check or _fine

    def decoded(self, written: bytes) -> Any:
        """Return what was written. Raises UnreadableError, also where bytes are left behind it."""
        file = BytesIO(written)
        found = self.next(file)
        if file.tell() != len(written):
            raise UnreadableError(f"{len(written) - file.tell()} bytes are left behind its end")
        return found

    def next(self, file: BytesIO) -> Any:
        """Return the next value of several. Raises UnreadableError."""
        try:
            return _read(file, self._decoding, None)
        except Exception as error:
            # It has no exception of its own: whatever it stumbles over in the bytes comes through.
            raise UnreadableError(f"{str(error) or type(error).__name__}") from error

    def fate(self, value: Any) -> int:
        """Return the fate of a decoded value."""
        return self._check(value)

    def issues(self, value: Any) -> Iterator[Issue]:
        """Give every place that fails or changes."""
        resolution = Resolution()
        resolution.of(self._writer.root, self._reader.root, value, "")
        yield from resolution.issues


class ForwardJudge:
    """Judges for a reader with the old schema what a writer with the candidate would write of old events."""

    def __init__(self, old: AvroSchema, candidate: AvroSchema) -> None:
        self._reading = AvroJudge(old, old)
        self._old, self._candidate = old, candidate
        self._back = AvroJudge(candidate, old)

    def decoded(self, written: bytes) -> Any:
        """Return what was written. Raises UnreadableError."""
        return self._reading.decoded(written)

    def _as_candidate(self, value: Any) -> tuple[Any, bool]:
        """Return the value as the candidate has it, and whether it can be one."""
        resolution = Resolution()
        made = resolution.of(self._old.root, self._candidate.root, value, "")
        return made, all(issue.fate is not Fate.FAILED for issue in resolution.issues)

    def fate(self, value: Any) -> int:
        """Return the fate of a decoded value; of one that the candidate cannot hold nothing is said."""
        made, possible = self._as_candidate(value)
        return self._back.fate(made) if possible else 0

    def issues(self, value: Any) -> Iterator[Issue]:
        """Give every place that fails or changes."""
        made, _ = self._as_candidate(value)
        yield from self._back.issues(made)


def _fine(_value: Any) -> int:
    return 0


def _fails(_value: Any) -> int:
    return _FAILED


def _changes(_value: Any) -> int:
    return 1


class Compiled:
    """Compiles pairs of schemas. None is a pair of which nothing can fail or change."""

    def __init__(self) -> None:
        self._checks: dict[tuple[int, int], Check | None] = {}
        self._open: dict[tuple[int, int], list[Check]] = {}

    def check(self, writer: Node, reader: Node) -> Check | None:
        """Return what says the fate of values of the writer's."""
        if isinstance(writer, Union):
            return self._union(writer, reader)
        target = chosen(reader, writer)
        if target is None:
            return _fails
        if isinstance(writer, Record) and isinstance(target, Record):
            return self._record(writer, target)
        if isinstance(writer, Array) and isinstance(target, Array):
            item = self.check(writer.items, target.items)
            return None if item is None else _of_each(item)
        if isinstance(writer, Map) and isinstance(target, Map):
            value = self.check(writer.values, target.values)
            return None if value is None else _of_values(_of_each(value))
        if isinstance(writer, Enum) and isinstance(target, Enum):
            return _enum(writer, target)
        return leaf(writer, target)

    def _union(self, writer: Union, reader: Node) -> Check | None:
        known = {key: self.check(node, reader) for key, node in branches(writer)}
        if all(check is None for check in known.values()):
            return None
        null = (known.pop(None, None) or _fine)(None)
        if len(known) == 1 and None not in known:
            ((key, only),) = known.items()
            if key == "":
                return _nullable(only or _fine, null)
        table = {key: check or _fine for key, check in known.items()}

        def of_union(value: Any) -> int:
            if value is None:
                return null
            ((key, inner),) = value.items()
            return table[key](inner)

        return of_union

    def _record(self, writer: Record, reader: Record) -> Check | None:
        pair = id(writer), id(reader)
        if pair in self._checks:
            return self._checks[pair]
        if pair in self._open:
            cell = self._open[pair]
            return lambda value: cell[0](value)
        if not _can_differ(writer, reader, set()):
            self._checks[pair] = None
            return None
        cell = self._open[pair] = []
        checks: list[tuple[str, Check]] = []
        found: Check | None = None
        for field, own in pairs(reader, writer):
            if own is None:
                if not field.has_default:
                    found = _fails
            else:
                check = self.check(own.type, field.type)
                if check is not None:
                    checks.append((own.name, check))
        found = found or _of_fields(checks) or _fine
        cell.append(found)
        self._checks[pair] = found
        return found


def _can_differ(writer: Node, reader: Node, seen: set[tuple[int, int]]) -> bool:
    """Whether anything below a pair can fail or change; schemas may be recursive."""
    if isinstance(writer, Union):
        return any(_can_differ(node, reader, seen) for _, node in branches(writer))
    target = chosen(reader, writer)
    if target is None:
        return True
    pair = id(writer), id(target)
    if pair in seen:
        return False
    seen.add(pair)
    if isinstance(writer, Record) and isinstance(target, Record):
        return any(
            (not field.has_default) if own is None else _can_differ(own.type, field.type, seen)
            for field, own in pairs(target, writer)
        )
    if isinstance(writer, Array) and isinstance(target, Array):
        return _can_differ(writer.items, target.items, seen)
    if isinstance(writer, Map) and isinstance(target, Map):
        return _can_differ(writer.values, target.values, seen)
    if isinstance(writer, Enum) and isinstance(target, Enum):
        return _enum(writer, target) is not None
    return leaf(writer, target) is not None


def _of_fields(checks: list[tuple[str, Check]]) -> Check | None:
    if not checks:
        return None
    if len(checks) == 1:
        ((only, check),) = checks
        return lambda value: check(value[only])

    def of_record(value: Any) -> int:
        worst = 0
        for name, check in checks:
            found = check(value[name])
            if found:
                if found == _FAILED:
                    return _FAILED
                worst = 1
        return worst

    return of_record


def _of_each(check: Check) -> Check:
    def of_items(items: Any) -> int:
        worst = 0
        for item in items:
            found = check(item)
            if found:
                if found == _FAILED:
                    return _FAILED
                worst = 1
        return worst

    return of_items


def _of_values(check: Check) -> Check:
    return lambda value: check(value.values())


def _nullable(check: Check, null: int) -> Check:
    return lambda value: null if value is None else check(value)


def _enum(writer: Enum, reader: Enum) -> Check | None:
    known = frozenset(reader.symbols)
    if known.issuperset(writer.symbols):
        return None
    unknown = _FAILED if reader.default is None else 1
    return {symbol: 0 if symbol in known else unknown for symbol in writer.symbols}.__getitem__


def leaf(writer: Node, reader: Node) -> Check | None:
    """Return what says the fate of a number, a text or bytes that the reader's type takes."""
    source, target = meant(writer), meant(reader)
    if isinstance(writer, Fixed) or not isinstance(reader, Primitive) or not isinstance(writer, Primitive):
        return _by_meaning(writer, reader)
    types = writer.type, reader.type
    if types == ("bytes", "string"):
        return _text_changed if source.family != "plain" else _is_text
    if reader.type in ("float", "double") and writer.type in ("int", "long"):
        if source != target:
            return _changes
        if reader.type == "float":
            return loses_as_float
        return loses_as_double if writer.type == "long" else None
    return _by_meaning(writer, reader)


def _by_meaning(writer: Node, reader: Node) -> Check | None:
    source, target = meant(writer), meant(reader)
    if source == target:
        return None
    if source.family != target.family:
        return _changes
    # Of the same kind in another unit: nothing is nothing in all of them.
    return _is_not_zero_bytes if source.family == DECIMAL else _is_not_zero


def _is_not_zero(value: int) -> int:
    return 1 if value else 0


def _is_not_zero_bytes(value: bytes) -> int:
    return 1 if value.strip(b"\0") else 0


def _is_text(value: bytes) -> int:
    try:
        value.decode()
    except UnicodeDecodeError:
        return _FAILED
    return 0


def _text_changed(value: bytes) -> int:
    return _is_text(value) or 1
