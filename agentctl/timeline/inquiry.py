"""What has to be asked beside the events of a story, so that it can be judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentctl.claims.terms import Terms
from agentctl.events.mapping import FieldMapping
from agentctl.lag.history import Commits
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event, Role
from agentctl.model.query import Query, Window
from agentctl.model.record import Place
from agentctl.ports import Progress, Source
from agentctl.timeline.reads import Reads
from agentctl.timeline.search import search
from agentctl.timeline.story import Knowledge
from agentctl.timeline.verdicts import Claims
from agentctl.timeline.witness import Witness

AROUND_MS = 24 * 60 * 60 * 1000
"""How long before a story to look for claims on its work items: what retention usually leaves of claims."""
MOST_ITEMS = 100
"""On how many work items claims are looked for beside the story's own."""

MOST_CAUSES = 50
"""How many causes are looked for that are none of the story's own events."""
CHEAP_RECORDS = 2_000_000
"""How many records are read once more for a cause that is known by its id alone."""

OF_CLAIMS = frozenset({Role.CLAIM, Role.PROGRESS, Role.RESULT})
"""The roles of what claims are judged by."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt, and what could not be."""

    knowledge: Knowledge
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why the answer is not the whole truth, where that is so."""
    terms: Mapping[str, Terms] = field(default_factory=dict)
    """By what the claims of each topic are judged."""
    around: tuple[Event, ...] = ()
    """Events on the story's work items that are not the story's own."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Asks about the events of a story."""

    source: Source
    query: Query
    mapping: FieldMapping
    witness: Witness
    progress: Progress
    now_ms: int
    recorded: Sequence[Event] = ()
    """Events beside the story that are known already."""

    def learn(self, events: Sequence[Event], coverage: Coverage, *, commits: bool) -> Learnt:
        """Ask for what the events need; without ``commits`` not for what groups have read."""
        if not events:
            return Learnt(Knowledge(stale_after_ms=self.mapping.stale_after_ms), (), ())
        notes: list[str] = []
        history = self._commits(events) if commits else Commits(None, "")
        if history.note:
            notes.append(history.note)
        around, note, reasons = self._around(events, coverage)
        if note:
            notes.append(note)
        elsewhere = self._elsewhere(events, around, coverage)
        known = {event.place for event in around}
        around += [event for event in elsewhere.values() if event.place not in known]
        terms = self.terms((*events, *around))
        knowledge = Knowledge(
            stale_after_ms=self.mapping.stale_after_ms,
            reads=Reads(history.history),
            ends=self.witness.ends,
            elsewhere=elsewhere,
            claims=Claims(terms, self.now_ms, around),
        )
        return Learnt(knowledge, tuple(notes), reasons, terms, tuple(around))

    def _commits(self, events: Sequence[Event]) -> Commits:
        partitions = {(event.record.topic, event.record.partition) for event in events}
        times = [event.record.timestamp_ms for event in events if event.record.timestamp_ms is not None]
        return self.witness.commits(partitions, min(times, default=None))

    def _around(
        self, events: Sequence[Event], coverage: Coverage
    ) -> tuple[list[Event], str, tuple[str, ...]]:
        """Look for further claims, progress and results on the story's items: of other workflows, too."""
        known = {event.place for event in events}
        recorded = [event for event in self.recorded if event.place not in known]
        query = self.query
        if not (query.ids or query.agents or query.types):
            return recorded, "", ()
        items = tuple(dict.fromkeys(event.work_item for event in events if event.work_item is not None))
        topics = tuple(topic for topic in coverage.topics if self.mapping.role(topic)[0] in OF_CLAIMS)
        if not items or not any(self.mapping.role(topic)[0] is Role.CLAIM for topic in topics):
            return recorded, "", ()
        if len(items) > MOST_ITEMS:
            return recorded, f"claims of other workflows on its {len(items):,} items were not looked for", ()
        found: list[Event] = []
        wanted = Query(items, topics, self._window(events), slack_ms=query.slack_ms, as_far_as_kept=True)
        searched = search(self.source, wanted, self.mapping, self.progress, found.append)
        missing = () if searched.coverage.complete else searched.coverage.reasons
        reasons = tuple(f"around its work items: {reason}" for reason in missing)
        beside = {event.place: event for event in (*found, *recorded) if event.place not in known}
        return list(beside.values()), "", reasons

    def _elsewhere(
        self, events: Sequence[Event], around: Sequence[Event], coverage: Coverage
    ) -> Mapping[str, Event]:
        """Look for the causes that events state and that are none of them: in other workflows, or before."""
        own = {name for event in events for name in (event.event_id, str(event.place))}
        beside = {name: event for event in around for name in (event.event_id, str(event.place))}
        stated = dict.fromkeys(event.cause for event in events if event.cause is not None)
        missing = [cause for cause in stated if cause not in own]
        found = {cause: beside[cause] for cause in missing if cause in beside}
        places = {cause: place for cause in missing if (place := Place.parse(cause)) is not None}
        there = frozenset(self.source.topics()) if places else frozenset()
        of_places = [place.topic for place in places.values() if place.topic in there]
        topics = tuple(dict.fromkeys((*coverage.topics, *of_places)))
        if coverage.records_scanned > CHEAP_RECORDS:
            topics = tuple(dict.fromkeys(of_places))
            missing = [cause for cause in missing if cause in places and places[cause].topic in there]
        wanted = tuple(cause for cause in missing if cause not in found)
        if not wanted or not topics or len(wanted) > MOST_CAUSES:
            return found

        def take(event: Event) -> None:
            found.update({name: event for name in (event.event_id, str(event.place)) if name in wanted})

        window = Window(None, self.query.window.until_ms)
        query = Query(wanted, topics, window, slack_ms=self.query.slack_ms, keyed=False)
        search(self.source, query, self.mapping, self.progress, take)
        return found

    def _window(self, events: Sequence[Event]) -> Window:
        times = [event.record.timestamp_ms for event in events if event.record.timestamp_ms is not None]
        since_ms = max(min(times) - AROUND_MS, 0) if times else None
        return Window(since_ms, self.query.window.until_ms)

    def terms(self, events: Sequence[Event]) -> dict[str, Terms]:
        """Return by what the claims of each topic are judged; the topics are those of the events."""
        topics = {event.record.topic: event.role for event in events}
        endless = {
            event.record.topic for event in events if event.role is Role.CLAIM and event.ttl_ms is None
        }
        retention = self.witness.retention_ms(sorted(endless)) if endless else {}
        return {
            topic: Terms(
                ttl_ms=self.mapping.settings(topic).ttl_ms,
                retention_ms=retention.get(topic),
                stale_after_ms=self.mapping.stale_after_ms(topic),
            )
            for topic in topics
        }


def with_reasons(coverage: Coverage, reasons: tuple[str, ...]) -> Coverage:
    """Return a coverage that is partial for further reasons, if there are any."""
    if not reasons:
        return coverage
    return replace(coverage, complete=False, reasons=(*coverage.reasons, *reasons))
