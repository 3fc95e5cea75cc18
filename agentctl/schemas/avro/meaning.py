"""What numbers, texts and bytes of Avro mean beside themselves: moments, decimals; and how JSON says it."""

import math
import struct
from base64 import b64encode
from datetime import date, timedelta
from decimal import Context, Decimal
from typing import NamedTuple

from agentctl.model.instant import instant
from agentctl.schemas.avro.schema import Fixed, Node, Primitive

_FLOAT = struct.Struct("<f")
FLOAT_EXACT = 2**24
DOUBLE_EXACT = 2**53
"""Up to here every whole number is one."""
_UNIX = date(1970, 1, 1)
_MS_NS = 1_000_000
_TIMES = {
    "timestamp-millis": ("instant", 1_000_000),
    "timestamp-micros": ("instant", 1_000),
    "timestamp-nanos": ("instant", 1),
    "local-timestamp-millis": ("local time", 1_000_000),
    "local-timestamp-micros": ("local time", 1_000),
    "local-timestamp-nanos": ("local time", 1),
    "time-millis": ("time of day", 1_000_000),
    "time-micros": ("time of day", 1_000),
    "date": ("date", 1),
}
DECIMAL = "decimal"


class Meaning(NamedTuple):
    """What is meant. Two that are equal mean the same with the same number or bytes."""

    family: str
    """``plain``, which is nothing beside itself; ``instant``, ``local time``, ``date``, ``decimal``, …"""
    unit: int
    """Of a time: nanoseconds that one of it is; of a date days; of a decimal its scale."""


PLAIN = Meaning("plain", 0)


def meant(node: Node) -> Meaning:
    """Return what the values of a leaf mean by its logical type; an invalid one is ignored."""
    if not isinstance(node, Primitive | Fixed) or node.logical is None:
        return PLAIN
    said = node.logical
    if said.name == DECIMAL:
        return Meaning(DECIMAL, said.scale or 0)
    return Meaning(*_TIMES[said.name]) if said.name in _TIMES else PLAIN


def as_float(number: float) -> float:
    """Return a number as 32 bits hold it."""
    return float(_FLOAT.unpack(_FLOAT.pack(number))[0])


def loses_as_float(number: int) -> int:
    """Return 1 where 32 bits of floating point do not hold a whole number exactly."""
    if -FLOAT_EXACT <= number <= FLOAT_EXACT:
        return 0
    return 0 if as_float(number) == number else 1


def loses_as_double(number: int) -> int:
    """Return 1 where 64 bits of floating point do not hold a whole number exactly."""
    if -DOUBLE_EXACT <= number <= DOUBLE_EXACT:
        return 0
    return 0 if float(number) == number else 1


def shown(meaning: Meaning, value: object) -> object:
    """Return a leaf as JSON can say it: times and decimals as text, bytes as text where they are UTF-8."""
    if meaning.family == DECIMAL and isinstance(value, bytes):
        unscaled = Decimal(int.from_bytes(value, "big", signed=True))
        exact = Context(prec=max(1, len(unscaled.as_tuple().digits)))
        return format(unscaled.scaleb(-meaning.unit, exact), "f")
    if meaning.family != "plain" and type(value) is int:
        return _time(meaning, value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _time(meaning: Meaning, value: int) -> str:
    if meaning.family == "date":
        try:
            return (_UNIX + timedelta(days=value)).isoformat()
        except OverflowError:
            return f"day {value}"
    ms, rest = divmod(value * meaning.unit, _MS_NS)
    said = instant(ms)
    if rest and said.endswith("Z"):
        digits = f"{rest:06d}"
        said = f"{said[:-1]}{digits[:3] if digits.endswith('000') else digits}Z"
    if not said.endswith("Z"):
        return f"{said} ms"
    if meaning.family == "local time":
        return said[:-1]
    return said[11:-1] if meaning.family == "time of day" and 0 <= ms < 86_400_000 else said
