"""An excerpt of a history of commits: as few of them as answer the same questions in the same way.

Of each group and partition are kept the first and the last commit, what went back or was dropped with what
stood before it, and around every question what its answer is made of. Where others were left out in between
is known, and nothing is said to be certain there.
"""

from collections.abc import Iterator

from agentctl.lag.commits import Owner
from agentctl.lag.history import CommitHistory, Standing
from agentctl.lag.track import Track


class AskedHistory(CommitHistory):
    """A history that remembers what it was asked."""

    def __init__(self, whole: CommitHistory) -> None:
        """Answer as another history does."""
        super().__init__(whole.tracks, whole.reaches.values())
        self._records: dict[Owner, set[tuple[int, int | None]]] = {}
        self._moments: dict[Owner, set[int]] = {}

    def _when(self, track: Track, offset: int, written_ms: int | None) -> tuple[int | None, bool]:
        """Remember the record, by whatever question it is asked about."""
        self._records.setdefault(track.owner, set()).add((offset, written_ms))
        return super()._when(track, offset, written_ms)

    def position_at(self, group: str, topic: str, partition: int, time_ms: int) -> Standing:
        """Answer, and remember the moment."""
        self._moments.setdefault(Owner(group, topic, partition), set()).add(time_ms)
        return super().position_at(group, topic, partition, time_ms)

    def excerpt(self) -> CommitHistory:
        """Return what is needed to answer again what was asked until now."""
        return CommitHistory([self._shortened(track) for track in self.tracks], self.reaches.values())

    def _shortened(self, track: Track) -> Track:
        kept = set(track.landmarks())
        for offset, written_ms in self._records.get(track.owner, ()):
            kept.update(_around_record(track, offset, written_ms))
        for time_ms in self._moments.get(track.owner, ()):
            kept.update(_around_moment(track, time_ms))
        return track.only(sorted(kept))


def _around_record(track: Track, offset: int, written_ms: int | None) -> Iterator[int]:
    """Give the entries that tell when a record was passed, where the group stood before, if it went back."""
    index = track.passed(offset, written_ms)
    beside = len(track) - 1 if index is None else index - 1
    if beside >= 0:
        yield beside
        yield track.stood_since(beside)
    if index is not None:
        yield index
        back = track.fell_back(index, offset)
        if back is not None:
            yield back


def _around_moment(track: Track, time_ms: int) -> Iterator[int]:
    """Give the entries that tell where a group stood at a moment, and since when."""
    index = track.at(time_ms)
    if index is None:
        return
    yield from _valid(track, index)
    # Since when it stood there is asked by the time of that commit.
    same = track.at(track.time_ms(index))
    if same is not None:
        yield from _valid(track, same)


def _valid(track: Track, index: int) -> Iterator[int]:
    """Give an entry, the first with its offset, and the one behind it, which ended it."""
    yield index
    yield track.stood_since(index)
    if index + 1 < len(track):
        yield index + 1
