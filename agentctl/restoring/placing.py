"""Which partition of the target a record goes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.kafka.partitioners import Partitioner
from agentctl.model.record import Record


class Rule(StrEnum):
    """How the records of one topic are placed."""

    KEPT = "partition"
    """In the partition that they had, for the target has as many."""
    CRC32 = "crc32"
    MURMUR2 = "murmur2"

    @property
    def by_key(self) -> bool:
        """Whether a key decides."""
        return self is not Rule.KEPT


@dataclass
class Placing:
    """The rule of each topic. What is once decided stays, and is resumed with."""

    partitions: int
    """Of the target."""
    known: Mapping[str, int]
    """How many partitions each topic had; one that is missing is unknown."""
    rules: dict[str, Rule] = field(default_factory=dict)

    def decide(self, topic: str, records: Sequence[Record]) -> Rule:
        """Return a topic's rule, by its first records where none was decided yet.

        Where partitions cannot be kept, keys are hashed as the topic's own writers did, as far as these
        records tell; else as Kafka's own client does.
        """
        if topic not in self.rules:
            count = self.known.get(topic)
            kept = count == self.partitions
            self.rules[topic] = Rule.KEPT if kept else _hash_of(records, count)
        return self.rules[topic]

    def place(self, rule: Rule, record: Record) -> int:
        """Return the partition of a record. One without a key stays with its neighbours."""
        if rule is Rule.KEPT:
            return record.partition
        if record.key is None:
            return record.partition % self.partitions
        return Partitioner(rule.value).place(record.key, self.partitions)

    def sentences(self, topics: Iterable[str]) -> tuple[str, ...]:
        """Say how the records of topics will be placed."""
        names = sorted(set(topics))
        kept = [topic for topic in names if self.known.get(topic) == self.partitions]
        hashed = tuple(self._sentence(topic) for topic in names if topic not in kept)
        return (f"{', '.join(kept)}: each record in the partition that it had", *hashed) if kept else hashed

    def _sentence(self, topic: str) -> str:
        count = self.known.get(topic)
        why = "it is not known how many partitions it had" if count is None else f"it had {count}"
        decided = self.rules.get(topic)
        how = "as its own writers hashed keys" if decided is None else f"{decided.value}"
        return f"{topic}: by the hash of the key ({how}), for {why} and the target has {self.partitions}"


def _hash_of(records: Sequence[Record], count: int | None) -> Rule:
    keyed = [record for record in records if record.key is not None]
    if count and keyed:
        for rule in (Rule.MURMUR2, Rule.CRC32):
            partitioner = Partitioner(rule.value)
            if all(partitioner.place(one.key or b"", count) == one.partition for one in keyed):
                return rule
    return Rule.MURMUR2
