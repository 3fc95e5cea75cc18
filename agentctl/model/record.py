"""One Kafka record and the place where it stands, wherever it was read from."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Headers = tuple[tuple[str, bytes | None], ...]
"""In the order written; names may repeat, values may be null."""

_PLACE = re.compile(r"(?P<topic>[A-Za-z0-9._-]{1,249})\[(?P<partition>\d{1,10})\]@(?P<offset>\d{1,19})")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record stands: the evidence that every row can be traced to."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Read ``topic[partition]@offset``; None when the text is not of that form."""
        found = _PLACE.fullmatch(text)
        return cls(found["topic"], int(found["partition"]), int(found["offset"])) if found else None


class TimestampType(StrEnum):
    """Whose clock wrote a record's timestamp."""

    NONE = "none"
    CREATE = "create"
    APPEND = "append"


class Transaction(StrEnum):
    """What became of the transaction a record was written in."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    OPEN = "open"


class SourceKind(StrEnum):
    """Where a record was read from."""

    KAFKA = "kafka"
    ARCHIVE = "archive"
    FILE = "file"


class Record(NamedTuple):
    """One Kafka record, byte for byte. A null key or value is None, an empty one is ``b""``.

    A tuple, as is an Event: of a long log millions are made, each in a fraction of a dataclass's time.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int | None
    """Milliseconds since 1970-01-01 UTC; None when the record has none."""
    timestamp_type: TimestampType
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    source: SourceKind = SourceKind.KAFKA
    transaction: Transaction | None = None
    leader_epoch: int | None = None

    @property
    def place(self) -> Place:
        """The record's place in the log."""
        return Place(self.topic, self.partition, self.offset)


class Hint(NamedTuple):
    """What an index says of a record whose bytes are out of reach. Unknown is None."""

    event_id: str | None
    type: str | None
    workflow_id: str | None
    work_item: str | None
    agent: str | None


class FrozenRecord(Record):
    """A record whose bytes are out of reach until they are thawed: only an index knows of it.

    Its key, value and headers are empty because they are not known. What it is an event of is its ``hint``.
    """

    hint: Hint

    @classmethod
    def of(cls, record: Record, hint: Hint) -> "FrozenRecord":
        """Return a record that only an index knows."""
        frozen = cls(*record)
        frozen.hint = hint
        return frozen
