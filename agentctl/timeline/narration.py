"""A story that goes on: told anew whenever something was shown or time alone may have made a finding true."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agentctl.claims.terms import Terms
from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Labels
from agentctl.model.query import Clock, Window
from agentctl.model.record import Place
from agentctl.model.timeline import Moment
from agentctl.model.view import Column, Kind, Shown, View
from agentctl.timeline import follow
from agentctl.timeline.order import Ordered, stated_causes, time_of
from agentctl.timeline.story import Entry, Knowledge, Story, tell
from agentctl.timeline.verdicts import Claims
from agentctl.timeline.view import story_view

MOST_KEPT = 3_000
"""Events that are kept to judge the next ones by, and as many of others on the same work items."""
GRACE_MS = 5_000
"""How long what is missing may still arrive before it is called missing."""

_MISSING = frozenset({Code.UNKNOWN_CAUSE, Code.RESULT_WITHOUT_CLAIM})
"""What is found wrong because something is not there."""
_LATE = Column("late", "LATE", Kind.FLAG, Shown.MACHINE)

JudgedBy = Callable[[Sequence[Event]], Mapping[str, Terms]]
"""Gives by what the claims of each topic are judged, for the topics of some events."""


@dataclass(frozen=True, slots=True)
class Update:
    """What is new."""

    view: View
    """The story as it is kept, drawn row by row."""
    first: int
    """The number of the first new row; beyond the last where no row is new."""
    findings: tuple[Finding, ...]
    """What has become true."""
    forgotten: int = 0
    """How many events are no longer kept; the others were numbered anew."""

    @property
    def rows(self) -> Sequence[Mapping[str, object]]:
        """The new rows."""
        return self.view.rows[self.first - 1 :]


@dataclass(slots=True)
class _Kept:
    """What was shown, in that order."""

    shown: list[follow.Shown]
    clock: Clock

    @property
    def seen(self) -> int:
        """All of it is told."""
        return len(self.shown)

    def ordered(self) -> list[Ordered]:
        """Return it as it was shown."""
        causes = stated_causes([one.event for one in self.shown])
        return [
            Ordered(one.event, time_of(one.event, self.clock), causes.get(n), one.reordered)
            for n, one in enumerate(self.shown)
        ]


@dataclass(slots=True)
class _Labels:
    """One label for each finding, for good."""

    labels: Labels = field(default_factory=Labels)
    given: dict[tuple[Code, Place | None], str] = field(default_factory=dict)

    def of(self, finding: Finding) -> str | None:
        """Return the label that the finding was told under, if it was."""
        return self.given.get(_identity(finding))

    def give(self, finding: Finding) -> str:
        """Return a new label."""
        label = self.labels.next(finding.code)
        self.given[_identity(finding)] = label
        return label


def _identity(finding: Finding) -> tuple[Code, Place | None]:
    """Return by what a finding is known again, when it names more events or says more of them."""
    named = finding.flags or finding.events[-1:]
    return finding.code, named[0] if named else None


class Narration:
    """Goes on with a story from where a replay ended."""

    def __init__(
        self,
        story: Story,
        judged_by: JudgedBy,
        stale_after_ms: Callable[[str], int],
        around: Iterable[Event] = (),
        *,
        payload: bool = False,
        now_ms: int,
        most: int = MOST_KEPT,
    ) -> None:
        self._ids = story.ids
        self._kept = _Kept(
            [follow.Shown(e.event, e.reordered, late=False) for e in story.entries], story.clock
        )
        self._since = [0] * len(self._kept.shown)
        """By kept event: when it was shown."""
        self._told = len(self._kept.shown)
        self._around = list(around)
        self._judged_by = judged_by
        self._terms: dict[str, Terms] = {}
        self._stale_after_ms = stale_after_ms
        self._payload = payload
        self._most = most
        self._labels = _Labels()
        self._gone_items: dict[str | None, None] = {}
        self._renumbered = 0
        for finding in story.findings:
            self._labels.give(finding)
        # What else is found without the commits of the first answer is no news.
        for finding in self._story(now_ms).findings:
            if self._labels.of(finding) is None:
                self._labels.given[_identity(finding)] = ""

    @property
    def items(self) -> frozenset[str]:
        """The work items of the story, as far as it is kept."""
        return frozenset(one.event.work_item for one in self._kept.shown if one.event.work_item is not None)

    @property
    def shown(self) -> Sequence[Event]:
        """The events of the story, as far as it is kept."""
        return [one.event for one in self._kept.shown]

    def add(self, shown: Iterable[follow.Shown], now_ms: int) -> None:
        """Take what is shown next."""
        before = len(self._kept.shown)
        self._kept.shown += shown
        self._since += [now_ms] * (len(self._kept.shown) - before)

    def add_around(self, event: Event) -> None:
        """Take an event on one of the story's work items that is not the story's own."""
        self._around.append(event)
        if len(self._around) > self._most:
            del self._around[: self._most // 2]

    def tell(self, now_ms: int) -> Update | None:
        """Tell what is new, as it stands at ``now_ms`` (ms since 1970); None when nothing is."""
        forgotten = self._forget()
        first = self._told + 1
        story = self._story(now_ms)
        fresh = self._fresh(story, now_ms)
        if first > len(story.entries) and not fresh:
            return None
        story = self._labelled(story)
        self._told = len(story.entries)
        return Update(self._view(story), first, _relabelled(fresh, self._labels), forgotten)

    def _story(self, now_ms: int) -> Story:
        topics = {event.record.topic for event in self._everything()}
        if not topics <= self._terms.keys():
            self._terms |= self._judged_by(self._everything())
        knowledge = Knowledge(
            stale_after_ms=self._stale_after_ms, claims=Claims(self._terms, now_ms, self._around)
        )
        return tell(self._kept, self._ids, self._kept.clock, knowledge)

    def _everything(self) -> list[Event]:
        return [*self.shown, *self._around]

    def _fresh(self, story: Story, now_ms: int) -> list[Finding]:
        """Give labels to the findings that have become true, and return them."""
        number = {entry.event.place: n for n, entry in enumerate(story.entries)}
        fresh = []
        for finding in story.findings:
            if self._labels.of(finding) is None and not self._doubtful(finding, number, now_ms):
                self._labels.give(finding)
                fresh.append(finding)
        return fresh

    def _doubtful(self, finding: Finding, number: Mapping[Place, int], now_ms: int) -> bool:
        """Whether the finding may come from what is not kept, or has not arrived yet."""
        places = [number[place] for place in finding.flags or finding.events if place in number]
        newest = max(places, default=-1)
        if finding.code is Code.SILENCE:
            return newest < self._told
        if finding.code not in _MISSING or newest < 0:
            return False
        if now_ms - self._since[newest] < GRACE_MS:
            return True
        if finding.code is Code.UNKNOWN_CAUSE:
            return bool(self._gone_items)
        return self._kept.shown[newest].event.work_item in self._gone_items

    def _labelled(self, story: Story) -> Story:
        """Return the story with the labels that people know, and without findings that have none."""
        found = {finding.id: self._labels.of(finding) for finding in story.findings}

        def known(labels: Iterable[str]) -> tuple[str, ...]:
            return tuple(label for one in labels if (label := found.get(one)))

        return replace(
            story,
            findings=_relabelled(story.findings, self._labels),
            entries=tuple(
                entry
                if not (entry.findings or entry.downstream or self._renumbered)
                else replace(
                    entry,
                    findings=known(entry.findings),
                    downstream=known(entry.downstream),
                    cause=self._cause(entry, story),
                )
                for entry in story.entries
            ),
        )

    def _cause(self, entry: Entry, story: Story) -> int | str | None:
        """Return the cause by its number where people know it by that, else by its place."""
        if isinstance(entry.cause, int) and entry.cause <= self._renumbered < entry.n:
            return str(story.entries[entry.cause - 1].event.place)
        return entry.cause

    def _view(self, story: Story) -> View:
        view = story_view(story, coverage=None, window=Window(), payload=self._payload, unfolded=True)
        late = {n for n, one in enumerate(self._kept.shown, 1) if one.late}
        timeline = view.timeline
        assert timeline is not None
        entries = (
            replace(one, verdict=f"{one.verdict}  came late" if one.verdict else "came late")
            if isinstance(one, Moment) and one.n in late
            else one
            for one in timeline.entries
        )
        return replace(
            view,
            columns=(*view.columns, _LATE),
            rows=[{**row, "late": row["n"] in late} for row in view.rows],
            timeline=replace(timeline, entries=tuple(entries)),
        )

    def _forget(self) -> int:
        """Let go of the oldest threads of work, when too much is kept; return of how many events."""
        kept = self._kept.shown
        if len(kept) <= self._most:
            return 0
        latest = {_thread(one.event): n for n, one in enumerate(kept)}
        oldest_first = sorted(range(self._told), key=lambda n: (latest[_thread(kept[n].event)], n))
        gone = set(oldest_first[: len(kept) - self._most // 2])
        for n in gone:
            self._gone_items[kept[n].event.work_item] = None
        for item in list(self._gone_items)[: -self._most * 4]:
            del self._gone_items[item]
        self._since = [since for n, since in enumerate(self._since) if n not in gone]
        self._kept.shown = [one for n, one in enumerate(kept) if n not in gone]
        self._told -= len(gone)
        self._renumbered = self._told
        self._forget_around()
        return len(gone)

    def _forget_around(self) -> None:
        items = self.items
        self._around = [event for event in self._around if event.work_item in items]
        places = {event.place for event in self.shown}
        given = self._labels.given
        for key in [key for key in given if key[1] is not None and key[1] not in places]:
            del given[key]


def _thread(event: Event) -> tuple[str | None, str | None]:
    return event.workflow_id, event.work_item


def _relabelled(findings: Iterable[Finding], labels: _Labels) -> tuple[Finding, ...]:
    return tuple(replace(finding, id=label) for finding in findings if (label := labels.of(finding)))
