"""Checking one object: its header, its blocks, its records, and what stands beside it in the store."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentctl.archive.blocks import Block, decoded
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.facts import (
    Facts,
    ObjectReport,
    by_period,
    days_of_table,
    entry_sum,
    ids_by_day,
    ids_sum,
)
from agentctl.archive.faults import Fault, FaultKind
from agentctl.archive.gaps import unexplained
from agentctl.archive.ids import agent_hash
from agentctl.archive.indexing import line_of
from agentctl.archive.keys import ObjectKey
from agentctl.archive.metadata import beside
from agentctl.archive.objects import ArchiveObject, Header, header_of
from agentctl.archive.sidecar import Sidecar
from agentctl.archive.sidecar_checking import against, opened
from agentctl.archive.store import Stored
from agentctl.archive.walking import STRETCH, Walked, Window, walk

_DAMAGE = (FaultKind.HEADER, FaultKind.BLOCK)


@dataclass(slots=True)
class Blocks:
    """What the blocks of an object were found to hold."""

    found: list[Block] = field(default_factory=list)
    """Decoded ones have all their fields, others those that their bytes tell."""
    offsets: "array[int]" = field(default_factory=lambda: array("q"))
    days: dict[str, "array[int]"] = field(default_factory=dict)
    ids: dict[tuple[str, int], int] = field(default_factory=dict)
    postings: dict[int, int] = field(default_factory=dict)
    """For each block ``ids_sum`` of all that its sidecar can be asked for, agents among it."""
    whole: bool = True
    """Whether no block is lost."""
    least: int | None = None
    most: int | None = None


def check_object(
    stored: Stored,
    key: ObjectKey,
    fetch: Callable[[int, int], bytes],
    sidecar: bytes | None,
    *,
    deep: bool,
) -> ObjectReport:
    """Check an object that can be read. ``sidecar`` is the whole of it, None where there is none.

    Without ``deep`` the records are not decoded, unless there is no sidecar to tell what they hold. Raises
    what ``fetch`` raises.
    """
    faults: list[Fault] = []
    beside_it = opened(sidecar, key, faults)
    window = Window(fetch, stored.size)
    header = _header(window, key, beside_it, faults)
    if header is None or header.content.key != key:
        content = None if beside_it is None else beside_it.content
        faults += _metadata(stored, content, None, key)
        return ObjectReport(_facts_of(beside_it, None, stored, key), tuple(faults), bytes_read=window.fetched)
    decode = deep or beside_it is None
    blocks = Blocks()
    damaged = len(faults)
    for walked in walk(window, header):
        _take(walked, header, key, blocks, faults, decode=decode)
    # Where it is damaged, every sum over it differs, too: that is the same fault once more.
    whole = blocks.whole and not any(fault.kind in _DAMAGE for fault in faults[:damaged])
    size, checksum = (window.size, window.crc32c) if whole else (None, None)
    faults += _metadata(stored, header.content, checksum, key)
    faults += _counts(header.content, blocks, key, decode=decode)
    table: Sequence[Block] = blocks.found
    if beside_it is not None and sidecar is not None:
        postings = blocks.postings if decode else None
        stale = list(against(beside_it, sidecar, header, size, checksum, blocks.found, postings))
        faults += stale
        if not decode:  # a stale sidecar tells nothing that lookups could be held against
            table = () if stale else beside_it.blocks
    facts = Facts(
        key,
        size,
        checksum,
        header.content.next_offset,
        header.content.records,
        {block.number: entry_sum(block) for block in table},
        blocks.days if decode else days_of_table(table),
        blocks.ids if deep else None,
    )
    records = sum(block.records for block in blocks.found)
    return ObjectReport(facts, tuple(faults), records_read=records, bytes_read=window.fetched)


def check_frozen(stored: Stored, key: ObjectKey, sidecar: bytes | None) -> ObjectReport:
    """Check an object that cannot be read now, by what is hot: its sidecar against what the store says."""
    faults: list[Fault] = []
    beside_it = opened(sidecar, key, faults)
    content = None if beside_it is None else beside_it.content
    checksum = None if beside_it is None else beside_it.crc32c
    if beside_it is not None and beside_it.size != stored.size:
        faults.append(
            Fault(
                key.sidecar,
                FaultKind.STALE_SIDECAR,
                f"it is of an object of {beside_it.size:,} bytes; the object has {stored.size:,}",
            )
        )
    faults += _metadata(stored, content, checksum, key)
    read = 0 if sidecar is None else len(sidecar)
    facts = _facts_of(beside_it, stored.size, stored, key)
    return ObjectReport(facts, tuple(faults), frozen=True, bytes_read=read)


def _facts_of(sidecar: Sidecar | None, size: int | None, stored: Stored, key: ObjectKey) -> Facts:
    """Return what a sidecar tells of an object that does not tell it itself."""
    if sidecar is None:
        return Facts(key, size, next_offset=beside(stored.metadata).next_offset)
    return Facts(
        key,
        size,
        sidecar.crc32c,
        sidecar.content.next_offset,
        sidecar.content.records,
        {block.number: entry_sum(block) for block in sidecar.blocks},
        days_of_table(sidecar.blocks),
    )


def _header(window: Window, key: ObjectKey, sidecar: Sidecar | None, faults: list[Fault]) -> Header | None:
    """Return the header; a damaged one by the sidecar, which repeats it: so the blocks are checked still."""
    try:
        header = header_of(window.peek(STRETCH), key.name)
    except FormatError as error:
        faults.append(Fault(key.name, FaultKind.FORMAT, f"it is written in format {error.found}"))
        return None
    except DamagedError as error:
        faults.append(Fault(key.name, FaultKind.HEADER, error.fault))
        return None if sidecar is None else header_of(sidecar.header, key.name)
    if header.content.key != key:
        faults.append(Fault(key.name, FaultKind.MISPLACED, f"its header says {header.content.key.name}"))
    return header


def _take(
    walked: Walked, header: Header, key: ObjectKey, blocks: Blocks, faults: list[Fault], *, decode: bool
) -> None:
    """Take note of a block, found or lost."""
    number = walked.number
    if walked.stored is None:
        if number == len(header.checksums):
            text = f"{walked.odd:,} bytes stand behind its last block"
            faults.append(Fault(key.name, FaultKind.BEHIND, text))
            return
        blocks.whole = False
        if walked.odd:
            text = f"its CRC32C is not {header.checksums[number]:08x}, which the header says"
            faults.append(Fault(key.name, FaultKind.BLOCK, text, number))
        else:
            text = f"the object ends or goes on without it; the header says {len(header.checksums)} blocks"
            faults.append(Fault(key.name, FaultKind.LOST_BLOCK, text, number))
        return
    checksum, size = header.checksums[number], len(walked.stored)
    first = header.content.key.position
    block = Block(number, walked.offset, size, walked.records, checksum, first, None, None)
    if decode:
        try:
            rows = decoded(walked.stored, number, key.name)
        except DamagedError as error:
            blocks.whole = False
            faults.append(Fault(key.name, FaultKind.BLOCK, error.fault, number))
            return
        block = _learnt(block, rows, blocks)
        faults += _order(rows, number, key, header.content)
    blocks.found.append(block)


def _learnt(block: Block, rows: list[dict[str, Any]], blocks: Blocks) -> Block:
    """Return a block with what its records tell, which is noted, too."""
    number = block.number
    lines = [line_of(row) for row in rows]
    blocks.offsets.extend(line.offset for line in lines)
    days = ids_by_day(lines)
    for day in days:
        blocks.days.setdefault(day, array("I")).append(number)
    for period, hashes in by_period(days):
        blocks.ids[period, number] = ids_sum(hashes)
    agents = {agent_hash(agent) for agent in {line.agent for line in lines} if agent is not None}
    blocks.postings[number] = ids_sum(set().union(*days.values(), agents))
    times = [line.time_ms for line in lines if line.time_ms is not None]
    least, most = min(times, default=None), max(times, default=None)
    if least is not None and most is not None:
        blocks.least = least if blocks.least is None else min(blocks.least, least)
        blocks.most = most if blocks.most is None else max(blocks.most, most)
    first = lines[0].offset if lines else block.first_offset
    return Block(number, block.offset, block.size, block.records, block.crc32c, first, least, most)


def _order(
    rows: list[dict[str, Any]], number: int, key: ObjectKey, content: ArchiveObject
) -> Iterator[Fault]:
    """Give what is wrong with the places of a block's records; the first of them is enough."""
    last = key.position - 1
    for row in rows:
        offset, place = row["offset"], (row["topic"], row["partition"])
        if place != (key.topic, key.partition):
            text = f"it holds a record of {place[0]}[{place[1]}]@{offset}"
        elif not last < offset < content.next_offset:
            text = f"offset {offset} does not stand between {last} and {content.next_offset}"
        else:
            last = offset
            continue
        yield Fault(key.name, FaultKind.RECORDS, text, number)
        return


