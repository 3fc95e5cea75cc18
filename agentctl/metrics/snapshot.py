"""What one look at the lag of groups is for Prometheus, ready to be served many times."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from agentctl.lag.answer import Answer
from agentctl.lag.rows import TOPIC_DELETED, LagRow, Verdict
from agentctl.metrics.compat import Naming
from agentctl.metrics.native import native
from agentctl.metrics.series import Family, Series, bounded, weighed


class Unreadable(StrEnum):
    """What could not be learned, in few kinds: each is a series, so there may never be many."""

    GROUP = "group"
    """Where a group stands."""
    PARTITION = "partition"
    """Where the log of a partition begins and ends."""
    DELETED_TOPIC = "deleted-topic"
    """A commit in a topic that is gone."""
    SECONDS = "seconds"
    """How old what a group has not read is."""
    VERDICT = "verdict"
    """How a group that is behind does."""
    OTHER = "other"
    """Everything else that made the answer partial."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The series of one answer, and what is missing."""

    series: Mapping[Family, Sequence[Series]]
    dropped: int
    """Series that are not served because there are too many."""
    unreadable: Mapping[Unreadable, int]
    groups: int
    as_of_ms: int
    troubles: tuple[str, ...]


def snapshot(answer: Answer, namings: Sequence[Naming], most: int) -> Snapshot:
    """Return at most ``most`` series of an answer, in the own names and in others."""
    rows = [weighed(row) for row in answer.rows]
    units = chain(native(rows), *(name(rows, answer.groups) for name in namings))
    kept, dropped = bounded(units, most)
    families: dict[Family, list[Series]] = {}
    for one in kept:
        families.setdefault(one.family, []).append(one)
    missing = Counter(chain.from_iterable(map(_missing, answer.rows)))
    missing[Unreadable.GROUP] = sum(group.refusal is not None for group in answer.groups)
    told = missing[Unreadable.GROUP] + missing[Unreadable.PARTITION]
    # A group or a partition that could not be read is told in a sentence as well: it counts once.
    missing[Unreadable.OTHER] = max(len(answer.troubles) - told, 0)
    return Snapshot(
        series=families,
        dropped=dropped,
        unreadable={reason: missing[reason] for reason in Unreadable},
        groups=len(answer.groups),
        as_of_ms=answer.as_of_ms,
        troubles=answer.troubles,
    )


def _missing(row: LagRow) -> Iterator[Unreadable]:
    if row.bounds is None:
        yield Unreadable.DELETED_TOPIC if TOPIC_DELETED in row.notes else Unreadable.PARTITION
        return
    if row.lag and row.lag_seconds is None:
        yield Unreadable.SECONDS
    if row.lag and row.judged.verdict is Verdict.UNKNOWN:
        yield Unreadable.VERDICT
