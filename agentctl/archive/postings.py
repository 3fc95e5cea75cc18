"""Sorted hashes with where they were found, in pages that are fetched one by one.

An entry is a 64-bit hash and the number of a block in a table elsewhere. The fence holds the first hash, the
place and the checksum of each page, so a search reads the fence, then one page.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import cramjam

from agentctl.archive.checksum import crc32c
from agentctl.archive.columns import Cut, pack
from agentctl.archive.damage import DamagedError

PAGE = 4096
"""Entries in a page: about 32 KiB of it are fetched."""
_LOW = 0xFFFF_FFFF
_LEVEL = 1


def entry(id_: int, block: int) -> int:
    """Return an entry as one number, which sorts by the hash, then by the block."""
    return id_ << 32 | block


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes to fetch: of a lookup or sidecar, from its beginning."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Fence:
    """The pages, as parallel columns; offsets count from the first page's beginning."""

    first: "array[int]"
    """The first hash of each page."""
    offsets: "array[int]"
    sizes: "array[int]"
    checksums: "array[int]"
    counts: "array[int]"

    def __len__(self) -> int:
        return len(self.first)

    def pages(self, id_: int) -> range:
        """Return the numbers of the pages where a hash can stand: mostly one, none where it cannot be."""
        if not self.first or id_ < self.first[0]:
            return range(0)
        # Where a page begins with the hash itself, the one before may end with it.
        return range(max(bisect_left(self.first, id_) - 1, 0), bisect_right(self.first, id_))

    def stretch(self, pages: range) -> Stretch:
        """Return the bytes of pages that follow each other, counted from the first page of all."""
        last = pages[-1]
        start = self.offsets[pages[0]]
        return Stretch(start, self.offsets[last] + self.sizes[last] - start)

    def packed(self) -> bytes:
        """Return the fence as bytes."""
        columns = zip(
            "QQIII", (self.first, self.offsets, self.sizes, self.checksums, self.counts), strict=True
        )
        return b"".join(pack(typecode, column) for typecode, column in columns)

    @classmethod
    def unpacked(cls, cut: Cut, count: int) -> "Fence":
        """Read the fence of so many pages."""
        return cls(*(cut.column(typecode, count) for typecode in "QQIII"))

    def read(self, data: bytes, pages: range, key: str) -> "Entries":
        """Return the entries of the pages whose stretch was fetched; DamagedError names ``key``."""
        ids, blocks = array("Q"), array("I")
        base = self.offsets[pages[0]] if pages else 0
        for page in pages:
            stored = data[self.offsets[page] - base :][: self.sizes[page]]
            if len(stored) != self.sizes[page] or crc32c(stored) != self.checksums[page]:
                raise DamagedError(key, f"page {page} of its ids is not what was written")
            cut = Cut(bytes(cramjam.zstd.decompress(stored)), key)
            ids.extend(cut.column("Q", self.counts[page]))
            blocks.extend(cut.column("I", self.counts[page]))
        return Entries(ids, blocks)


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of neighbouring pages, sorted."""

    ids: "array[int]"
    blocks: "array[int]"

    def blocks_of(self, id_: int) -> tuple[int, ...]:
        """Return the blocks in which a hash stands, rising."""
        return tuple(self.blocks[bisect_left(self.ids, id_) : bisect_right(self.ids, id_)])

    def __iter__(self) -> Iterator[int]:
        return (id_ << 32 | block for id_, block in zip(self.ids, self.blocks, strict=True))


def paged(entries: Iterable[int]) -> Iterator[bytes | Fence]:
    """Give the pages of entries that are sorted and distinct, then, as the last, their fence."""
    fence = Fence(array("Q"), array("Q"), array("I"), array("I"), array("I"))
    rest, offset = iter(entries), 0
    while page := list(islice(rest, PAGE)):
        ids = array("Q", [one >> 32 for one in page])
        stored = bytes(
            cramjam.zstd.compress(pack("Q", ids) + pack("I", [one & _LOW for one in page]), _LEVEL)
        )
        fence.first.append(ids[0])
        fence.offsets.append(offset)
        fence.sizes.append(len(stored))
        fence.checksums.append(crc32c(stored))
        fence.counts.append(len(page))
        offset += len(stored)
        yield stored
    yield fence
