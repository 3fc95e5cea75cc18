"""Records of ``__consumer_offsets`` become a history; what is not wanted is passed over by its key."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from agentctl.lag.commits import NEWEST_KIND, Owner, UnreadableError, owner_of, position_of, version_of
from agentctl.lag.history import FROM_THE_FIRST, CommitHistory, Reach
from agentctl.lag.position import Position
from agentctl.lag.track import GONE, Track

_MOST_KEYS = 500_000
"""How many keys are remembered; beyond that they are looked at anew."""


@dataclass(slots=True)
class _Log:
    """One partition of ``__consumer_offsets`` while it is read.

    A hole in the offsets is a transaction's marker, an aborted commit, or what compaction took away. In the
    part that was cleaned every key stands once. So where a key comes for the second time that part is over,
    and holes behind that place took away no commit. Where none does, also the hole at the end may have: of a
    position that was dropped nothing is left after a day.
    """

    partition: int
    complete_since_ms: int | None
    next: int | None = None
    """The offset that follows if there is no hole; None before the first record."""
    last_ms: int | None = None
    records: int = 0
    unreadable: int = 0
    unknown: int = 0
    whole: bool = True
    torn: bool = False
    keys: set[bytes | None] = field(default_factory=set)
    cleaned: bool = True
    """Whether compaction may have cleaned what is being read."""

    def measure(self, offsets: Sequence[int], keys: Sequence[bytes | None], times_ms: Sequence[int]) -> None:
        """Note since when nothing is missing."""
        self.records += len(offsets)
        self.last_ms = times_ms[-1]
        if not self.cleaned:
            return
        for offset, key, time_ms in zip(offsets, keys, times_ms, strict=True):
            if offset and offset != self.next:
                self.complete_since_ms = time_ms
            self.next = offset + 1
            if key in self.keys:
                self.cleaned = False
                self.keys.clear()
                return
            if len(self.keys) < _MOST_KEYS:
                self.keys.add(key)

    def ended(self, offset: int) -> None:
        """Note where it ends: what lies before that and did not come is the last hole."""
        if self.cleaned and offset != (self.next or 0):
            self.complete_since_ms = None

    def reach(self) -> Reach:
        """Return how far its history goes."""
        ends = None if self.whole else self.last_ms
        if not self.whole and ends is None:
            ends = self.complete_since_ms or 0
        return Reach(
            partition=self.partition,
            complete_since_ms=self.complete_since_ms,
            known_until_ms=ends,
            records=self.records,
            unreadable=self.unreadable,
            unknown=self.unknown,
            torn=self.torn,
        )


class Recording:
    """Takes the records of each partition in their order, and keeps the commits that are wanted."""

    def __init__(
        self, wanted: Collection[Position] | None = None, groups: Collection[str] | None = None
    ) -> None:
        """Want commits for some partitions, by some groups; None wants those of all."""
        self._wanted = None if wanted is None else frozenset(wanted)
        self._groups = None if groups is None else frozenset(groups)
        self._logs: dict[int, _Log] = {}
        self._by_key: dict[bytes, Track | None] = {}
        self._by_owner: dict[Owner, Track] = {}

    def begin(self, partition: int, offset: int) -> None:
        """Begin a partition at an offset."""
        self._logs[partition] = _Log(partition, FROM_THE_FIRST if offset == 0 else None)

    def take(
        self,
        partition: int,
        offsets: Sequence[int],
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
        times_ms: Sequence[int],
    ) -> None:
        """Take the next records of a partition, column by column; there is at least one."""
        log = self._logs[partition]
        log.measure(offsets, keys, times_ms)
        by_key = self._by_key
        for key, value, time_ms in zip(keys, values, times_ms, strict=True):
            try:
                track = by_key[key] if key in by_key else self._track(key, partition)
                if track is None:
                    continue
                if value is None:
                    track.add(GONE, time_ms)
                else:
                    track.add(*position_of(value))
            except UnreadableError:
                log.unreadable += 1

    def end(self, partition: int, offset: int, *, whole: bool, torn: bool = False) -> None:
        """End a partition before an offset: ``whole`` if all was read, ``torn`` if a stretch was lost."""
        log = self._logs[partition]
        log.ended(offset)
        log.whole, log.torn = whole, torn

    def history(self) -> CommitHistory:
        """Return what was recorded."""
        return CommitHistory(self._by_owner.values(), [log.reach() for log in self._logs.values()])

    def _track(self, key: bytes | None, partition: int) -> Track | None:
        """Return where commits of a key that was not seen before are kept; None when they are not wanted."""
        owner = owner_of(key)
        track = None if owner is None or not self._wants(owner) else self._owned(owner, partition)
        if owner is None and not 0 <= version_of(key) <= NEWEST_KIND:
            self._logs[partition].unknown += 1
        if len(self._by_key) >= _MOST_KEYS:
            self._by_key.clear()
        assert key is not None
        self._by_key[key] = track
        return track

    def _wants(self, owner: Owner) -> bool:
        if self._wanted is not None and (owner.topic, owner.partition) not in self._wanted:
            return False
        return self._groups is None or owner.group in self._groups

    def _owned(self, owner: Owner, partition: int) -> Track:
        if owner not in self._by_owner:
            self._by_owner[owner] = Track(owner, partition)
        return self._by_owner[owner]
