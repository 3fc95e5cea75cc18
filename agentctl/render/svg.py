"""SVG: the lanes to scale as a picture for a chat or a ticket, with what was found above them."""

from collections.abc import Iterator, Sequence
from itertools import islice

from agentctl.model.finding import Finding, Severity
from agentctl.model.instant import instant
from agentctl.model.timeline import Mark, Timeline
from agentctl.model.view import Shown, View
from agentctl.render.cells import wrapped
from agentctl.render.drawing import AXIS, LANE, SYMBOLS, Drawing, drawing
from agentctl.render.interface import Style
from agentctl.render.made import made
from agentctl.render.markup import asset, carried, safe
from agentctl.render.words import spoken

_WIDTH = 1_200
_LEFT = 170
_EDGE = 24
_LINE = 20
_LETTERS = 150
"""Characters of a line at most; widths of letters are not known here."""
_MOST_LANES = 16
_MOST_FINDINGS = 6
_MOST_SAID = 600
_MOST_LINES = 3
_MOST_ROWS = 40
_FINE = 40
_MARKS = (Mark.TASK, Mark.CLAIM, Mark.PROGRESS, Mark.RESULT, Mark.OTHER)

Line = tuple[str, str]
"""A class and a text."""


def render(view: View, style: Style) -> Iterator[str]:
    """Give the picture."""
    drawn = None
    if view.timeline is not None:
        drawn = drawing(view.timeline, style, most_lanes=_MOST_LANES, fine=_FINE, links=False)
    above = [*_title(view), *_findings(view.findings)]
    rows = [] if drawn is not None else list(_rows(view))
    below = [("dim", _short(f"{title}: {text}")) for title, text in made(view, list(_left_out(view, drawn)))]
    lanes_height = 0 if drawn is None else drawn.height + 40
    height = _EDGE * 2 + 14 + _LINE * (len(above) + len(rows) + len(below)) + lanes_height + 20
    for line in _document(view, style, drawn, above, rows, below, height):
        yield carried(line, style)


def _document(
    view: View,
    style: Style,
    drawn: Drawing | None,
    above: Sequence[Line],
    rows: Sequence[Line],
    below: Sequence[Line],
    height: int,
) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
        f' viewBox="0 0 {_WIDTH} {height}" role="img">'
    )
    yield f"<title>{safe(_short(view.title))}</title>"
    yield "<style>"
    yield from asset("picture.css")
    yield from asset("lanes.css")
    yield "</style>"
    yield from SYMBOLS
    yield '<rect class="paper" width="100%" height="100%"/>'
    y = _EDGE + 14
    for kind, text in above:
        yield f'<text class="{kind}" x="{_EDGE}" y="{y}">{safe(text)}</text>'
        y += _LINE
    if drawn is not None and view.timeline is not None:
        yield from _lanes(view.timeline, drawn, y)
        y += drawn.height + 20
        yield from _legend(y)
        y += _LINE
    for kind, text in rows:
        yield f'<text class="{kind}" x="{_EDGE}" y="{y}">{safe(text)}</text>'
        y += _LINE
    y += 16
    for kind, text in below:
        yield f'<text class="{kind}" x="{_EDGE}" y="{y}">{safe(text)}</text>'
        y += _LINE
    yield "</svg>"


def _lanes(timeline: Timeline, drawn: Drawing, top: int) -> Iterator[str]:
    for n, lane in enumerate(drawn.lanes.shown):
        y = top + AXIS + n * LANE + LANE // 2 + 4
        yield f'<text class="lane" x="{_EDGE}" y="{y}">{safe(_short(lane.agent, 20))}</text>'
    width = _WIDTH - _LEFT - _EDGE
    yield f'<svg x="{_LEFT}" y="{top}" width="{width}" height="{drawn.height}">'
    yield from drawn.elements
    yield "</svg>"


def _legend(y: int) -> Iterator[str]:
    x = _LEFT
    for mark in _MARKS:
        yield f'<use class="mark {mark.value}" href="#m-{mark.value}" x="{x + 8}" y="{y - 4}"/>'
        yield f'<text class="dim" x="{x + 20}" y="{y}">{mark.value}</text>'
        x += 100
    yield f'<use class="mark bad" href="#flag" x="{x}" y="{y + 5}"/>'
    yield f'<text class="dim" x="{x + 20}" y="{y}">finding</text>'
    yield f'<text class="dim" x="{x + 100}" y="{y}">hatched: a silence, cut short</text>'


def _title(view: View) -> Iterator[Line]:
    yield "title", _short(view.title)
    about = [*view.facts, *([view.context] if view.context else [])]
    if view.generated_at_ms is not None:
        about.append(f"as of {instant(view.generated_at_ms)}")
    if about:
        yield "dim", _short(" · ".join(about))


def _findings(findings: Sequence[Finding]) -> Iterator[Line]:
    told = [one for one in findings if one.severity is not Severity.NOTE]
    for one in told[:_MOST_FINDINGS]:
        yield one.severity.value, _short(f"{one.id} {one.title}")
        lines = list(islice(wrapped(one.explanation[:_MOST_SAID], _LETTERS), _MOST_LINES))
        yield from (("text", line) for line in lines)
    if len(told) > _MOST_FINDINGS:
        yield "dim", f"and {len(told) - _MOST_FINDINGS:,} more findings"
    yield "dim", ""


def _rows(view: View) -> Iterator[Line]:
    """Give an answer that has no lanes as lines of text."""
    if not view.rows and view.nothing is not None:
        yield from (("text", _short(line)) for line in view.nothing.splitlines())
        return
    columns = [column for column in view.columns if column.shown is Shown.ALWAYS]
    if view.rows:
        yield "strong", _short("   ".join(column.title for column in columns))
    for row in list(view.rows[:_MOST_ROWS]) if isinstance(view.rows, list | tuple) else _first(view):
        cells = (_short(spoken(one.kind, row.get(one.key), nothing="–"), 40) for one in columns)
        yield "text", _short("   ".join(cells))


def _first(view: View) -> Iterator[dict[str, object]]:
    for n, row in enumerate(view.rows):
        if n == _MOST_ROWS:
            return
        yield dict(row)


def _left_out(view: View, drawn: Drawing | None) -> Iterator[str]:
    if drawn is not None:
        yield "what each event was: --export FILE.html or FILE.ndjson has it"
    elif len(view.rows) > _MOST_ROWS:
        yield f"{len(view.rows) - _MOST_ROWS:,} more rows"


def _short(text: str, most: int = _LETTERS) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
