"""Reads on from where a scan ended, while somebody listens: no group is joined, nothing is committed.

librdkafka goes on by itself after a broker was away, from the next offset of every partition. So nothing is
lost and nothing comes twice; what is said of it here is for the person who waits.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import ClusterMetadata

from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import UNSEEN, Property
from agentctl.kafka.offsets import Partition
from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.query import Isolation, Query
from agentctl.model.record import Record
from agentctl.model.span import span
from agentctl.ports import RawFilter
from agentctl.sources.naming import named
from agentctl.sources.ranges import Range
from agentctl.sources.reading import Reading
from agentctl.sources.transactions import no_marks

LOOK_SECONDS = 2.0
"""How often the cluster is asked for new topics and partitions: in twice that they are read."""
_BATCH = 1_000
_POLL_SECONDS = 0.1
"""How long one wait takes: Ctrl-C is heard after it."""
_ASK_SECONDS = 0.5
"""How long a question to the cluster may take while nobody can press Ctrl-C."""
_LOOKS = 2
"""How many looks in a row must see something that mends itself before it is said."""
_NO_END = 2**63 - 1

_WEAK: dict[str, Property] = {
    "group.id": "agentctl",
    "queued.max.messages.kbytes": 16_384,
    "fetch.wait.max.ms": 100,
    "fetch.error.backoff.ms": 100,
}

Chosen = Callable[[Sequence[str]], Collection[str]]
"""Of all topics that are not internal, those to be followed."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What came in one short wait; often nothing."""

    records: Sequence[Record]
    at_ms: int
    """When it arrived, by a clock that never runs backwards; only differences mean something."""
    passed_ms: int | None
    """A record's timestamp that every partition has moved past; None while that is not known."""
    notes: Sequence[str]
    """What is worth saying of the reading itself, each once."""


def ends_of(coverage: Coverage) -> Mapping[Partition, int]:
    """Return where to read on after a scan: the next offset of every partition that it knew."""
    return {part.place: offset for part in coverage.partitions if (offset := _next(part)) is not None}


def _next(part: PartitionCoverage) -> int | None:
    if part.pruned is not None or part.end is None:
        return part.end
    return part.log_start if part.last is None else part.last + 1


