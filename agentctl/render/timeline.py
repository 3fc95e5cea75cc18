"""A timeline for a terminal: the picture of lanes, a row an event with its gap, and what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from agentctl.model.finding import Severity
from agentctl.model.timeline import Moment, Silence, Timeline
from agentctl.model.view import View
from agentctl.render import frame
from agentctl.render.cells import fitted, padded, shortened, width_of, wrapped
from agentctl.render.glyphs import ASCII, UNICODE, Glyphs
from agentctl.render.interface import Style
from agentctl.render.lanes import Lanes, agents_in, chosen
from agentctl.render.paint import Paint, painted
from agentctl.render.picture import legend, picture
from agentctl.render.words import gap, moment_of

_NARROW = 60
"""Below this width there are no lanes."""
_VERY_NARROW = 50
"""Below this width times have no milliseconds."""
_FULL = 120
"""From this width on agents have their full names and rows their evidence."""
_LEAST_WHAT = 18
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of one screen's columns in cells; 0 is a column that is not there."""

    number: int
    time: int
    gap: int
    lanes: int
    short: int
    agent: int
    what: int
    place: int
    flags: int

    @property
    def total(self) -> int:
        """Cells of a whole row, with the blanks between the columns."""
        fixed = self.number + 2 + self.time + 1 + self.gap + 2
        return fixed + self.lanes + self.short + self.agent + self.what + self.place + self.flags


def render(view: View, style: Style) -> Iterator[str]:
    """Give the lines of the screen, none wider than the style says."""
    yield from frame.above(view, style, times=True)
    timeline = view.timeline
    if timeline is None or not timeline.entries:
        yield from frame.below(view, style)
        return
    glyphs = ASCII if style.ascii_only else UNICODE
    lanes = chosen(timeline, most_lanes(timeline, style), ".." if style.ascii_only else "··")
    drawn = list(picture(timeline, lanes, style, glyphs))
    yield ""
    yield from drawn
    columns = columns_of(timeline, lanes, style, glyphs)
    if not drawn and not columns.agent:
        yield from frame.joined(legend(lanes.shown or timeline.lanes, style), style)
    yield ""
    yield from _rows(view, timeline, lanes, columns, style, glyphs)
    yield from _remarks(timeline, style, glyphs)
    yield from frame.below(view, style)


