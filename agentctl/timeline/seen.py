"""A story from the point of view of one agent: what it could have read when, beside the true order."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agentctl.errors import NotFoundError
from agentctl.model.near import near_names
from agentctl.model.span import span
from agentctl.model.timeline import Evidence, Sight
from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.timeline.reads import groups_of
from agentctl.timeline.story import Entry, Story

_HOW = {
    Evidence.OWN: "wrote it",
    Evidence.COMMITS: "its commits",
    Evidence.CAUSE: "acted on it",
}

_COLUMNS = (
    Column("seen_at", "SEEN", Kind.TIME_MS),
    Column("seen_after_ms", "AFTER", Kind.DURATION_MS),
    Column("n", "#", Kind.NUMBER),
    Column("agent", "AGENT"),
    Column("what", "WHAT"),
    Column("how", "KNOWN FROM"),
)
_OWN = frozenset({"seen_at", "seen_after_ms", "n", "agent", "what", "how"})


@dataclass(frozen=True, slots=True)
class Seen:
    """An event, and when one agent is known to have had it before it."""

    entry: Entry
    sight: Sight | None
    unread: bool
    """Whether its group is known not to have read it at all."""

    @property
    def after_ms(self) -> int | None:
        """How long after it was written; below 0 where clocks differ."""
        if self.sight is None or self.entry.time_ms is None:
            return None
        return self.sight.at_ms - self.entry.time_ms

    @property
    def how(self) -> str:
        """From what it is known."""
        if self.sight is not None:
            return _HOW[self.sight.evidence]
        return "not read" if self.unread else "not known"


def as_seen_by(story: Story, agent: str) -> tuple[Seen, ...]:
    """Return the events in the order in which an agent had them, then those that it is not known to have had.

    Raises NotFoundError for an agent that neither wrote nor is known to have read any of them.
    """
    sights = {sight.n: sight for sight in story.sights if sight.agent == agent}
    if not sights and agent not in story.agents:
        near = near_names(agent, story.agents, 1)
        raise NotFoundError(
            f"no event here is by {agent}, and no commit of a group of that name is known",
            hint=f"did you mean {near[0]}?" if near else f"agents here: {', '.join(story.agents[:8])}",
        )
    found = [Seen(entry, sights.get(entry.n), _unread(entry, agent)) for entry in story.entries]
    return tuple(sorted(found, key=_order))


def _order(seen: Seen) -> tuple[bool, int, int]:
    return seen.sight is None, 0 if seen.sight is None else seen.sight.at_ms, seen.entry.n


def _unread(entry: Entry, agent: str) -> bool:
    own = [one for one in entry.consumed if groups_of(agent, (one.group,))]
    return bool(own) and all(one.at_ms is None and one.certain for one in own)


def seen_view(view: View, story: Story, agent: str) -> View:
    """Turn the view of a story into that of one agent; every row keeps all of its fields."""
    seen = as_seen_by(story, agent)
    rows = {row["n"]: row for row in view.rows}
    columns = (*_COLUMNS, *(_machine(column) for column in view.columns if column.key not in _OWN))
    return replace(
        view,
        title=f"{view.title} as seen by {agent}",
        columns=columns,
        rows=[_row(one, rows[one.entry.n]) for one in seen],
        summary={**view.summary, "as_seen_by": agent},
        notes=(*_said(seen, agent), *view.notes),
        timeline=None,
    )


def _machine(column: Column) -> Column:
    return replace(column, shown=Shown.MACHINE)


def _row(seen: Seen, row: Row) -> Row:
    return {
        **row,
        "seen_at": None if seen.sight is None else seen.sight.at_ms,
        "seen_after_ms": seen.after_ms,
        "how": seen.how,
    }


def _said(seen: Iterable[Seen], agent: str) -> Iterable[str]:
    seen = tuple(seen)
    others = [one for one in seen if one.sight is not None and one.sight.evidence is not Evidence.OWN]
    delays = [one.after_ms for one in others if one.after_ms is not None]
    if delays:
        yield f"{agent} read up to {span(max(max(delays), 0))} late"
    unknown = sum(one.sight is None and not one.unread for one in seen)
    unread = sum(one.unread and one.sight is None for one in seen)
    if unread:
        yield f"{unread:,} not read"
    if unknown:
        yield f"of {unknown:,} it is not known whether {agent} read them"
