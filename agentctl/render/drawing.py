"""The lanes of a timeline as SVG elements, to scale, for a page and for a picture.

All x are shares of the width, so that a drawing can be stretched without being distorted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentctl.model.instant import instant
from agentctl.model.timeline import Moment, Silence, Timeline
from agentctl.render.interface import Style
from agentctl.render.lanes import Lanes, chosen
from agentctl.render.markup import safe
from agentctl.render.scale import Break, Burst, Frame, Timed, bursts_of, foremost, labels, laid_out, threads
from agentctl.render.words import duration

WIDTH = 10_000
LANE = 34
AXIS = 34
"""Heights in pixels."""

_LETTER = 82
_BURST = 700
_BREAK = 760
_MOST_BROKEN = WIDTH * 45 // 100
_MARGIN = 150
_MOST_LINKS = 40
_MOST_HELD = 400
_TITLE = 160
"""Characters of an event in a tip."""

SYMBOLS = (
    "<defs>",
    '<g id="m-task"><circle r="5.5"/></g>',
    '<g id="m-claim"><path d="M0-7L7 0L0 7L-7 0Z"/></g>',
    '<g id="m-lost"><path class="hollow" d="M0-6L6 0L0 6L-6 0Z"/></g>',
    '<g id="m-progress"><path d="M-3-4.5L5 0L-3 4.5Z"/></g>',
    '<g id="m-result"><path d="M-5.5-5.5H5.5V5.5H-5.5Z"/></g>',
    '<g id="m-other"><circle r="4.5" class="hollow"/></g>',
    '<g id="m-undecodable"><path class="hollow" d="M-4.5-4.5L4.5 4.5M-4.5 4.5L4.5-4.5"/></g>',
    '<g id="flag"><path d="M4-16V-5M4-16L12-13.5L4-11Z"/></g>',
    '<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M0 0V7"/></pattern>',
    "</defs>",
)
"""The shapes that the elements refer to; once in a document."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Lanes, ready to be put into an ``svg`` element of that height."""

    lanes: Lanes
    parts: tuple[Burst | Break, ...]
    height: int
    elements: tuple[str, ...]


def drawing(timeline: Timeline, style: Style, *, most_lanes: int, fine: int, links: bool) -> Drawing | None:
    """Draw the lanes; None without a lane or without two times.

    Marks of a lane that are nearer to each other than ``fine`` units are drawn as one, the weightiest.
    ``links`` makes a mark a link to the row ``e`` and its number.
    """
    lanes = chosen(timeline, most_lanes, "")
    parts = laid_out(timeline, Frame(WIDTH, _BURST, _MARGIN, _MARGIN), _texts) if lanes.shown else []
    if not parts:
        return None
    height = AXIS + LANE * len(lanes.shown) + 6
    pen = _Pen(timeline, lanes, parts, height, fine, links=links)
    return Drawing(lanes, tuple(parts), height, tuple(pen.elements(style)))


