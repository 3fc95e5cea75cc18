"""What the core may ask of the world.

The contracts stand here; the edges keep them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.expectation import Expectation
from agentctl.model.finding import Finding
from agentctl.model.query import Query
from agentctl.model.record import Place, Record
from agentctl.model.view import View
from agentctl.model.writer import WriterSchema

LazyHeaders = Callable[[], Iterable[tuple[str, bytes | None]] | None]
"""Gives a record's headers, or None when it has none. Asking costs: most records are decided without."""


class RawFilter(Protocol):
    """Decides from raw bytes which records to decode. It excludes only what provably cannot match."""

    @property
    def places(self) -> frozenset[Place]:
        """Records that are wanted for where they stand, whatever their bytes: a Source gives them unasked.

        Mostly empty, otherwise a few; only the partitions that they name need a look at offsets.
        """

    def __call__(self, key: bytes | None, value: bytes | None, headers: LazyHeaders) -> bool:
        """Whether this record may match. The value is looked at first, the headers last."""

    def any_of(self, text: bytes) -> bool:
        """Whether any record may match whose key, value, header names and header values stand in ``text``.

        A source that reads thousands of records asks this first of all of them, joined by zero bytes: one
        search through a long text is several times faster than many through short ones.
        """


class Progress(Protocol):
    """Where long work tells how far it is. Never slows the work: it is called once a batch."""

    def advance(self, records: int, bytes_: int) -> None:
        """Say that so many more records and bytes were read."""

    def expect(self, coming: Expectation) -> None:
        """Say what is about to be read, before the first record: once a scan, and not where it is unknown.

        What was read before, by other scans, is not counted in it.
        """


class Scan(Protocol):
    """One pass over a Source.

    Iterating gives Records in batches; within a partition always in offset order, between
    partitions in any order. Only Records inside the query's window that pass the filter are given.
    The iteration ends by itself: at the end offsets that were found at its start, never at a guess
    from silence. What cannot be read raises AgentctlError when nothing can be answered, and otherwise
    becomes a reason in the coverage. Leaving the iteration early is allowed.
    """

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once."""

    @property
    def coverage(self) -> Coverage:
        """What has been read until now: complete only after the iteration has ended."""


class Source(Protocol):
    """Anything that can be scanned for Records. Reading changes nothing there."""

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> Scan:
        """Begin a pass. Raises NotFoundError for a topic that does not exist, naming near ones."""

    def topics(self) -> Sequence[str]:
        """Return the names of all topics that are not internal, sorted."""


class Changing(Protocol):
    """An answer that is kept true while events arrive. It is pure: time is an argument."""

    @property
    def topics(self) -> Sequence[str]:
        """The topics whose events it takes."""

    @property
    def coverage(self) -> Coverage:
        """What it has begun with."""

    def take(self, events: Sequence[Event]) -> None:
        """Take events; those of a partition come in offset order."""

    def news(self, now_ms: int) -> tuple[View, Sequence[Finding]]:
        """Return what has changed since this was last asked, a row each, and what is newly wrong.

        The first time that is all there is.
        """

    def frame(self, now_ms: int) -> View:
        """Return the whole answer as it is at that moment."""


class Schemas(Protocol):
    """Knows the schemas that events were written with: a registry."""

    def writer(self, name: int | UUID) -> WriterSchema:
        """Return the schema of an id, or of a GUID.

        Raises NotFoundError for one that does not exist, any other AgentctlError where it cannot be had now.
        Who asked in vain once is refused at once from then on.
        """
