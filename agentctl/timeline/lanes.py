"""A story as a picture: a lane for each agent, moments in them, and the silences that break the axis."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agentctl.model.event import Event, Role
from agentctl.model.finding import Code, Severity
from agentctl.model.timeline import Lane, Mark, Moment, Silence, Timeline
from agentctl.timeline.causes import CauseKind
from agentctl.timeline.story import Entry, Story
from agentctl.timeline.words import what

MOST_LANES = 64

_LOST = "LOST"
_WORDS = {
    Code.DUPLICATE_RESULT: "duplicate",
    Code.ZOMBIE_RESULT: "zombie",
    Code.LATE_CLAIM: "LATE",
    Code.RESULT_WITHOUT_CLAIM: "no claim",
    Code.ORPHANED_CLAIM: "ORPHANED",
}

_MARKS = {
    Role.TASK: Mark.TASK,
    Role.CLAIM: Mark.CLAIM,
    Role.PROGRESS: Mark.PROGRESS,
    Role.RESULT: Mark.RESULT,
}


def drawn(story: Story, *, unfolded: bool = False, mark: int | None = None) -> Timeline:
    """Draw a story. Progress of an agent on an item is folded into its latest row, unless ``unfolded``.

    With a ``mark``, gaps are the times from the event of that number.
    """
    agents = _with_lanes(story)
    lanes = tuple(Lane(agent, short) for agent, short in zip(agents, _shorts(agents), strict=True))
    lane_of = {agent: n for n, agent in enumerate(agents)}
    flagged = {finding.id for finding in story.findings if finding.severity is not Severity.NOTE}
    folded = (
        {} if unfolded else _folded(story.entries, {one.gap.after + 1 for one in story.silences}, flagged)
    )
    shown = [entry for entry in story.entries if entry.n not in folded]
    hidden_by = Counter(folded.values())
    began = _began(story.entries, folded)
    breaks = _breaks(story, shown)
    lane_of_shown = [_lane(entry.event.agent, lane_of) for entry in shown]
    open_lanes = _open_lanes(lane_of_shown, set(breaks))
    words = _verdicts(story)
    entries: list[Moment | Silence] = []
    for at, (entry, open_now) in enumerate(zip(shown, open_lanes, strict=True)):
        if at in breaks:
            entries.append(breaks[at])
        counted_from = shown[at - 1] if at else None
        if mark is not None:
            counted_from = story.entries[mark - 1]
        moment = _moment(entry, story, counted_from, words.get(entry.n), flagged)
        entries.append(
            replace(
                moment,
                lane=lane_of_shown[at],
                open_lanes=open_now,
                folded=hidden_by[entry.n],
                began_ms=began.get(entry.n),
            )
        )
    return Timeline(
        lanes=lanes,
        entries=tuple(entries),
        others=len(story.agents) - len(agents),
        hidden=len(folded),
        mark=mark,
        doing=story.doing,
        tenancies=story.tenancies,
        sights=story.sights,
    )


def _moment(
    entry: Entry, story: Story, counted_from: Entry | None, verdict: str | None, flagged: set[str]
) -> Moment:
    """Return a row, not yet in any lane; its gap is the time since ``counted_from``."""
    before_ms = None if counted_from is None else counted_from.time_ms
    return Moment(
        n=entry.n,
        time_ms=entry.time_ms,
        gap_ms=None if before_ms is None or entry.time_ms is None else entry.time_ms - before_ms,
        lane=None,
        open_lanes=frozenset(),
        mark=_mark(entry.event),
        agent=entry.event.agent,
        what=what(entry.event),
        place=str(entry.event.place),
        cause=_cause(entry, story),
        findings=tuple(label for label in entry.findings if label in flagged),
        reordered=entry.reordered,
        cause_kind=entry.cause_kind,
        verdict=verdict,
        lost=verdict is not None and verdict.startswith(_LOST),
        downstream=entry.downstream,
    )


def _cause(entry: Entry, story: Story) -> str | None:
    """Say the cause as rows show it. That an agent's act follows from its act before goes without saying."""
    if not isinstance(entry.cause, int):
        return entry.cause
    if entry.cause_kind == CauseKind.INFERRED:
        source = story.entries[entry.cause - 1].event
        return None if source.agent == entry.event.agent else f"#{entry.cause}?"
    return f"#{entry.cause}"