def _texts(silences: Sequence[Silence]) -> list[tuple[str, int]]:
    width = min(_BREAK, _MOST_BROKEN // max(len(silences), 1))
    return [
        (duration(max(one.until_ms - one.since_ms, 0)) if width >= _BREAK * 2 // 3 else "", width)
        for one in silences
    ]


def share(units: int) -> str:
    """Return units as a share of the width: ``12.34%``."""
    return f"{units / 100:.2f}".rstrip("0").rstrip(".") + "%"


class _Pen:
    """Draws one timeline."""

    def __init__(
        self,
        timeline: Timeline,
        lanes: Lanes,
        parts: Sequence[Burst | Break],
        height: int,
        fine: int,
        *,
        links: bool,
    ) -> None:
        self._timeline, self._lanes, self._parts = timeline, lanes, parts
        self._height, self._fine, self._links = height, fine, links

    def elements(self, style: Style) -> Iterator[str]:
        """Give the elements from the back to the front."""
        for n in range(0, len(self._lanes.shown), 2):
            yield f'<rect class="stripe" y="{AXIS + n * LANE}" width="100%" height="{LANE}"/>'
        for label in labels(bursts_of(self._parts), style.zone, _LETTER):
            x = share(label.at)
            yield f'<line class="tick" x1="{x}" x2="{x}" y1="{AXIS - 8}" y2="{self._height}"/>'
            middle = share(label.start + len(label.text) * _LETTER // 2)
            yield f'<text class="time" x="{middle}" y="{AXIS - 14}">{safe(label.text)}</text>'
        for part in self._parts:
            if isinstance(part, Break):
                yield self._break(part)
        yield from self._held()
        yield from self._causes()
        for part in bursts_of(self._parts):
            for n in range(len(self._lanes.shown)):
                yield from self._lane(part, n)

    def _break(self, part: Break) -> str:
        left, width, middle = share(part.start), share(part.width), share(part.start + part.width // 2)
        text = (
            f'<text class="quiet" x="{middle}" y="{AXIS - 14}">{safe(part.text)}</text>' if part.text else ""
        )
        return (
            f'<g class="break"><title>{safe(part.silence.explanation)}</title>'
            f'<rect x="{left}" y="{AXIS - 8}" width="{width}" height="{self._height - AXIS + 8}"/>{text}</g>'
        )

    def _held(self) -> Iterator[str]:
        """Underline the time in which an agent held a claim."""
        lane_of = {lane.agent: n for n, lane in enumerate(self._lanes.shown) if n != self._lanes.others}
        for one in self._timeline.tenancies[:_MOST_HELD]:
            if one.holder not in lane_of:
                continue
            y = self._y(lane_of[one.holder]) + 12
            left, right = self._place(one.since_ms), self._place(one.until_ms)
            tip = safe(f"{one.holder} held {one.work_item}, token {one.token}; ended: {one.ended}")
            x1, x2 = share(left), share(max(right, left + 15))
            yield f'<line class="held" x1="{x1}" x2="{x2}" y1="{y}" y2="{y}"><title>{tip}</title></line>'

    def _causes(self) -> Iterator[str]:
        """Draw a line from its cause to each moment with a finding."""
        moments = {entry.n: entry for entry in self._timeline.entries if isinstance(entry, Moment)}
        flagged = [one for one in moments.values() if one.findings and (one.cause or "").startswith("#")]
        for moment in flagged[:_MOST_LINKS]:
            number = (moment.cause or "").strip("#?")
            cause = moments.get(int(number)) if number.isdecimal() and len(number) < 10 else None
            if cause is None or cause.time_ms is None or moment.time_ms is None:
                continue
            ends = [(self._place(one.time_ms or 0), self._lanes.of(one)) for one in (cause, moment)]
            (x1, lane1), (x2, lane2) = ends
            if lane1 is not None and lane2 is not None:
                yield (
                    f'<line class="cause" x1="{share(x1)}" y1="{self._y(lane1)}"'
                    f' x2="{share(x2)}" y2="{self._y(lane2)}"/>'
                )

    def _lane(self, burst: Burst, n: int) -> Iterator[str]:
        own = [one for one in burst.moments if self._lanes.of(one[1]) == n]
        y = self._y(n)
        if own and self._lanes.names_agent(own[0][1]):
            for since_ms, until_ms, at_work in _merged(own):
                x1, x2 = burst.at(since_ms), burst.at(until_ms)
                if x2 > x1:
                    kind = "work" if at_work else "wait"
                    yield f'<line class="{kind}" x1="{share(x1)}" x2="{share(x2)}" y1="{y}" y2="{y}"/>'
        counts: dict[int, int] = {}
        for time_ms, _ in own:
            place = self._grid(burst, time_ms)
            counts[place] = counts.get(place, 0) + 1
        seen = foremost(own, lambda time_ms: self._grid(burst, time_ms))
        for place, moment in sorted(seen.items()):
            yield self._mark(place, y, moment, counts[place] - 1)

    def _mark(self, x: int, y: int, moment: Moment, others: int) -> str:
        kind = "lost" if moment.lost else moment.mark.value
        states = [kind, *(["bad"] if moment.findings else []), *(["after"] if moment.downstream else [])]
        mark = f'<use class="mark {" ".join(states)}" href="#m-{kind}" x="{share(x)}" y="{y}"/>'
        if moment.findings:
            mark += f'<use class="mark bad" href="#flag" x="{share(x)}" y="{y}"/>'
        tip = f"<title>{_tip(moment, others)}</title>"
        return f'<a href="#e{moment.n}">{tip}{mark}</a>' if self._links else f"<g>{tip}{mark}</g>"

    def _grid(self, burst: Burst, time_ms: int) -> int:
        return burst.at(time_ms) // self._fine * self._fine

    def _place(self, time_ms: int) -> int:
        """Return the place of any time, also of one in a silence or outside of all."""
        before: Burst | None = None
        for burst in bursts_of(self._parts):
            if time_ms < burst.since_ms:
                return burst.start if before is None else before.at(before.until_ms)
            if time_ms <= burst.until_ms:
                return burst.at(time_ms)
            before = burst
        return WIDTH if before is None else before.at(before.until_ms)

    def _y(self, lane: int) -> int:
        return AXIS + lane * LANE + LANE // 2


def _merged(own: Sequence[Timed]) -> Iterator[tuple[int, int, bool]]:
    """Give the threads of a lane, joined where work goes on as work."""
    last: tuple[int, int, bool] | None = None
    for since_ms, until_ms, at_work in threads(own):
        if last is not None and last[2] is at_work and last[1] == since_ms:
            last = last[0], max(until_ms, last[1]), at_work
            continue
        if last is not None:
            yield last
        last = since_ms, until_ms, at_work
    if last is not None:
        yield last


def _tip(moment: Moment, others: int) -> str:
    time = "" if moment.time_ms is None else f"  {instant(moment.time_ms)}"
    found = f"  [{', '.join(moment.findings[:5])}]" if moment.findings else ""
    agent = f"  {(moment.agent or '')[:40]}" if moment.agent else ""
    verdict = f"  {moment.verdict}" if moment.verdict else ""
    more = f"  and {others:,} more here" if others > 0 else ""
    return safe(f"#{moment.n}{time}{agent}  {moment.what[:_TITLE]}{verdict}{found}{more}")