def _counts(content: ArchiveObject, blocks: Blocks, key: ObjectKey, *, decode: bool) -> Iterator[Fault]:
    """Give what is wrong with an object as a whole; where blocks are lost, that explains it already."""
    if not blocks.whole:
        return
    records = sum(block.records for block in blocks.found)
    if records != content.records:
        text = f"it holds {records:,} records; its header says {content.records:,}"
        yield Fault(key.name, FaultKind.RECORDS, text)
    if not decode:
        return
    if any(later <= sooner for sooner, later in zip(blocks.offsets, blocks.offsets[1:], strict=False)):
        yield Fault(key.name, FaultKind.RECORDS, "its offsets do not rise from block to block")
        return
    for gap in unexplained(content.gaps, key.position, blocks.offsets, content.next_offset):
        last = gap.until - 1
        offsets = f"offset {gap.first}" if last == gap.first else f"offsets {gap.first} to {last}"
        text = f"what it tells of gaps and what it holds differ at {offsets}"
        yield Fault(key.name, FaultKind.GAPS, text)
    if (blocks.least, blocks.most) != (content.min_time_ms, content.max_time_ms):
        text = "the times of its records are not those that its header says"
        yield Fault(key.name, FaultKind.RECORDS, text)


def _metadata(
    stored: Stored, content: ArchiveObject | None, checksum: int | None, key: ObjectKey
) -> Iterator[Fault]:
    """Give one fault for all in which the store's metadata differs."""
    said = beside(stored.metadata)
    if said.next_offset is None and said.crc32c is None:
        yield Fault(
            key.name, FaultKind.METADATA, "the store has no metadata with it, so nobody knows its end"
        )
        return
    pairs: Mapping[str, tuple[object, object]] = {
        "next": (said.next_offset, None if content is None else content.next_offset),
        "records": (said.records, None if content is None else content.records),
        "crc32c": (said.crc32c, None if checksum is None else f"{checksum:08x}"),
    }
    wrong = [
        f"{name} {told}, not {found}" for name, (told, found) in pairs.items() if found not in (None, told)
    ]
    if wrong:
        yield Fault(key.name, FaultKind.METADATA, f"its metadata says {', '.join(wrong)}")
