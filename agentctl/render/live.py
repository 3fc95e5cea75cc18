"""Rows and findings as they come, below an answer that was shown: appended, never drawn over."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agentctl.model.finding import Finding, Severity
from agentctl.model.instant import instant
from agentctl.model.timeline import Lane, Mark, Moment, Silence, Timeline
from agentctl.model.view import Row, View
from agentctl.render import frame, ndjson, text
from agentctl.render.choose import SCREENS, Format
from agentctl.render.glyphs import ASCII, UNICODE
from agentctl.render.interface import UTF_8, Style
from agentctl.render.json import finding_row
from agentctl.render.lanes import Lanes, chosen
from agentctl.render.picture import legend
from agentctl.render.sanitise import json_text, visible
from agentctl.render.timeline import Columns, Rows, columns_of, most_lanes

FINDING = "agentctl.finding/1"
"""The schema of a finding's own line in NDJSON."""
_FLAGS = 14
"""Cells for the labels of rows that are not there yet."""
_SLACK = 3
"""Further cells for the evidence: offsets grow."""

Entry = Moment | Silence


def finding_lines(found: Iterable[Finding], form: Format, style: Style, told_ms: int) -> Iterator[str]:
    """Give findings that have become true at a moment: of a pipe a line each, of a screen as below an answer.

    In text it is ``finding``, the moment, label, code, severity, explanation and the evidence, with tabs
    between; notes are left out there, as they are in rows.
    """
    for one in found:
        if form is Format.NDJSON:
            row = {"schema": FINDING, "time": instant(told_ms), **finding_row(one)}
            yield json_text(row, ascii_only=style.encoding != UTF_8)
        elif one.severity is Severity.NOTE:
            continue
        elif form in SCREENS:
            yield from frame.finding_lines(one, style)
        else:
            places = ";".join(map(str, one.events))
            words = (instant(told_ms), one.id, one.code.value, one.severity.value, one.explanation, places)
            yield style.encodable("\t".join(["finding", *map(visible, words)]))


@dataclass(slots=True)
class Live:
    """Draws what is new in one format, and remembers what stands on the screen already."""

    form: Format
    style: Style
    _lanes: Lanes | None = None
    _columns: Columns | None = None
    _today: date | None = None

    def stands(self, view: View) -> None:
        """Take note of an answer that is on the screen."""
        if view.timeline is None or not view.timeline.entries:
            return
        self._lay_out(view.timeline)
        rows = self._rows(view, view.timeline)
        for _ in rows.entries(view.timeline.entries[-1:]):
            self._today = rows.today

    def rows(self, view: View, new: Sequence[Row], entries: Sequence[Entry]) -> Iterator[str]:
        """Give the lines of new rows; ``entries`` are the same with their silences, for screens."""
        if self.form is Format.NDJSON:
            yield from ndjson.render(replace(view, rows=new), self.style)
        elif self.form not in SCREENS:
            yield from text.events(view, new, self.style)
        elif view.timeline is not None and entries:
            yield from self._drawn(view, view.timeline, entries)

    def _drawn(self, view: View, timeline: Timeline, entries: Sequence[Entry]) -> Iterator[str]:
        anew = not self._fits(timeline)
        if anew:
            self._lay_out(timeline)
        rows = self._rows(view, timeline)
        rows.today = self._today
        if anew and self._lanes is not None:
            yield ""
            yield from frame.joined(legend(self._lanes.shown or timeline.lanes, self.style), self.style)
            yield rows.heading()
        yield from rows.entries(_at_work(timeline, entries))
        self._today = rows.today

    def _fits(self, timeline: Timeline) -> bool:
        """Whether the lanes on the screen are still those of the story, as far as there is room for them."""
        if self._lanes is None:
            return False
        shorts = {lane.agent: lane for lane in timeline.lanes}
        own = [lane for n, lane in enumerate(self._lanes.shown) if n != self._lanes.others]
        most = most_lanes(timeline, self.style)
        full = len(own) >= most or len(own) == len(timeline.lanes)
        return full and all(shorts.get(lane.agent, lane) == lane for lane in own)

    def _lay_out(self, timeline: Timeline) -> None:
        style = self.style
        glyphs = ASCII if style.ascii_only else UNICODE
        self._lanes = chosen(timeline, most_lanes(timeline, style), ".." if style.ascii_only else "··")
        columns = columns_of(timeline, self._lanes, style, glyphs)
        more = max(_FLAGS - columns.flags, 0)
        longer = _SLACK if columns.place else 0
        what = max(columns.what - more - longer, 4)
        self._columns = replace(columns, flags=columns.flags + more, what=what, place=columns.place + longer)

    def _rows(self, view: View, timeline: Timeline) -> Rows:
        assert self._lanes is not None
        assert self._columns is not None
        style = self.style
        if self._columns.total > style.width:
            style = replace(style, colour=False)
        glyphs = ASCII if style.ascii_only else UNICODE
        return Rows(view, timeline, _named(self._lanes, timeline.lanes), self._columns, style, glyphs)


def _named(lanes: Lanes, now: Sequence[Lane]) -> Lanes:
    """Return the lanes of the screen for a timeline whose own may stand in another order."""
    column = {lane.agent: n for n, lane in enumerate(lanes.shown) if n != lanes.others}
    own = {n: column[lane.agent] for n, lane in enumerate(now) if lane.agent in column}
    return replace(lanes, own=own)


def _at_work(timeline: Timeline, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Give the entries with the lanes open of those who are at work: nobody knows yet when that ends."""
    open_lanes: frozenset[int] = frozenset()
    wanted = {id(entry) for entry in entries}
    for entry in timeline.entries:
        if isinstance(entry, Silence):
            open_lanes = frozenset()
        elif entry.lane is not None:
            open_lanes |= {entry.lane}
        if id(entry) in wanted:
            yield replace(entry, open_lanes=open_lanes) if isinstance(entry, Moment) else entry
        if isinstance(entry, Moment) and entry.lane is not None and entry.mark in (Mark.RESULT, Mark.TASK):
            open_lanes -= {entry.lane}
