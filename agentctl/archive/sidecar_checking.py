"""Checking a sidecar: by its own checksums, and against the object beside which it stands."""

from collections.abc import Iterator, Mapping, Sequence

from agentctl.archive.blocks import Block
from agentctl.archive.checksum import crc32c
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.facts import entry_sum
from agentctl.archive.faults import Fault, FaultKind
from agentctl.archive.keys import ObjectKey
from agentctl.archive.objects import Header
from agentctl.archive.sidecar import Sidecar, sidecar_of

_WRAP = 2**64 - 1


def opened(data: bytes | None, key: ObjectKey, faults: list[Fault]) -> Sidecar | None:
    """Return a sidecar that is whole and of that object; else None, and why among the faults."""
    if data is None:
        text = "there is none beside its object: nothing of the object is seen while it is frozen"
        faults.append(Fault(key.sidecar, FaultKind.NO_SIDECAR, text))
        return None
    try:
        sidecar = sidecar_of(data, key.sidecar)
        _pages(sidecar, data)
        _lines(sidecar, data)
    except FormatError as error:
        kind = FaultKind.FORMAT if error.newer else FaultKind.STALE_SIDECAR
        faults.append(Fault(key.sidecar, kind, f"it is written in format {error.found}"))
        return None
    except DamagedError as error:
        faults.append(Fault(key.sidecar, FaultKind.SIDECAR, error.fault))
        return None
    if sidecar.content.key != key:
        text = f"it is the sidecar of {sidecar.content.key.name}"
        faults.append(Fault(key.sidecar, FaultKind.STALE_SIDECAR, text))
        return None
    return sidecar


def against(
    sidecar: Sidecar,
    data: bytes,
    header: Header,
    size: int | None,
    checksum: int | None,
    blocks: Sequence[Block],
    postings: Mapping[int, int] | None,
) -> Iterator[Fault]:
    """Give what a sidecar says otherwise than the object.

    ``size`` and ``checksum`` are None where the object is damaged, ``postings`` where its records were not
    read.
    """
    name = sidecar.name
    if size is not None and sidecar.size != size:
        text = f"it is of an object of {sidecar.size:,} bytes; the object has {size:,}"
        yield Fault(name, FaultKind.STALE_SIDECAR, text)
    elif checksum is not None and sidecar.crc32c != checksum:
        text = f"it is of an object with CRC32C {sidecar.crc32c:08x}; the object has {checksum:08x}"
        yield Fault(name, FaultKind.STALE_SIDECAR, text)
    if sidecar.content != header.content:
        yield Fault(name, FaultKind.STALE_SIDECAR, "the header that it repeats is not the object's")
    own = {block.number: block for block in sidecar.blocks}
    sums = _postings(sidecar, data) if postings is not None else {}
    for block in blocks:
        said = own.get(block.number)
        if said is None or not _same(said, block, learnt=postings is not None):
            text = "its table says otherwise than the object where the block stands or what it holds"
            yield Fault(name, FaultKind.STALE_SIDECAR, text, block.number)
        elif postings is not None and postings[block.number] != sums.get(block.number, 0):
            text = "its ids are not those of the records of the block"
            yield Fault(name, FaultKind.STALE_SIDECAR, text, block.number)


def _same(said: Block, found: Block, *, learnt: bool) -> bool:
    if learnt:
        return entry_sum(said) == entry_sum(found)
    return (said.offset, said.size, said.records, said.crc32c) == (
        found.offset,
        found.size,
        found.records,
        found.crc32c,
    )


def _pages(sidecar: Sidecar, data: bytes) -> None:
    for _ in _entries(sidecar, data):
        pass


def _entries(sidecar: Sidecar, data: bytes) -> Iterator[int]:
    """Give all entries page by page; DamagedError where a page is not what was written."""
    for number in range(len(sidecar.fence)):
        pages = range(number, number + 1)
        at = sidecar.fence.stretch(pages)
        start = sidecar.pages_at + at.start
        yield from sidecar.fence.read(data[start : start + at.length], pages, sidecar.name)


def _postings(sidecar: Sidecar, data: bytes) -> dict[int, int]:
    sums: dict[int, int] = {}
    for entry in _entries(sidecar, data):
        block = entry & 0xFFFF_FFFF
        sums[block] = sums.get(block, 0) + (entry >> 32) & _WRAP
    return sums


def _lines(sidecar: Sidecar, data: bytes) -> None:
    for number, checksum in enumerate(sidecar.lines_crc32c):
        if crc32c(data[sidecar.lines_at[number] : sidecar.lines_at[number + 1]]) != checksum:
            raise DamagedError(sidecar.name, f"the lines of block {number} are not what was written")
