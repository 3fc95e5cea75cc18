"""Writing an object: records go to a file block by block, the header comes last and stands first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, BytesIO, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

from agentctl.archive.blocks import BLOCK_BYTES, BLOCK_RECORDS, Block, Codec, stored_block
from agentctl.archive.checksum import crc32c, crc32c_of_file
from agentctl.archive.gaps import Gap
from agentctl.archive.indexing import Indexer, ObjectIndex
from agentctl.archive.keys import ObjectKey
from agentctl.archive.lines import Line
from agentctl.archive.metadata import metadata_of
from agentctl.archive.objects import ArchiveObject, header_bytes, sync_of
from agentctl.archive.rows import RowEncoder
from agentctl.archive.sidecar import written
from agentctl.model.event import Event

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


_line: "Callable[[tuple[object, ...]], Line]" = partial(tuple.__new__, Line)
"""Makes a line as its own class would, in a third of the time: a writer makes one for each record."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A whole object, ready to be put, with what is derived from it."""

    content: ArchiveObject
    size: int
    """Of the object, in bytes."""
    crc32c: int
    """Of the whole object: by it, one's own object is known in the archive."""
    body: BinaryIO
    """The object's bytes, from their beginning; it can be rewound. It reads the writer's spool, which has to
    stay open for so long."""
    sidecar: bytes
    index: ObjectIndex
    """What lookups are made of: ``day_lookups([sealed.index])``."""

    @property
    def key(self) -> ObjectKey:
        """Return the object's name."""
        return self.content.key

    @property
    def metadata(self) -> Mapping[str, str]:
        """Return what the object's metadata in the store repeats of its header."""
        return metadata_of(self.content, f"{self.crc32c:08x}")

    def bytes(self) -> bytes:
        """Return the whole object."""
        self.body.seek(0)
        return self.body.read()


class ObjectWriter:
    """Writes the records of a partition, from a position on, as one object.

    Blocks go to ``spool``, what the sidecar is made of goes to ``index_spool``; both are empty files of the
    caller's (such as of ``tempfile.TemporaryFile``), opened for reading and writing, which the caller closes
    when the object was put or given up. Memory holds one block that is being filled and some 200 bytes for
    each block that was written.
    """

    def __init__(
        self,
        key: ObjectKey,
        spool: BinaryIO,
        index_spool: BinaryIO,
        *,
        codec: Codec = Codec.ZSTANDARD,
    ) -> None:
        self.key = key
        self._codec = codec
        self._spool = spool
        self._indexer = Indexer(index_spool)
        self._encoder = RowEncoder(key.topic, key.partition)
        self._sync = sync_of(key)
        self._rows: list[bytes] = []
        self._lines: list[Line] = []
        self._buffered = 0
        self._spooled = 0
        self._records = 0
        self._last = key.position - 1
        self._place = f"{key.topic}[{key.partition}]@"

    @property
    def size(self) -> int:
        """Return about how many bytes the object has: what was compressed, and what is to be, as it is."""
        return self._spooled + self._buffered

    @property
    def records(self) -> int:
        """Return how many records were added."""
        return self._records + len(self._rows)

    @property
    def last_offset(self) -> int:
        """Return the offset of the last record; the one below the position when there is none."""
        return self._last

    def add(self, event: Event) -> None:
        """Add the next record."""
        self.add_all((event,))

    def add_all(self, events: Iterable[Event]) -> None:
        """Add records in the order of offsets; ValueError for one of elsewhere or out of order."""
        key, row, rows, lines, place = self.key, self._encoder.row, self._rows, self._lines, self._place
        for event in events:
            record = event[0]
            offset = record[2]
            if offset <= self._last or record[0] != key.topic or record[1] != key.partition:
                raise ValueError(f"{record.place} does not follow {self._place}{self._last}")
            encoded = row(event)
            if (self._buffered + len(encoded) > BLOCK_BYTES and rows) or len(rows) == BLOCK_RECORDS:
                self._end_block()
            own_id = None if event[2] == f"{place}{offset}" else event[2]
            rows.append(encoded)
            lines.append(_line((offset, record[3], event[3], event[6], event[4], event[5], own_id)))
            self._buffered += len(encoded)
            self._last = offset

    def _end_block(self) -> None:
        lines = self._lines
        stored = stored_block(b"".join(self._rows), len(lines), self._sync, self._codec)
        times = [line.time_ms for line in lines if line.time_ms is not None]
        block = Block(
            len(self._indexer.blocks),
            self._spooled,
            len(stored),
            len(lines),
            crc32c(stored),
            lines[0].offset,
            min(times, default=None),
            max(times, default=None),
        )
        self._spool.write(stored)
        self._indexer.add(block, lines)
        self._spooled += len(stored)
        self._records += len(lines)
        self._rows.clear()
        self._lines.clear()
        self._buffered = 0

    def seal(self, next_offset: int, gaps: Iterable[Gap] = ()) -> Sealed:
        """End the object at ``next_offset``, the first that it does not cover.

        An object without a record is one, too: it says that there was none. ValueError when ``next_offset``
        is not behind the last record and the position.
        """
        if next_offset <= max(self._last, self.key.position):
            raise ValueError(f"{next_offset} is not behind {self._place}{self._last}")
        if self._rows:
            self._end_block()
        found = self._indexer.blocks
        least = [block.min_time_ms for block in found if block.min_time_ms is not None]
        most = [block.max_time_ms for block in found if block.max_time_ms is not None]
        content = ArchiveObject(
            self.key,
            next_offset,
            self._records,
            tuple(gaps),
            min(least, default=None),
            max(most, default=None),
        )
        header = header_bytes(content, tuple(block.crc32c for block in found), self._codec)
        self._indexer.move(len(header))
        body = cast("BinaryIO", BufferedReader(_Headed(header, self._spool), 1 << 20))
        checksum, size = crc32c_of_file(body), len(header) + self._spooled
        body.seek(0)
        sidecar, index = written(content, header, size, checksum, self._indexer)
        return Sealed(content, size, checksum, body, sidecar, index)


class _Headed(RawIOBase):
    """Reads a header and then a file, as if they were one file."""

    def __init__(self, header: bytes, file: BinaryIO) -> None:
        self._header = header
        self._file = file
        self._length = len(header) + file.seek(0, SEEK_END)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        if self._at < len(self._header):
            taken = self._header[self._at : self._at + len(view)]
        else:
            self._file.seek(self._at - len(self._header))
            taken = self._file.read(len(view))
        view[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)


def sealed_object(
    key: ObjectKey,
    next_offset: int,
    events: Iterable[Event],
    gaps: Iterable[Gap] = (),
    *,
    codec: Codec = Codec.ZSTANDARD,
) -> Sealed:
    """Write an object in memory, for those who hold its records there."""
    writer = ObjectWriter(key, BytesIO(), BytesIO(), codec=codec)
    writer.add_all(events)
    return writer.seal(next_offset, gaps)
