"""What ``archive index`` is to do, and as a View what it would do or did."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agentctl.archive.keys import LookupKey, ObjectKey
from agentctl.model.coverage import Coverage
from agentctl.model.view import Column, Row, View

_COLUMNS = (
    Column("action", "ACTION"),
    Column("key", "WRITES"),
    Column("state", "STATE"),
    Column("object", "OF"),
    Column("why", "WHY", wrapped=True),
)


class Why(StrEnum):
    """Why an object is indexed."""

    ALL = "everything is made anew"
    NO_SIDECAR = "it has no sidecar"
    NO_LOOKUP = "it stands in no lookup"


@dataclass(frozen=True, slots=True)
class Item:
    """One object to index."""

    key: ObjectKey
    why: Why
    sidecar: bool
    """Whether its sidecar is made, by its records; else its lookups are made by its sidecar."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done."""

    items: Mapping[ObjectKey, Item]
    merges: Mapping[str, tuple[LookupKey, ...]]
    """Months of which there are several lookups, or one with objects that are no more."""
    useless: tuple[LookupKey, ...]
    """Damaged or outdated lookups, which go: their objects are indexed."""
    foreign: tuple[LookupKey, ...]
    """Lookups of a newer format, which are left alone."""
    objects: int
    """In the archive."""
    covered: frozenset[ObjectKey]
    """Objects of which lookups know, there or not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it."""

    lookups: Mapping[ObjectKey, tuple[LookupKey, ...]]
    """For each object that was indexed the lookups that were put for it."""
    troubles: Mapping[ObjectKey, str]
    """Why an object could not be indexed."""
    merged: Mapping[str, LookupKey | None]


def index_view(address: str, plan: Plan, done: Outcome | None) -> View:
    """Show a row for each thing to write; ``done`` is None for a plan."""
    troubles = {} if done is None else done.troubles
    rows = [_row(item, done) for item in sorted(plan.items.values(), key=lambda item: item.key)]
    periods = sorted({*plan.merges, *(done.merged if done is not None else ())})
    rows += [_merge(period, plan, done) for period in periods]
    state = "planned" if done is None else "done"
    rows += [
        _line("drop", key.name, state, None, "it is damaged, or of a format before") for key in plan.useless
    ]
    notes = [f"{key.name} is of a newer format and left alone" for key in plan.foreign]
    if done is None and rows:
        notes.append("nothing was written: --execute does it; new lookups are merged into their months")
    if not rows:
        notes.append("every object has its sidecar and stands in the lookups; nothing is to be done")
    reasons = [f"{key.name}: {why}" for key, why in sorted(troubles.items())]
    return View(
        name="archive-index",
        title=f"archive {address}",
        columns=_COLUMNS,
        rows=rows,
        summary={
            "executed": done is not None,
            "objects": plan.objects,
            "indexed": len(plan.items) - len(troubles) if done is not None else 0,
            "failed": len(troubles),
            "merged": len(done.merged) if done is not None else 0,
        },
        facts=(f"{plan.objects:,} objects", f"{len(plan.items):,} to index" if done is None else "done"),
        notes=tuple(notes),
        coverage=Coverage(complete=not troubles, reasons=tuple(reasons)),
        next=("agentctl archive verify",) if done is not None else (),
    )


def _row(item: Item, done: Outcome | None) -> Row:
    name = item.key.name
    writes = item.key.sidecar if item.sidecar else "lookups"
    if done is None:
        state, why = "planned", item.why.value
    elif item.key in done.troubles:
        state, why = "failed", done.troubles[item.key]
    else:
        state, why = "done", item.why.value
        if not item.sidecar:
            writes = ", ".join(key.name for key in done.lookups.get(item.key, ())) or "lookups"
    return _line("sidecar and lookups" if item.sidecar else "lookups", writes, state, name, why)


def _merge(period: str, plan: Plan, done: Outcome | None) -> Row:
    count = len(plan.merges.get(period, ()))
    why = f"{count} lookups become one" if count > 1 else "what it says is no more so, or has come new"
    if done is None or period not in done.merged:
        return _line("merge", period, "planned" if done is None else "left", None, why)
    key = done.merged[period]
    return _line("merge", key.name if key is not None else period, "done", None, why)


def _line(action: str, key: str, state: str, object_: str | None, why: str) -> Row:
    return {"action": action, "key": key, "state": state, "object": object_, "why": why}
