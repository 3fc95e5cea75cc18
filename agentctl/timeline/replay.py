"""Replay: from a Source and a Query to the answer that says what happened, or what was looked for in vain."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from agentctl.events.mapping import FieldMapping
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.query import Clock, Query
from agentctl.model.view import View
from agentctl.ports import Progress, Source
from agentctl.timeline.deposition import Overheard
from agentctl.timeline.deposition_rows import carrying
from agentctl.timeline.inquiry import Inquiry, Learnt, with_reasons
from agentctl.timeline.meant import Meant, pruned_in_error
from agentctl.timeline.order import Gathering
from agentctl.timeline.search import Searched, near_ids, search
from agentctl.timeline.seen import seen_view
from agentctl.timeline.story import Story, tell
from agentctl.timeline.view import story_view
from agentctl.timeline.witness import NoWitness, Witness

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
    commits: bool = True
    """Whether to tell when consumer groups read the events, where that can be known cheaply."""
    as_seen_by: str | None = None
    """The agent whose point of view is wanted."""
    mark: int | None = None
    """The number of the event that times are counted from."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """An answer, and what it was made from: for those who go on from there."""

    view: View
    story: Story
    learnt: Learnt
    inquiry: Inquiry


def replayed(
    source: Source,
    query: Query,
    mapping: FieldMapping,
    progress: Progress,
    now: Callable[[], int],
    wish: Wish,
    witness: Witness | None = None,
    recorded: Sequence[Event] = (),
) -> View:
    """Find the events and tell their story. ``now`` gives the present in ms since 1970.

    ``witness`` is asked what the records do not say; without one nothing of it is known. ``recorded`` are
    events beside the story that an exported file has with it.

    Raises InterruptedScan on Ctrl-C, and whatever the Source raises.
    """
    return examined(source, query, mapping, progress, now, wish, witness, recorded).view


def examined(
    source: Source,
    query: Query,
    mapping: FieldMapping,
    progress: Progress,
    now: Callable[[], int],
    wish: Wish,
    witness: Witness | None = None,
    recorded: Sequence[Event] = (),
) -> Examined:
    """Do what ``replayed`` does, and keep what the answer was made from."""
    gathering = Gathering(wish.clock, MOST_EVENTS if wish.limit is None else wish.limit)
    meant = Meant(query)

    def take(event: Event) -> None:
        gathering.add(event)
        meant.add(event)

    def unread(coverage: Coverage) -> Query | None:
        return pruned_in_error(query, coverage, meant, mapping)

    searched = search(source, query, mapping, progress, take, unread)
    heard = Overheard(witness or NoWitness())
    inquiry = Inquiry(source, query, mapping, heard, progress, now(), recorded)
    learnt = inquiry.learn(gathering.events, searched.coverage, commits=wish.commits)
    story = tell(gathering, query.ids, wish.clock, learnt.knowledge)
    coverage = with_reasons(searched.coverage, learnt.reasons)
    if story.more and wish.limit is None:
        coverage = _cut(coverage, story.more)
    nothing = None
    if not gathering.seen:
        near = _near(source, query, mapping, progress, now) if coverage.records_scanned else ()
        nothing = "\n".join(_in_vain(query, searched, near))
    notes = (*wish.notes, *learnt.notes, *_also_in_vain(gathering, meant))
    view = _view(story, replace(wish, notes=notes), coverage, query, nothing)
    if wish.payload and story.entries:
        events = [entry.event for entry in story.entries]
        deposition = heard.deposition(inquiry.now_ms, learnt.terms, events, learnt.around)
        view = carrying(view, story.entries, deposition, learnt.around)
    view = replace(view, summary={**view.summary, "not_found": list(meant.missing)})
    return Examined(view, story, learnt, inquiry)


def _view(story: Story, wish: Wish, coverage: Coverage, query: Query, nothing: str | None) -> View:
    view = story_view(
        story,
        coverage,
        query.window,
        payload=wish.payload,
        unfolded=wish.unfolded,
        mark=wish.mark,
        nothing=nothing,
        notes=wish.notes,
    )
    if wish.as_seen_by is not None and story.entries:
        view = seen_view(view, story, wish.as_seen_by)
    return replace(view, fail_on_problems=wish.fail_on_problems)


def _near(
    source: Source, query: Query, mapping: FieldMapping, progress: Progress, now: Callable[[], int]
) -> tuple[str, ...]:
    """Return ids that somebody may have meant; looks for them a moment only."""
    began_ms = now()
    if not query.ids:
        return ()
    return near_ids(source, query, mapping, progress, began_ms, lambda: now() - began_ms > _NEAR_MS)


def _cut(coverage: Coverage, more: int) -> Coverage:
    events, were = ("event", "was") if more == 1 else ("events", "were")
    reason = f"{more:,} {events} beyond the first {MOST_EVENTS:,} {were} left out; --limit N keeps more"
    return replace(coverage, complete=False, reasons=(*coverage.reasons, reason))


def _also_in_vain(gathering: Gathering, meant: Meant) -> tuple[str, ...]:
    """Say which ids had no event where others had."""
    return (f"no event of {', '.join(meant.missing)}",) if gathering.seen and meant.missing else ()


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
