"""Judges groups by the commits that the cluster keeps, asking where logs ended when these were made."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.kafka.connection import Connection
from agentctl.kafka.moments import at_times
from agentctl.lag import burrow
from agentctl.lag.burrow import Judging, Sample
from agentctl.lag.position import Owned, Position
from agentctl.lag.rows import Judged, Verdict
from agentctl.lag.track import Track

_NO_END = "not judged: where the log ended at its commits could not be asked"


class Ends:
    """Where logs ended at moments. What lies between two equal ends is known without a question."""

    def __init__(self, connection: Connection, now: Mapping[Position, int]) -> None:
        """``now`` are the ends now."""
        self._connection = connection
        self._now = now
        self._times: dict[Position, list[int]] = {}
        self._offsets: dict[Position, list[int]] = {}

    def at(self, position: Position, time_ms: int) -> int | None:
        """Return the end at a moment; None when it has to be asked for."""
        times = self._times.get(position, ())
        index = bisect_left(times, time_ms)
        if index == len(times):
            return None
        offsets = self._offsets[position]
        same = times[index] == time_ms or (index > 0 and offsets[index - 1] == offsets[index])
        return offsets[index] if same else None

    def ask(self, wanted: Mapping[Position, Iterable[int]]) -> None:
        """Ask for moments; what is not answered stays unknown."""
        told = at_times(self._connection, {one: set(times) for one, times in wanted.items()})
        for (position, time_ms), offset in told.items():
            times = self._times.setdefault(position, [])
            index = bisect_left(times, time_ms)
            if index < len(times) and times[index] == time_ms:
                continue
            times.insert(index, time_ms)
            # No record that late: the log has not grown since.
            end = self._now[position] if offset < 0 else offset
            self._offsets.setdefault(position, []).insert(index, end)


@dataclass(slots=True)
class _Open:
    """A judgement that waits for an end of the log."""

    rule: Judging
    commits: int
    time_ms: int
    rewound: bool


def judge(
    connection: Connection,
    windows: Iterable[tuple[Owned, Sequence[Sample]]],
    ends: Mapping[Position, int],
    now_ms: int,
    moments: Mapping[Position, Iterable[int]],
) -> Mapping[Owned, Judged]:
    """Judge groups by their last commits, where anything is left to read.

    ``ends`` are the logs' ends now; ``moments`` are asked for beforehand: well chosen, they spare most
    questions. All judgements go on side by side, so that the number of rounds is that
    of the longest one, however many there are.
    """
    known = Ends(connection, ends)
    known.ask(moments)
    judged: dict[Owned, Judged] = {}
    waiting: dict[Owned, _Open] = {}
    for owned, samples in windows:
        if len(samples) < burrow.MINIMUM:
            judged[owned] = Judged(Verdict.UNKNOWN, len(samples), _few(len(samples)))
            continue
        rule = burrow.judging(samples, now_ms)
        one = _Open(rule, len(samples), 0, burrow.went_back(samples))
        _advance(owned, one, None, known, judged, waiting)
    while waiting:
        wanted: dict[Position, set[int]] = {}
        for (_, position), one in waiting.items():
            wanted.setdefault(position, set()).add(one.time_ms)
        known.ask(wanted)
        asked, waiting = waiting, {}
        for owned, one in asked.items():
            end = known.at(owned[1], one.time_ms)
            if end is None:
                judged[owned] = Judged(Verdict.UNKNOWN, one.commits, _NO_END)
            else:
                _advance(owned, one, end, known, judged, waiting)
    return judged


def extremes(tracks: Mapping[Owned, Track], now_ms: int) -> Mapping[Position, Iterable[int]]:
    """Return about the first and the last moment that the rules will ask for, by partition."""
    wanted: dict[Position, tuple[int, int]] = {}
    recent_ms = now_ms - burrow.RECENT_MS
    for (_, position), track in tracks.items():
        last = len(track) - 1
        first, latest = wanted.get(position, (recent_ms, recent_ms))
        wanted[position] = (
            min(first, track.time_ms(max(last - burrow.INTERVALS, 0))),
            max(latest, track.time_ms(last)),
        )
    return {position: set(times) for position, times in wanted.items()}


def _advance(
    owned: Owned,
    one: _Open,
    end: int | None,
    known: Ends,
    judged: dict[Owned, Judged],
    waiting: dict[Owned, _Open],
) -> None:
    """Go on with a judgement for as long as the ends that it asks for are known; ``end`` is the one it has
    asked for, None at its beginning.
    """
    try:
        while True:
            one.time_ms = next(one.rule) if end is None else one.rule.send(end)
            end = known.at(owned[1], one.time_ms)
            if end is None:
                waiting[owned] = one
                return
    except StopIteration as verdict:
        judged[owned] = Judged(verdict.value, one.commits, rewound=one.rewound)


def _few(count: int) -> str:
    commits = "1 commit is" if count == 1 else f"{count} commits are"
    return f"not judged: {commits if count else 'no commit is'} known, and {burrow.MINIMUM} are needed"
