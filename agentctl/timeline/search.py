"""From a Source to the events that match: scan, filter raw bytes, map, match; and what nearly matched."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agentctl.errors import InterruptedScan
from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import matcher, raw_filter
from agentctl.model.coverage import Coverage, completed
from agentctl.model.event import Event
from agentctl.model.expectation import Expectation
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


def _all_read(_coverage: Coverage) -> Query | None:
    """Nothing has to be read beside what was."""
    return None


def search(
    source: Source,
    query: Query,
    mapping: FieldMapping,
    progress: Progress,
    take: Callable[[Event], None],
    more: Callable[[Coverage], Query | None] = _all_read,
) -> Searched:
    """Give ``take`` every event that matches, each partition in offset order.

    ``more`` is asked once all is read: a Query that it returns names what has to be read as well, for the
    same events, and the coverage is that of both.
    Raises InterruptedScan on Ctrl-C, and whatever the Source raises.
    """
    sifting = _Sifting(query, mapping, take)
    coverage = sifting.scanned(source, query, progress, before=0)
    rest = more(coverage)
    if rest is not None:
        also = sifting.scanned(source, rest, progress, before=coverage.records_scanned)
        coverage = completed(coverage, also)
    coverage = schemas_missed(_with_undecodable(coverage, sifting.undecodable), mapping)
    return Searched(coverage, sifting.matched, sifting.elsewhere, sifting.left_out)


@dataclass(slots=True)
class _Sifting:
    """Takes the events that match, and counts the others by what they nearly were."""

    query: Query
    mapping: FieldMapping
    take: Callable[[Event], None]
    matched: int = 0
    elsewhere: int = 0
    left_out: int = 0
    undecodable: int = 0
    _matches: Callable[[Event], bool] = field(init=False)
    _has_id: Callable[[Event], bool] = field(init=False)
    _holds_text: Callable[[Event], bool] = field(init=False)

    def __post_init__(self) -> None:
        self._matches = matcher(self.query)
        self._has_id = matcher(replace(self.query, agents=(), types=()))
        self._holds_text = matcher(replace(self.query, match=Match.ANYWHERE))

    def scanned(self, source: Source, query: Query, progress: Progress, *, before: int) -> Coverage:
        """Look at all records of a scan; ``before`` it so many were read."""
        scan = source.scan(query, raw_filter(query, self.mapping), progress)
        asked = self.query.ids or self.query.agents or self.query.types
        look_at = self._look_at if asked else self._take
        try:
            for batch in scan:
                for event in map(self.mapping.event, batch):
                    look_at(event)
        except KeyboardInterrupt:
            read = before + scan.coverage.records_scanned
            raise stopped(f"{read:,} records, {self.matched:,} of which matched") from None
        return scan.coverage

    def _take(self, event: Event) -> None:
        """Take an event where every one matches."""
        self.undecodable += event.undecodable is not None
        self.matched += 1
        self.take(event)

    def _look_at(self, event: Event) -> None:
        self.undecodable += event.undecodable is not None
        if self._matches(event):
            self.matched += 1
            self.take(event)
        elif self.query.ids:
            self.left_out += self._has_id(event)
            self.elsewhere += self._holds_text(event)


def stopped(done: str, hint: str = "narrow the search with --since, --until or --topic") -> InterruptedScan:
    """Return the end of a scan by Ctrl-C; ``done`` says what was read until then."""
    return InterruptedScan(f"Stopped by Ctrl-C after {done}; nothing was changed.", hint=hint)


def _with_undecodable(coverage: Coverage, undecodable: int) -> Coverage:
    if not undecodable:
        return coverage
    events = "event" if undecodable == 1 else "events"
    remark = f"{undecodable:,} undecodable {events} among what was decoded"
    return replace(coverage, undecodable=undecodable, remarks=(*coverage.remarks, remark))


def schemas_missed(coverage: Coverage, mapping: FieldMapping) -> Coverage:
    """Return a coverage that is partial where schemas of events could not be had."""
    troubles = () if mapping.writers is None else tuple(mapping.writers.troubles)
    if not troubles:
        return coverage
    reasons = dict.fromkeys((*coverage.reasons, *(f"events remain undecoded: {one}" for one in troubles)))
    return replace(coverage, complete=False, reasons=tuple(reasons))


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
        for batch in source.scan(everything, raw_filter(everything, mapping), _Aside(progress)):
            for record in batch:
                event = mapping.event(record)
                known |= dict.fromkeys(x for x in (event.workflow_id, event.work_item) if x is not None)
            if enough():
                break
        found = near_names(query.ids[0], [x for x in known if x not in query.ids])
        if found or enough():
            return found
    return ()


@dataclass(frozen=True, slots=True)
class _Aside:
    """Progress of a look that is soon broken off: nothing is expected of it."""

    progress: Progress

    def advance(self, records: int, bytes_: int) -> None:
        """Count what was read."""
        self.progress.advance(records, bytes_)

    def expect(self, coming: Expectation) -> None:
        """Do not announce what will not be done."""
