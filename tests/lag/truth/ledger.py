"""What stands at each offset of a partition, and what a read_committed reader will get from there on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.lag.groups import Bounds


class Fate(StrEnum):
    """What became of an offset."""

    READABLE = "readable"
    MARKER = "marker"
    """Of a transaction's end."""
    ABORTED = "aborted"
    OPEN = "open"
    """It belongs to a transaction that has not ended."""
    BEHIND = "behind"
    """A record without a transaction, behind the beginning of an open one."""
    COMPACTED = "compacted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One offset."""

    fate: Fate
    time_ms: int | None
    """The record's timestamp; None of a marker, whose time its broker alone knows."""
    key: bytes | None = None


@dataclass(frozen=True, slots=True)
class FirstUnread:
    """The truth about a standpoint."""

    offset: int | None
    time_ms: int | None
    open_transaction: bool = False

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to read."""
        return self.offset is None


@dataclass(slots=True)
class Ledger:
    """One partition, kept while it is written."""

    entries: list[Entry] = field(default_factory=list)
    log_start: int = 0

    @property
    def bounds(self) -> Bounds:
        """Where the log begins and ends."""
        return Bounds(self.log_start, len(self.entries), self.last_stable)

    @property
    def last_stable(self) -> int:
        """Where the first open transaction begins, else the end."""
        return next(self._of(Fate.OPEN), len(self.entries))

    @property
    def standpoints(self) -> tuple[int, ...]:
        """Every offset at which a group may stand with something before it."""
        return tuple(range(self.log_start, len(self.entries)))

    def add(self, fate: Fate, times_ms: Sequence[int | None], keys: Sequence[bytes | None] = ()) -> None:
        """Append offsets."""
        named = keys or [None] * len(times_ms)
        self.entries += [Entry(fate, time_ms, key) for time_ms, key in zip(times_ms, named, strict=True)]

    def compact(self, until: int) -> None:
        """Leave of each key only the last record before an offset."""
        last = {entry.key: offset for offset, entry in enumerate(self.entries[:until])}
        for offset, entry in enumerate(self.entries[:until]):
            if last[entry.key] != offset:
                self.entries[offset] = Entry(Fate.COMPACTED, None, entry.key)

    def first_unread(self, offset: int) -> FirstUnread:
        """Return what a group that stands there will get next."""
        stable = self.last_stable
        for at in self._of(Fate.READABLE):
            if offset <= at < stable:
                return FirstUnread(at, self.entries[at].time_ms)
        for at in self._of(Fate.OPEN, Fate.BEHIND, Fate.ABORTED):
            if at >= max(offset, stable):
                return FirstUnread(at, self.entries[at].time_ms, open_transaction=True)
        return FirstUnread(None, None)

    def first_kept(self, offset: int) -> FirstUnread:
        """Return the first offset from there on that is a record, whoever gets it; markers are left out."""
        at = next(
            (at for at in range(offset, len(self.entries)) if self.entries[at].time_ms is not None), None
        )
        return FirstUnread(at, None if at is None else self.entries[at].time_ms)

    def last_readable(self) -> int | None:
        """Return the time of the last record that a read_committed reader gets."""
        stable = self.last_stable
        found = [self.entries[at].time_ms for at in self._of(Fate.READABLE) if self.log_start <= at < stable]
        return found[-1] if found else None

    def latest_until(self, offset: int) -> int:
        """Return the latest timestamp of a kept record up to an offset, that one included."""
        times = [one.time_ms for one in self.entries[self.log_start : offset + 1] if one.time_ms is not None]
        return max(times)

    def _of(self, *fates: Fate) -> Iterator[int]:
        return (at for at, entry in enumerate(self.entries) if entry.fate in fates)
