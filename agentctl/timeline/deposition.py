"""What is known beside the records of a story, kept so that the story can be told again without a broker."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from agentctl.claims.terms import UNKNOWN, Terms
from agentctl.events.topics import TopicSettings
from agentctl.lag.excerpt import AskedHistory
from agentctl.lag.history import CommitHistory, Commits
from agentctl.lag.position import Position
from agentctl.model.event import Event, Role
from agentctl.model.record import Record
from agentctl.timeline.witness import Witness


@dataclass(frozen=True, slots=True)
class Deposition:
    """Everything that findings rest on beside the story's own records. Empty where nothing is known."""

    as_of_ms: int | None = None
    """The moment of the answer, at which it was judged who holds and what is orphaned."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """By topic."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """By topic."""
    commits: Commits | None = None
    """An excerpt of the history of commits; None where that was not asked for."""
    ends: Mapping[int, Mapping[Position, int]] = field(default_factory=dict)
    """Where partitions ended, by the moment that was asked about."""
    around: tuple[Record, ...] = ()
    """Records on the story's work items that do not belong to the story."""
    notes: tuple[str, ...] = ()
    """What of it could not be used, and why, in sentences."""

    def topic_settings(self) -> Mapping[str, TopicSettings]:
        """Return what was configured for each topic, for a reader who has not configured it."""
        found = {}
        for topic in sorted({*self.roles, *self.terms}):
            terms = self.terms.get(topic, UNKNOWN)
            found[topic] = TopicSettings(
                role=self.roles.get(topic), ttl_ms=terms.ttl_ms, stale_after_ms=terms.stale_after_ms
            )
        return found


class Overheard:
    """A Witness that passes every question on to another and remembers what was asked and answered."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._history: AskedHistory | None = None
        self._note: str | None = None
        self._ends: dict[int, dict[Position, int]] = {}

    def commits(self, partitions: Collection[Position], since_ms: int | None) -> Commits:
        """Ask for the commits; what their history is asked afterwards is remembered, too.

        Of several histories the latest counts.
        """
        found = self._witness.commits(partitions, since_ms)
        self._note = found.note
        self._history = None if found.history is None else AskedHistory(found.history)
        return Commits(self._history, found.note)

    def ends(self, partitions: Collection[Position], time_ms: int) -> Mapping[Position, int]:
        """Ask where partitions ended at a moment."""
        found = self._witness.ends(partitions, time_ms)
        self._ends.setdefault(time_ms, {}).update(found)
        return found

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        """Ask how long topics keep their records; it is remembered in the terms that come of it."""
        return self._witness.retention_ms(topics)

    def deposition(
        self,
        as_of_ms: int,
        terms: Mapping[str, Terms],
        events: Sequence[Event],
        around: Sequence[Event] = (),
    ) -> Deposition:
        """Return what was heard, once the story is told.

        ``events`` are the story's; ``terms`` and ``around`` are what its claims were judged with.
        """
        commits = None
        if self._note is not None:
            excerpt: CommitHistory | None = None if self._history is None else self._history.excerpt()
            commits = Commits(excerpt, self._note)
        return Deposition(
            as_of_ms=as_of_ms,
            roles={event.record.topic: event.role for event in (*events, *around)},
            terms=dict(terms),
            commits=commits,
            ends={time_ms: found for time_ms, found in self._ends.items() if found},
            around=tuple(event.record for event in around),
        )


class RecordedWitness:
    """Answers from a deposition. What was not recorded is unknown."""

    def __init__(self, deposition: Deposition) -> None:
        self._deposition = deposition

    def commits(self, partitions: Collection[Position], since_ms: int | None) -> Commits:
        """Return the recorded commits for these partitions; how far they reach back was settled before."""
        found = self._deposition.commits
        if found is None or found.history is None:
            return Commits(None, "" if found is None else found.note)
        wanted = frozenset(partitions)
        tracks = [one for one in found.history.tracks if (one.owner.topic, one.owner.partition) in wanted]
        return Commits(CommitHistory(tracks, found.history.reaches.values()), found.note)

    def ends(self, partitions: Collection[Position], time_ms: int) -> Mapping[Position, int]:
        """Return where those partitions ended, where exactly that moment was recorded."""
        known = self._deposition.ends.get(time_ms, {})
        return {one: known[one] for one in partitions if one in known}

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        """Return the recorded retention of those topics."""
        found = {topic: self._deposition.terms.get(topic) for topic in topics}
        return {
            topic: terms.retention_ms
            for topic, terms in found.items()
            if terms is not None and terms.retention_ms is not None
        }
