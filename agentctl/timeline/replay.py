"""Replay: from a Source and a Query to the answer that says what happened, or what was looked for in vain."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import ID_FIELDS
from agentctl.model.coverage import Coverage, Pruned
from agentctl.model.event import Event
from agentctl.model.query import Clock, Query
from agentctl.model.view import View
from agentctl.ports import Progress, Source
from agentctl.timeline.order import Gathering
from agentctl.timeline.search import Searched, near_ids, search
from agentctl.timeline.story import tell
from agentctl.timeline.view import story_view

MOST_EVENTS = 100_000
"""How many events are kept when no limit is given; a cut by this one makes the answer partial."""
_NEAR_MS = 3_000
"""How long near ids may be looked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the answer is wanted."""

    clock: Clock = Clock.RECORD
    limit: int | None = None
    payload: bool = False
    unfolded: bool = False
    fail_on_problems: bool = False
    notes: tuple[str, ...] = ()


def replayed(
    source: Source,
    query: Query,
    mapping: FieldMapping,
    progress: Progress,
    now: Callable[[], int],
    wish: Wish,
) -> View:
    """Find the events and tell their story. ``now`` gives the present in ms since 1970.

    Raises InterruptedScan on Ctrl-C, and whatever the Source raises.
    """
    gathering, searched = _gathered(source, query, mapping, progress, wish)
    story = tell(gathering, query.ids, wish.clock)
    coverage = searched.coverage
    if story.more and wish.limit is None:
        coverage = _cut(coverage, story.more)
    nothing = "Nothing matched."
    if not gathering.seen:
        began_ms = now()
        near: tuple[str, ...] = ()
        if query.ids and coverage.records_scanned:
            near = near_ids(source, query, mapping, progress, began_ms, lambda: now() - began_ms > _NEAR_MS)
        nothing = "\n".join(_in_vain(query, searched, near))
    view = story_view(
        story,
        coverage,
        query.window,
        payload=wish.payload,
        unfolded=wish.unfolded,
        nothing=nothing,
        notes=wish.notes,
    )
    return replace(view, fail_on_problems=wish.fail_on_problems)


def _gathered(
    source: Source, query: Query, mapping: FieldMapping, progress: Progress, wish: Wish
) -> tuple[Gathering, Searched]:
    """Search; and once more in all partitions when it shows that the id is not the key it was taken for."""
    gathering = Gathering(wish.clock, MOST_EVENTS if wish.limit is None else wish.limit)
    meant = _Meant(query)

    def take(event: Event) -> None:
        gathering.add(event)
        meant.add(event)

    searched = search(source, query, mapping, progress, take)
    pruned = {part.topic for part in searched.coverage.partitions if part.pruned is Pruned.KEY}
    if pruned and any(meant.otherwise(topic, mapping.key_field(topic)) for topic in pruned):
        return _gathered(source, replace(query, keyed=False), mapping, progress, wish)
    return gathering, searched


class _Meant:
    """As what an id shows itself in the events that it finds: as which fields, and as whose key."""

    def __init__(self, query: Query) -> None:
        self._ids = frozenset(query.ids)
        self._keys = frozenset(text.encode("utf-8", "surrogatepass") for text in query.ids)
        self._fields: set[str] = set()
        self._keyed_by_others: set[str] = set()
        self._seen = False

    def add(self, event: Event) -> None:
        """Look at an event that was found."""
        self._seen = True
        self._fields |= {name for name in ID_FIELDS if getattr(event, name) in self._ids}
        if event.record.key not in self._keys:
            self._keyed_by_others.add(event.record.topic)

    def otherwise(self, topic: str, key_field: str | None) -> bool:
        """Whether the id may stand in other partitions of a topic than its key's.

        It may when nothing was found, when it was found there beside another key, and when it was found
        anywhere as another field than the one that the topic's key is: a workflow's id is no work item.
        """
        another_field = key_field is not None and bool(self._fields - {key_field})
        return not self._seen or another_field or topic in self._keyed_by_others


def _cut(coverage: Coverage, more: int) -> Coverage:
    events, were = ("event", "was") if more == 1 else ("events", "were")
    reason = f"{more:,} {events} beyond the first {MOST_EVENTS:,} {were} left out; --limit N keeps more"
    return replace(coverage, complete=False, reasons=(*coverage.reasons, reason))


def _in_vain(query: Query, searched: Searched, near: tuple[str, ...]) -> Iterable[str]:
    """Say what was searched for what, what is near, and whether it stands anywhere else."""
    coverage = searched.coverage
    topics = ", ".join(coverage.topics[:6]) + (", …" if len(coverage.topics) > 6 else "")
    wanted = " or ".join(query.ids) or "the query"
    count = f"{coverage.records_scanned:,} record{'' if coverage.records_scanned == 1 else 's'}"
    yield f"Nothing matched {wanted} in {count} of {topics or 'no topic'}."
    if near:
        yield f"Near: {', '.join(near)}"
    if searched.left_out:
        events = "1 event has" if searched.left_out == 1 else f"{searched.left_out:,} events have"
        yield f"{events} it, but --agent or --type leaves {'it' if searched.left_out == 1 else 'them'} out"
    if searched.elsewhere:
        events = "1 event holds" if searched.elsewhere == 1 else f"{searched.elsewhere:,} events hold"
        yield f"{events} it elsewhere in the text: --match anywhere shows them"
