"""Topics of a cluster as a Source: plans which offsets to read, reads them, and says what was missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from agentctl.errors import AgentctlError
from agentctl.kafka import topics
from agentctl.kafka.connection import Connection
from agentctl.model.coverage import Coverage
from agentctl.model.query import Isolation, Query
from agentctl.model.record import Record
from agentctl.ports import Progress, RawFilter
from agentctl.sources.account import covered
from agentctl.sources.consuming import RangeReader
from agentctl.sources.plan_view import expectation
from agentctl.sources.pruning import KeyField, pruned
from agentctl.sources.ranges import Ranges, ask, decide
from agentctl.sources.reading import Marks
from agentctl.sources.transactions import no_marks, transaction_marks


class KafkaSource:
    """Topics of a cluster, hot and warm."""

    def __init__(
        self,
        connection: Connection,
        key_field: KeyField = lambda _topic: None,
        now: Callable[[], int | None] = lambda: None,
    ) -> None:
        """Take a cluster, what its keys are promised to be, and a clock in ms since 1970, if there is one."""
        self.connection = connection
        """Where the topics are; for those who ask the cluster for more than its records."""
        self._key_field = key_field
        self._now = now

    def topics(self) -> Sequence[str]:
        """Return the names of all topics that are not internal, sorted."""
        return self._names

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return topics.names(self.connection)

    def plan(self, query: Query) -> Ranges:
        """Return what a scan would read.

        Raises NotFoundError for a topic that does not exist, UnreachableError when nothing answers.
        """
        described = topics.describe(self.connection, query.topics or self._names)
        partitions = [(topic.name, number) for topic in described.topics for number in topic.partitions]
        if wanted := frozenset(query.partitions):
            partitions = [place for place in partitions if place in wanted]
        # Before the ends, so that what was written until then is surely in front of them.
        as_of_ms = self._now()
        ranges = decide(ask(self.connection, partitions, query), partitions, query, described.refused)
        if partitions and not ranges.ranges and self.connection.complaints:
            raise self.connection.unreachable(self.connection.patience_seconds)
        ranges = replace(ranges, topics=described.topics, as_of_ms=as_of_ms)
        return pruned(self.connection, ranges, query, self._key_field)

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "KafkaScan":
        """Begin a pass. Raises NotFoundError for a topic that does not exist, naming near ones."""
        ranges = self.plan(query)
        progress.expect(expectation(ranges, query))
        return KafkaScan(self.connection, query, ranges, wanted, progress)


class KafkaScan:
    """One pass over ranges of offsets."""

    def __init__(
        self, connection: Connection, query: Query, ranges: Ranges, wanted: RawFilter, progress: Progress
    ) -> None:
        self._connection = connection
        self._query = query
        self._ranges = ranges
        self._wanted = wanted
        self._progress = progress
        self._reader = RangeReader(connection, ranges.ranges, query.isolation, ranges.topics)
        self._troubles = list(ranges.troubles)
        self._bytes = 0

    @property
    def coverage(self) -> Coverage:
        """What has been read until now."""
        found = covered(self._reader.readings.values(), self._troubles, self._query, self._bytes)
        return replace(found, remarks=self._ranges.remarks, as_of_ms=self._ranges.as_of_ms)

    @property
    def generations(self) -> Mapping[str, str | None]:
        """The id of each topic that is read, in Kafka's base64url; None where the cluster has none."""
        return {topic.name: topic.topic_id for topic in self._ranges.topics}

    def __iter__(self) -> Iterator[Sequence[Record]]:
        """Read; may be called once."""
        marks = self._marks()
        for runs in self._reader:
            records: list[Record] = []
            before = self._bytes
            count = 0
            for reading, run in runs:
                count += len(run)
                self._bytes += sum(map(len, run))
                records += reading.matching(run, self._query.window, self._wanted, marks)
            self._progress.advance(count, self._bytes - before)
            if records:
                yield records
        try:
            gone = topics.vanished(self._connection, self._ranges.topics)
        except AgentctlError as nobody:
            # What was read is shown all the same.
            gone = {"whether topics were deleted meanwhile is not known": nobody.message}
        self._troubles += [f"{name}: {what}" for name, what in gone.items()]

    def _marks(self) -> Marks:
        if self._query.isolation is Isolation.READ_COMMITTED:
            return no_marks
        return transaction_marks(self._connection, self._ranges.to_read)
