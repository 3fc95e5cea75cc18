"""The sidecar of an object: what can be known of it without reading it, even while it is frozen.

It is derived and can be made anew from the object. Its front, which is fetched first, holds the identity of
the object, the object's header, the table of blocks and the fences; then come pages of ids and of lines.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from struct import Struct
from typing import BinaryIO

import cramjam
import orjson

from agentctl.archive.blocks import Block, pack_blocks, unpack_blocks
from agentctl.archive.checksum import crc32c
from agentctl.archive.columns import Cut, pack
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.ids import day_of, id_hash
from agentctl.archive.indexing import DayIds, Indexer, ObjectIndex, line_of
from agentctl.archive.lines import Line, unpack_lines
from agentctl.archive.objects import ArchiveObject, header_of, rows_of
from agentctl.archive.postings import Fence, Stretch, entry, paged

FORMAT = 2
FIRST_READ = 64 * 1024
"""How much to fetch first: it holds the front of nearly every sidecar."""
_MAGIC = b"agctlIDX"
_PREAMBLE = Struct("<8sIII")  # magic, format, length of the front, CRC32C of the front


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The front of a sidecar, and how to read the rest of it."""

    name: str
    """Its own key."""
    content: ArchiveObject
    size: int
    """Of the object, in bytes."""
    crc32c: int
    """Of the whole object."""
    header: bytes
    """The object's: with the bytes of any blocks behind it, it is an Avro file."""
    blocks: tuple[Block, ...]
    fence: Fence
    pages_at: int
    lines_at: "array[int]"
    """Where the lines of each block begin, and where the last end."""
    lines_crc32c: "array[int]"

    def pages(self, id_: int) -> Stretch | None:
        """Return the stretch of the sidecar to fetch for a hash; None when the object does not hold it."""
        numbers = self.fence.pages(id_)
        if not numbers:
            return None
        found = self.fence.stretch(numbers)
        return Stretch(self.pages_at + found.start, found.length)

    def find(self, id_: int, fetched: bytes) -> tuple[Block, ...]:
        """Return the blocks where a hash (``id_hash`` or ``agent_hash``) stands, by the fetched ``pages``."""
        numbers = self.fence.read(fetched, self.fence.pages(id_), self.name).blocks_of(id_)
        return tuple(self.blocks[number] for number in numbers)

    def lines(self, first: Block, last: Block | None = None) -> Stretch:
        """Return the stretch to fetch for the lines of a block, or of all from ``first`` to ``last``."""
        start = self.lines_at[first.number]
        return Stretch(start, self.lines_at[(last or first).number + 1] - start)

    def read_lines(self, fetched: bytes, first: Block, last: Block | None = None) -> Iterator[Line]:
        """Give the lines of those blocks; DamagedError when they are not what was written."""
        base = self.lines_at[first.number]
        for number in range(first.number, (last or first).number + 1):
            stored = fetched[self.lines_at[number] - base : self.lines_at[number + 1] - base]
            if crc32c(stored) != self.lines_crc32c[number]:
                raise DamagedError(self.name, f"the lines of block {number} are not what was written")
            yield from unpack_lines(stored, self.name)


def front_length(data: bytes, name: str) -> int:
    """Return how many bytes of a sidecar its front has, by at least 20 bytes of its beginning.

    Raises DamagedError for what is no sidecar, FormatError for one of another format.
    """
    if len(data) < _PREAMBLE.size or data[:8] != _MAGIC:
        raise DamagedError(name, "it is no sidecar of agentctl")
    _, written, length, _ = _PREAMBLE.unpack_from(data)
    if written != FORMAT:
        raise FormatError(name, str(written), FORMAT)
    return _PREAMBLE.size + int(length)


def sidecar_of(data: bytes, name: str) -> Sidecar:
    """Read a sidecar's front; ``data`` is at least that much of its beginning."""
    length = front_length(data, name)
    front = data[_PREAMBLE.size : length]
    if crc32c(front) != _PREAMBLE.unpack_from(data)[3]:
        raise DamagedError(name, "its front is not what was written")
    cut = Cut(bytes(cramjam.zstd.decompress(front)), name)
    said = orjson.loads(cut.take(cut.column("I", 1)[0]))
    header = cut.take(said["header"])
    blocks = unpack_blocks(cut, said["blocks"])
    fence = Fence.unpacked(cut, said["pages"])
    sizes, checksums = cut.column("I", len(blocks)), cut.column("I", len(blocks))
    pages_end = length + sum(fence.sizes)
    starts = array("Q", [pages_end])
    for size in sizes:
        starts.append(starts[-1] + size)
    content = header_of(header, name).content
    return Sidecar(
        name, content, said["size"], said["crc32c"], header, blocks, fence, length, starts, checksums
    )


def written(
    content: ArchiveObject, header: bytes, size: int, checksum: int, indexer: Indexer
) -> tuple[bytes, ObjectIndex]:
    """Return the sidecar of an object, and what lookups are made of."""
    entries: list[int] = []
    lines: list[bytes] = []
    days: list[DayIds] = []
    for block, stored, own, agents in indexer.collected():
        lines.append(stored)
        days += own
        ids = {id_ for day in own for id_ in day.ids}
        entries += [entry(id_, block.number) for id_ in (*ids, *agents)]
    entries.sort()
    *pages, fence = paged(entries)
    assert isinstance(fence, Fence)
    said = orjson.dumps(
        {
            "key": content.key.name,
            "size": size,
            "crc32c": checksum,
            "header": len(header),
            "blocks": len(indexer.blocks),
            "pages": len(fence),
        }
    )
    packed = b"".join(
        (
            pack("I", (len(said),)),
            said,
            header,
            pack_blocks(indexer.blocks),
            fence.packed(),
            pack("I", map(len, lines)),
            pack("I", map(crc32c, lines)),
        )
    )
    front = bytes(cramjam.zstd.compress(packed, 3))
    preamble = _PREAMBLE.pack(_MAGIC, FORMAT, len(front), crc32c(front))
    body = b"".join((preamble, front, *(page for page in pages if isinstance(page, bytes)), *lines))
    index = ObjectIndex(
        content.key, size, checksum, content.next_offset, content.records, indexer.blocks, tuple(days)
    )
    return body, index


def indexed(data: bytes, name: str, spool: BinaryIO | None = None) -> tuple[bytes, ObjectIndex]:
    """Make the sidecar of a whole object anew, and what lookups are made of.

    Raises DamagedError where the object is damaged: no sidecar is made of half an object.
    """
    indexer = Indexer(spool or BytesIO())
    for block, rows in rows_of(data, name):
        indexer.add(block, [line_of(row) for row in rows])
    header = header_of(data, name)
    return written(header.content, data[: header.length], len(data), crc32c(data), indexer)


def index_of(data: bytes, name: str) -> ObjectIndex:
    """Return what lookups are made of, by the bytes of a whole sidecar: the object is not needed."""
    sidecar = sidecar_of(data, name)
    days: list[DayIds] = []
    for block in sidecar.blocks:
        own: dict[int | None, set[int]] = {}
        at = sidecar.lines(block)
        for line in sidecar.read_lines(data[at.start : at.start + at.length], block):
            texts = (line.workflow_id, line.work_item, line.event_id)
            own.setdefault(day_of(line.time_ms), set()).update(
                id_hash(text) for text in texts if text is not None
            )
        days += (DayIds(block.number, day, array("Q", ids)) for day, ids in own.items())
    content = sidecar.content
    return ObjectIndex(
        content.key,
        sidecar.size,
        sidecar.crc32c,
        content.next_offset,
        content.records,
        sidecar.blocks,
        tuple(days),
    )
