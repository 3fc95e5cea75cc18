"""One partition while it is read: how far, how many records, how far its clock ran backwards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, Message

from agentctl.kafka.offsets import Partition
from agentctl.model.coverage import PartitionCoverage
from agentctl.model.instant import BEFORE_ALL_TIME
from agentctl.model.query import Window
from agentctl.model.record import Record, SourceKind, TimestampType, Transaction
from agentctl.ports import RawFilter
from agentctl.sources.ranges import Range

Marks = Callable[[Partition, int], Transaction | None]
"""Partition and offset → what is known of the record's transaction; None where nothing is."""

KAFKA = "kafka"

_TYPES = {TIMESTAMP_CREATE_TIME: TimestampType.CREATE, TIMESTAMP_LOG_APPEND_TIME: TimestampType.APPEND}
_BLOCK = 500
"""Records that are looked through at once: as many as fit into the processor's cache."""


@dataclass(slots=True)
class Reading:
    """What has been read of a range."""

    range: Range
    position: int = field(init=False)
    """The next offset to be read."""
    scanned: int = 0
    max_inversion_ms: int = 0
    timeless: int = 0
    """Records without a timestamp."""
    lost: list[tuple[int, int]] = field(default_factory=list)
    """Stretches ``[from, to)`` that were removed before they could be read."""
    failure: str | None = None
    _latest_ms: int = BEFORE_ALL_TIME

    def __post_init__(self) -> None:
        self.position = self.range.start

    @property
    def finished(self) -> bool:
        """Whether nothing more will be read: all of it, or it failed."""
        return self.position >= self.range.end or self.failure is not None

    @property
    def complete(self) -> bool:
        """Whether all was read that had to be."""
        return self.position >= self.range.end or self.range.pruned is not None

    def accepted(self, run: list[Message]) -> list[Message]:
        """Note messages of this partition, in their order, and return those that are not behind the range."""
        last = _offset(run[-1])
        if last >= self.range.end:
            run = [message for message in run if _offset(message) < self.range.end]
        self.position = last + 1
        self.scanned += len(run)
        return run

    def matching(
        self, run: list[Message], window: Window, wanted: RawFilter, marks: Marks
    ) -> Iterator[Record]:
        """Give the records of a run that lie in the window and may match."""
        stamps = list(map(Message.timestamp, run))
        self._measure(stamps)
        if window.bounded:
            self.timeless += sum(not kind for kind, _ in stamps)
            run = [message for message, (kind, ms) in zip(run, stamps, strict=True) if kind and ms in window]
        if wanted.any_of(b""):  # where even no text may match, anything does
            place = self.range.place
            yield from records_of(place, run, [marks(place, _offset(message)) for message in run])
            return
        offsets = self._places(wanted)
        for at in range(0, len(run), _BLOCK):
            block = run[at : at + _BLOCK]
            if not offsets and not wanted.any_of(joined(block)):
                continue
            for message in block:
                # The type of headers says dict, too, because a writer may give one; what was read has a list.
                by_bytes = wanted(message.key(), message.value(), message.headers)  # type: ignore[arg-type]
                if by_bytes or message.offset() in offsets:
                    yield record_of(message, marks(self.range.place, _offset(message)))

    def _places(self, wanted: RawFilter) -> frozenset[int]:
        """Return the offsets of this partition that were asked for by their place."""
        here = self.range.place
        return frozenset(place.offset for place in wanted.places if (place.topic, place.partition) == here)

    def _measure(self, stamps: Sequence[tuple[int, int]]) -> None:
        """Note how far timestamps run backwards in the order of the partition."""
        if not stamps:
            return
        # Nearly always they do not: that is seen without looking at each of them here.
        kinds, times = zip(*stamps, strict=True)
        if 0 not in kinds and times[0] >= self._latest_ms and list(times) == sorted(times):
            self._latest_ms = times[-1]
            return
        latest = self._latest_ms
        for kind, time_ms in stamps:
            if not kind:
                continue
            if time_ms >= latest:
                latest = time_ms
            else:
                self.max_inversion_ms = max(self.max_inversion_ms, latest - time_ms)
        self._latest_ms = latest

    def reached(self, offset: int) -> None:
        """The log ends at this offset: holes before it hold nothing."""
        self.position = max(self.position, offset)

    def lost_until(self, start: int) -> None:
        """What lay before ``start`` was removed while it was being read."""
        end = min(start, self.range.end)
        if end > self.position:
            self.lost.append((self.position, end))
        self.position = max(start, self.position)

    def give_up(self, reason: str) -> None:
        """No more can be read."""
        self.failure = reason

    def coverage(self) -> PartitionCoverage:
        """Say what was read, for machines."""
        one = self.range
        end = min(self.position, one.end)
        return PartitionCoverage(
            topic=one.topic,
            partition=one.partition,
            source=KAFKA,
            log_start=one.log_start,
            high_watermark=one.high_watermark,
            end=one.end,
            first=one.start if one.pruned is None and end > one.start else None,
            last=end - 1 if one.pruned is None and end > one.start else None,
            scanned=self.scanned,
            lost=sum(end - start for start, end in self.lost),
            retained_since_ms=one.retained_since_ms,
            pruned=one.pruned,
        )


def records_of(
    place: Partition, run: Sequence[Message], transactions: Sequence[Transaction | None] | None = None
) -> list[Record]:
    """Return messages of a partition as ``record_of`` does: column by column, in a fraction of the time."""
    topic, partition = place
    stamps = list(map(Message.timestamp, run))
    columns = (
        *(repeat(topic), repeat(partition), map(_offset, run)),
        [time_ms if kind else None for kind, time_ms in stamps],
        [_TYPES.get(kind, TimestampType.NONE) for kind, _ in stamps],
        *(map(Message.key, run), map(Message.value, run)),
        [tuple(headers) if headers else () for headers in map(Message.headers, run)],
        repeat(SourceKind.KAFKA),
        repeat(None) if transactions is None else transactions,
        map(Message.leader_epoch, run),
    )
    return list(map(Record._make, zip(*columns, strict=False)))


def joined(block: list[Message]) -> bytes:
    """Return all text of some messages in one piece."""
    texts = [*filter(None, map(Message.value, block)), *filter(None, map(Message.key, block))]
    for headers in filter(None, map(Message.headers, block)):
        texts += _texts(headers)
    return b"\0".join(texts)


def _texts(headers: Any) -> Iterator[bytes]:
    for name, value in headers:
        yield name.encode()
        yield value or b""


def _offset(message: Message) -> int:
    offset = message.offset()
    assert offset is not None
    return offset


def record_of(message: Message, transaction: Transaction | None = None) -> Record:
    """Return a message that was read as a Record."""
    kind, time_ms = message.timestamp()
    topic, partition = message.topic(), message.partition()
    assert topic is not None
    assert partition is not None
    return Record(
        topic=topic,
        partition=partition,
        offset=_offset(message),
        timestamp_ms=time_ms if kind else None,
        timestamp_type=_TYPES.get(kind, TimestampType.NONE),
        key=message.key(),
        value=message.value(),
        headers=tuple(message.headers() or ()),  # type: ignore[arg-type]
        transaction=transaction,
        leader_epoch=message.leader_epoch(),
    )
