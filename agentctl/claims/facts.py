"""What claims rest on, one fact a record, packed tightly: a million of them are a usual log."""

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import NamedTuple

from agentctl.model.record import Place, TimestampType

PartitionName = tuple[str, int]
"""A topic and a partition of it."""


class FactKind(IntEnum):
    """What a record means for a work item. The first three stand on the claims topic."""

    CLAIM = 0
    RENEWAL = 1
    RELEASE = 2
    PROGRESS = 3
    RESULT = 4


class Fact(NamedTuple):
    """One record as far as it concerns a work item."""

    at_ms: int
    """When it counts: on a claims topic the running maximum of its partition's timestamps, else its own."""
    kind: FactKind
    partition: PartitionName
    offset: int
    agent: str | None
    """None only for renewals and releases, which are known by their token."""
    timestamp_ms: int
    """The record's own timestamp."""
    ttl_ms: int | None
    step: int | None
    total: int | None
    workflow_id: str | None
    word: str | None
    """A claim's or result's format, a renewal's or release's token, a progress event's status."""
    refers_to: str | None
    """What a claim states as its cause; the token that a result bears."""
    keyless: bool
    clock: TimestampType

    @property
    def place(self) -> Place:
        """Where the record stands."""
        return Place(*self.partition, self.offset)


class Plain(NamedTuple):
    """An item that was claimed once, with nothing on it but what the same agent showed afterwards."""

    at_ms: int
    partition: PartitionName
    ttl_ms: int | None
    progress: bool
    result: bool


_ROW = Struct("<qbiqiqqqqqiiibi")
_NONE = -(2**63)
_CLOCKS = tuple(TimestampType)
_KINDS = tuple(FactKind)
_CLAIM, _PROGRESS, _RESULT = (kind.value for kind in (FactKind.CLAIM, FactKind.PROGRESS, FactKind.RESULT))
_Row = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]


class Facts:
    """Facts by work item: each row is chained to the row before it on the same item."""

    def __init__(self) -> None:
        self._rows = bytearray()
        self._count = 0
        self._texts = bytearray()
        self._latest: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._agents: list[str] = []
        self._partitions: list[PartitionName] = []
        self._ranks: list[int] = []

    def __len__(self) -> int:
        return self._count

    def partition(self, name: PartitionName) -> int:
        """Give a partition the number by which rows know it."""
        self._partitions.append(name)
        return len(self._partitions) - 1

    def add(
        self,
        item: str,
        at_ms: int,
        kind: FactKind,
        partition: int,
        offset: int,
        agent: str | None,
        timestamp_ms: int,
        ttl_ms: int | None,
        step: int | None,
        total: int | None,
        texts: tuple[str | None, str | None, str | None],
        flags: int,
    ) -> None:
        """Add a fact; ``flags`` is the clock's number, twice, plus 1 for a record without a key."""
        number = -1
        if agent is not None:
            number = self._names.setdefault(agent, len(self._agents))
            if number == len(self._agents):
                self._agents.append(agent)
        begin = len(self._texts)
        lengths = [-1, -1, -1]
        for at, text in enumerate(texts):
            if text is not None:
                encoded = text.encode("utf-8", "surrogatepass")
                self._texts += encoded
                lengths[at] = len(encoded)
        before = self._latest.get(item, -1)
        self._latest[item] = self._count
        self._count += 1
        self._rows += _ROW.pack(
            at_ms,
            kind,
            partition,
            offset,
            number,
            timestamp_ms,
            _NONE if ttl_ms is None else ttl_ms,
            _NONE if step is None else step,
            _NONE if total is None else total,
            begin,
            *lengths,
            flags,
            before,
        )

    def items(self) -> Iterator[str]:
        """Give every work item that has a fact, in the order of arrival."""
        return iter(self._latest)

    def of(self, item: str) -> list[Fact]:
        """Return an item's facts in the order in which they take effect.

        By the time they count at, what stands on a claims topic before the rest; ties by topic, partition
        and offset. Times on a claims partition never run backwards here, so its offset order is kept.
        """
        rows: list[_Row] = []
        row = self._latest.get(item, -1)
        while row >= 0:
            fact: _Row = _ROW.unpack_from(self._rows, row * _ROW.size)
            rows.append(fact)
            row = fact[14]
        if len(rows) > 1:
            ranks = self._ranked()
            rows.sort(key=lambda one: (one[0], one[1] >= FactKind.PROGRESS, ranks[one[2]], one[3]))
        return [self._fact(one) for one in rows]

    def _ranked(self) -> list[int]:
        if len(self._ranks) != len(self._partitions):
            order = {name: rank for rank, name in enumerate(sorted(self._partitions))}
            self._ranks = [order[name] for name in self._partitions]
        return self._ranks

    def plain(self, item: str) -> Plain | None:
        """Return an item in short; None for one of which there is more to say, or that states a cause."""
        row = self._latest.get(item, -1)
        claim: _Row | None = None
        progress = result = False
        agent, earliest_ms = None, 2**63
        while row >= 0:
            fact: _Row = _ROW.unpack_from(self._rows, row * _ROW.size)
            row = fact[14]
            kind = fact[1]
            if agent is None:
                agent = fact[4]
            elif fact[4] != agent:
                return None
            if kind == _CLAIM:
                if claim is not None or fact[12] >= 0:
                    return None
                claim = fact
            elif kind in (_PROGRESS, _RESULT):
                earliest_ms = min(earliest_ms, fact[0])
                progress = progress or kind == _PROGRESS
                result = result or kind == _RESULT
            else:
                return None
        if claim is None or earliest_ms < claim[0]:
            return None
        ttl_ms = None if claim[6] == _NONE else claim[6]
        return Plain(claim[0], self._partitions[claim[2]], ttl_ms, progress, result)

    def _fact(self, row: _Row) -> Fact:
        at_ms, kind, partition, offset, agent, timestamp_ms, ttl, step, total, *rest = row
        begin, one, two, three, flags, _ = rest
        word_at = begin + max(one, 0)
        cause_at = word_at + max(two, 0)
        return Fact(
            at_ms,
            _KINDS[kind],
            self._partitions[partition],
            offset,
            None if agent < 0 else self._agents[agent],
            timestamp_ms,
            None if ttl == _NONE else ttl,
            None if step == _NONE else step,
            None if total == _NONE else total,
            self._text(begin, one),
            self._text(word_at, two),
            self._text(cause_at, three),
            bool(flags & 1),
            _CLOCKS[flags >> 1],
        )

    def _text(self, begin: int, length: int) -> str | None:
        if length < 0:
            return None
        return self._texts[begin : begin + length].decode("utf-8", "surrogatepass")


CLOCK_FLAGS = {clock: number << 1 for number, clock in enumerate(_CLOCKS)}
"""The flag of each clock that can have written a record's timestamp."""
