"""What the protocol of claims asks of the log that holds them; the edge keeps this contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agentctl.model.record import Record
from agentctl.ports import RawFilter


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was read of a partition."""

    records: Sequence[Record]
    """In offset order: all that may concern the item, and before each of them the latest of the others,
    where its timestamp is later than all before it: for the times that records count at."""
    next: int
    """Every record below this offset was read, as far as it is kept and decided."""


class ClaimsLog(Protocol):
    """One claims topic."""

    @property
    def topic(self) -> str:
        """Its name."""

    @property
    def brokers(self) -> str:
        """The addresses to begin with, for the commands that errors name."""

    def settings(self) -> Mapping[str, str]:
        """Return the topic's configuration as it is now.

        Raises NotFoundError without such a topic, AccessError where the configuration may not be read.
        """

    def partition(self, key: bytes) -> int:
        """Return where the topic's writers put a key. Raises AgentctlError where they do not agree."""

    @property
    def notes(self) -> Sequence[str]:
        """What is worth knowing of the topic although claims can be right on it."""

    def append(self, partition: int, key: bytes, value: bytes) -> int | None:
        """Append a record, once, on all replicas in sync, and return its offset.

        None when nobody knows whether it was, or will yet be, appended: read back. Raises AgentctlError
        when it certainly was not and will not be.
        """

    def read(
        self,
        partition: int,
        start: int | None,
        end: int | None,
        wanted: RawFilter,
        *,
        committed: bool,
        wait_ms: int = 0,
    ) -> ReadBack:
        """Read ``[start, end)``; from the first record that is kept, and to the present end, where None.

        ``committed`` leaves out what was aborted, and ends where an open transaction begins: after
        ``wait_ms`` the answer ends there. Raises UnreachableError when the log cannot be read.
        """

    def now_ms(self) -> int:
        """Return this machine's time, in milliseconds since 1970."""

    def ticks_ms(self) -> int:
        """Return a clock that nobody sets and no pause stops; only differences mean something."""

    def close(self) -> None:
        """Let go of all connections."""
