"""The metrics of agentctl itself, by group, topic and partition."""

from collections.abc import Iterable, Iterator

from agentctl.lag.metric_names import (
    BEHIND_SECONDS,
    GROUP,
    LAG_RECORDS,
    LAG_SECONDS,
    LOST,
    NEVER_COMMITTED,
    PARTITION,
    TOPIC,
    VERDICT,
    VERDICT_NUMBERS,
)
from agentctl.lag.rows import LagRow
from agentctl.metrics.series import Family, Series, Unit, Weighed, of

_LABELS = (GROUP, TOPIC, PARTITION)
_SECONDS = Family(
    LAG_SECONDS,
    "Age of the first unread record, or how much older it is than the last; absent where unknown.",
    _LABELS,
)
_BEHIND = Family(
    BEHIND_SECONDS,
    "How much older the first unread record is than the last one; absent where unknown.",
    _LABELS,
)
_RECORDS = Family(
    LAG_RECORDS, "Offsets from the committed one, or the log start, to the end of the log.", _LABELS
)
_VERDICT = Family(VERDICT, "0 UNKNOWN, 1 OK, 2 WARN, 3 STALL, 4 STOP, 5 REWIND, by Burrow's rules.", _LABELS)
_LOST = Family(
    LOST, "Records that retention took before the group has read them; only where there are any.", _LABELS
)
_NEVER = Family(
    NEVER_COMMITTED, "1 where a group reads a topic and never committed in this partition.", _LABELS
)


def native(rows: Iterable[Weighed]) -> Iterator[Unit]:
    """Give a unit for every row."""
    for one in rows:
        row = one.row
        yield Unit(one.badness, (row.group, row.topic, row.partition), tuple(_series(row)))


def _series(row: LagRow) -> Iterator[Series]:
    labels = (row.group, row.topic, str(row.partition))
    yield from of(_SECONDS, labels, row.lag_seconds)
    yield from of(_BEHIND, labels, row.behind_seconds)
    yield from of(_RECORDS, labels, row.lag)
    yield from of(_VERDICT, labels, VERDICT_NUMBERS[row.judged.verdict])
    if row.bounds is None:
        return
    if row.committed is None:
        yield from of(_NEVER, labels, 1)
    elif row.committed < row.bounds.log_start:
        yield from of(_LOST, labels, row.bounds.log_start - row.committed)
