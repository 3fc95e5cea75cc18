"""What the log says of one item up to an offset, where open transactions may still hide something."""

from collections.abc import Callable
from dataclasses import dataclass

from agentctl.claims.ledger import Ledger
from agentctl.claims.log import ClaimsLog, ReadBack
from agentctl.claims.tenure import History
from agentctl.claims.terms import Terms
from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import raw_filter
from agentctl.model.event import Event
from agentctl.model.query import Query
from agentctl.model.record import Place

OPEN_MS = 5_000
"""How long an open transaction that may hold a claim on the item is waited for."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the log says of the item up to the record that asked."""

    history: History
    decided: bool
    """False where an open transaction before the record may hold a claim on the item."""


class ItemLog:
    """Reads what concerns one item, from the first record that is kept, and remembers it.

    Only what is committed counts. A record in a transaction that is still open counts at its offset once
    it is committed, so it is waited for, unless nothing that is undecided concerns the item.
    """

    def __init__(
        self, log: ClaimsLog, mapping: FieldMapping, item: str, partition: int, terms: Callable[[], Terms]
    ) -> None:
        self._log = log
        self._mapping = mapping
        self._terms = terms
        self.item = item
        self.partition = partition
        self._wanted = raw_filter(Query(ids=(item,)), mapping)
        self._next: int | None = None
        self._own: set[int] = set()
        """Offsets of the own records: they are in no transaction."""
        self._begin()

    def _begin(self) -> None:
        self._ledger = Ledger({self._log.topic: self._terms()}, only=(self.item,), remember_causes=False)
        self._next = None

    def up_to(self, offset: int) -> Found:
        """Return what the log says up to and with that offset. Raises UnreachableError."""
        decided = True
        self._own.add(offset)
        if not self._committed(offset + 1, 0):
            decided = self._settled(offset)
        place = Place(self._log.topic, self.partition, offset)
        found = Found(self._ledger.history(self.item, up_to=place), decided)
        if self._next is not None and self._next <= offset:
            # A record was added before its turn: what lies before it can no longer be.
            self._begin()
        return found

    def now(self) -> History:
        """Return what the log says now, as far as it is decided."""
        self._add(self._log.read(self.partition, self._next, None, self._wanted, committed=True))
        return self._ledger.history(self.item)

    def offset_of(self, event_id: str) -> int | None:
        """Look for a record whose offset nobody told; None when it is not there, or not yet."""
        back = self._log.read(self.partition, self._next, None, self._wanted, committed=False)
        return next((event.record.offset for event in self._events(back) if event.event_id == event_id), None)

    def _committed(self, end: int, wait_ms: int) -> bool:
        """Read on to ``end`` what is decided; whether all of it is."""
        if self._next is None or self._next < end:
            self._add(
                self._log.read(self.partition, self._next, end, self._wanted, committed=True, wait_ms=wait_ms)
            )
        return self._next is not None and self._next >= end

    def _settled(self, offset: int) -> bool:
        """Wait for what an open transaction holds back, unless it cannot concern the item."""
        deadline_ms = self._log.ticks_ms() + OPEN_MS
        while True:
            held = self._log.read(self.partition, self._next, offset + 1, self._wanted, committed=False)
            events = [event for event in self._events(held) if event.work_item == self.item]
            own = [event for event in events if event.record.offset in self._own]
            decided = bool(own) and own == events and own[-1].record.offset == offset
            left_ms = deadline_ms - self._log.ticks_ms()
            if decided or left_ms <= 0:
                for event in own:
                    self._ledger.add(event)
                return decided
            if self._committed(offset + 1, left_ms):
                return True

    def _add(self, back: ReadBack) -> None:
        for event in self._events(back):
            self._ledger.add(event)
        self._next = max(back.next, self._next or 0)

    def _events(self, back: ReadBack) -> list[Event]:
        return [self._mapping.event(record) for record in back.records]
