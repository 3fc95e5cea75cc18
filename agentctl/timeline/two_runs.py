"""From two Sources, or one, to two runs side by side; or to what was looked for in vain."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import matcher
from agentctl.model.coverage import Coverage, joined
from agentctl.model.event import Event
from agentctl.model.query import Clock, Query
from agentctl.model.view import View
from agentctl.ports import Progress, Source
from agentctl.timeline.diff import compared
from agentctl.timeline.diff_view import diff_view, nothing_view
from agentctl.timeline.meant import Meant, pruned_in_error
from agentctl.timeline.order import Gathering
from agentctl.timeline.search import near_ids, search

MOST_EVENTS = 100_000
"""How many events of each run are kept; a cut makes the answer partial."""
_NEAR_MS = 3_000
"""How long near ids may be looked for."""


@dataclass(frozen=True, slots=True)
class Run:
    """One of the two: what it is called, and where its events are found how."""

    name: str
    source: Source
    query: Query
    mapping: FieldMapping


def two_runs(
    runs: tuple[Run, Run],
    progress: Progress,
    now: Callable[[], int],
    *,
    clock: Clock = Clock.RECORD,
    different_only: bool = False,
) -> View:
    """Find the events of both runs and compare them. ``now`` gives the present in ms since 1970.

    Two runs in one Source are read in one pass. Raises InterruptedScan on Ctrl-C, and whatever a Source
    raises.
    """
    gatherings = Gathering(clock, MOST_EVENTS), Gathering(clock, MOST_EVENTS)
    coverage = _read(runs, gatherings, progress)
    names = runs[0].name, runs[1].name
    window = runs[0].query.window
    empty = [run for run, found in zip(runs, gatherings, strict=True) if not found.seen]
    if empty:
        nothing = "\n".join(
            _in_vain(run, coverage, progress, now) for run in {one.name: one for one in empty}.values()
        )
        return nothing_view(names, coverage, window, nothing)
    a, b = (found.ordered() for found in gatherings)
    cut = [name for name, found in zip("AB", gatherings, strict=True) if found.seen > MOST_EVENTS]
    if cut:
        reason = f"of {' and '.join(cut)} only the first {MOST_EVENTS:,} events were compared"
        coverage = replace(coverage, complete=False, reasons=(*coverage.reasons, reason))
    return diff_view(compared(a, b), names, coverage, window, different_only=different_only)


def _read(runs: tuple[Run, Run], gatherings: tuple[Gathering, Gathering], progress: Progress) -> Coverage:
    first, second = runs
    if first.source is not second.source or replace(first.query, ids=()) != replace(second.query, ids=()):
        return joined(
            _searched(run, progress, gathering.add) for run, gathering in zip(runs, gatherings, strict=True)
        )
    own = [matcher(run.query) for run in runs]

    def take(event: Event) -> None:
        for matches, gathering in zip(own, gatherings, strict=True):
            if matches(event):
                gathering.add(event)

    ids = tuple(dict.fromkeys((*first.query.ids, *second.query.ids)))
    return _searched(replace(first, query=replace(first.query, ids=ids)), progress, take)


def _searched(run: Run, progress: Progress, take: Callable[[Event], None]) -> Coverage:
    """Give all events of a run, also where an id is not the record key that it was taken for."""
    meant = Meant(run.query)

    def note(event: Event) -> None:
        meant.add(event)
        take(event)

    def unread(coverage: Coverage) -> Query | None:
        return pruned_in_error(run.query, coverage, meant, run.mapping)

    return search(run.source, run.query, run.mapping, progress, note, unread).coverage


def _in_vain(run: Run, coverage: Coverage, progress: Progress, now: Callable[[], int]) -> str:
    """Say that a run has no event, and which ids are near."""
    if not run.query.ids:
        return f"{run.name} holds no event that was asked for."
    near: Sequence[str] = ()
    if coverage.records_scanned:
        began_ms = now()
        near = near_ids(
            run.source, run.query, run.mapping, progress, began_ms, lambda: now() - began_ms > _NEAR_MS
        )
    records = f"{coverage.records_scanned:,} record{'' if coverage.records_scanned == 1 else 's'}"
    said = f"Nothing matched {run.name} in {records} of {', '.join(coverage.topics) or 'no topic'}."
    return f"{said}\nNear: {', '.join(near)}" if near else said
