"""Reads blocks of archived objects: neighbours in one request, each checked on its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agentctl.archive.blocks import Block, records_of_block
from agentctl.archive.damage import DamagedError
from agentctl.archive.gaps import Gap
from agentctl.archive.keys import ObjectKey
from agentctl.archive.store import FrozenError, Store
from agentctl.errors import AgentctlError, InterruptedScan, NotFoundError
from agentctl.model.record import Record

_CLOSE_BYTES = 256 * 1024
"""What lies between two blocks and is read with them, since a request costs more than these bytes."""
_MOST_BYTES = 8 << 20
"""How much one request fetches at most, unless a block is larger."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Blocks of one object that may hold what is looked for."""

    key: ObjectKey
    size: int
    """Of the whole object, in bytes."""
    next_offset: int
    blocks: tuple[Block, ...]
    """In the order of offsets."""
    gaps: tuple[Gap, ...] = ()
    """Offsets that the object covers and that hold no record."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a piece, or a block of it, could not be read."""

    piece: Piece
    reason: str
    frozen: bool = False
    block: int | None = None
    """None: none of its blocks."""
    records: int = 0
    """How many records are out of reach because of it."""


@dataclass(slots=True)
class BlockReader:
    """Reads pieces, and keeps what could not be read."""

    store: Store
    faults: list[Fault] = field(default_factory=list)
    bytes_read: int = 0

    def records(self, piece: Piece) -> Iterator[tuple[int, list[Record]]]:
        """Give the bytes and the records of each block that can be read.

        A damaged block is left out and named; so is what is frozen, or gone since the index was written.
        """
        try:
            for run in runs(piece.blocks):
                yield from self._run(piece, run)
        except InterruptedScan:
            raise
        except FrozenError:
            self._failed(piece, "it is frozen", frozen=True)
        except NotFoundError:
            self._failed(piece, "it is not there any more, although an index names it")
        except AgentctlError as failure:
            self._failed(piece, failure.message)

    def _run(self, piece: Piece, run: Sequence[Block]) -> Iterator[tuple[int, list[Record]]]:
        start = run[0].offset
        data = self.store.get_range(piece.key.name, start, run[-1].end - start)
        self.bytes_read += len(data)
        for block in run:
            own = data[block.offset - start : block.end - start]
            try:
                yield len(own), records_of_block(own, block, piece.key.name)
            except DamagedError as damage:
                self.faults.append(
                    Fault(piece, damage.fault, block=block.number, records=block.records),
                )

    def _failed(self, piece: Piece, reason: str, *, frozen: bool = False) -> None:
        count = sum(block.records for block in piece.blocks)
        self.faults.append(Fault(piece, reason, frozen=frozen, records=count))


def runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Give blocks that are fetched together: neighbours, and those with little between them."""
    run: list[Block] = []
    for block in blocks:
        if run and (block.offset - run[-1].end > _CLOSE_BYTES or block.end - run[0].offset > _MOST_BYTES):
            yield run
            run = []
        run.append(block)
    if run:
        yield run
