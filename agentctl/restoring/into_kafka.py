"""Writing what was found into a topic: each record once, however often that is begun."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agentctl.model.record import Record
from agentctl.restoring.placing import Placing, Rule
from agentctl.restoring.preflight import Target, too_large
from agentctl.restoring.progress import Log, Span
from agentctl.restoring.provenance import GAINED_BYTES, with_provenance
from agentctl.restoring.resuming import State
from agentctl.restoring.transacting import Draft, Transactions

_RECORDS, _BYTES = 20_000, 16 << 20
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
                continue
            rule = self.placing.decide(one.log.topic, one.records)
            for record in one.records:
                if not progress.open(one.log, record.offset):
                    self.skipped += 1
                    continue
                self._take(record, rule)
                progress.took(one.log, record.offset)
                if len(self._drafts) >= _RECORDS or self._bytes >= _BYTES:
                    self._commit()
        progress.ended()
        self.state.complete = True
        self._commit()

    def begin(self) -> None:
        """Take down what was asked for, before the first record."""
        self._commit()

    def _take(self, record: Record, rule: Rule) -> None:
        headers = with_provenance(record, self.restore_id.encode())
        size = _size(record)
        if size > self.target.largest_bytes:
            self._commit()  # what stands before it is none the worse
            raise too_large(
                self.brokers, self.target.topic.name, record.place, size, self.target.largest_bytes
            )
        time_ms = record.timestamp_ms or 0
        if time_ms <= 0:
            self.timeless += 1
            time_ms = 0
        self._drafts.append(
            Draft(record.value, record.key, self.placing.place(rule, record), time_ms, headers)
        )
        self._bytes += size

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
    own = len(record.key or b"") + len(record.value or b"") + _RECORD_BYTES + GAINED_BYTES
    return own + sum(_HEADER_BYTES + 4 * len(name) + len(value or b"") for name, value in record.headers)


def in_parts(parts: Iterable[tuple[Log, Sequence[Record]]]) -> Iterator[Part]:
    """Give parts of which nothing is missing."""
    for log, records in parts:
        yield Part(log, records)
