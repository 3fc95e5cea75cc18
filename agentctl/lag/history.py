"""The history of commits: who had read what when, and what cannot be known of it.

``__consumer_offsets`` is compacted: of every position in the part that has been cleaned only the last commit
is left. So the first known commit of a position may have had others before it, and between two known ones
there was none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentctl.lag.commits import Commit
from agentctl.lag.position import Position
from agentctl.lag.track import Track

FROM_THE_FIRST = 0
"""As a time: every commit that there ever was is known."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the history goes in one partition of ``__consumer_offsets``."""

    partition: int
    complete_since_ms: int | None
    """Since when every commit is known; FROM_THE_FIRST for all that there were, None for no moment."""
    known_until_ms: int | None = None
    """Where it breaks off before the end, such as at an open transaction; None when it does not."""
    records: int = 0
    unreadable: int = 0
    """Records that could not be understood: any of them may have been a commit."""
    unknown: int = 0
    """Keys of kinds that Kafka 4.3 does not have. They are no commits."""
    torn: bool = False
    """Whether a stretch in the middle was lost while it was read."""

    @property
    def sound(self) -> bool:
        """Whether nothing is missing between what is known."""
        return not self.unreadable and not self.torn

    def reaches(self, time_ms: int | None) -> bool:
        """Whether every commit since that moment is known."""
        if time_ms is None or self.complete_since_ms is None:
            return False
        return self.sound and self.complete_since_ms <= time_ms


@dataclass(frozen=True, slots=True)
class Passing:
    """When a group's committed offset passed a record, which is when the group says that it has read it."""

    group: str
    at: Commit | None
    """The first known commit behind the record; None when none is known."""
    before: Commit | None
    """The commit before that one, or else the last one: the group stood there, not behind the record."""
    stood_since_ms: int | None
    """Since when it stood at the offset of ``before``."""
    stood_longer: bool
    """Whether it may have stood there earlier still: the history does not tell."""
    certain: bool
    """With ``at``: whether that was the first time; else the group may have passed the record earlier, and
    ``at`` is when it had done so at the latest. Without: whether the group never passed it; else it may have
    done so before the history begins or after it breaks off.
    """
    back: Commit | None = None
    """The first later commit that went back to the record or before it: the record was, or is, read again."""
    dropped_ms: int | None = None
    """Since when the group has no position there: it expired or was deleted. None while it has one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a group stood at a moment."""

    commit: Commit | None
    """The commit that was the last one then; None when there was no position, or when none is known."""
    known: bool
    """Whether that is certain. None that is not known is no statement."""


_NOT_KNOWN = Reach(-1, None)