class Following:
    """Partitions that are read on; a context manager."""

    def __init__(
        self,
        connection: Connection,
        start: Mapping[Partition, int],
        chosen: Chosen,
        query: Query,
        wanted: RawFilter,
    ) -> None:
        """``start`` is the next offset by partition; what is new is read from its beginning."""
        self.wanted = wanted
        """What to decode; may be exchanged at any time."""
        self._connection = connection
        self._chosen = chosen
        self._query = query
        self._consumer = connection.consumer(_WEAK, {**UNSEEN, "isolation.level": query.isolation.value})
        self._readings = {place: _reading(place, offset) for place, offset in start.items()}
        self._heads: dict[Partition, int] = {}
        self._notes: list[str] = []
        self._looked = time.monotonic()
        self._health = _Health()
        self._held_back: dict[Partition, tuple[int, int]] = {}
        self._said: set[str] = set()
        self._absent: dict[str, int] = {}
        self._stopped: set[Partition] = set()

    def __enter__(self) -> "Following":
        self._consumer.assign([TopicPartition(*place, one.position) for place, one in self._readings.items()])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._consumer.close()

    def __iter__(self) -> Iterator[Arrivals]:
        """Give what arrives, without an end; an empty one at least ten times a second."""
        while True:
            yield self.next()

    def next(self) -> Arrivals:
        """Wait a moment at most, and return what came."""
        first = self._consumer.poll(_POLL_SECONDS)
        batch = [] if first is None else [first, *self._consumer.consume(_BATCH - 1, 0)]
        records = list(self._records(batch))
        if time.monotonic() - self._looked > LOOK_SECONDS or self._alarmed():
            self._looked = time.monotonic()
            self._look()
        notes, self._notes = self._notes, []
        return Arrivals(records, time.monotonic_ns() // 1_000_000, self._passed(), notes)

    def _records(self, batch: Iterable[Message]) -> Iterator[Record]:
        for place, same in groupby(batch, key=_place):
            reading = self._readings.get(place)
            run: list[Message] = []
            for message in same:
                error = message.error()
                if reading is None:
                    continue
                if error is not None:
                    self._trouble_with(reading, message, error)
                elif (message.offset() or 0) >= reading.position:
                    run.append(message)
            if reading is not None and run:
                self._heard()
                self._move_head(place, run)
                accepted = reading.accepted(run)
                yield from reading.matching(accepted, self._query.window, self.wanted, no_marks)

    def _heard(self) -> None:
        self._connection.complaints.clear()
        self._health.up(self._notes)

    def _move_head(self, place: Partition, run: Iterable[Message]) -> None:
        latest = max((ms for kind, ms in map(Message.timestamp, run) if kind), default=None)
        if latest is not None:
            self._heads[place] = max(latest, self._heads.get(place, latest))

    def _passed(self) -> int | None:
        """Return the earliest of the partitions' latest times, once all have one."""
        if len(self._heads) < len(self._readings) or not self._heads:
            return None
        return min(self._heads.values())

    def _trouble_with(self, reading: Reading, message: Message, error: KafkaError) -> None:
        code = error.code()
        place = reading.range.place
        if code == KafkaError._PARTITION_EOF:
            reading.reached(message.offset() or 0)
        elif code == KafkaError._AUTO_OFFSET_RESET:
            self._stopped.add(place)
        elif code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            self._say_once(f"no permission to read {place[0]}: nothing of it is shown")

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._notes.append(text)

    def _alarmed(self) -> bool:
        """Whether connections say that nobody is there, which was not looked into yet."""
        down = any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self._connection.complaints)
        return down and not self._health.away and time.monotonic() - self._looked > _POLL_SECONDS

    def _look(self) -> None:
        """Look at the cluster: whether it is there, and what is new in it."""
        try:
            cluster = self._consumer.list_topics(timeout=_ASK_SECONDS)
        except KafkaException:
            down = any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self._connection.complaints)
            why = self._connection.unreachable(_ASK_SECONDS).message
            self._health.down(why, self._notes, sure=down)
            return
        self._heard()
        self._look_for_new(cluster)
        self._look_for_gone(cluster)
        self._look_for_leaders(cluster)
        self._look_for_transactions()
        for place in sorted(self._stopped):
            self._begin_anew(place)

    def _look_for_new(self, cluster: ClusterMetadata) -> None:
        names = sorted(name for name, topic in cluster.topics.items() if topic.error is None)
        topics = self._chosen([name for name in names if not name.startswith("__")])
        found = [
            (name, number)
            for name in topics
            if name in cluster.topics
            for number in cluster.topics[name].partitions
            if (name, number) not in self._readings
        ]
        known = {topic for topic, _ in self._readings}
        for topic, same in groupby(sorted(found), key=lambda place: place[0]):
            places = list(same)
            self._notes.append(
                f"new partitions {named(places)} are read from their beginning"
                if topic in known
                else f"new topic {topic} is read from its beginning"
            )
        self._readings |= {place: _reading(place, 0) for place in found}
        if found:
            self._consumer.incremental_assign([TopicPartition(*place, OFFSET_BEGINNING) for place in found])

    def _look_for_gone(self, cluster: ClusterMetadata) -> None:
        """Let go of topics that are no more, once several looks agree: a broker that starts knows few."""
        for topic in {topic for topic, _ in self._readings}:
            there = topic in cluster.topics and cluster.topics[topic].error is None
            self._absent[topic] = 0 if there else self._absent.get(topic, 0) + 1
            if self._absent[topic] <= _LOOKS:
                continue
            self._notes.append(f"topic {topic} was deleted: nothing more comes of it")
            gone = [place for place in self._readings if place[0] == topic]
            self._consumer.incremental_unassign([TopicPartition(*place) for place in gone])
            for place in gone:
                del self._readings[place]
                self._heads.pop(place, None)
            del self._absent[topic]

    def _look_for_leaders(self, cluster: ClusterMetadata) -> None:
        lost = {
            place
            for place in self._readings
            if place[0] in cluster.topics
            and (part := cluster.topics[place[0]].partitions.get(place[1])) is not None
            and part.leader not in cluster.brokers
        }
        self._health.leaderless(lost, self._notes)

    def _look_for_transactions(self) -> None:
        """Say once that an open transaction keeps records back, when it does for longer than a moment."""
        if self._query.isolation is not Isolation.READ_COMMITTED:
            return
        held: dict[Partition, tuple[int, int]] = {}
        for place, reading in self._readings.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
            if high > reading.position:
                at, looks = self._held_back.get(place, (reading.position, 0))
                held[place] = (reading.position, looks + 1 if at == reading.position else 1)
        self._held_back = held
        long = [place for place, (_, looks) in held.items() if looks >= _LOOKS]
        for topic, same in groupby(sorted(long), key=lambda place: place[0]):
            if f"transaction {topic}" not in self._said:
                self._said.add(f"transaction {topic}")
                self._notes.append(
                    f"an open transaction holds back what is written to {named(same)}; it is shown when that "
                    "ends (--isolation read_uncommitted shows it now)"
                )

    def _begin_anew(self, place: Partition) -> None:
        """Read on where the log begins now: what lay before was removed, or is another topic's."""
        found = offsets.log_start(self._connection, [place]).found.get(place)
        reading = self._readings.get(place)
        if found is None or reading is None:
            return
        where = f"{place[0]}[{place[1]}]"
        if found.offset > reading.position:
            self._notes.append(
                f"{where} lost offsets {reading.position:,} to {found.offset - 1:,} to retention"
            )
        else:
            self._notes.append(f"{where} was made anew, or cut: it is read from its beginning")
        self._readings[place] = _reading(place, found.offset)
        # A partition whose offset was out of range is stopped: it cannot be sought in, only begun anew.
        self._consumer.incremental_unassign([TopicPartition(*place)])
        self._consumer.incremental_assign([TopicPartition(*place, found.offset)])
        self._stopped.discard(place)


