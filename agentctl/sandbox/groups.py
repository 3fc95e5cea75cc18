"""The consumer groups of the incident: what each has committed, and when."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from agentctl.lag.commits import Commit
from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.night import CLAIMS, PROGRESS, RESEARCH, RESULTS, Night, all_partitions

LATE_GROUP = "oracle-audit"
NEVER_COMMITTED = "analytics"
"""A group with a member that reads and never commits."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "marketing-agents": (RESEARCH, CLAIMS),
    "sales-agents": (RESEARCH, CLAIMS),
    "content-agents": (RESEARCH, CLAIMS),
    "research-agents": (RESULTS,),
    "seo-agents": (RESEARCH, CLAIMS),
    LATE_GROUP: (RESEARCH,),
    "department-coordinators": (RESULTS, PROGRESS),
    "dashboard": (CLAIMS, RESULTS, PROGRESS),
    "audit-log": (RESEARCH, CLAIMS, RESULTS, PROGRESS),
}
"""Every group that commits, with what it reads."""

HISTORY_BEGINS, LATE_READ = "02:00", "14:15:03.118"
"""Since when there are commits; and when Oracle's group passed the event of 03:00."""

_EVERY_MS = 10 * 60 * 1000
_LATE_EVERY_MS = 8_087
"""Time between two commits: of the groups that keep pace, and of the one that does not."""

Position = tuple[str, int]
"""A topic and a partition."""


def commits(night: Night) -> list[Commit]:
    """Return every commit of the incident's day, in the order of time."""
    clock, read = StoryClock(night.anchor_ms), _Ends(night)
    late = night.labelled["7k2p/analysis"].place
    found: list[Commit] = []
    for group, topics in GROUPS.items():
        for topic, partition in all_partitions():
            if topic not in topics:
                continue
            standing = group == LATE_GROUP and (topic, partition) == (late.topic, late.partition)
            for time_ms in _times(clock, _LATE_EVERY_MS if standing else _EVERY_MS):
                offset = read.until(topic, partition, time_ms)
                if standing:
                    offset = min(offset, late.offset + (time_ms >= clock.at(LATE_READ)))
                found.append(Commit(group, topic, partition, offset, time_ms))
    return sorted(found, key=lambda commit: (commit.time_ms, commit.group, commit.topic, commit.partition))


def positions(found: Sequence[Commit]) -> dict[str, dict[Position, int]]:
    """Return where each group stands after its last commits."""
    standing: dict[str, dict[Position, int]] = {}
    for commit in found:
        standing.setdefault(commit.group, {})[commit.topic, commit.partition] = commit.offset
    return standing


class _Ends:
    """The end of each partition at any moment of the night."""

    def __init__(self, night: Night) -> None:
        self._times: dict[Position, list[int]] = {key: [] for key in all_partitions()}
        for laid in night.events:
            self._times[laid.place.topic, laid.place.partition].append(laid.time_ms)

    def until(self, topic: str, partition: int, time_ms: int) -> int:
        """Return the offset after the last record that was there at that time."""
        return bisect_right(self._times[topic, partition], time_ms)


def _times(clock: StoryClock, every_ms: int) -> Iterator[int]:
    """Give the moments of commits; the last is the end of the night, the late read is one of them."""
    moments = {*range(clock.at(HISTORY_BEGINS), clock.anchor_ms, every_ms), clock.anchor_ms}
    if every_ms == _LATE_EVERY_MS:
        moments.add(clock.at(LATE_READ))
    yield from sorted(moments)
