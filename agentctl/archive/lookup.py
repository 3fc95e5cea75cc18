"""Lookups over all topics: which blocks of which objects hold an id, for a day or a month.

A lookup gives the place of every block itself, so neither objects nor their sidecars are asked before the
blocks are fetched. Pages of ids come first, the tail last, which holds all else: its length stands in the
lookup's name. Agents are no ids here: they stand in nearly every block.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from heapq import merge
from io import BytesIO
from itertools import groupby
from struct import Struct
from typing import BinaryIO

import cramjam
import orjson

from agentctl.archive.blocks import Block, pack_blocks, unpack_blocks
from agentctl.archive.checksum import crc32c
from agentctl.archive.columns import Cut, pack
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.ids import day_name
from agentctl.archive.indexing import ObjectIndex
from agentctl.archive.keys import LookupKey, ObjectKey
from agentctl.archive.postings import Fence, Stretch, entry, paged

FORMAT = 2
_MAGIC = b"agctlLKP"
_PREAMBLE = Struct("<8sIII")  # magic, format, length of the rest of the tail, CRC32C of it


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object that a lookup covers."""

    key: ObjectKey
    size: int
    """In bytes."""
    crc32c: int
    """Of the whole object."""
    next_offset: int
    records: int


@dataclass(frozen=True, slots=True)
class Found:
    """A block to fetch: ``block.offset`` and ``block.size`` are the range, ``records_of_block`` reads it."""

    object: ObjectRef
    block: Block

    @property
    def place(self) -> tuple[ObjectKey, int]:
        """Return what it is known by: lookups of two days may both give it."""
        return self.object.key, self.block.number


@dataclass(frozen=True, slots=True)
class Lookup:
    """The tail of a lookup, and how to read its pages."""

    key: LookupKey
    objects: tuple[ObjectRef, ...]
    """Those with a record of its day or month, sorted by key."""
    blocks: tuple[Block, ...]
    """Those blocks of the objects that hold a record of its day or month."""
    owners: "array[int]"
    """The number of the object of each block."""
    fence: Fence

    @property
    def size(self) -> int:
        """Return the size of the whole lookup, in bytes."""
        return sum(self.fence.sizes) + self.key.tail

    def pages(self, id_: int) -> Stretch | None:
        """Return the stretch of the lookup to fetch for an ``id_hash``; None when it is not in it."""
        numbers = self.fence.pages(id_)
        return self.fence.stretch(numbers) if numbers else None

    def find(self, id_: int, fetched: bytes) -> tuple[Found, ...]:
        """Return the blocks where a hash stands, by the fetched ``pages``."""
        numbers = self.fence.read(fetched, self.fence.pages(id_), self.key.name).blocks_of(id_)
        return tuple(map(self._found, numbers))

    def within(self, since_ms: int | None = None, until_ms: int | None = None) -> Iterator[Found]:
        """Give all blocks that may hold a record with a timestamp in ``[since, until)``."""
        for number, block in enumerate(self.blocks):
            if (since_ms is None and until_ms is None) or block.meets(since_ms, until_ms):
                yield self._found(number)

    def _found(self, number: int) -> Found:
        return Found(self.objects[self.owners[number]], self.blocks[number])

    def entries(self, fetch: Callable[[Stretch], bytes]) -> Iterator[tuple[int, int]]:
        """Give all (hash, number of block), sorted, fetching page by page."""
        for number in range(len(self.fence)):
            pages = range(number, number + 1)
            read = self.fence.read(fetch(self.fence.stretch(pages)), pages, self.key.name)
            yield from zip(read.ids, read.blocks, strict=True)


def lookup_of(tail: bytes, key: LookupKey) -> Lookup:
    """Read a lookup by its last ``key.tail`` bytes.

    Raises DamagedError for what is not what was written, FormatError for another format.
    """
    tail = tail[-key.tail :]
    if len(tail) != key.tail or key.tail < _PREAMBLE.size or tail[:8] != _MAGIC:
        raise DamagedError(key.name, "it is no lookup of agentctl")
    _, format_, length, checksum = _PREAMBLE.unpack_from(tail)
    if format_ != FORMAT:
        raise FormatError(key.name, str(format_), FORMAT)
    packed = tail[_PREAMBLE.size :]
    if len(packed) != length or crc32c(packed) != checksum:
        raise DamagedError(key.name, "its tail is not what was written")
    cut = Cut(bytes(cramjam.zstd.decompress(packed)), key.name)
    said = orjson.loads(cut.take(cut.column("I", 1)[0]))
    objects = tuple(
        ObjectRef(ObjectKey(topic, generation, partition, position), *rest)
        for topic, generation, partition, position, *rest in said["objects"]
    )
    count = said["blocks"]
    return Lookup(
        key, objects, unpack_blocks(cut, count), cut.column("I", count), Fence.unpacked(cut, said["pages"])
    )