class CommitHistory:
    """The commits of groups on some topics, by partition."""

    def __init__(self, tracks: Iterable[Track], reaches: Iterable[Reach]) -> None:
        self._tracks: dict[Position, dict[str, Track]] = {}
        for track in tracks:
            position = (track.owner.topic, track.owner.partition)
            self._tracks.setdefault(position, {})[track.owner.group] = track
        self._tracks = {position: dict(sorted(groups.items())) for position, groups in self._tracks.items()}
        self.reaches: Mapping[int, Reach] = {one.partition: one for one in reaches}
        """By the partition of ``__consumer_offsets``: those that were read."""

    def __len__(self) -> int:
        return sum(len(track) for groups in self._tracks.values() for track in groups.values())

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The commits of every known group, by partition and group."""
        return tuple(
            self._tracks[one][group] for one in self.positions for group in sorted(self._tracks[one])
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of which anything is known, sorted."""
        return tuple(sorted({group for groups in self._tracks.values() for group in groups}))

    @property
    def positions(self) -> tuple[Position, ...]:
        """The partitions of which any group's commits are known, sorted."""
        return tuple(sorted(self._tracks))

    @property
    def begins_ms(self) -> int | None:
        """Since when every commit of every known group is known; None when that is so at no moment."""
        used = {track.coordinator for groups in self._tracks.values() for track in groups.values()}
        begins = [self.reaches[number].complete_since_ms for number in used]
        known = [time_ms for time_ms in begins if time_ms is not None]
        return max(known) if known and len(known) == len(begins) else None

    def track(self, group: str, topic: str, partition: int) -> Track | None:
        """Return a group's commits for a partition, in order; None when none is known."""
        return self._tracks.get((topic, partition), {}).get(group)

    def reach_of(self, track: Track) -> Reach:
        """Return how far the history goes where these commits are kept."""
        return self.reaches.get(track.coordinator, _NOT_KNOWN)

    def passed(
        self, topic: str, partition: int, offset: int, written_ms: int | None = None
    ) -> tuple[Passing, ...]:
        """Return for each known group when it passed a record; the order is that of the groups' names.

        ``written_ms`` is when the record was written: a history that reaches back to it is complete for
        the record. A group that is not named has no known commit in that partition; it may have one from
        before the history begins.
        """
        groups = self._tracks.get((topic, partition), {})
        return tuple(self._passing(track, offset, written_ms) for track in groups.values())

    def passing(
        self, group: str, topic: str, partition: int, offset: int, written_ms: int | None = None
    ) -> Passing | None:
        """Return of ``passed`` what concerns one group; None when no commit of it is known there."""
        track = self.track(group, topic, partition)
        return None if track is None else self._passing(track, offset, written_ms)

    def passed_at(
        self, topic: str, partition: int, offset: int, written_ms: int | None = None
    ) -> list[tuple[str, int | None, bool]]:
        """Return in brief what ``passed`` says: group, time of ``at``, and whether that is certain."""
        groups = self._tracks.get((topic, partition), {})
        found: list[tuple[str, int | None, bool]] = []
        for group, track in groups.items():
            index, certain = self._when(track, offset, written_ms)
            found.append((group, None if index is None else track.time_ms(index), certain))
        return found

    def _when(self, track: Track, offset: int, written_ms: int | None) -> tuple[int | None, bool]:
        """Return the first commit behind a record, and whether that, or its absence, is certain."""
        reach = self.reach_of(track)
        index = track.passed(offset, written_ms)
        if index is None:
            return None, reach.reaches(written_ms) and reach.known_until_ms is None
        known = index > 0 or reach.reaches(written_ms)
        return index, reach.sound and known and not track.left_out(index)

    def _passing(self, track: Track, offset: int, written_ms: int | None) -> Passing:
        reach = self.reach_of(track)
        index, certain = self._when(track, offset, written_ms)
        last = len(track) - 1
        dropped_ms = track.time_ms(last) if track.commit(last) is None else None
        beside = last if index is None else index - 1
        before = track.commit(beside) if beside >= 0 else None
        stood = None if before is None else track.stood_since(beside)
        back = None if index is None else track.fell_back(index, offset)
        return Passing(
            group=track.owner.group,
            at=None if index is None else track.commit(index),
            before=before,
            stood_since_ms=None if stood is None else track.time_ms(stood),
            stood_longer=stood == 0 and reach.complete_since_ms != FROM_THE_FIRST,
            certain=certain,
            back=None if back is None else track.commit(back),
            dropped_ms=dropped_ms,
        )

    def position_at(self, group: str, topic: str, partition: int, time_ms: int) -> Standing:
        """Return where a group stood in a partition at a moment, by the brokers' clock."""
        track = self.track(group, topic, partition)
        if track is None:
            # Where its commits would be kept is not asked here: only if all are known is there none.
            return Standing(None, bool(self.reaches) and all(map(_from_the_first, self.reaches.values())))
        reach = self.reach_of(track)
        index = track.at(time_ms)
        if index is None:
            return Standing(None, _from_the_first(reach))
        ends = reach.known_until_ms
        whole = reach.sound and not track.left_out(index + 1)
        return Standing(track.commit(index), whole and (ends is None or time_ms <= ends))


def _from_the_first(reach: Reach) -> bool:
    return reach.reaches(FROM_THE_FIRST) and reach.known_until_ms is None


@dataclass(frozen=True, slots=True)
class Commits:
    """The history of commits as far as it could be had."""

    history: CommitHistory | None
    """None when it could not be read, or only at too great a cost."""
    note: str
    """Why not, or what is missing in it, in one sentence; empty when there is nothing to say."""
    excess: bool = False
    """Whether it was left unread because there is more of it than was to be read."""
