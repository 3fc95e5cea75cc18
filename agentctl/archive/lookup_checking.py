"""Checking a lookup: by its own checksums; what it says of objects is noted, to be held against them."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.facts import entry_sum
from agentctl.archive.faults import Fault, FaultKind
from agentctl.archive.keys import LookupKey, ObjectKey
from agentctl.archive.lookup import ObjectRef, lookup_of
from agentctl.archive.postings import Stretch

_WRAP = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Covered:
    """What a lookup says of one object. The sequences run side by side."""

    ref: ObjectRef
    blocks: "array[int]" = field(default_factory=lambda: array("I"))
    entries: "array[int]" = field(default_factory=lambda: array("I"))
    """``entry_sum`` of each block."""
    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    """``ids_sum`` of each block; empty unless asked for."""


@dataclass(frozen=True, slots=True)
class LookupReport:
    """What came of checking one lookup."""

    key: LookupKey
    objects: Mapping[ObjectKey, Covered] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    bytes_read: int = 0
    gone: bool = False
    """It was there in the list, and no more when it was read: somebody merges."""


def check_lookup(
    key: LookupKey, fetch: Callable[[int, int], bytes], size: int, *, deep: bool
) -> LookupReport:
    """Check a lookup. ``fetch`` gives a stretch of it, as a store's ``get_range`` does."""
    try:
        lookup = lookup_of(fetch(-key.tail, key.tail), key)
    except FormatError as error:
        kind = FaultKind.FORMAT if error.newer else FaultKind.STALE_LOOKUP
        return LookupReport(key, faults=(Fault(key.name, kind, f"it is written in format {error.found}"),))
    except DamagedError as error:
        return LookupReport(key, faults=(Fault(key.name, FaultKind.LOOKUP, error.fault),))
    faults: list[Fault] = []
    if lookup.size != size:
        text = f"it has {size:,} bytes instead of {lookup.size:,}"
        faults.append(Fault(key.name, FaultKind.LOOKUP, text))
    sums = array("Q", bytes(8 * len(lookup.blocks)))

    def page(at: Stretch) -> bytes:
        return fetch(at.start, at.length)

    try:
        for id_, number in lookup.entries(page):
            if number >= len(sums):
                raise DamagedError(key.name, f"it speaks of block {number} of {len(sums)}")
            if deep:
                sums[number] = (sums[number] + id_) & _WRAP
    except DamagedError as error:
        faults.append(Fault(key.name, FaultKind.LOOKUP, error.fault))
    covered = {ref.key: Covered(ref) for ref in lookup.objects}
    for number, block in enumerate(lookup.blocks):
        own = covered[lookup.objects[lookup.owners[number]].key]
        own.blocks.append(block.number)
        own.entries.append(entry_sum(block))
        if deep and not faults:
            own.ids.append(sums[number])
    return LookupReport(key, covered, tuple(faults), lookup.size)
