"""Where the claims of an item go: where the topic's writers would put them, as their keys bear out.

A claim in another partition than the others would be a split key, of which nobody can say who came first.
"""

from dataclasses import dataclass, replace

from agentctl.errors import AgentctlError, UsageError
from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.partitioners import Partitioner
from agentctl.kafka.topics import Topic
from agentctl.model.query import Isolation
from agentctl.sources.consuming import RangeReader
from agentctl.sources.pruning import Keys
from agentctl.sources.ranges import Range

PROPERTY = "partitioner"
"""librdkafka's own word for how its clients place keys."""
_NAMES = {
    "murmur2": Partitioner.MURMUR2,
    "murmur2_random": Partitioner.MURMUR2,
    "consistent": Partitioner.CRC32,
    "consistent_random": Partitioner.CRC32,
}
_SAMPLE = 100
"""Records at each end of each partition whose keys are looked at."""


@dataclass(frozen=True, slots=True)
class Placing:
    """How keys are placed, and what is worth knowing of it."""

    partitioner: Partitioner
    partitions: int
    notes: tuple[str, ...] = ()

    def partition(self, key: bytes) -> int:
        """Return the partition of a key."""
        return self.partitioner.place(key, self.partitions)


def configured(name: str | None) -> Partitioner | None:
    """Return what ``-X partitioner=`` says. Raises UsageError for one that does not place by the key."""
    if name is None:
        return None
    if name not in _NAMES:
        raise UsageError(
            f"{PROPERTY}={name} does not keep the claims of an item together as others would",
            hint=f"one of: {', '.join(_NAMES)}",
        )
    return _NAMES[name]


def placing(topic: Topic, keys: Keys, chosen: Partitioner | None) -> Placing:
    """Decide how keys are placed: as chosen, else as the sampled keys lie, else as the Java client does.

    Raises AgentctlError when the keys do not lie where one partitioner would put them all.
    """
    count = len(topic.partitions)
    notes = []
    if keys.missing and count > 1:
        notes.append(
            f"{keys.missing:,} sampled records of {topic.name} have no key: claims without one are not seen"
        )
    bearing_out = [
        one for one in Partitioner if all(seen == {one.place(key, count)} for key, seen in keys.found.items())
    ]
    if chosen is not None:
        if chosen not in bearing_out:
            notes.append(f"not all sampled keys of {topic.name} lie where {chosen} puts them")
        return Placing(chosen, count, tuple(notes))
    if not bearing_out:
        raise AgentctlError(
            f"claims on {topic.name} cannot be right: its keys do not lie where one partitioner would put "
            "them all, so claims of one item may stand in two partitions",
            hint=f"let all agents use one, and name it: -X {PROPERTY}=murmur2_random (Java's), or "
            "consistent_random (librdkafka's)",
        )
    partitioner = Partitioner.MURMUR2 if Partitioner.MURMUR2 in bearing_out else bearing_out[0]
    return Placing(partitioner, count, tuple(notes))


def sampled(connection: Connection, topic: Topic) -> Keys:
    """Return the keys of records at both ends of every partition."""
    places = [(topic.name, number) for number in topic.partitions]
    high = offsets.high_watermark(connection, places)
    low = offsets.log_start(connection, places)
    failed = {**high.failed, **low.failed}
    if failed:
        place, why = next(iter(failed.items()))
        raise (
            connection.unreachable(0)
            if not high.found
            else AgentctlError(f"cannot see how {place[0]}[{place[1]}] is keyed: {why}", hint="try again")
        )
    keys = Keys()
    wanted = []
    for place in places:
        start, end = low.found[place].offset, high.found[place].offset
        whole = Range(*place, log_start=start, high_watermark=end, start=start, end=end)
        head = replace(whole, end=min(end, start + _SAMPLE))
        tail = replace(whole, start=max(head.end, end - _SAMPLE))
        wanted.append((head, tail))
    for ends in zip(*wanted, strict=True):
        for runs in RangeReader(connection, ends, Isolation.READ_UNCOMMITTED):
            for reading, run in runs:
                keys.add(reading.range.partition, run)
    return keys