@dataclass(slots=True)
class _Table:
    """Blocks of objects, sorted, each with its number in the lookup that is made."""

    refs: dict[ObjectKey, ObjectRef]
    blocks: dict[tuple[ObjectKey, int], Block]

    def numbers(self) -> dict[tuple[ObjectKey, int], int]:
        return {place: number for number, place in enumerate(sorted(self.blocks))}


def day_lookups(indexes: Sequence[ObjectIndex]) -> list[tuple[LookupKey, bytes]]:
    """Return a lookup, with its bytes, for each day of which the objects hold a record."""
    days = {day_name(part.day) for index in indexes for part in index.days}
    made = []
    for day in sorted(days):
        file = BytesIO()
        key = _write(day, _table(day, indexes), partial(_entries, day, indexes), file)
        made.append((key, file.getvalue()))
    return made


def _table(day: str, indexes: Sequence[ObjectIndex]) -> _Table:
    table = _Table({}, {})
    for index in indexes:
        for part in index.days:
            if day_name(part.day) == day:
                table.refs[index.key] = ObjectRef(
                    index.key, index.size, index.crc32c, index.next_offset, index.records
                )
                table.blocks[index.key, part.block] = index.blocks[part.block]
    return table


def _entries(day: str, indexes: Sequence[ObjectIndex], table: _Table) -> Iterator[int]:
    numbers = table.numbers()
    found = {
        entry(id_, numbers[index.key, part.block])
        for index in indexes
        for part in index.days
        if day_name(part.day) == day
        for id_ in part.ids
    }
    return iter(sorted(found))


@dataclass(frozen=True, slots=True)
class Part:
    """A lookup that goes into another one, and how its pages are fetched."""

    lookup: Lookup
    fetch: Callable[[Stretch], bytes]


def part_of(data: bytes, key: LookupKey) -> Part:
    """Return a lookup that is there as a whole, as a part of another one."""
    return Part(lookup_of(data, key), lambda at: data[at.start : at.start + at.length])


def merged(
    period: str, parts: Sequence[Part], file: BinaryIO, *, without: Collection[ObjectKey] = ()
) -> LookupKey:
    """Write one lookup that holds what the parts hold, to ``file`` from where it stands; return its name.

    Memory holds the tables of blocks and a page of each part. ``without`` are objects that are no more.
    """
    table = _Table({}, {})
    for part in parts:
        for found in part.lookup.within():
            if found.object.key not in without:
                table.refs[found.object.key] = found.object
                table.blocks[found.place] = found.block
    return _write(period, table, partial(_merged_entries, parts), file)


def _merged_entries(parts: Sequence[Part], table: _Table) -> Iterator[int]:
    numbers = table.numbers()
    # Every table is sorted alike, so the new numbers of a part's blocks rise as the old ones did.
    streams = [
        _renumbered(part, [numbers.get(found.place) for found in part.lookup.within()]) for part in parts
    ]
    return (one for one, _ in groupby(merge(*streams)))


def _renumbered(part: Part, numbers: Sequence[int | None]) -> Iterator[int]:
    for id_, block in part.lookup.entries(part.fetch):
        number = numbers[block]
        if number is not None:
            yield entry(id_, number)


def _write(
    period: str, table: _Table, entries: Callable[[_Table], Iterable[int]], file: BinaryIO
) -> LookupKey:
    digest = blake2b(digest_size=8)
    fence: Fence | None = None
    for page in paged(entries(table)):
        if isinstance(page, Fence):
            fence = page
        else:
            digest.update(page)
            file.write(page)
    assert fence is not None
    tail = _tail(table, fence)
    digest.update(tail)
    file.write(tail)
    return LookupKey(period, digest.hexdigest(), len(tail))


def _tail(table: _Table, fence: Fence) -> bytes:
    places = sorted(table.blocks)
    keys = sorted(table.refs)
    ordinals = {key: number for number, key in enumerate(keys)}
    said = orjson.dumps(
        {
            "objects": [
                (
                    key.topic,
                    key.generation,
                    key.partition,
                    key.position,
                    ref.size,
                    ref.crc32c,
                    ref.next_offset,
                    ref.records,
                )
                for key, ref in ((key, table.refs[key]) for key in keys)
            ],
            "blocks": len(places),
            "pages": len(fence),
        }
    )
    packed = b"".join(
        (
            pack("I", (len(said),)),
            said,
            pack_blocks([table.blocks[place] for place in places]),
            pack("I", (ordinals[key] for key, _ in places)),
            fence.packed(),
        )
    )
    front = bytes(cramjam.zstd.compress(packed, 3))
    return _PREAMBLE.pack(_MAGIC, FORMAT, len(front), crc32c(front)) + front
