"""Where partitions begin and what of them is decided: two batched questions for any number of partitions."""

from collections.abc import Callable, Collection, Mapping

from agentctl.archive.writing import Bound
from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Partition


def bounds(
    connection: Connection, places: Collection[Partition], now_ms: Callable[[], int]
) -> tuple[Mapping[Partition, Bound], Mapping[Partition, str]]:
    """Return the bounds of partitions, and for those without an answer the reason.

    Raises UnreachableError or AccessError when nobody answers at all.
    """
    ends = offsets.last_stable(connection, places)
    starts = offsets.log_start(connection, ends.found)
    at_ms = now_ms()
    found = {
        place: Bound(starts.found[place].offset, end.offset, at_ms)
        for place, end in ends.found.items()
        if place in starts.found
    }
    return found, {**ends.failed, **starts.failed}
