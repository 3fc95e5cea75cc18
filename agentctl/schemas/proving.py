"""The proof: what becomes of every event for a reader with the candidate, added up."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from agentctl.model.record import Place


class Fate(IntEnum):
    """What becomes of an event; the worse, the greater."""

    FINE = 0
    CHANGED = 1
    """It is read, and a field that both schemas have says something else than the writer meant."""
    FAILED = 2
    """A reader that keeps to the specification cannot read it."""


class UnreadableError(ValueError):
    """Bytes that do not follow the schema that they were written with; the text says why."""


class Issue(NamedTuple):
    """One place of an event that fails or changes."""

    fate: Fate
    path: str
    """A JSON pointer (RFC 6901) into the event, by the writer's names; empty for the whole event."""
    was: object
    """What the writer meant, as JSON can say it."""
    becomes: object
    """What the reader gets; None where it cannot read it."""
    reason: str
    """Holds text of schemas and events: hostile."""


class Judge(Protocol):
    """What a candidate makes of events that are written in one way."""

    def decoded(self, written: Any) -> Any:
        """Return what was written, decoded once. Raises UnreadableError."""

    def fate(self, value: Any) -> int:
        """Return the fate of a decoded value: asked of every event, and so as fast as can be."""

    def issues(self, value: Any) -> Iterator[Issue]:
        """Give every place that fails or changes: asked of those few that are shown."""


class Shown(NamedTuple):
    """A row of the answer."""

    topic: str
    partition: int
    offset: int
    version: str
    direction: str
    issue: Issue

    @property
    def place(self) -> str:
        """The event's place; what stands in a file by its number has no partition."""
        if self.partition < 0:
            return f"{self.topic}@{self.offset}"
        return str(Place(self.topic, self.partition, self.offset))


@dataclass(slots=True)
class Tally:
    """What came of the events that were proved."""

    most: int = 20
    """So many events that fail are shown, and as many that change."""
    events: int = 0
    failed: int = 0
    changed: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    """Events of which it is not known what they say, by the reason: the proof does not cover them."""
    ids: Counter[str] = field(default_factory=Counter)
    """Events by the id of the schema that stands before their bytes."""
    shown: list[Shown] = field(default_factory=list)
    first_ms: int | None = None
    last_ms: int | None = None

    def note(
        self,
        place: tuple[str, int, int],
        version: str,
        fate: int,
        issues: Callable[[], Iterator[Issue]],
        direction: str = "backward",
    ) -> None:
        """Take down an event that fails or changes; why is asked only of the first ones."""
        if fate == Fate.FAILED:
            self.failed += 1
            count = self.failed
        else:
            self.changed += 1
            count = self.changed
        if count <= self.most:
            self.shown += [
                Shown(*place, version, direction, issue) for issue in issues() if issue.fate == fate
            ]

    def seen(self, times_ms: Sequence[int]) -> None:
        """Take down when events were written."""
        if times_ms:
            least, most = min(times_ms), max(times_ms)
            self.first_ms = least if self.first_ms is None else min(self.first_ms, least)
            self.last_ms = most if self.last_ms is None else max(self.last_ms, most)

    def add(self, other: "Tally") -> None:
        """Add what came of other events."""
        self.events += other.events
        self.failed += other.failed
        self.changed += other.changed
        self.versions += other.versions
        self.unread += other.unread
        self.ids += other.ids
        self.shown += other.shown
        self.seen([ms for ms in (other.first_ms, other.last_ms) if ms is not None])

    def first(self) -> Sequence[Shown]:
        """Return the rows of the first events that fail and that change, in the order of their places."""
        kept: list[Shown] = []
        for fate in (Fate.FAILED, Fate.CHANGED):
            places: dict[tuple[str, int, int], None] = {}
            for row in sorted(
                (one for one in self.shown if one.issue.fate == fate), key=lambda one: (one[:3], one[4])
            ):
                places[row[:3]] = None
                if len(places) > self.most:
                    break
                kept.append(row)
        return kept

    def to_json(self) -> Mapping[str, object]:
        """Return it as JSON can hold it."""
        return {
            "most": self.most,
            "events": self.events,
            "failed": self.failed,
            "changed": self.changed,
            "versions": dict(self.versions),
            "unread": dict(self.unread),
            "ids": dict(self.ids),
            "shown": [[*one[:5], list(one.issue)] for one in self.shown],
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
        }

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Tally":
        """Read what ``to_json`` gave. Raises ValueError, KeyError or TypeError for anything else."""
        shown = [
            Shown(topic, partition, offset, version, direction, Issue(Fate(fate), *rest))
            for topic, partition, offset, version, direction, (fate, *rest) in told["shown"]
        ]
        tally = cls(told["most"], told["events"], told["failed"], told["changed"], shown=shown)
        tally.versions, tally.unread, tally.ids = (
            Counter(told[name]) for name in ("versions", "unread", "ids")
        )
        tally.first_ms, tally.last_ms = told["first_ms"], told["last_ms"]
        return tally
