"""What to do about a topic that is written faster than it is read."""

from agentctl.lag.rows import Verdict
from agentctl.lag.summing import Summed, summed
from agentctl.model.next_commands import lag_why

_SHARE = 0.8
"""The share of a group's lag in one partition from which on its key, not the group, is the bottleneck."""
_LEAST_PARTITIONS = 3
_SLOW_S = 24 * 3600.0


def advice(topic: Summed) -> str:
    """Return in a sentence what to do about the group that is furthest behind on a topic."""
    [worst, *_] = summed(topic.rows, None)
    group = worst.name[0]
    if not worst.lag:
        return "nothing to do: all is read"
    if worst.never_committed:
        return f"{group} has never committed here: commit, or take the topic out of its subscription"
    readers = len({row.member.member_id for row in worst.rows if row.member is not None})
    if not readers:
        return f"nobody reads for {group}: start a member, or delete the group"
    hot = _hot(worst)
    if hot is not None:
        return (
            f"partition {hot} holds most of {group}'s lag: more members do not help, spread its key or make "
            "its records cheaper"
        )
    if worst.verdict in (Verdict.STALL, Verdict.REWIND):
        return f"{group} does not get past a record: see {lag_why(group)}"
    drain = worst.drain_seconds
    if drain is not None and drain <= _SLOW_S:
        return f"{group} catches up by itself"
    if readers < worst.partitions:
        return f"add members to {group}: {readers} of up to {worst.partitions} read, one for each partition"
    return (
        f"{group} has a member for each partition already: make its work cheaper, throttle the producers, or "
        "add partitions (which reorders keys)"
    )


def _hot(worst: Summed) -> int | None:
    """Return the one partition that holds nearly all of the lag, of several."""
    behind = max(worst.rows, key=lambda row: row.lag or 0)
    if len(worst.rows) < _LEAST_PARTITIONS or not worst.lag or (behind.lag or 0) < _SHARE * worst.lag:
        return None
    return behind.partition
