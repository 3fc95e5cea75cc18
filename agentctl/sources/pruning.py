"""Which partitions need not be read, because the id that is asked for is the record's key.

Where a key lies is the writers' choice: librdkafka and the Java client choose differently, and both put a
key elsewhere once partitions were added. So what is promised is verified on the keys of real records, at
the beginning and at the end of what would be read, and what the samples do not bear out is not believed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil, log10

from confluent_kafka import Message

from agentctl.events.prefilter import ID_FIELDS
from agentctl.kafka.connection import Connection
from agentctl.kafka.partitioners import Partitioner
from agentctl.kafka.topics import Topic
from agentctl.model.coverage import Pruned
from agentctl.model.query import Match, Query
from agentctl.model.record import Place
from agentctl.sources.consuming import RangeReader
from agentctl.sources.ranges import Range, Ranges

KeyField = Callable[[str], str | None]
"""Topic → the field that its record key is promised to be; None without a promise."""

_SAMPLE = 100
"""Records at each end of each partition whose keys are looked at."""
_SURE = 6
"""Chance of one to ten to this power that foreign keys lie where a partitioner would put them."""


def pruned(connection: Connection, ranges: Ranges, query: Query, key_field: KeyField) -> Ranges:
    """Return the ranges without the partitions that cannot hold the ids, and say why of each topic."""
    if not query.ids or query.match is not Match.FIELD or query.keyed is False:
        return ranges
    if any(Place.parse(text) is not None for text in query.ids):
        return ranges
    wanted = {
        topic.name: topic
        for topic in ranges.topics
        if len(topic.partitions) > 1 and (query.keyed or key_field(topic.name) in ID_FIELDS)
    }
    to_read = [one for one in ranges.to_read if one.topic in wanted]
    if not to_read:
        return ranges
    keys = _sampled(connection, to_read, query)
    keep: dict[str, frozenset[int]] = {}
    remarks = list(ranges.remarks)
    for name, topic in wanted.items():
        verdict = judged(topic, keys.get(name, Keys()), query.ids)
        remarks.append(verdict.sentence)
        if verdict.partitions is not None:
            keep[name] = verdict.partitions
    return replace(ranges, ranges=tuple(_kept(one, keep) for one in ranges.ranges), remarks=tuple(remarks))


def _kept(one: Range, keep: Mapping[str, frozenset[int]]) -> Range:
    if one.pruned is not None or one.topic not in keep or one.partition in keep[one.topic]:
        return one
    return replace(one, pruned=Pruned.KEY, held_back=0, cut=False)


@dataclass(slots=True)
class Keys:
    """Keys that were sampled of one topic."""

    found: dict[bytes, set[int]] = field(default_factory=dict)
    """Each with the partitions it was seen in."""
    missing: int = 0
    """Records without a key."""

    def add(self, partition: int, messages: Iterable[Message]) -> None:
        """Look at the keys of some messages of a partition."""
        for message in messages:
            key = message.key()
            if key is None:
                self.missing += 1
            else:
                self.found.setdefault(key, set()).add(partition)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the samples say."""

    partitions: frozenset[int] | None
    """Those that can hold the ids; None when all have to be read."""
    sentence: str


def judged(topic: Topic, keys: Keys, ids: Iterable[str]) -> Verdict:
    """Decide which partitions of a topic can hold the ids as keys."""
    count = len(topic.partitions)
    if keys.missing:
        return Verdict(None, f"{topic.name} is read whole: {keys.missing:,} of its records have no key")
    needed = ceil(_SURE / log10(count))
    if len(keys.found) < needed:
        few = f"{len(keys.found):,} different keys are too few to tell who wrote them"
        return Verdict(None, f"{topic.name} is read whole: {few}")
    bearing_out = [
        partitioner
        for partitioner in Partitioner
        if all(seen == {partitioner.place(key, count)} for key, seen in keys.found.items())
    ]
    if not bearing_out:
        why = "its keys do not lie where one partitioner would put them all"
        return Verdict(None, f"{topic.name} is read whole: {why}")
    places = frozenset(one.place(text.encode(), count) for one in bearing_out for text in ids)
    names = " or ".join(bearing_out)
    return Verdict(
        places,
        f"{topic.name} is read in {len(places):,} of {count:,} partitions: the id is its key, and all "
        f"{len(keys.found):,} sampled keys lie where {names} puts them",
    )


def _sampled(connection: Connection, ranges: Iterable[Range], query: Query) -> dict[str, Keys]:
    keys: dict[str, Keys] = {}
    wanted = list(ranges)
    heads = [replace(one, end=min(one.end, one.start + _SAMPLE)) for one in wanted]
    tails = [
        replace(one, start=max(head.end, one.end - _SAMPLE)) for one, head in zip(wanted, heads, strict=True)
    ]
    for ends in (heads, tails):
        for runs in RangeReader(connection, ends, query.isolation):
            for reading, run in runs:
                keys.setdefault(reading.range.topic, Keys()).add(reading.range.partition, run)
    return keys
