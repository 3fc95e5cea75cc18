"""Walking over the blocks of an object a stretch at a time: memory holds a stretch, not the object."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agentctl.archive.blocks import SYNC, read_long
from agentctl.archive.checksum import crc32c
from agentctl.archive.objects import Header

STRETCH = 8 << 20
"""How much is fetched at once."""
_MOST = 128 << 20
"""So far is looked for the end of a damaged block before all of it is given up."""


class Window:
    """The bytes of an object from a place on. What was walked over is let go, its checksum is kept."""

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        self._fetch = fetch
        self.size = size
        """Of the object, in bytes."""
        self.crc32c = 0
        """Of all that was fetched until now."""
        self.at = 0
        """Where in the object the window begins."""
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    @property
    def fetched(self) -> int:
        """Return how many bytes of the object were fetched."""
        return self.at + len(self._data)

    def fill(self, length: int) -> bool:
        """Have at least so many bytes in the window; False where the object ends before."""
        while len(self._data) < length:
            if self.fetched >= self.size:
                return False
            more = self._fetch(self.fetched, min(STRETCH, self.size - self.fetched))
            if not more:
                self.size = self.fetched
                return False
            self.crc32c = crc32c(more, self.crc32c)
            self._data += more
        return True

    def peek(self, length: int) -> bytes:
        """Return the first bytes, fewer where the object ends."""
        self.fill(length)
        return bytes(self._data[:length])

    def find(self, mark: bytes) -> int | None:
        """Return where a mark ends, counted from the window's beginning; None where there is none."""
        begin = 0
        while True:
            found = self._data.find(mark, begin)
            if found >= 0:
                return found + len(mark)
            begin = max(len(self._data) - len(mark), 0)
            if len(self._data) > _MOST or not self.fill(len(self._data) + 1):
                return None

    def drop(self, length: int) -> None:
        """Go on by so many bytes."""
        del self._data[:length]
        self.at += length


@dataclass(frozen=True, slots=True)
class Walked:
    """One block as it was found, or that it was not."""

    number: int
    stored: bytes | None = None
    """Its bytes, which have the checksum that the header says; None where there are none such."""
    offset: int = 0
    """In the object, in bytes."""
    odd: int = 0
    """Of a lost one: how many bytes stand where it should, with those lost before it. 0: it is missing."""

    @property
    def records(self) -> int:
        """Return how many records it says that it holds."""
        return 0 if self.stored is None else read_long(self.stored, 0)[0]


def walk(window: Window, header: Header) -> Iterator[Walked]:
    """Give every block of the header in order, found or lost.

    The window stands at the object's beginning. What is damaged hides no other block. Bytes behind the last
    block are given as a lost block with the number after the last.
    """
    window.drop(header.length)
    number, odd, count = 0, 0, len(header.checksums)
    while window.fill(1):
        at = window.at
        found = _next(window, header, number)
        if isinstance(found, int):
            odd += found
            window.drop(found)
            continue
        found_number, stored = found
        yield from (Walked(lost, odd=odd) for lost in range(number, found_number))
        window.drop(len(stored))
        yield Walked(found_number, stored, at)
        number, odd = found_number + 1, 0
    yield from (Walked(lost, odd=odd) for lost in range(number, count))
    if number == count and odd:
        yield Walked(count, odd=odd)


def _next(window: Window, header: Header, number: int) -> tuple[int, bytes] | int:
    """Return the block at the window's beginning with its number, or how many bytes are none."""
    framed = _framed(window)
    if framed is not None and (hit := _known(window, framed, header, number)) is not None:
        return hit
    marked = window.find(header.sync)
    if marked is not None and marked != framed:
        hit = _known(window, marked, header, number)
        if hit is not None:
            return hit
    if marked is None and framed is None:
        return len(window)
    return min(end for end in (framed, marked) if end is not None)


def _known(window: Window, length: int, header: Header, number: int) -> tuple[int, bytes] | None:
    stored = window.peek(length)
    checksum = crc32c(stored)
    if number < len(header.checksums) and header.checksums[number] == checksum:
        return number, stored
    if checksum in header.checksums[number:]:
        return header.checksums.index(checksum, number), stored
    return None


def _framed(window: Window) -> int | None:
    """Return how long the block says that it is; None where that cannot be."""
    try:
        begin = window.peek(20)
        _, at = read_long(begin, 0)
        size, at = read_long(begin, at)
    except ValueError:
        return None
    length = at + size + SYNC
    if size < 0 or window.at + length > window.size or not window.fill(length):
        return None
    return length