def most_lanes(timeline: Timeline, style: Style) -> int:
    """Return how many lanes this width bears, beside one for the others."""
    if style.width < _NARROW:
        return 0
    most = min((style.width - _fixed(timeline) - _LEAST_WHAT) // 3, 8 if style.width < _FULL else 12)
    alone = len(timeline.lanes) <= most and not timeline.others
    return most if alone else max(most - 1, 0)


def _fixed(timeline: Timeline) -> int:
    """Return the cells of number, time and gap with the blanks behind them."""
    return _number_width(timeline) + 2 + 12 + 1 + _gap_width(timeline) + 2


def _number_width(timeline: Timeline) -> int:
    return max(3, *(len(str(entry.n)) for entry in timeline.entries if isinstance(entry, Moment)), 0)


def _gap_width(timeline: Timeline) -> int:
    gaps = (entry.gap_ms for entry in timeline.entries if isinstance(entry, Moment))
    return max(7, *(len(gap(gap_ms)) for gap_ms in gaps if gap_ms is not None), 0)


def columns_of(timeline: Timeline, lanes: Lanes, style: Style, glyphs: Glyphs) -> Columns:
    """Divide the width. What does not fit goes in this order: lanes, evidence, agents' full names."""
    moments = [entry for entry in timeline.entries if isinstance(entry, Moment)]
    time = 8 if style.width < _VERY_NARROW else 12
    number, gaps = _number_width(timeline), _gap_width(timeline)
    flags = max((len(flags) + 2 for moment in moments if (flags := _flags(moment, glyphs))), default=0)
    full = style.width >= _FULL or style.wide
    agent = place = 0
    if full:
        agent = min(max((width_of(style.safe(name)) for name in agents_in(timeline)), default=0), 16) + 2
        place = min(max((width_of(moment.place) for moment in moments), default=0), 48) + 2
    room = style.width - number - 2 - time - 1 - gaps - 2 - flags
    shown = len(lanes.shown) * 3 + 1 if lanes.shown else 0
    if room - shown - agent - place < _LEAST_WHAT and full:
        shown = 0
    if room - shown - agent - place < _LEAST_WHAT:
        place = 0
    if room - shown - agent < _LEAST_WHAT:
        agent = 0
    short = 3 if not shown and not agent and timeline.lanes else 0
    what = max(room - shown - agent - place - short, 4)
    return Columns(number, time, gaps, shown, short, agent, what, place, flags)


def _flags(moment: Moment, glyphs: Glyphs) -> str:
    """Return the labels of what is wrong with the moment, or of what it stands downstream of: two, and how
    many more.
    """
    labels = moment.findings or moment.downstream
    if not labels:
        return ""
    more = len(labels) - 2
    sign = glyphs.flag if moment.findings else glyphs.downstream
    return f"{sign} {' '.join(labels[:2])}{f' +{more}' if more > 0 else ''}"


def _remarks(timeline: Timeline, style: Style, glyphs: Glyphs) -> Iterator[str]:
    """Explain what the rows show by a sign."""
    moments = [entry for entry in timeline.entries if isinstance(entry, Moment)]
    if any(moment.downstream and not moment.findings for moment in moments):
        yield ""
        line = f"{glyphs.downstream} T1: stands causally after what T1 found"
        yield painted(line, Paint.DIM, colour=style.colour)
    if any(moment.reordered for moment in moments):
        yield ""
        for line in wrapped(
            f"{glyphs.moved} moved: stands after its cause, though its time is earlier", style.width
        ):
            yield painted(line, Paint.DIM, colour=style.colour)


def _rows(
    view: View, timeline: Timeline, lanes: Lanes, columns: Columns, style: Style, glyphs: Glyphs
) -> Iterator[str]:
    """Give the rows; where even the narrowest columns do not fit, without colour and cut at the edge."""
    if columns.total <= style.width:
        yield from Rows(view, timeline, lanes, columns, style, glyphs).lines()
        return
    lines = Rows(view, timeline, lanes, columns, replace(style, colour=False), glyphs).lines()
    yield from (shortened(line, style.width, style.ellipsis) for line in lines)


class Rows:
    """Draws the rows of one timeline."""

    def __init__(
        self, view: View, timeline: Timeline, lanes: Lanes, columns: Columns, style: Style, glyphs: Glyphs
    ) -> None:
        self._timeline = timeline
        self._lanes = lanes
        self._columns = columns
        self._style = style
        self._glyphs = glyphs
        self._problems = {found.id for found in view.findings if found.severity is Severity.PROBLEM}
        self._lane_cells: dict[tuple[int | None, object, frozenset[int]], str] = {}
        self.today: date | None = None
        """The day of the row before; a rule stands where it changes."""

    def lines(self) -> Iterator[str]:
        """Give the heading, and for each entry its lines, with a rule where a day begins."""
        yield self.heading()
        yield from self.entries(self._timeline.entries)

    def entries(self, entries: Iterable[Moment | Silence]) -> Iterator[str]:
        """Give the lines of some entries, in order."""
        for entry in entries:
            if isinstance(entry, Silence):
                yield from self._silence(entry)
                continue
            moment = None if entry.time_ms is None else moment_of(entry.time_ms, self._style.zone)
            if moment is not None and moment.date() != self.today:
                self.today = moment.date()
                rule = f"{self._glyphs.rule * 2} {moment:%a} {moment.day} {moment:%b %Y} "
                rule += self._glyphs.rule * (self._style.width - len(rule))
                yield painted(rule, Paint.DIM, colour=self._style.colour)
            yield self._row(entry, "" if moment is None else moment.time().isoformat("milliseconds"))

    def heading(self) -> str:
        """Give the titles of the columns."""
        columns = self._columns
        line = f"{'#':>{columns.number}}  {'TIME':<{columns.time}} {self._gap_title():>{columns.gap}}  "
        if columns.lanes:
            line += "".join(f"{lane.short} " for lane in self._lanes.shown) + " "
        line += " " * columns.short
        line += f"{'AGENT':<{columns.agent}}" if columns.agent else ""
        line += f"{'WHAT':<{columns.what}}" if columns.place else "WHAT"
        line += "  EVIDENCE" if columns.place else ""
        return painted(line.rstrip()[: self._style.width], Paint.STRONG, colour=self._style.colour)

    def _gap_title(self) -> str:
        mark = self._timeline.mark
        return "GAP" if mark is None else f"T#{mark}"

    def _silence(self, silence: Silence) -> Iterator[str]:
        sign = self._glyphs.silence
        indent = self._columns.number + 1
        room = self._style.width - indent - len(sign) - 1
        for line in wrapped(self._style.own(silence.explanation), room):
            yield painted(f"{' ' * indent}{sign} {line}", Paint.WARNING, colour=self._style.colour)

    def _row(self, moment: Moment, time: str) -> str:
        columns, style = self._columns, self._style
        moved = self._glyphs.moved if moment.reordered else " "
        if not time:
            time = style.unknown if moment.time_ms is None else "no date"
        gaps = "" if moment.gap_ms is None else gap(moment.gap_ms)
        line = f"{moment.n:>{columns.number}}{moved} {time[: columns.time]:<{columns.time}} "
        line += self._painted_gap(f"{gaps:>{columns.gap}}", moment.gap_ms) + "  "
        if columns.lanes:
            line += self._lane(moment) + " "
        if columns.short:
            named = moment.lane is not None
            line += f"{self._timeline.lanes[moment.lane].short if named else '':<3}"  # type: ignore[index]
        if columns.agent:
            name = style.safe(moment.agent or "") or style.unknown
            line += padded(shortened(name, columns.agent - 2, style.ellipsis), columns.agent)
        flags = _flags(moment, self._glyphs)
        paint = Paint.PLAIN
        if moment.findings:
            paint = Paint.WARNING if self._problems.isdisjoint(moment.findings) else Paint.PROBLEM
        free = 0 if columns.place or flags else columns.flags
        fill = bool(columns.place or flags)
        line += painted(self._what(moment, columns.what + free, fill=fill), paint, colour=style.colour)
        if columns.place:
            place = shortened(style.safe(moment.place), columns.place - 2, style.ellipsis)
            line += "  " + (padded(place, columns.place - 2) if flags else place)
        if flags:
            line += "  " + painted(flags, paint, colour=style.colour)
        return line

    def _painted_gap(self, text: str, gap_ms: int | None) -> str:
        """Show a gap the stronger the longer it is."""
        if gap_ms is None or not self._style.colour:
            return text
        strong = Paint.STRONG if abs(gap_ms) >= _HOUR_MS else Paint.PLAIN
        return painted(text, Paint.DIM if abs(gap_ms) < 1_000 else strong, colour=True)

    def _lane(self, moment: Moment) -> str:
        """Return the lanes' cells in this row: the mark in its own, and which others are open."""
        lane, open_lanes = self._lanes.of(moment), self._lanes.open_at(moment)
        key = lane, (moment.mark, moment.lost, bool(moment.findings)), open_lanes
        if key not in self._lane_cells:
            self._lane_cells[key] = "".join(
                self._cell(moment, is_own=n == lane, is_open=n in open_lanes) + "  "
                for n in range(len(self._lanes.shown))
            )
        return self._lane_cells[key]

    def _cell(self, moment: Moment, *, is_own: bool, is_open: bool) -> str:
        colour = self._style.colour
        if is_own:
            paint = Paint.PROBLEM if moment.findings else Paint.STRONG
            sign = self._glyphs.lost if moment.lost else self._glyphs.marks[moment.mark]
            return painted(sign, paint, colour=colour)
        return painted(self._glyphs.open if is_open else self._glyphs.idle, Paint.DIM, colour=colour)

    def _what(self, moment: Moment, width: int, *, fill: bool) -> str:
        """Return what happened, with its cause at the right edge where there is room for it."""
        style, glyphs = self._style, self._glyphs
        text = style.safe(moment.what)
        if moment.agent is not None and not self._columns.agent and not self._names(moment):
            text = f"{style.safe(moment.agent)}: {text}"
        if moment.time_ms is not None and moment_of(moment.time_ms, style.zone) is None:
            text = f"at {moment.time_ms} ms  {text}"
        times = f"  {glyphs.times}{moment.folded + 1}" if moment.folded else ""
        times += f"  {style.own(moment.verdict)}" if moment.verdict else ""
        cause = f"{glyphs.cause} {style.safe(moment.cause)}" if moment.cause is not None else ""
        room = width - len(times)
        beside = fitted(text, room - 2 - width_of(cause), style.ellipsis) if cause else None
        if beside is not None:
            return padded(beside + times, width - width_of(cause)) + cause
        text = (fitted(text, room, style.ellipsis) or shortened(text, room, style.ellipsis)) + times
        return padded(text, width) if fill else text

    def _names(self, moment: Moment) -> bool:
        if self._columns.lanes:
            return self._lanes.names_agent(moment)
        return moment.lane is not None
