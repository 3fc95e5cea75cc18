"""What to look for: ids, topics, a window of time, agents, types."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open interval ``[since, until)`` in milliseconds since 1970-01-01 UTC; None is unbounded."""

    since_ms: int | None = None
    until_ms: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether it leaves anything out."""
        return self.since_ms is not None or self.until_ms is not None

    def __contains__(self, moment_ms: int) -> bool:
        return (self.since_ms is None or self.since_ms <= moment_ms) and (
            self.until_ms is None or moment_ms < self.until_ms
        )


class Match(StrEnum):
    """How an id is looked for."""

    FIELD = "field"
    """A mapped field equals the id."""
    ANYWHERE = "anywhere"
    """The id stands somewhere in key, value or headers, as grep would find it."""


class Isolation(StrEnum):
    """Kafka's isolation levels."""

    READ_COMMITTED = "read_committed"
    READ_UNCOMMITTED = "read_uncommitted"


class Clock(StrEnum):
    """Which clock orders the rows."""

    RECORD = "record"
    """The record's timestamp: the broker's clock or the producer's, as the topic has it."""
    EVENT = "event"
    """The time that the event itself names."""


DEFAULT_SLACK_MS = 10 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the Sources. An empty tuple asks for everything of its kind."""

    ids: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    window: Window = Window()
    agents: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    match: Match = Match.FIELD
    isolation: Isolation = Isolation.READ_COMMITTED
    slack_ms: int | None = DEFAULT_SLACK_MS
    """How far past ``until`` to read for records whose timestamps run backwards; None reads to the end."""
    keyed: bool | None = None
    """Whether the ids are record keys: True promises it for every topic, None leaves it to the configuration,
    False reads all partitions."""
    partitions: tuple[tuple[str, int], ...] = ()
    """Topic and number of each partition to read; of other partitions nothing is read or told."""
    as_far_as_kept: bool = False
    """Whether what retention has removed of the window is no loss to this question."""
    tail: int | None = None
    """Read only the last so many offsets of each partition: a sample; None reads all."""

    @property
    def of_records(self) -> bool:
        """Whether topic and time alone decide, so that no record has to be seen as an event."""
        return not (self.ids or self.agents or self.types)
