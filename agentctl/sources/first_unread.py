"""First unread records, read from the log: exact."""

from collections.abc import Mapping, Sequence

from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position
from agentctl.lag.routes import Cost, Route, Stamp, cost
from agentctl.lag.unread import Method, Standpoint, Unread
from agentctl.model.expectation import Expectation
from agentctl.model.query import Isolation
from agentctl.ports import Progress
from agentctl.sources.walking import Walk

_TIMELESS = "the first unread record bears no timestamp"
_UNKNOWN = "where its log begins and ends is not known"


class RecordUnread:
    """An UnreadSource that reads the records themselves, as a read_committed reader gets them.

    Transaction markers, aborted records and holes of compaction are walked over however many there are:
    only a reader that has passed the last stable offset has found nothing. What an open transaction holds
    back is then read uncommitted: from the last stable offset on, or from a standpoint behind it, which a
    reader of uncommitted records has left.
    """

    remarks: tuple[str, ...] = ()
    """There is nothing to be said of what is exact."""

    def __init__(self, connection: Connection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress

    def __call__(
        self, standpoints: Mapping[Position, tuple[int, ...]], bounds: Mapping[Position, Bounds]
    ) -> Mapping[Standpoint, Unread]:
        """Return what was found, for every standpoint; offsets of one partition ascend."""
        known = {place: own for place, own in standpoints.items() if place in bounds and own}
        price = cost(known, bounds)
        self._expect(known, price)
        ends = {place: min(bounds[place].last_stable, bounds[place].high_watermark) for place in known}
        stable: dict[Position, Route] = {}
        for place, own in known.items():
            before = [offset for offset in own if offset < ends[place]]
            if before:
                stable[place] = Route(before, ends[place])
        failed = self._walk(stable, Isolation.READ_COMMITTED, price)

        held: dict[Position, Route] = {}
        for place, own in known.items():
            end, high = ends[place], bounds[place].high_watermark
            if end < high and place not in failed:
                waiting = {max(one, end) for one in own if _found(stable.get(place), one) is None}
                if waiting:
                    held[place] = Route(sorted(waiting), high, tail=False)
        failed_held = self._walk(held, Isolation.READ_UNCOMMITTED, cost(known, {}))

        answers: dict[Standpoint, Unread] = {}
        for place, own in standpoints.items():
            if place not in known:
                answers |= {(*place, one): Unread(Method.NONE, reason=_UNKNOWN) for one in own}
                continue
            reason = failed.get(place, failed_held.get(place))
            own_routes = (stable.get(place), held.get(place))
            for one in own:
                answers[*place, one] = _answer(one, bounds[place], own_routes, reason)
        return answers

    def _expect(self, standpoints: Mapping[Position, Sequence[int]], price: Cost) -> None:
        if standpoints:
            self._progress.expect(
                Expectation(
                    topics=len({topic for topic, _ in standpoints}),
                    partitions=len(standpoints),
                    records=price.brought,
                    seconds=price.seconds,
                    narrower=("--seconds estimate",),
                )
            )

    def _walk(
        self, routes: Mapping[Position, Route], isolation: Isolation, price: Cost
    ) -> dict[Position, str]:
        """Walk the routes; return what could not be walked to its end, and why."""
        a_pass = price.records // max(price.seeks, 1)
        walk = Walk(self._connection, isolation, routes, self._progress, records_a_pass=a_pass)
        walk()
        return walk.failed


def _found(route: Route | None, standpoint: int) -> Stamp | None:
    return None if route is None else route.found.get(standpoint)


def _answer(
    standpoint: int, bounds: Bounds, routes: tuple[Route | None, Route | None], reason: str | None
) -> Unread:
    stable, held = routes
    last = None if stable is None else stable.last
    found = _found(stable, standpoint)
    if found is not None:
        if found.offset >= bounds.high_watermark:
            # It was written after the ends had been asked for: by then there was nothing to read.
            return Unread(Method.RECORD, nothing=True)
        # What was committed meanwhile may lie behind the stable end.
        newest = found if last is None or last.offset < found.offset else last
        missing = _TIMELESS if found.time_ms is None else None
        return Unread(Method.RECORD, found.offset, found.time_ms, newest.time_ms, reason=missing)
    if reason is not None and standpoint not in _settled(stable, held, bounds):
        return Unread(Method.NONE, reason=reason)
    found = _found(held, max(standpoint, min(bounds.last_stable, bounds.high_watermark)))
    if found is None or found.offset >= bounds.high_watermark:
        return Unread(Method.RECORD, nothing=True)
    missing = _TIMELESS if found.time_ms is None else None
    last_ms = None if last is None else last.time_ms
    return Unread(Method.RECORD, found.offset, found.time_ms, last_ms, open_transaction=True, reason=missing)


def _settled(stable: Route | None, held: Route | None, bounds: Bounds) -> set[int]:
    """Return the standpoints of which it is known that they have nothing, or something held back."""
    end = min(bounds.last_stable, bounds.high_watermark)
    without = set() if stable is None else {one for one, found in stable.found.items() if found is None}
    if end == bounds.high_watermark:
        return without
    known = set() if held is None else set(held.found)
    return {one for one in without if end in known} | {one for one in known if one >= end}