class _Health:
    """Whether the cluster answers, and what was said of that: each change once."""

    def __init__(self) -> None:
        self.away = False
        self._silent = 0
        self._since = 0.0
        self._lost: dict[Partition, int] = {}

    def down(self, why: str, notes: list[str], *, sure: bool) -> None:
        """Nobody answered a question."""
        self._silent += 1
        if self._silent == 1:
            self._since = time.monotonic()
        if not self.away and (sure or self._silent >= _LOOKS):
            self.away = True
            notes.append(f"{why}; trying on")

    def up(self, notes: list[str]) -> None:
        """Somebody answered."""
        if self.away:
            ms = round((time.monotonic() - self._since) * 1_000)
            notes.append(f"the cluster answers again after {span(ms)}; nothing is lost, reading goes on")
        self.away = False
        self._silent = 0

    def leaderless(self, lost: Collection[Partition], notes: list[str]) -> None:
        """These partitions have no leader now."""
        before = {place for place, looks in self._lost.items() if looks >= _LOOKS}
        self._lost = {place: self._lost.get(place, 0) + 1 for place in lost}
        now = {place for place, looks in self._lost.items() if looks >= _LOOKS}
        for verb, places in (("no leader", now - before), ("a leader again", before - set(lost))):
            for _, same in groupby(sorted(places), key=lambda place: place[0]):
                group = list(same)
                notes.append(f"{named(group)} {'has' if len(group) == 1 else 'have'} {verb}")


def _reading(place: Partition, offset: int) -> Reading:
    return Reading(Range(*place, log_start=offset, high_watermark=_NO_END, start=offset, end=_NO_END))


def _place(message: Message) -> Partition:
    return message.topic() or "", message.partition() or 0