def _verdicts(story: Story) -> dict[int, str]:
    """Return what findings say of the very events that they flag, in a word or two, by number."""
    numbers = {entry.event.place: entry.n for entry in story.entries}
    words: dict[int, str] = {}
    for finding in story.findings:
        word = _WORDS.get(finding.code)
        if finding.code is Code.CLAIM_CONFLICT:
            winner = numbers.get(finding.events[0])
            word = _LOST if winner is None else f"{_LOST} to #{winner}"
        for place in finding.flags if word is not None else ():
            if place in numbers and word is not None:
                words.setdefault(numbers[place], word)
    return words


def _lane(agent: str | None, lane_of: Mapping[str, int]) -> int | None:
    return None if agent is None else lane_of.get(agent)


def _mark(event: Event) -> Mark:
    return Mark.UNDECODABLE if event.undecodable is not None else _MARKS.get(event.role, Mark.OTHER)


def _with_lanes(story: Story) -> tuple[str, ...]:
    """Return the agents that get a lane, in the order of their first event: all, or the busiest of many."""
    if len(story.agents) <= MOST_LANES:
        return story.agents
    events = Counter(entry.event.agent for entry in story.entries if entry.event.agent is not None)
    busiest = {agent for agent, _ in events.most_common(MOST_LANES)}
    return tuple(agent for agent in story.agents if agent in busiest)


def _shorts(agents: Sequence[str]) -> Iterator[str]:
    """Return two letters for each agent, unique among them: RE for research, W1 for writer-1."""
    taken: set[str] = set()
    for agent in agents:
        letters = [c.upper() for c in agent if c.isascii() and c.isalnum()] or ["A"]
        first, *others = letters
        if others and others[-1].isdigit():
            others.insert(0, others[-1])
        options = [first + c for c in others + list("23456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
        every = (a + b for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        short = next(option for option in (*options, *every) if option not in taken)
        taken.add(short)
        yield short


def _folded(entries: Sequence[Entry], silent_after: set[int], flagged: set[str]) -> dict[int, int]:
    """Return the number of each entry that is folded, with the number of the entry that stands for it.

    A progress event is folded into the next one of the same agent on the same item, if the agent did
    nothing else on it in between and no silence lies there. What is flagged is never folded.
    """
    latest: dict[tuple[str | None, str | None, str | None], list[int]] = {}
    folded: dict[int, int] = {}
    for entry in entries:
        event = entry.event
        thread = (event.agent, event.work_item, event.workflow_id)
        if event.role is not Role.PROGRESS or not flagged.isdisjoint(entry.findings):
            latest.pop(thread, None)
        else:
            run = latest.setdefault(thread, [])
            folded.update(dict.fromkeys(run, entry.n))
            run.append(entry.n)
        if entry.n in silent_after:
            latest.clear()
    return folded


def _began(entries: Sequence[Entry], folded: Mapping[int, int]) -> dict[int, int]:
    """Return, for each entry that stands for others, the earliest time of those."""
    began: dict[int, int] = {}
    for entry in entries:
        if entry.n in folded and entry.time_ms is not None:
            stands = folded[entry.n]
            began[stands] = min(entry.time_ms, began.get(stands, entry.time_ms))
    return began


def _breaks(story: Story, shown: Sequence[Entry]) -> dict[int, Silence]:
    """Return the silences by the position, among the shown entries, that they stand before."""
    starts = {story.entries[one.gap.after].n: one for one in story.silences}
    breaks: dict[int, Silence] = {}
    position = 0
    for n, one in sorted(starts.items()):
        while position < len(shown) and shown[position].n <= n:
            position += 1
        if position < len(shown):
            breaks[position] = Silence(one.gap.since_ms, one.gap.until_ms, one.sentence)
    return breaks


def _open_lanes(lanes: Sequence[int | None], breaks: set[int]) -> Iterator[frozenset[int]]:
    """Return for each moment the lanes between their first and last mark, ended by every silence."""
    stretches: list[list[int]] = [[]]
    for at in range(len(lanes)):
        if at in breaks:
            stretches.append([])
        stretches[-1].append(at)
    for stretch in stretches:
        last = {lane: at for at in stretch if (lane := lanes[at]) is not None}
        now: frozenset[int] = frozenset()
        for at in stretch:
            lane = lanes[at]
            if lane is not None and lane not in now:
                now |= {lane}
            yield now
            if lane is not None and last[lane] == at:
                now -= {lane}
