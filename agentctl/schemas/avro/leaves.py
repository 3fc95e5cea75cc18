"""A number, a text or bytes that a reader takes: whether they come out as they were meant."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from agentctl.schemas.avro.meaning import DOUBLE_EXACT, FLOAT_EXACT
from agentctl.schemas.avro.schema import Fixed, Logical, Node, Primitive, kind
from agentctl.schemas.verdict import Effect

_SHOWN = 1_000
"""Digits or bytes of a value that is shown."""


class Said(NamedTuple):
    """What becomes of a leaf."""

    rule: str
    effect: Effect
    message: str
    fix: str | None = None
    witness: Any = None
    """A value that shows it, as Avro's JSON encoding writes it."""


def leaf(reader: Node, writer: Node) -> Iterator[Said]:
    """Give what is to be said of a pair that matches, neither of which has parts."""
    if not isinstance(reader, Primitive | Fixed) or not isinstance(writer, Primitive | Fixed):
        return
    own, other = kind(writer), kind(reader)
    if own != other:
        yield _promoted(own, other)
    yield from _logical(writer.logical, reader.logical, own, writer.size if isinstance(writer, Fixed) else 0)


def _promoted(own: str, other: str) -> Said:
    text = f"{own} is written, and {other} is read"
    if other == "float" and own in ("int", "long"):
        return _lossy(f"{text}: numbers above {FLOAT_EXACT:,} are rounded", FLOAT_EXACT + 1)
    if other == "double" and own == "long":
        return _lossy(f"{text}: numbers above {DOUBLE_EXACT:,} are rounded", DOUBLE_EXACT + 1)
    if (own, other) == ("bytes", "string"):
        return Said(
            "BYTES_AS_STRING",
            Effect.DATA,
            f"{text}: bytes that are no UTF-8 cannot be read as text",
            "keep bytes, or prove that all of them are UTF-8: agentctl schema prove",
            "\u00ff",
        )
    return Said("TYPE_PROMOTED", Effect.SAFE, text)


def _lossy(text: str, witness: int) -> Said:
    return Said("PROMOTION_LOSSY", Effect.DATA, text, "keep whole numbers whole", witness)


def _logical(own: Logical | None, other: Logical | None, type_: str, size: int) -> Iterator[Said]:
    if own == other:
        return
    witness: Any = 1 if type_ in ("int", "long") else _bytes(1, size)
    if own is not None and other is not None and own.name == other.name == "decimal":
        yield from _decimals(own, other, size)
        return
    was, is_ = (_said(one) for one in (own, other))
    if {one.name for one in (own, other) if one is not None} == {"uuid"}:
        yield Said("LOGICAL_TYPE_DROPPED", Effect.SAFE, f"{was} is written, and {is_} is read: the same text")
        return
    yield Said(
        "LOGICAL_TYPE_CHANGED",
        Effect.DATA,
        f"{was} is written, and {is_} is read: the same {type_} means something else",
        "keep the logical type; a field of another name can have another one",
        witness,
    )


def _bytes(number: int, size: int) -> str | None:
    """Return a whole number as bytes of that size, 0: of any; None where it does not fit, or is too long."""
    least = number.bit_length() // 8 + 1
    if size > _SHOWN or (size and least > size):
        return None
    return number.to_bytes(size or least, "big", signed=True).decode("latin-1")


def _decimals(own: Logical, other: Logical, size: int) -> Iterator[Said]:
    said = (
        f"a decimal of precision {own.precision} and scale {own.scale} is written, and one of precision "
        f"{other.precision} and scale {other.scale} is read"
    )
    if own.scale != other.scale:
        fix = "keep the scale"
        yield Said("DECIMAL_CHANGED", Effect.DATA, f"{said}: the point moves", fix, _bytes(1, size))
    elif (other.precision or 0) < (own.precision or 0):
        # An absurd precision needs no event that shows it.
        witness = _bytes(10 ** (other.precision or 0), size) if (other.precision or 0) < _SHOWN else None
        fix = "keep the precision, or a greater one"
        yield Said("DECIMAL_CHANGED", Effect.DATA, f"{said}: larger ones do not fit", fix, witness)
    else:
        yield Said("DECIMAL_WIDENED", Effect.SAFE, said)


def _said(one: Logical | None) -> str:
    return "a value without logical type" if one is None else one.name
