"""Columns of whole numbers as bytes: fixed width, little-endian, the bytes of equal weight side by side.

So what neighbours have in common becomes runs, which compression takes away.
"""

import sys
from array import array
from collections.abc import Iterable

from agentctl.archive.damage import DamagedError

_BIG = sys.byteorder == "big"


def pack(typecode: str, numbers: Iterable[int]) -> bytes:
    """Return a column; ``typecode`` is that of the standard library's ``array``: B, H, I, Q or q."""
    column = numbers if isinstance(numbers, array) else array(typecode, numbers)
    raw, width = little_endian(column), column.itemsize
    return raw if width == 1 else b"".join(raw[at::width] for at in range(width))


def unpack(typecode: str, data: bytes) -> "array[int]":
    """Read what ``pack`` wrote."""
    width = array(typecode).itemsize
    count = len(data) // width
    raw = bytearray(len(data))
    for at in range(width):
        raw[at::width] = data[at * count : (at + 1) * count]
    return from_little_endian(typecode, bytes(raw))


def little_endian(column: "array[int]") -> bytes:
    """Return the numbers one after the other."""
    if _BIG:
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


def from_little_endian(typecode: str, data: bytes) -> "array[int]":
    """Read what ``little_endian`` wrote."""
    column = array(typecode)
    column.frombytes(data)
    if _BIG:
        column.byteswap()
    return column


class Cut:
    """Takes columns off bytes that hold one after the other."""

    def __init__(self, data: bytes, key: str) -> None:
        self._data = data
        self._key = key
        self._at = 0

    def column(self, typecode: str, count: int) -> "array[int]":
        """Take a column of so many numbers."""
        return unpack(typecode, self.take(count * array(typecode).itemsize))

    def take(self, length: int) -> bytes:
        """Take so many bytes; DamagedError where there are fewer."""
        taken = self._data[self._at : self._at + length]
        if len(taken) != length:
            raise DamagedError(self._key, "it ends too early")
        self._at += length
        return taken

    def rest(self) -> bytes:
        """Take all that is left."""
        taken, self._at = self._data[self._at :], len(self._data)
        return taken
