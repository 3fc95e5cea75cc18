"""Faults between objects, and between objects and lookups: what no file shows alone."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from agentctl.archive.facts import Facts
from agentctl.archive.faults import Fault, FaultKind
from agentctl.archive.keys import ObjectKey, month_of
from agentctl.archive.lookup_checking import Covered, LookupReport


def continuity(objects: Iterable[Facts]) -> Iterator[Fault]:
    """Give what is missing or twice between the objects of each partition."""
    ordered = sorted(objects, key=lambda one: one.key)
    for _, own in groupby(ordered, key=lambda one: one.key.folder):
        before: Facts | None = None
        for one in own:
            if before is not None and before.next_offset is not None:
                yield from _between(before.key, before.next_offset, one.key)
            before = one


def _between(before: ObjectKey, next_offset: int, key: ObjectKey) -> Iterator[Fault]:
    if key.position > next_offset:
        missing = replace(key, position=next_offset)
        text = (
            f"offsets {next_offset} to {key.position - 1} are in no object: "
            f"{before.name} ends before them, {key.name} begins behind them"
        )
        yield Fault(missing.name, FaultKind.HOLE, text)
    elif key.position < next_offset:
        text = f"offsets {key.position} to {next_offset - 1} are covered by {before.name}, too"
        yield Fault(key.name, FaultKind.OVERLAP, text)


def begins(objects: Iterable[Facts]) -> Iterator[ObjectKey]:
    """Give the first object of each partition that does not begin at 0: those before expired, or are lost."""
    ordered = sorted(one.key for one in objects)
    for _, own in groupby(ordered, key=lambda key: key.folder):
        first = next(own)
        if first.position:
            yield first


def lookups(
    objects: Mapping[ObjectKey, Facts], reports: Sequence[LookupReport], pending: Collection[ObjectKey]
) -> Iterator[Fault]:
    """Give what lookups say otherwise than the objects, and what they do not say.

    Objects in ``pending`` may stand in no lookup yet: everybody who looks for something knows of them.
    """
    for report in reports:
        for key, covered in report.objects.items():
            facts = objects.get(key)
            if facts is None:
                text = f"{report.key.name} knows of it, and there is no such object"
                yield Fault(key.name, FaultKind.OBJECT, text)
            else:
                yield from _stale(report, covered, facts)
    by_object: dict[ObjectKey, list[tuple[str, Covered]]] = {}
    for report in reports:
        for key, covered in report.objects.items():
            by_object.setdefault(key, []).append((report.key.period, covered))
    for key, facts in objects.items():
        if key not in pending:
            yield from _missing(facts, by_object.get(key, ()))


def _stale(report: LookupReport, covered: Covered, facts: Facts) -> Iterator[Fault]:
    ref, key = covered.ref, facts.key
    name = report.key.name
    # What could not be learnt of the object is no fault of the lookup.
    pairs = {
        "bytes": (ref.size, facts.size),
        "CRC32C": (ref.crc32c, facts.crc32c),
        "next": (ref.next_offset, facts.next_offset),
        "records": (ref.records, facts.records),
    }
    wrong = [f"{what} {said}, not {is_}" for what, (said, is_) in pairs.items() if is_ not in (None, said)]
    if wrong:
        yield Fault(name, FaultKind.STALE_LOOKUP, f"it says of {key.name}: {', '.join(wrong)}")
        return
    period = report.key.period
    for at, (block, entry) in enumerate(zip(covered.blocks, covered.entries, strict=True)):
        if block not in facts.entries:
            continue  # lost, or not known; the object's own faults tell of it
        if facts.entries[block] != entry:
            text = f"it says otherwise than {key.name} where the block stands or what it holds"
        elif facts.ids is not None and covered.ids and facts.ids.get((period, block), 0) != covered.ids[at]:
            text = f"its ids are not those of the records of the block of {key.name}"
        else:
            continue
        yield Fault(name, FaultKind.STALE_LOOKUP, text, block)


def _missing(facts: Facts, own: Sequence[tuple[str, Covered]]) -> Iterator[Fault]:
    """Give the days of an object with blocks that no lookup of the day or its month holds."""
    for day, blocks in sorted(facts.days.items()):
        held = {
            block for period, covered in own if period in (day, month_of(day)) for block in covered.blocks
        }
        lost = [block for block in blocks if block not in held]
        if lost:
            text = f"no lookup of {day} finds the records of {len(lost)} of its blocks"
            yield Fault(facts.key.name, FaultKind.NO_LOOKUP, text, lost[0])
