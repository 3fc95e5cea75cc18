"""``archive index``: sidecars and lookups made anew from the objects, and lookups of days merged into months.

Nothing is missed meanwhile: what is new is put before what it stands for goes, and an object that cannot be
indexed gets the sign that it stands in no lookup, so that everybody asks it itself.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.index_plan import Item, Plan, Why
from agentctl.archive.keys import LookupKey, ObjectKey, month_of
from agentctl.archive.lookup import lookup_of
from agentctl.archive.store import Store, Stored
from agentctl.archiving.index_work import Made, Merge, Task, make_batch, merge_period
from agentctl.archiving.listing import Lying, batches, lookups
from agentctl.archiving.opening import Opening
from agentctl.archiving.workers import mapped
from agentctl.errors import NotFoundError
from agentctl.ports import Progress

_TAILS = 64


@dataclass(slots=True)
class Indexed:
    """What was done."""

    made: dict[ObjectKey, Made] = field(default_factory=dict)
    merged: dict[str, LookupKey | None] = field(default_factory=dict)
    """For each period the lookup that holds it now; None where nothing is left of it."""


def planned(opening: Opening, executor: Executor, at_once: int, lying: Lying, *, all_: bool) -> Plan:
    """Return what is to be done. Reads the tails of lookups, and nothing else."""
    ordered = sorted(lying.lookups)
    some = [tuple(ordered[at : at + _TAILS]) for at in range(0, len(ordered), _TAILS)]
    covered: set[ObjectKey] = set()
    useless: list[LookupKey] = []
    foreign: list[LookupKey] = []
    stale: set[LookupKey] = set()
    for read in mapped(executor, at_once, partial(read_tails, opening), some):
        for lookup, objects in read.items():
            if objects is None:
                useless.append(lookup)
            elif isinstance(objects, str):
                foreign.append(lookup)
            else:
                covered |= objects
                if not objects <= lying.objects.keys():
                    stale.add(lookup)
    items = {}
    for key in lying.objects:
        if all_:
            items[key] = Item(key, Why.ALL, sidecar=True)
        elif key not in lying.sidecars:
            items[key] = Item(key, Why.NO_SIDECAR, sidecar=True)
        elif key in lying.pending or key not in covered:
            items[key] = Item(key, Why.NO_LOOKUP, sidecar=False)
    good = [one for one in ordered if one not in useless and one not in foreign]
    merges = {
        period: parts
        for period, parts in _by_period(good).items()
        if len(parts) > 1 or any(part in stale for part in parts)
    }
    return Plan(items, merges, tuple(useless), tuple(foreign), len(lying.objects), frozenset(covered))


def read_tails(
    opening: Opening, keys: tuple[LookupKey, ...]
) -> dict[LookupKey, frozenset[ObjectKey] | str | None]:
    """Return which objects lookups hold; None of a useless one, the format of one of a newer agentctl."""
    store = opening.store()
    found: dict[LookupKey, frozenset[ObjectKey] | str | None] = {}
    for key in keys:
        try:
            tail = store.get_range(key.name, -key.tail, key.tail)
            found[key] = frozenset(ref.key for ref in lookup_of(tail, key).objects)
        except FormatError as error:
            found[key] = error.found if error.newer else None
        except DamagedError:
            found[key] = None
        except NotFoundError:
            continue  # somebody merged it
    return found


def index(
    opening: Opening, executor: Executor, at_once: int, plan: Plan, lying: Lying, progress: Progress
) -> Indexed:
    """Do what was planned. Raises what the store raises; what was done until then holds."""
    store = opening.store()
    before = set(lying.lookups)
    done = Indexed()
    tasks = [
        tuple(Task(one, plan.items[key].sidecar, key in lying.pending) for key, one in batch)
        for batch in _batches(plan, lying)
    ]
    for many in mapped(executor, at_once, partial(make_batch, opening), tasks):
        progress.advance(sum(one.records for one in many), sum(one.size for one in many))
        done.made |= {one.key: one for one in many}
    lookups(store, lying)
    fresh = {key for one in done.made.values() for key in one.lookups}
    anew = frozenset(key for key, one in done.made.items() if one.trouble is None)
    gone = _gone(store, plan.covered - lying.objects.keys())
    merges = _merges(plan, lying.lookups, before, fresh, anew, gone)
    for period, key in mapped(executor, at_once, partial(merge_period, opening), merges):
        done.merged[period] = key
    put = {*done.merged.values(), *fresh}
    for key in plan.useless:
        if key not in put:
            store.delete(key.name)
    return done


def _batches(plan: Plan, lying: Lying) -> list[tuple[tuple[ObjectKey, Stored], ...]]:
    by_name = {one.key: key for key, one in lying.objects.items() if key in plan.items}
    wanted = [lying.objects[key] for key in plan.items]
    return [tuple((by_name[one.key], one) for one in batch) for batch in batches(wanted)]


def _gone(store: Store, keys: Collection[ObjectKey]) -> frozenset[ObjectKey]:
    """Return those that are really not there: the others were put after the list was made."""

    def there(key: ObjectKey) -> bool:
        try:
            store.head(key.name)
        except NotFoundError:
            return False
        return True

    return frozenset(key for key in keys if not there(key))


def _merges(
    plan: Plan,
    now: Mapping[LookupKey, int],
    before: set[LookupKey],
    fresh: set[LookupKey],
    anew: frozenset[ObjectKey],
    gone: frozenset[ObjectKey],
) -> list[Merge]:
    """Return the periods to merge: those of several lookups, and those that hold what is no more so."""
    untouched = {*plan.useless, *plan.foreign}
    merges = []
    for period, parts in _by_period([key for key in now if key not in untouched]).items():
        old = tuple(key for key in parts if key in before and key not in fresh)
        new = tuple(key for key in parts if key not in old)
        if len(parts) > 1 or period in plan.merges or (old and anew):
            merges.append(Merge(period, old, new, anew, gone))
    return merges


def _by_period(keys: Collection[LookupKey]) -> dict[str, tuple[LookupKey, ...]]:
    def period(key: LookupKey) -> str:
        return month_of(key.period)

    return {name: tuple(own) for name, own in groupby(sorted(keys, key=period), key=period)}
