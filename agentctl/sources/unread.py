"""Which way first unread records are found: read, or estimated; by itself what is quick enough."""

from collections.abc import Callable, Mapping

from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position
from agentctl.lag.routes import Cost, cost
from agentctl.lag.seconds import Seconds
from agentctl.lag.unread import Method, Standpoint, Unread
from agentctl.ports import Progress
from agentctl.sources.first_unread import RecordUnread
from agentctl.sources.time_index import TimeIndexUnread

WORTH_SECONDS = 1.0
"""How long reading may take unasked: nobody waits for longer than that for a list without a doubt."""


class ChosenUnread:
    """An UnreadSource that reads or estimates as it was told, or else by what reading would cost."""

    def __init__(
        self, mode: Seconds | None, connection: Connection, now: Callable[[], int], progress: Progress
    ) -> None:
        """``mode`` is EXACT or ESTIMATE, or None to choose; ``now`` is a clock in ms since 1970."""
        self._mode = mode
        self._exact = RecordUnread(connection, progress)
        self._estimate = TimeIndexUnread(connection, now)
        self.remarks: tuple[str, ...] = ()
        """What is to be said of the latest answer: what was chosen and why, and what limits it."""

    def __call__(
        self, standpoints: Mapping[Position, tuple[int, ...]], bounds: Mapping[Position, Bounds]
    ) -> Mapping[Standpoint, Unread]:
        """Return what was found, for every standpoint; offsets of one partition ascend."""
        price = cost(standpoints, bounds)
        if chosen(self._mode, price) is Seconds.EXACT:
            self.remarks = ()
            return self._exact(standpoints, bounds)
        found = self._estimate(standpoints, bounds)
        self.remarks = self._estimate.remarks
        if self._mode is not None:
            return found
        self.remarks = (_why(price), *self.remarks)
        left = _unknown(standpoints, bounds, found)
        worth = left and chosen(None, cost(left, bounds)) is Seconds.EXACT
        return {**found, **self._exact(left, bounds)} if worth else found


def _unknown(
    standpoints: Mapping[Position, tuple[int, ...]],
    bounds: Mapping[Position, Bounds],
    found: Mapping[Standpoint, Unread],
) -> dict[Position, tuple[int, ...]]:
    """Return the standpoints that the time index tells nothing of."""
    left = {
        place: tuple(one for one in own if found[*place, one].method is Method.NONE)
        for place, own in standpoints.items()
        if place in bounds
    }
    return {place: own for place, own in left.items() if own}


def chosen(mode: Seconds | None, price: Cost) -> Seconds:
    """Return how seconds are found, when nobody says so by what reading would cost."""
    if mode is not None:
        return mode
    return Seconds.EXACT if price.seconds <= WORTH_SECONDS else Seconds.ESTIMATE


def _why(price: Cost) -> str:
    places = "one place" if price.seeks == 1 else f"{price.seeks:,} places"
    return (
        f"seconds are estimated from the time index: to read them would pass over {price.records:,} records, "
        f"beginning in {places}, in about {price.seconds:.1f} s (--seconds exact)"
    )
