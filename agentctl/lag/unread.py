"""The first record that a group has not read, which is what seconds of lag are counted from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position

Standpoint = tuple[str, int, int]
"""A topic, a partition, and the offset that is to be read next: the committed one, or the log start."""


class Method(StrEnum):
    """Where a timestamp comes from."""

    RECORD = "record"
    """From the record itself."""
    TIME_INDEX = "time-index"
    """From look-ups by time, between which it lies."""
    NONE = "none"
    """It is not known, or nobody asked."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What is known of the first record at or after a standpoint that a read_committed reader will get."""

    method: Method
    offset: int | None = None
    """Where it lies; None when that is not known, or there is none."""
    timestamp_ms: int | None = None
    """Its timestamp; None when there is none, or it is not known."""
    last_ms: int | None = None
    """Timestamp of the last readable record of the partition, by offset; None when there is none."""
    error_ms: int = 0
    """By how much ``timestamp_ms`` and ``last_ms`` may err."""
    open_transaction: bool = False
    """Whether an open transaction holds it back: then it is the first record of that transaction."""
    nothing: bool = False
    """Whether there is none to read: markers, aborted and compacted records are all that is left."""
    reason: str | None = None
    """Why it is not known."""


class UnreadSource(Protocol):
    """Finds first unread records, for any number of standpoints at once.

    It reads without a group and changes nothing. A standpoint that could not be looked at has a reason; one
    at or behind the high watermark is not asked for. Raises UnreachableError or AccessError only when
    nothing at all can be had.
    """

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of the latest answer, such as how it was found and why so."""

    def __call__(
        self, standpoints: Mapping[Position, tuple[int, ...]], bounds: Mapping[Position, Bounds]
    ) -> Mapping[Standpoint, Unread]:
        """Return what was found, for every standpoint; offsets of one partition ascend."""
