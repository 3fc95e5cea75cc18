"""The records of a partition that concern an item, and what the others say of the time."""

from confluent_kafka import Message

from agentctl.model.instant import BEFORE_ALL_TIME
from agentctl.model.record import Record
from agentctl.ports import RawFilter
from agentctl.sources.reading import joined, record_of

_BLOCK = 500
"""Messages that are looked through at once."""


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
        self._latest_ms = BEFORE_ALL_TIME
        self._peak: Message | None = None

    def take(self, run: list[Message]) -> None:
        """Let the next messages through, or not; mostly a block at a time, after one search through it."""
        run = [message for message in run if self.next <= (message.offset() or 0) < self.end]
        for at in range(0, len(run), _BLOCK):
            block = run[at : at + _BLOCK]
            if self._wanted.any_of(joined(block)):
                for message in block:
                    self._look_at(message)
            else:
                self._pass_over(block)
        if run:
            self.next = (run[-1].offset() or 0) + 1

    def _look_at(self, message: Message) -> None:
        # The type of headers says dict, too, because a writer may give one; what was read has a list.
        if not self._wanted(message.key(), message.value(), message.headers):  # type: ignore[arg-type]
            self._pass_over([message])
            return
        if self._peak is not None:
            self._kept.append(record_of(self._peak))
            self._peak = None
        self._kept.append(record_of(message))
        self._latest_ms = max(self._latest_ms, _time_ms(message))

    def _pass_over(self, block: list[Message]) -> None:
        times = list(map(_time_ms, block))
        latest_ms = max(times)
        if latest_ms > self._latest_ms:
            self._latest_ms = latest_ms
            self._peak = block[times.index(latest_ms)]

    @property
    def records(self) -> list[Record]:
        """What was kept, and the latest of those left out behind it."""
        return self._kept if self._peak is None else [*self._kept, record_of(self._peak)]

    def reached(self, offset: int) -> bool:
        """The log, as far as it is decided, ends there; whether that is before what is wanted."""
        self.next = max(self.next, offset)
        return self.next < self.end


def _time_ms(message: Message) -> int:
    kind, time_ms = message.timestamp()
    return time_ms if kind else BEFORE_ALL_TIME
