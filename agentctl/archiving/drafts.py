"""Objects while they are written: on disk, in files that have no name and so are gone with the process."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import BinaryIO

from confluent_kafka import Message

from agentctl.archive.gaps import Gap, GapReason, explained
from agentctl.archive.keys import ObjectKey
from agentctl.archive.object_writer import ObjectWriter, Sealed
from agentctl.archive.writing import Covered
from agentctl.archiving.generations import Generation
from agentctl.errors import AgentctlError
from agentctl.events.mapping import FieldMapping, TopicReader
from agentctl.kafka.offsets import Partition
from agentctl.sources.reading import records_of

_BUFFER_BYTES = 64 * 1024
_NOT_KEPT = ("cause", "status", "step", "total", "ttl")
"""What the archive has no columns for."""


@dataclass(slots=True)
class Finished:
    """A sealed object and the files that it is read from. Any thread may use it, one at a time."""

    sealed: Sealed
    storage_class: str
    _files: tuple[BinaryIO, ...]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _given_up: bool = False

    @property
    def key(self) -> ObjectKey:
        """Return the object's name."""
        return self.sealed.key

    @property
    def position(self) -> int:
        """Return the first offset that it covers."""
        return self.sealed.key.position

    @property
    def covered(self) -> Covered:
        """Return what it says of itself."""
        return Covered(self.sealed.content.next_offset, f"{self.sealed.crc32c:08x}")

    @property
    def records(self) -> int:
        """Return how many records it holds."""
        return self.sealed.content.records

    @property
    def size(self) -> int:
        """Return its size in bytes."""
        return self.sealed.size

    @property
    def holes(self) -> int:
        """Return at how many of its offsets there is no record."""
        return sum(gap.offsets for gap in self.sealed.content.gaps)

    @contextmanager
    def body(self) -> Iterator[BinaryIO]:
        """Give its bytes, which cannot be closed meanwhile."""
        with self._lock:
            self.sealed.body.seek(0)
            yield self.sealed.body
        if self._given_up:
            self.close()

    def close(self) -> None:
        """Give the files up: at once, or when nobody reads them any more."""
        self._given_up = True
        if self._lock.acquire(blocking=False):
            try:
                for file in self._files:
                    file.close()
            finally:
                self._lock.release()


class FileDraft:
    """A draft on disk."""

    def __init__(
        self, key: ObjectKey, reader: TopicReader, storage_class: str, compacted: bool | None
    ) -> None:
        self._storage_class, self._compacted = storage_class, compacted
        self._reader = reader
        self._files: tuple[BinaryIO, ...] = (_file(), _file())
        self._writer = ObjectWriter(key, *self._files)
        self._gaps: list[Gap] = []
        self._reached = key.position
        """Holes below are noted."""
        self._finished: Finished | None = None

    @property
    def records(self) -> int:
        """Return how many records it holds."""
        return self._writer.records

    @property
    def size_bytes(self) -> int:
        """Return about how large the object is."""
        return self._writer.size

    def add(self, records: Sequence[Message]) -> None:
        """Take the next messages of the partition."""
        key = self._writer.key
        found = records_of((key.topic, key.partition), records)
        self._note_holes([record.offset for record in found])
        event = self._reader.event
        self._writer.add_all([event(record) for record in found])

    def lose(self, start: int, end: int) -> None:
        """Note that retention took ``[start, end)``."""
        self._hole(self._reached, start)
        if end > start:
            self._gaps.append(Gap(start, end, GapReason.RETENTION))
        self._reached = max(end, self._reached)

    def seal(self, next_offset: int) -> Finished:
        """Return the object."""
        self._hole(self._reached, next_offset)
        sealed = self._writer.seal(next_offset, self._gaps)
        self._finished = Finished(sealed, self._storage_class, self._files)
        return self._finished

    def drop(self) -> None:
        """Give its files up."""
        if self._finished is not None:
            self._finished.close()
        else:
            for file in self._files:
                file.close()

    def _note_holes(self, offsets: Sequence[int]) -> None:
        first, last = offsets[0], offsets[-1]
        if first != self._reached or last - first + 1 != len(offsets):
            at = self._reached
            for offset in offsets:
                self._hole(at, offset)
                at = offset + 1
        self._reached = last + 1

    def _hole(self, first: int, until: int) -> None:
        """Note a hole at whose offsets a reader was given nothing, although the log had begun before it."""
        if until > first:
            self._gaps += explained(first, until, log_start=first, compacted=self._compacted)


@dataclass(slots=True)
class Desk:
    """Where drafts are begun."""

    mapping: FieldMapping
    storage_class: str
    now_ms: Callable[[], int]
    open: dict[Partition, FileDraft] = field(default_factory=dict)
    """The draft of each partition."""

    def begin(self, one: Generation, partition: int, position: int) -> FileDraft:
        """Return an empty draft of a partition that begins at a position."""
        key = ObjectKey(one.name, one.id, partition, position)
        reader = self.mapping.reader_without(one.name, _NOT_KEPT)
        draft = FileDraft(key, reader, self.storage_class, one.compacted)
        self.open[one.name, partition] = draft
        return draft

    def unfinished(self, place: Partition) -> int:
        """Return how many records of a partition are in a draft, and let go of it."""
        draft = self.open.pop(place, None)
        return 0 if draft is None else draft.records


def _file() -> BinaryIO:
    try:
        return TemporaryFile(buffering=_BUFFER_BYTES)  # type: ignore[return-value]
    except OSError as error:
        raise AgentctlError(
            f"no file for what is being archived can be made: {error.strerror or error}",
            hint="TMPDIR names the folder; ulimit -n says how many files may be open: two for each partition",
        ) from error
