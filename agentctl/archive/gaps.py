"""Offsets that are covered and hold no record, with what is known of the reason."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class GapReason(StrEnum):
    """Why there is no record at an offset."""

    RETENTION = "retention"
    """It lay below the log start when the partition was read: retention or a deletion had taken it."""
    TRANSACTION = "transaction"
    """The marker of a transaction or a record of an aborted one; a reader of committed records cannot tell
    which of them."""
    COMPACTED = "compacted"
    """The topic is compacted: a later record of the same key stands for it. A transaction's marker or aborted
    record looks the same there."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Offsets from ``first`` up to, but without, ``until``."""

    first: int
    until: int
    reason: GapReason

    @property
    def offsets(self) -> int:
        """How many offsets."""
        return self.until - self.first


def gaps_between(
    position: int, offsets: Iterable[int], until: int, *, log_start: int | None, compacted: bool | None
) -> Iterator[Gap]:
    """Give the holes in ``[position, until)``, where records stand at ``offsets``, which rise.

    ``log_start`` is the partition's, asked for when its records had been read; ``compacted`` says whether
    the topic's cleanup policy has compaction in it. None is unknown.
    """
    at = position
    for offset in offsets:
        if offset > at:
            yield from explained(at, offset, log_start=log_start, compacted=compacted)
        at = offset + 1
    if until > at:
        yield from explained(at, until, log_start=log_start, compacted=compacted)


def explained(first: int, until: int, *, log_start: int | None, compacted: bool | None) -> Iterator[Gap]:
    """Give one hole with its reason, or two, where the log start lies within it."""
    cut = first if log_start is None else min(max(log_start, first), until)
    if cut > first:
        yield Gap(first, cut, GapReason.RETENTION)
    if until > cut:
        reason = GapReason.COMPACTED if compacted else GapReason.TRANSACTION
        yield Gap(cut, until, GapReason.UNKNOWN if compacted is None or log_start is None else reason)


def unexplained(gaps: Sequence[Gap], position: int, offsets: Iterable[int], until: int) -> Iterator[Gap]:
    """Give the holes that ``gaps`` do not tell of, and as UNKNOWN what it says that holds a record after all.

    That is the proof of continuity of an object: nothing is given where every offset is a record or a hole
    that was told.
    """
    told = {(gap.first, gap.until) for gap in joined(gaps)}
    found = {
        (gap.first, gap.until)
        for gap in gaps_between(position, offsets, until, log_start=None, compacted=None)
    }
    for first, last in sorted(told ^ found):
        yield Gap(first, last, GapReason.UNKNOWN)


def joined(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Give gaps with those made one that touch; the reason is that of the first."""
    pending: Gap | None = None
    for gap in sorted(gaps):
        if pending is not None and gap.first <= pending.until:
            pending = Gap(pending.first, max(pending.until, gap.until), pending.reason)
            continue
        if pending is not None:
            yield pending
        pending = gap
    if pending is not None:
        yield pending


def gaps_as_json(gaps: Iterable[Gap]) -> list[list[object]]:
    """Return ``[[first, until, reason], …]``."""
    return [[gap.first, gap.until, gap.reason.value] for gap in gaps]


def gaps_from_json(rows: object) -> tuple[Gap, ...]:
    """Read what ``gaps_as_json`` wrote; ValueError for anything else. A later version's reason is UNKNOWN."""
    if not isinstance(rows, list):
        raise ValueError("gaps are a list")
    found = []
    for row in rows:
        match row:
            case [int(first), int(until), str(reason)] if first < until:
                known = reason in set(GapReason)
                found.append(Gap(first, until, GapReason(reason) if known else GapReason.UNKNOWN))
            case _:
                raise ValueError("a gap is [first, until, reason]")
    return tuple(found)
