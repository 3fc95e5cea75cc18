"""From a Source to the events that match: scan, filter raw bytes, map, match; and what nearly matched."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agentctl.errors import InterruptedScan
from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import matcher, raw_filter
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.near import near_names
from agentctl.model.query import Match, Query, Window
from agentctl.ports import Progress, Source

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search left behind, beside the events that it gave."""

    coverage: Coverage
    matched: int
    elsewhere: int
    """Events that hold an id in their text, but in no mapped field: ``--match anywhere`` finds them."""
    left_out: int = 0
    """Events that have an id, but not one of the agents or types that were asked for."""


def search(
    source: Source, query: Query, mapping: FieldMapping, progress: Progress, take: Callable[[Event], None]
) -> Searched:
    """Give ``take`` every event that matches, each partition in offset order.

    Raises InterruptedScan on Ctrl-C, and whatever the Source raises.
    """
    matches = matcher(query)
    has_id = matcher(replace(query, agents=(), types=()))
    holds_text = matcher(replace(query, match=Match.ANYWHERE))
    matched = elsewhere = left_out = undecodable = 0
    scan = source.scan(query, raw_filter(query, mapping), progress)
    try:
        for batch in scan:
            for record in batch:
                event = mapping.event(record)
                undecodable += event.undecodable is not None
                if matches(event):
                    matched += 1
                    take(event)
                elif query.ids:
                    left_out += has_id(event)
                    elsewhere += holds_text(event)
    except KeyboardInterrupt:
        read = scan.coverage.records_scanned
        raise InterruptedScan(
            f"Stopped by Ctrl-C after {read:,} records, {matched:,} of which matched; nothing was changed.",
            hint="narrow the search with --since, --until or --topic",
        ) from None
    return Searched(_with_undecodable(scan.coverage, undecodable), matched, elsewhere, left_out)


def _with_undecodable(coverage: Coverage, undecodable: int) -> Coverage:
    if not undecodable:
        return coverage
    events = "event" if undecodable == 1 else "events"
    reason = f"{undecodable:,} undecodable {events} among what was decoded"
    return replace(coverage, undecodable=undecodable, reasons=(*coverage.reasons, reason))


def near_ids(
    source: Source,
    query: Query,
    mapping: FieldMapping,
    progress: Progress,
    now_ms: int,
    enough: Callable[[], bool],
) -> tuple[str, ...]:
    """Return ids that look like the first one asked for, the likeliest first.

    Looks at the last day of the query's window, then at all of it, until ``enough`` says stop. An id that was
    asked for is none that is near: it is there, and something else left it out.
    """
    window = query.window
    day_before = (now_ms if window.until_ms is None else window.until_ms) - DAY_MS
    latest = Window(
        max(day_before, day_before if window.since_ms is None else window.since_ms), window.until_ms
    )
    known: dict[str, None] = {}
    for part in dict.fromkeys((latest, window)):
        everything = replace(query, ids=(), agents=(), types=(), window=part)
        for batch in source.scan(everything, raw_filter(everything, mapping), progress):
            for record in batch:
                event = mapping.event(record)
                known |= dict.fromkeys(x for x in (event.workflow_id, event.work_item) if x is not None)
            if enough():
                break
        found = near_names(query.ids[0], [x for x in known if x not in query.ids])
        if found or enough():
            return found
    return ()
