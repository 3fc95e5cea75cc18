"""Writing what was found into a topic: each record once, however often that is begun."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from agentctl.model.record import Record
from agentctl.restoring.placing import Placing, Rule
from agentctl.restoring.preflight import Target, too_large
from agentctl.restoring.progress import Log, Span
from agentctl.restoring.provenance import Provenance
from agentctl.restoring.resuming import State
from agentctl.restoring.transacting import Draft, Transactions

RECORDS, _BYTES = 20_000, 16 << 20
"""What goes into a transaction: enough that committing costs little, and little enough to be held."""
_RECORD_BYTES, _HEADER_BYTES = 70, 20
"""What a batch with one record, and a header of it, take at most beside their names and values."""


@dataclass(frozen=True, slots=True)
class Part:
    """Records of one log, in the order of their offsets."""

    log: Log
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class Unread:
    """Offsets of a log that could not be read; it comes before what stands behind them."""

    log: Log
    span: Span


@dataclass
class IntoKafka:
    """One restore that is being written."""

    transactions: Transactions
    restore_id: str
    state: State
    target: Target
    placing: Placing
    brokers: str
    """For commands that mend something."""
    tell: Callable[[int], None] = lambda _: None
    """Told how many records each transaction wrote."""
    at_once: int = RECORDS
    """How many records a transaction has at most."""
    written: int = field(default=0, init=False)
    """By this call."""
    skipped: int = field(default=0, init=False)
    """How many an earlier call had written."""
    timeless: int = field(default=0, init=False)
    """How many had no time that Kafka's client can send, and bear that of the restore."""
    _drafts: list[Draft] = field(default_factory=list, init=False)
    _bytes: int = field(default=0, init=False)

    def write(self, found: Iterable[Part | Unread]) -> None:
        """Write what is not written yet. Raises what ``Transactions.commit`` raises; then resume it."""
        progress = self.state.progress
        for one in found:
            if isinstance(one, Unread):
                progress.missed(one.log, one.span)
            else:
                self._write(one)
        progress.ended()
        self.state.complete = True
        self._commit()

    def begin(self) -> None:
        """Take down what was asked for, before the first record."""
        self._commit()

    def _write(self, part: Part) -> None:
        log, progress, placing = part.log, self.state.progress, self.placing
        rule = placing.decide(log.topic, part.records)
        provenance = Provenance(self.restore_id, log.topic, log.partition)
        records = progress.open(log, part.records)
        self.skipped += len(part.records) - len(records)
        last: int | None = None
        for record in records:
            size = _size(record) + provenance.most_bytes
            if size > self.target.largest_bytes:
                self._stop_at(record, size, log, last)
            time_ms = record.timestamp_ms or 0
            if time_ms <= 0:
                self.timeless += 1
                time_ms = 0
            partition = record.partition if rule is Rule.KEPT else placing.place(rule, record)
            self._drafts.append(
                Draft(record.value, record.key, partition, time_ms, provenance.headers(record))
            )
            self._bytes += size
            last = record.offset
            if self._bytes >= _BYTES or len(self._drafts) >= self.at_once:
                progress.took(log, last)
                self._commit()
        if last is not None:
            progress.took(log, last)

    def _stop_at(self, record: Record, size: int, log: Log, last: int | None) -> NoReturn:
        """Write what stands before a record that does not fit, and raise what mends it."""
        if last is not None:
            self.state.progress.took(log, last)
        self._commit()
        target = self.target
        raise too_large(self.brokers, target.topic.name, record.place, size, target.largest_bytes)

    def _commit(self) -> None:
        state = self.state
        state.rules = self.placing.rules
        state.written += len(self._drafts)
        positions = state.positions(self.target.partitions)
        self.transactions.commit(self.target.topic.name, self._drafts, positions)
        self.written += len(self._drafts)
        self.tell(len(self._drafts))
        self._drafts, self._bytes = [], 0


def _size(record: Record) -> int:
    size = _RECORD_BYTES
    if record.key is not None:
        size += len(record.key)
    if record.value is not None:
        size += len(record.value)
    for name, value in record.headers:
        size += _HEADER_BYTES + 4 * len(name)
        if value is not None:
            size += len(value)
    return size


def in_parts(parts: Iterable[tuple[Log, Sequence[Record]]]) -> Iterator[Part]:
    """Give parts of which nothing is missing."""
    for log, records in parts:
        yield Part(log, records)
