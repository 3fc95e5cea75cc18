"""A partition of ``__consumer_offsets`` as tests write it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agentctl.lag.commits import Commit, Owner, key_bytes, value_bytes
from agentctl.lag.history import CommitHistory
from agentctl.lag.position import Position
from agentctl.lag.recording import Recording
from agentctl.lag.track import GONE
from tests.builders import ms

TOPIC = "research-events"
PARTITION = 2
METADATA = -2
"""Stands for an offset: a record about the group itself."""


@dataclass(frozen=True, slots=True)
class Written:
    """One record: a commit, a dropped position (GONE), or a group's metadata (METADATA)."""

    at: int
    """Its offset in ``__consumer_offsets``."""
    group: str
    offset: int
    time_ms: int
    topic: str = TOPIC
    partition: int = PARTITION

    @property
    def key(self) -> bytes:
        if self.offset == METADATA:
            return b"\x00\x02\x00\x01" + self.group[:1].encode()
        return key_bytes(Owner(self.group, self.topic, self.partition))

    @property
    def value(self) -> bytes | None:
        if self.offset == METADATA:
            return b"\x00\x03"
        if self.offset == GONE:
            return None
        return value_bytes(Commit(self.group, self.topic, self.partition, self.offset, self.time_ms))


def log(*rows: tuple[str, str, int]) -> list[Written]:
    """Write ``(clock, group, offset)`` one after the other, from offset 0 on."""
    return [Written(at, group, offset, ms(clock)) for at, (clock, group, offset) in enumerate(rows)]


def history_of(
    records: Sequence[Written],
    *,
    start: int = 0,
    end: int | None = None,
    whole: bool = True,
    wanted: Collection[Position] | None = None,
    groups: Collection[str] | None = None,
    batch: int = 3,
) -> CommitHistory:
    """Record them in small batches, as one partition whose offsets ``[start, end)`` are read."""
    recording = Recording(wanted, groups)
    recording.begin(0, start)
    for first in range(0, len(records), batch):
        run = records[first : first + batch]
        recording.take(
            0,
            [one.at for one in run],
            [one.key for one in run],
            [one.value for one in run],
            [one.time_ms for one in run],
        )
    recording.end(0, end if end is not None else (records[-1].at + 1 if records else start), whole=whole)
    return recording.history()
