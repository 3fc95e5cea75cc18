"""Bytes in Avro's binary encoding to single values, as JSON would hold them.

A reader takes the bytes, where it begins and how deep it stands, and returns the value and where it ended.
It raises BrokenValueError, or IndexError or struct.error where the bytes end too early.
"""

import struct
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite
from uuid import UUID

Read = Callable[[bytes, int, int], tuple[object, int]]

DEEPEST = 200
"""Values that nest deeper are not read: whoever writes them on a screen or to a file could not either."""

_FLOAT, _DOUBLE, _DURATION = struct.Struct("<f"), struct.Struct("<d"), struct.Struct("<III")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_LONGEST_DECIMAL = 1000
"""In bytes. Python refuses to write numbers of over 4,300 digits, and longer ones take it long."""


class BrokenValueError(ValueError):
    """Bytes are not what their schema says; the text says where and why."""


def whole(data: bytes, at: int, depth: int) -> tuple[int, int]:
    """Read a long."""
    byte = data[at]
    at += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at
    value, shift = byte & 0x7F, 7
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            raise BrokenValueError(f"a number of more than 64 bits ends nowhere before byte {at}")
    if value >= 1 << 64:
        raise BrokenValueError(f"a number of more than 64 bits stands before byte {at}")
    return (value >> 1) ^ -(value & 1), at


def small(data: bytes, at: int, depth: int) -> tuple[int, int]:
    """Read an int."""
    value, end = whole(data, at, depth)
    if not -(1 << 31) <= value < 1 << 31:
        raise BrokenValueError(f"a number of more than 32 bits stands at byte {at}")
    return value, end


def nothing(data: bytes, at: int, depth: int) -> tuple[None, int]:
    """Read a null."""
    return None, at


def truth(data: bytes, at: int, depth: int) -> tuple[bool, int]:
    """Read a boolean."""
    byte = data[at]
    if byte > 1:
        raise BrokenValueError(f"byte {at} is neither true nor false")
    return byte == 1, at + 1


def single(data: bytes, at: int, depth: int) -> tuple[float | str, int]:
    """Read a float."""
    return _number(_FLOAT.unpack_from(data, at)[0]), at + 4


def double(data: bytes, at: int, depth: int) -> tuple[float | str, int]:
    """Read a double."""
    return _number(_DOUBLE.unpack_from(data, at)[0]), at + 8


def _number(value: float) -> float | str:
    """Return a number; JSON has none for these three, so they become texts."""
    if isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def raw(data: bytes, at: int, depth: int) -> tuple[bytes, int]:
    """Read bytes. A length that the payload does not have is seen before anything is made of it."""
    length, at = whole(data, at, depth)
    end = at + length
    if length < 0 or end > len(data):
        raise BrokenValueError(
            f"a length of {length:,} stands before byte {at}, and {len(data) - at} are left"
        )
    return data[at:end], end


def text(data: bytes, at: int, depth: int) -> tuple[str, int]:
    """Read a string."""
    byte = data[at]
    if byte < 0x80 and not byte & 1:  # most are short: their length is one byte
        end = at + 1 + (byte >> 1)
        found = data[at + 1 : end]
        if end > len(data):
            found, end = raw(data, at, depth)
    else:
        found, end = raw(data, at, depth)
    try:
        return found.decode(), end
    except UnicodeDecodeError as error:
        raise BrokenValueError(f"byte {end - len(found) + error.start} is no UTF-8") from None


def fixed(size: int) -> Read:
    """Return what reads so many bytes."""

    def read(data: bytes, at: int, depth: int) -> tuple[bytes, int]:
        end = at + size
        if end > len(data):
            raise BrokenValueError(f"{size:,} bytes should stand at byte {at}, and {len(data) - at} are left")
        return data[at:end], end

    return read


def shown(read: Read, meaning: Callable[[object], object]) -> Read:
    """Return what reads a value and gives what it means."""

    def meant(data: bytes, at: int, depth: int) -> tuple[object, int]:
        value, end = read(data, at, depth)
        return meaning(value), end

    return meant


def base64(value: object) -> str:
    """Return bytes as text, as CloudEvents and Protobuf's JSON have them."""
    assert isinstance(value, bytes)
    return b64encode(value).decode()


def decimal(scale: int) -> Callable[[object], object]:
    """Return what gives a decimal's bytes as a text that loses nothing, as ``12.30``."""

    def meaning(value: object) -> str:
        assert isinstance(value, bytes)
        unscaled = int.from_bytes(value, "big", signed=True)
        if len(value) > _LONGEST_DECIMAL:
            raise BrokenValueError(f"a decimal of {len(value):,} bytes")
        digits = str(abs(unscaled)).rjust(scale + 1, "0")
        sign = "-" if unscaled < 0 else ""
        return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"

    return meaning


def instant(units: int, zone: str) -> Callable[[object], object]:
    """Return what gives a time as RFC 3339 writes it; ``units`` make a second, ``zone`` is ``Z`` or empty.

    A moment outside of the years 1 to 9999 stays the number that it is.
    """
    places = len(str(units)) - 1

    def meaning(value: object) -> object:
        assert isinstance(value, int)
        seconds, rest = divmod(value, units)
        try:
            moment = _EPOCH + timedelta(days=seconds // _DAY, seconds=seconds % _DAY)
        except OverflowError:
            return value
        return f"{moment.isoformat()[:19]}.{rest:0{places}d}{zone}"

    return meaning


def day(value: object) -> object:
    """Return a date as ``2026-02-14``; one outside of the years 1 to 9999 stays a number of days."""
    assert isinstance(value, int)
    try:
        return (_EPOCH + timedelta(days=value)).date().isoformat()
    except OverflowError:
        return value


def clock(units: int) -> Callable[[object], object]:
    """Return what gives a time of the day as ``03:00:00.250``; what is none of any day stays a number."""
    places = len(str(units)) - 1

    def meaning(value: object) -> object:
        assert isinstance(value, int)
        seconds, rest = divmod(value, units)
        if not 0 <= seconds < _DAY:
            return value
        minutes, second = divmod(seconds, 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}.{rest:0{places}d}"

    return meaning


def uuid(value: object) -> object:
    """Return a UUID of sixteen bytes as text."""
    assert isinstance(value, bytes)
    return str(UUID(bytes=value))


def duration(value: object) -> object:
    """Return a length of time in the three units that it has."""
    assert isinstance(value, bytes)
    return dict(zip(("months", "days", "millis"), _DURATION.unpack(value), strict=True))
