"""Consumers that are made up: they keep pace, stall, crash and rewind, and their true lag is always known."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from agentctl.lag.commits import Commit
from agentctl.sandbox import writing
from tests.harness import Broker
from tests.lag.truth.arrivals import arrivals

Position = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Produced:
    """A partition of plain records: offset ``n`` was written at ``times_ms[n]``, ascending."""

    times_ms: Sequence[int]

    def end(self, at_ms: int) -> int:
        """Return where the log ended at a moment; what was written in that millisecond is in it."""
        return bisect_right(self.times_ms, at_ms)


class Trouble(StrEnum):
    """What may happen to a consumer."""

    STALL = "stall"
    """It goes on committing where it stands."""
    CRASH = "crash"
    """It is gone; then it goes on where it had committed."""
    REWIND = "rewind"
    """It is sent back by some records."""


@dataclass(frozen=True, slots=True)
class Event:
    """A trouble, when it begins, and for how long; a rewind takes no time."""

    trouble: Trouble
    at_ms: int
    for_ms: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class Life:
    """What one group did with one partition."""

    group: str
    position: Position
    log: Produced
    commits: Sequence[tuple[int, int]]
    """When it committed which offset, ascending by time."""
    events: Sequence[Event]

    def committed(self, at_ms: int) -> int | None:
        """Return where it stood at a moment; None before its first commit."""
        index = bisect_right([time_ms for time_ms, _ in self.commits], at_ms)
        return self.commits[index - 1][1] if index else None

    def lag(self, at_ms: int) -> int | None:
        """Return its lag at a moment, in records."""
        at = self.committed(at_ms)
        return None if at is None else max(self.log.end(at_ms) - at, 0)

    def oldest_unread_ms(self, at_ms: int) -> int | None:
        """Return the age of the first record that it had not read at a moment; 0 when it had read all."""
        at = self.committed(at_ms)
        if at is None:
            return None
        return at_ms - self.log.times_ms[at] if at < self.log.end(at_ms) else 0

    def records(self) -> Iterator[Commit]:
        """Give its commits as the coordinator keeps them."""
        return (Commit(self.group, *self.position, offset, time_ms) for time_ms, offset in self.commits)


def life(
    group: str,
    position: Position,
    log: Produced,
    begin_ms: int,
    end_ms: int,
    events: Sequence[Event] = (),
    *,
    every_ms: int = 5_000,
    per_second: float = 10.0,
    start: int = 0,
) -> Life:
    """Simulate a group that reads at most so fast, and commits every so often while it lives."""
    commits: list[tuple[int, int]] = []
    at = start
    rewinds = sorted((one for one in events if one.trouble is Trouble.REWIND), key=lambda one: one.at_ms)
    lost = False
    for now_ms in range(begin_ms, end_ms, every_ms):
        while rewinds and rewinds[0].at_ms <= now_ms:
            at = max(at - rewinds.pop(0).back, 0)
        if _in(events, Trouble.CRASH, now_ms):
            lost = True
            continue
        if lost:
            at, lost = (commits[-1][1] if commits else start), False
        elif not _in(events, Trouble.STALL, now_ms):
            at = min(at + int(per_second * every_ms / 1_000), max(log.end(now_ms), at))
        commits.append((now_ms, at))
    return Life(group, position, log, commits, events)


def lives(seed: int, topic: str, partitions: int, begin_ms: int, end_ms: int, groups: int = 3) -> list[Life]:
    """Return groups that read all partitions of a topic, each with troubles of its own."""
    random = Random(seed)
    span_ms = end_ms - begin_ms
    logs = [Produced(arrivals(seed * 1_000 + n, begin_ms, end_ms)) for n in range(partitions)]
    found: list[Life] = []
    for number in range(groups):
        for partition, log in enumerate(logs):
            events = [
                Event(
                    random.choice(tuple(Trouble)),
                    begin_ms + int(span_ms * random.uniform(0.1, 0.8)),
                    int(span_ms * random.uniform(0.02, 0.3)),
                    random.randrange(1, 200),
                )
                for _ in range(random.randrange(4))
            ]
            found.append(
                life(
                    *(f"{topic}-group-{number}", (topic, partition), log, begin_ms, end_ms, events),
                    every_ms=random.choice((1_000, 5_000, 7_300)),
                    per_second=random.choice((2.0, 10.0, 50.0)),
                )
            )
    return found


def write(broker: Broker, found: Sequence[Life]) -> None:
    """Write the records of the logs, dated as they were, and the history of the commits.

    Apache Kafka only: no other broker of the tests keeps that history.
    """
    logs = {one.position: one.log for one in found}
    for (topic, partition), log in logs.items():
        places = broker.produce(topic, [(None, b"x", None, time_ms, partition) for time_ms in log.times_ms])
        assert [place.offset for place in places] == list(range(len(log.times_ms)))
    every = sorted((commit for one in found for commit in one.records()), key=lambda one: one.time_ms)
    if every:
        writing.write_history(broker.bootstrap, broker.admin, every)


def _in(events: Iterable[Event], trouble: Trouble, at_ms: int) -> bool:
    return any(one.trouble is trouble and one.at_ms <= at_ms < one.at_ms + one.for_ms for one in events)
