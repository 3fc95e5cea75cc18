"""How groups move: verdicts and rates, from the commits that the cluster keeps."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from agentctl.kafka import offsets
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.connection import Connection
from agentctl.lag import burrow, rates
from agentctl.lag.groups import Group, Reading
from agentctl.lag.history import CommitHistory, Commits
from agentctl.lag.position import Owned, Position
from agentctl.lag.rows import Judged, Rates, Verdict, lag_of
from agentctl.sources.commits import read_commits
from agentctl.sources.verdicts import extremes, judge

_HOUR_MS = 3_600_000
_LOOKS: tuple[tuple[int | None, int], ...] = (
    (None, 200_000),
    (6 * _HOUR_MS, 500_000),
    (_HOUR_MS // 2, 2_000_000),
)
"""How far back the commits are read, and how many at most: all of them where that is cheap, else of late."""

_NO_COMMIT = Judged(Verdict.UNKNOWN, reason="not judged: no commit is known")


@dataclass(frozen=True, slots=True)
class Told:
    """What commits tell of groups in partitions."""

    judged: Mapping[Owned, Judged] = field(default_factory=dict)
    rates: Mapping[Owned, Rates] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    history: CommitHistory | None = None


class Tempo:
    """Asks the cluster. What it may not or cannot tell is unknown, with the reason."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, reading: Reading, groups: Collection[str] | None) -> Told:
        """Return verdicts and rates of all groups of a reading.

        ``groups`` are the only ones in it; None says that it holds all there are.
        """
        commits = self._commits(reading.as_of_ms, groups)
        into = self._into(reading)
        if commits.history is None:
            reason = f"not judged: {commits.note}"
            owned = list(_owned(reading))
            return Told(
                {(group.name, one): Judged(Verdict.UNKNOWN, reason=reason) for group, one in owned},
                {(group.name, one): Rates(into=into.get(one)) for group, one in owned},
                (f"{commits.note}: no verdicts; --sample 15s judges by watching",),
            )
        judged = self._judged(reading, commits.history)
        found = {
            (group.name, one): Rates(into.get(one), _out(commits.history, group, one, reading.as_of_ms))
            for group, one in _owned(reading)
        }
        remarks = (commits.note,) if commits.note else ()
        # Of all groups it is not kept: it may be large, and nobody asks for it.
        kept = commits.history if groups is not None else None
        return Told(judged, found, (*remarks, *self._clocks(judged)), kept)

    def _commits(self, now_ms: int, groups: Collection[str] | None) -> Commits:
        for back_ms, most in _LOOKS:
            since_ms = None if back_ms is None else now_ms - back_ms
            commits = read_commits(self._connection, None, since_ms, groups=groups, most=most)
            if not commits.excess:
                return commits
        return commits

    def _into(self, reading: Reading) -> Mapping[Position, float | None]:
        """Return how fast partitions grow."""
        filled = [one for one, bounds in reading.bounds.items() if not bounds.empty]
        then = offsets.at_time(self._connection, filled, reading.as_of_ms - rates.SPAN_MS).found
        found: dict[Position, float | None] = {
            one: 0.0 for one, bounds in reading.bounds.items() if bounds.empty
        }
        for one, answer in then.items():
            high = reading.bounds[one].high_watermark
            found[one] = rates.into(high if answer.offset < 0 else answer.offset, high, rates.SPAN_MS)
        return found

    def _judged(self, reading: Reading, history: CommitHistory) -> Mapping[Owned, Judged]:
        tracks = {}
        for group, one in _owned(reading):
            track = history.track(group.name, *one)
            if track is not None and len(track) and lag_of(group.committed.get(one), reading.bounds[one]):
                tracks[group.name, one] = track
        ends = {one: bounds.high_watermark for one, bounds in reading.bounds.items()}
        windows = ((one, burrow.recent(track)) for one, track in tracks.items())
        now_ms = reading.as_of_ms
        judged = judge(self._connection, windows, ends, now_ms, extremes(tracks, now_ms))
        return {
            (group.name, one): judged.get((group.name, one), _NO_COMMIT) for group, one in _owned(reading)
        }

    def _clocks(self, judged: Mapping[Owned, Judged]) -> tuple[str, ...]:
        """Say where verdicts rest on times that clients have set."""
        topics = sorted(
            {position[0] for (_, position), one in judged.items() if one.commits >= burrow.MINIMUM}
        )
        configs = topic_configs(self._connection, topics)
        told = [
            name
            for name in topics
            if configs.get(name, {}).get("message.timestamp.type", "CreateTime") != "LogAppendTime"
        ]
        if not told:
            return ()
        return (
            f"verdicts on {', '.join(told[:3])}{' and others' if len(told) > 3 else ''} rest on times that "
            "clients set (CreateTime)",
        )


def _owned(reading: Reading) -> Iterator[tuple[Group, Position]]:
    """Give the groups that told where they stand, with each partition that concerns them."""
    for group in reading.groups:
        if group.refusal is None:
            for position in reading.positions[group.name]:
                if position in reading.bounds:
                    yield group, position


def _out(history: CommitHistory, group: Group, position: Position, now_ms: int) -> float | None:
    standing = group.committed.get(position)
    return None if standing is None else rates.out(history, group.name, position, standing, now_ms)
