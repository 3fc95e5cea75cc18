"""``archive verify``: workers check every object, sidecar and lookup; then they are held together."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from agentctl.archive.checking import check_frozen, check_object
from agentctl.archive.facts import Facts, ObjectReport
from agentctl.archive.faults import Fault, FaultKind
from agentctl.archive.judging import begins, continuity, lookups
from agentctl.archive.keys import LookupKey, ObjectKey
from agentctl.archive.lookup_checking import LookupReport, check_lookup
from agentctl.archive.store import FrozenError, Store, Stored, Thaw
from agentctl.archiving import listing
from agentctl.archiving.listing import Lying, batches
from agentctl.archiving.opening import Opening
from agentctl.archiving.workers import mapped
from agentctl.errors import NotFoundError
from agentctl.ports import Progress

_FROZEN = (Thaw.FROZEN, Thaw.THAWING)


@dataclass(slots=True)
class Verified:
    """What came of checking an archive."""

    address: str
    deep: bool
    faults: list[Fault] = field(default_factory=list)
    objects: int = 0
    lookups: int = 0
    records: int = 0
    size_bytes: int = 0
    """Read."""
    frozen: list[str] = field(default_factory=list)
    """Objects that could only be checked by what is hot."""
    foreign: list[str] = field(default_factory=list)
    pending: int = 0
    begins: list[ObjectKey] = field(default_factory=list)
    """First objects of partitions that begin behind offset 0."""


def verify(
    opening: Opening, executor: Executor, at_once: int, lying: Lying, progress: Progress, *, deep: bool
) -> Verified:
    """Check all that was listed. Raises what the store raises where nothing can be said."""
    store = opening.store()
    verified = Verified(opening.address, deep, foreign=lying.foreign)
    run = partial(_objects_checked, executor, at_once, opening, progress, deep)
    facts: dict[ObjectKey, Facts] = {}
    again: list[Stored] = []
    for report in run(list(lying.objects.values())):
        key = report.facts.key
        if any(fault.kind is FaultKind.NO_SIDECAR for fault in report.faults) and _came(store, key.sidecar):
            again.append(lying.objects[key])  # its writer was just about to put it
            continue
        _note(report, verified, facts)
    for report in run(again):
        _note(report, verified, facts)
    verified.faults += continuity(facts.values())
    verified.begins = list(begins(facts.values()))
    reports = _lookups_checked(executor, at_once, opening, lying, deep=deep)
    between = list(lookups(facts, reports, lying.pending))
    if any(fault.kind is FaultKind.NO_LOOKUP for fault in between):
        # Those of an object that was put meanwhile, or merged ones, may have come since they were listed.
        known = set(lying.lookups)
        listing.lookups(store, lying)
        newer = {key: size for key, size in lying.lookups.items() if key not in known}
        reports += _lookups_of(executor, at_once, opening, newer, deep=deep)
        between = list(lookups(facts, reports, lying.pending))
    verified.faults += [fault for report in reports for fault in report.faults]
    missing = {key for key in lying.orphans if not _came(store, key.name)}
    verified.faults += [
        Fault(key.name, FaultKind.OBJECT, f"its sidecar {key.sidecar} is there, the object is not")
        for key in sorted(missing)
    ]
    verified.faults += [fault for fault in between if _counts(fault, store, missing)]
    verified.lookups = sum(not report.gone for report in reports)
    verified.size_bytes += sum(report.bytes_read for report in reports)
    verified.pending = len(lying.pending & facts.keys())
    verified.faults.sort(key=_place)
    return verified


def _place(fault: Fault) -> tuple[str, int, str]:
    return fault.key, -1 if fault.block is None else fault.block, fault.kind.value


def _counts(fault: Fault, store: Store, missing: set[ObjectKey]) -> bool:
    """Whether a fault between lookups and objects is one that is not known yet, and still there."""
    if fault.kind is not FaultKind.OBJECT:
        return True
    key = ObjectKey.parse(fault.key)
    return key not in missing and not _came(store, fault.key)


def _came(store: Store, key: str) -> bool:
    try:
        store.head(key)
    except NotFoundError:
        return False
    return True


def _note(report: ObjectReport, verified: Verified, facts: dict[ObjectKey, Facts]) -> None:
    facts[report.facts.key] = report.facts
    verified.faults += report.faults
    verified.objects += 1
    verified.records += report.records_read
    verified.size_bytes += report.bytes_read
    if report.frozen:
        verified.frozen.append(report.facts.key.name)


def _objects_checked(
    executor: Executor, at_once: int, opening: Opening, progress: Progress, deep: bool, objects: list[Stored]
) -> Iterator[ObjectReport]:
    task = partial(check_batch, opening, deep)
    for reports in mapped(executor, at_once, task, batches(objects)):
        progress.advance(sum(one.records_read for one in reports), sum(one.bytes_read for one in reports))
        yield from reports


def check_batch(opening: Opening, deep: bool, objects: tuple[Stored, ...]) -> list[ObjectReport]:
    """Check some objects: what a worker does. Objects that went away since they were listed are left out."""
    store = opening.store()
    found = (_checked(store, one.key, deep=deep) for one in objects)
    return [report for report in found if report is not None]


def _checked(store: Store, name: str, *, deep: bool) -> ObjectReport | None:
    key = ObjectKey.parse(name)
    assert key is not None
    sidecar = _whole(store, key.sidecar)
    try:
        stored = store.head(name)
        if stored.thaw in _FROZEN:
            return check_frozen(stored, key, sidecar)
        try:
            return check_object(stored, key, _fetching(store, name), sidecar, deep=deep)
        except FrozenError:
            return check_frozen(stored, key, sidecar)
    except NotFoundError:
        return None


def _whole(store: Store, key: str) -> bytes | None:
    try:
        return store.get(key)
    except NotFoundError:
        return None


def _fetching(store: Store, name: str) -> Callable[[int, int], bytes]:
    return lambda start, length: store.get_range(name, start, length)


def _lookups_checked(
    executor: Executor, at_once: int, opening: Opening, lying: Lying, *, deep: bool
) -> list[LookupReport]:
    return _lookups_of(executor, at_once, opening, lying.lookups, deep=deep)


def _lookups_of(
    executor: Executor, at_once: int, opening: Opening, wanted: dict[LookupKey, int], *, deep: bool
) -> list[LookupReport]:
    task = partial(check_lookups, opening, deep)
    ordered = sorted(wanted.items())
    some = [tuple(ordered[at : at + 64]) for at in range(0, len(ordered), 64)]
    return [report for reports in mapped(executor, at_once, task, some) for report in reports]


def check_lookups(
    opening: Opening,
    deep: bool,
    wanted: tuple[tuple[LookupKey, int], ...],
) -> list[LookupReport]:
    """Check some lookups: what a worker does."""
    store = opening.store()
    found = []
    for key, size in wanted:
        try:
            found.append(check_lookup(key, _fetching(store, key.name), size, deep=deep))
        except NotFoundError:
            found.append(LookupReport(key, gone=True))
    return found
