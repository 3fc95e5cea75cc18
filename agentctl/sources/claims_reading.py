"""The records of a partition that concern an item, and what the others say of the time."""

from confluent_kafka import Message

from agentctl.model.record import Record
from agentctl.ports import RawFilter
from agentctl.sources.reading import record_of


class Sieve:
    """Keeps what may concern the item while a stretch of a partition runs through it.

    A record counts at the latest timestamp of its partition until then, whoever wrote it. So before each
    record that is kept the latest of those left out is kept, too, where it is later than all before.
    """

    def __init__(self, wanted: RawFilter, start: int, end: int) -> None:
        self._kept: list[Record] = []
        self.next = start
        self.end = end
        self._wanted = wanted
        self._latest_ms = -(2**63)
        self._peak: Message | None = None

    def take(self, message: Message) -> None:
        """Let the next message through, or not."""
        offset = message.offset()
        if offset is None or not self.next <= offset < self.end:
            return
        self.next = offset + 1
        kind, time_ms = message.timestamp()
        later = bool(kind) and time_ms > self._latest_ms
        if later:
            self._latest_ms = time_ms
        # The type of headers says dict, too, because a writer may give one; what was read has a list.
        if not self._wanted(message.key(), message.value(), message.headers):  # type: ignore[arg-type]
            if later:
                self._peak = message
            return
        if self._peak is not None:
            self._kept.append(record_of(self._peak))
            self._peak = None
        self._kept.append(record_of(message))

    @property
    def records(self) -> list[Record]:
        """What was kept, and the latest of those left out behind it."""
        return self._kept if self._peak is None else [*self._kept, record_of(self._peak)]

    def reached(self, offset: int) -> bool:
        """The log, as far as it is decided, ends there; whether that is before what is wanted."""
        self.next = max(self.next, offset)
        return self.next < self.end
