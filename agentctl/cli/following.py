"""``replay --follow``: everything until now, and then what comes."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from agentctl.cli import wiring
from agentctl.cli.question import Question, ScanOptions
from agentctl.cli.stage import Stage
from agentctl.errors import ExitCode, InterruptedScan
from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import matcher, raw_filter
from agentctl.model.event import Event
from agentctl.model.instant import instant
from agentctl.model.query import Query
from agentctl.model.record import Place, Record
from agentctl.ports import RawFilter
from agentctl.render.choose import SCREENS
from agentctl.render.complaints import warn
from agentctl.sources.following import LOOK_SECONDS, Following, ends_of
from agentctl.sources.kafka import KafkaSource
from agentctl.timeline.follow import WINDOW_MS, Holding
from agentctl.timeline.inquiry import MOST_ITEMS, OF_CLAIMS
from agentctl.timeline.narration import Narration, Update
from agentctl.timeline.replay import Examined, Wish, examined

_TICK_SECONDS = 1.0
"""How often it is looked whether time alone has made something true."""
_SHARE = 4
"""Of the time, one part in so many is spent on telling the story anew, at most."""


def follow(asked: Question, wish: Wish, scan: ScanOptions, stage: Stage) -> ExitCode:
    """Show everything until now, and then what comes, until Ctrl-C or until nobody reads any more."""
    around = stage.surroundings
    source = asked.source
    assert isinstance(source, KafkaSource)
    began_ms = around.now_ms()
    with wiring.progress(around) as progress:
        witness = wiring.witness(source, progress, at_any_cost=False)
        found = examined(
            *(source, asked.query, asked.mapping, progress, around.now_ms, replace(wish, commits=False)),
            witness,
        )
    stage.answer(found.view, asked)
    stage.live.stands(found.view)
    if stage.live.form not in SCREENS and not stage.write(stage.findings(found.story.findings)):
        return ExitCode.FINE
    telling = _Telling(asked, found, stage, wish)
    assert found.view.coverage is not None
    start = ends_of(found.view.coverage)
    warn(_opening(scan), around)
    with Following(
        source.connection, start, _chosen(asked, scan), asked.query, telling.filter()
    ) as following:
        try:
            for arrivals in following:
                for note in arrivals.notes:
                    warn(note, around)
                if telling.take(arrivals.records, arrivals.at_ms, arrivals.passed_ms):
                    following.wanted = telling.filter()
                if not telling.tell(arrivals.at_ms) or stage.deserted:
                    return ExitCode.FINE
        except KeyboardInterrupt:
            telling.end()
            raise InterruptedScan(_stopped(telling.count, began_ms)) from None
    raise AssertionError("following ends by Ctrl-C or a closed pipe only")


def _opening(scan: ScanOptions) -> str:
    topics = "" if scan.topics else "topics and "
    return (
        f"following: order is repaired within {WINDOW_MS // 1000} s, new {topics}partitions are read within "
        f"{2 * LOOK_SECONDS:.0f} s; Ctrl-C ends"
    )


def _stopped(count: int, since_ms: int) -> str:
    events = "1 event" if count == 1 else f"{count:,} events"
    return f"Stopped by Ctrl-C after {events} since {instant(since_ms)}; nothing was changed."


def _chosen(asked: Question, scan: ScanOptions) -> "_Chosen":
    places = [Place.parse(text) for text in asked.query.ids]
    fixed = bool(scan.topics) or (bool(places) and all(places))
    return _Chosen(asked.query.topics, asked.mapping, fixed=fixed)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The topics to follow: those that were read first, and new ones that have a role."""

    topics: tuple[str, ...]
    mapping: FieldMapping
    fixed: bool

    def __call__(self, names: Sequence[str]) -> Collection[str]:
        if self.fixed:
            return self.topics
        return dict.fromkeys([*self.topics, *self.mapping.topics_with_role(tuple(names))])


@dataclass(slots=True)
class _Telling:
    """From records to lines: which of them belong to the story, when they are shown, and what they say."""

    asked: Question
    found: Examined
    stage: Stage
    wish: Wish
    count: int = 0
    """Events that were shown since it began."""
    _holding: Holding = field(init=False)
    _narration: Narration = field(init=False)
    _items: frozenset[str] = frozenset()
    _next_seconds: float = 0.0
    """Not before then the story is told anew."""
    _tick_seconds: float = 0.0
    """Then it is told anew although nothing was shown."""

    def __post_init__(self) -> None:
        story, inquiry = self.found.story, self.found.inquiry
        events = sorted((entry.event for entry in story.entries), key=lambda one: one.place)
        self._holding = Holding(self.wish.clock, shown=events)
        self._narration = Narration(
            story,
            inquiry.terms,
            self.asked.mapping.stale_after_ms,
            self.found.learnt.around,
            payload=self.wish.payload,
            now_ms=self.stage.surroundings.now_ms(),
        )
        self._items = self._narration.items

    def filter(self) -> RawFilter:
        """Return what lets through everything that may belong to the story, or to the claims on its items."""
        query = self.asked.query
        if not query.ids or not 0 < len(self._items) <= MOST_ITEMS:
            return raw_filter(query, self.asked.mapping)
        return raw_filter(Query((*query.ids, *sorted(self._items)), match=query.match), self.asked.mapping)

    def take(self, records: Sequence[Record], at_ms: int, passed_ms: int | None) -> bool:
        """Take records that came; return whether the story knows more work items now."""
        matches = matcher(self.asked.query)
        own: list[Event] = []
        for record in records:
            event = self.asked.mapping.event(record)
            if matches(event):
                own.append(event)
            elif event.role in OF_CLAIMS and event.work_item in self._items:
                self._narration.add_around(event)
        self._holding.take(own, at_ms, passed_ms)
        items = self._items | {event.work_item for event in own if event.work_item is not None}
        grown = items != self._items
        self._items = items
        return grown

    def tell(self, at_ms: int) -> bool:
        """Write what is to be shown by now; False when nobody reads any more."""
        now = time.monotonic()
        now_ms = self.stage.surroundings.now_ms()
        if now < self._next_seconds:
            return True
        shown = self._holding.due(at_ms)
        if not shown and now < self._tick_seconds:
            return True
        self.count += len(shown)
        self._narration.add(shown, now_ms)
        going_on = self._update(self._narration.tell(now_ms))
        took = time.monotonic() - now
        self._next_seconds = now + _SHARE * took
        self._tick_seconds = now + max(_TICK_SECONDS, 10 * _SHARE * took)
        return going_on

    def end(self) -> None:
        """Write what is held: nobody waits any longer."""
        shown = self._holding.rest()
        self.count += len(shown)
        now_ms = self.stage.surroundings.now_ms()
        self._narration.add(shown, now_ms)
        self._update(self._narration.tell(now_ms))

    def _update(self, update: Update | None) -> bool:
        if update is None:
            return True
        if update.forgotten:
            self._items = self._narration.items
            warn(_forgotten(update), self.stage.surroundings)
        return self.stage.update(update)


def _forgotten(update: Update) -> str:
    return (
        f"{update.forgotten:,} older events are no longer kept for judging new ones; rows are numbered anew, "
        f"the next is #{update.first}"
    )
