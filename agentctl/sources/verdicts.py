"""Judges groups by the commits that the cluster keeps, asking where logs ended when these were made."""

from collections.abc import Mapping
from dataclasses import dataclass

from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import at_times
from agentctl.lag import burrow
from agentctl.lag.burrow import Judging, Sample
from agentctl.lag.position import Position
from agentctl.lag.rows import Judged, Verdict

Owned = tuple[str, Position]
"""A group and a partition."""

_NO_END = "not judged: where the log ended at its commits could not be asked"


@dataclass(slots=True)
class _Open:
    """A judgement that waits for an end of the log."""

    rule: Judging
    samples: tuple[Sample, ...]
    time_ms: int


def judge(
    connection: Connection,
    windows: Mapping[Owned, tuple[Sample, ...]],
    ends: Mapping[Position, int],
    now_ms: int,
) -> Mapping[Owned, Judged]:
    """Judge groups by their last commits, where anything is left to read.

    ``ends`` are the logs' ends now. All judgements go on side by side, so that the number of rounds is that
    of the longest one, however many there are.
    """
    judged: dict[Owned, Judged] = {}
    waiting: dict[Owned, _Open] = {}
    for owned, samples in windows.items():
        if len(samples) < burrow.MINIMUM:
            judged[owned] = Judged(Verdict.UNKNOWN, len(samples), _few(len(samples)))
            continue
        _advance(owned, _Open(burrow.judging(samples, now_ms), samples, 0), None, waiting, judged)
    known: dict[tuple[Position, int], int] = {}
    while waiting:
        wanted: dict[Position, set[int]] = {}
        for (_, position), one in waiting.items():
            if (position, one.time_ms) not in known:
                wanted.setdefault(position, set()).add(one.time_ms)
        told = at_times(connection, wanted)
        known |= {(place, time_ms): offset for (place, time_ms), offset in told.items()}
        for owned, one in list(waiting.items()):
            del waiting[owned]
            offset = known.get((owned[1], one.time_ms))
            if offset is None:
                judged[owned] = Judged(Verdict.UNKNOWN, len(one.samples), _NO_END)
                continue
            # No record that late: the log has not grown since.
            _advance(owned, one, ends[owned[1]] if offset < 0 else offset, waiting, judged)
    return judged


def _advance(
    owned: Owned, one: _Open, end: int | None, waiting: dict[Owned, _Open], judged: dict[Owned, Judged]
) -> None:
    """Go on with a judgement that is sent the end that it asked for."""
    try:
        one.time_ms = next(one.rule) if end is None else one.rule.send(end)
    except StopIteration as verdict:
        judged[owned] = Judged(verdict.value, len(one.samples), rewound=burrow.went_back(one.samples))
    else:
        waiting[owned] = one


def _few(count: int) -> str:
    commits = "1 commit is" if count == 1 else f"{count} commits are"
    return f"not judged: {commits if count else 'no commit is'} known, and {burrow.MINIMUM} are needed"
