"""HTML: a report in one file, read without a network and without a script, which only makes it handier.

Every text of an event is escaped by ``markup.safe``; the page's own style and script are named by their
hashes in its Content-Security-Policy, so nothing else in it can run or be fetched.
"""

import re
from collections.abc import Iterator, Sequence

from agentctl.model.finding import Finding, Severity
from agentctl.model.instant import instant
from agentctl.model.timeline import Mark, Moment, Timeline
from agentctl.model.view import View
from agentctl.render import chart
from agentctl.render.drawing import SYMBOLS, WIDTH, Drawing, drawing
from agentctl.render.html_rows import Rows, table
from agentctl.render.interface import Style
from agentctl.render.made import made
from agentctl.render.markup import anchor, asset, carried, escaped, in_script, safe, trusted
from agentctl.render.scale import bursts_of
from agentctl.render.words import moment_of

_MOST_LANES = 32
_MOST_FINDINGS = 300
_MOST_AGENTS = 200
_FINE = 10
_NUMBER = re.compile(r"(#\d{1,9})(?!\d)")
_MARKS = {
    Mark.TASK: "task",
    Mark.CLAIM: "claim",
    Mark.PROGRESS: "progress",
    Mark.RESULT: "result",
    Mark.OTHER: "other",
    Mark.UNDECODABLE: "undecodable",
}


def render(view: View, style: Style) -> Iterator[str]:
    """Give the page."""
    for line in _page(view, style):
        yield carried(line, style)


def _page(view: View, style: Style) -> Iterator[str]:
    css, script = (*asset("report.css"), *asset("lanes.css")), asset("report.js")
    policy = f"default-src 'none'; style-src {trusted(css)}; script-src {trusted(script)}"
    policy += "; base-uri 'none'; form-action 'none'"
    rows = None if view.timeline is None else Rows(view, view.timeline, style)
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{safe(view.title)}</title>"
    yield "<style>"
    yield from css
    yield "</style>"
    yield "</head>"
    yield "<body>"
    yield from _head(view)
    yield "<main>"
    yield from _findings(view.findings, rows)
    if view.chart is not None:
        yield "<pre>"
        yield from map(escaped, chart.lines(view.chart, style))
        yield "</pre>"
    drawn = None
    if view.timeline is not None and rows is not None and view.rows:
        drawn = drawing(view.timeline, style, most_lanes=_MOST_LANES, fine=_FINE, links=True)
        yield from _picture(view.timeline, drawn)
    yield from _events(view, rows)
    yield "</main>"
    yield from _foot(view, rows)
    if view.timeline is not None and rows is not None:
        yield '<script type="application/json" id="data">'
        yield from _data(view.timeline, drawn, rows, style)
        yield "</script>"
    yield "<script>"
    yield from script
    yield "</script>"
    yield "</body>"
    yield "</html>"


def _head(view: View) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{safe(view.title)}</h1>"
    about = [*view.facts, *([view.context] if view.context else [])]
    if view.generated_at_ms is not None:
        about.append(f"as of {instant(view.generated_at_ms)}")
    if about:
        yield f'<p class="facts">{"<span> · </span>".join(safe(one) for one in about)}</p>'
    if view.notes:
        yield f'<p class="notes">{safe(" · ".join(view.notes))}</p>'
    if view.coverage is not None and not view.coverage.complete:
        yield '<p class="partial"><b>Partial:</b> not all could be read. The end of this page says what.</p>'
    yield "</header>"


def _findings(findings: Sequence[Finding], rows: Rows | None) -> Iterator[str]:
    """Give what is wrong, first of all; what is only worth a note can be opened."""
    told = [one for one in findings if one.severity is not Severity.NOTE][:_MOST_FINDINGS]
    notes = [one for one in findings if one.severity is Severity.NOTE][:_MOST_FINDINGS]
    yield '<section id="findings" aria-label="Findings">'
    yield f"<h2>{_count(len(told), 'finding')}</h2>" if told else "<h2>No problem was found</h2>"
    for one in told:
        yield from _finding(one, rows)
    if notes:
        yield f"<details><summary>{_count(len(notes), 'note')}</summary>"
        for one in notes:
            yield from _finding(one, rows)
        yield "</details>"
    yield "</section>"


def _finding(found: Finding, rows: Rows | None) -> Iterator[str]:
    label = anchor(found.id)
    identity = f' id="f-{label}"' if label else ""
    yield f'<article class="finding {found.severity.value}"{identity}>'
    yield (
        f'<h3><b class="label">{safe(found.id)}</b> {safe(found.title)}'
        f' <span class="severity">{found.severity.value}</span></h3>'
    )
    yield f"<p>{_with_links(found.explanation, rows)}</p>"
    places = [str(place) for place in found.events]
    links = [rows.link_to_place(place) if rows is not None else safe(place) for place in places[:50]]
    more = f" and {len(places) - 50:,} more" if len(places) > 50 else ""
    if links:
        yield f'<p class="evidence">Evidence {", ".join(links)}{more}</p>'
    if found.next:
        yield f'<p class="next">Next {" ".join(f"<code>{safe(one)}</code>" for one in found.next)}</p>'
    yield "</article>"


def _with_links(text: str, rows: Rows | None) -> str:
    """Return a sentence in which ``#11`` leads to that event."""
    if rows is None:
        return safe(text)
    parts = _NUMBER.split(text)
    return "".join(rows.link(int(one[1:])) if n % 2 else safe(one) for n, one in enumerate(parts))


def _picture(timeline: Timeline, drawn: Drawing | None) -> Iterator[str]:
    if drawn is None:
        return
    yield '<section id="picture" aria-label="Lanes">'
    yield '<div class="bar"><h2>Who did what, when</h2><p class="scripted tools">'
    for name, title, sign in (("out", "Zoom out", "−"), ("in", "Zoom in", "+"), ("fit", "Show all", "All")):
        yield f'<button type="button" id="zoom-{name}" title="{title}" aria-label="{title}">{sign}</button>'
    yield "</p></div>"
    yield '<div class="lanes"><ol class="names">'
    for lane in drawn.lanes.shown:
        yield f'<li title="{safe(lane.agent)}">{safe(lane.agent)}</li>'
    yield "</ol>"
    yield f'<div class="scroll" tabindex="0"><svg id="lanes" height="{drawn.height}" role="img"'
    yield ' aria-label="A lane for each agent; the events are listed below">'
    yield from SYMBOLS
    yield from drawn.elements
    yield f'<line id="cursor" class="cursor" y1="18" y2="{drawn.height}" x1="-1%" x2="-1%"/>'
    yield "</svg></div></div>"
    yield '<p class="legend">'
    for mark in (Mark.TASK, Mark.CLAIM, Mark.PROGRESS, Mark.RESULT, Mark.OTHER, Mark.UNDECODABLE):
        use = f'<use class="mark {mark.value}" href="#m-{mark.value}" x="8" y="8"/>'
        yield f'<span><svg width="16" height="16">{use}</svg>{_MARKS[mark]}</span>'
    lost = '<use class="mark lost" href="#m-lost" x="8" y="8"/>'
    if any(isinstance(entry, Moment) and entry.lost for entry in timeline.entries):
        yield f'<span><svg width="16" height="16">{lost}</svg>claim that lost</span>'
    flag = '<use class="mark bad" href="#flag" x="4" y="18"/>'
    yield f'<span><svg width="16" height="16">{flag}</svg>finding</span>'
    if timeline.tenancies:
        held = '<line class="held" x2="16" y1="12" y2="12"/>'
        yield f'<span><svg width="16" height="16">{held}</svg>holds a claim</span>'
    yield "<span>hatched: a silence, cut short</span></p>"
    yield from _moment()
    yield "</section>"


def _moment() -> Iterator[str]:
    """Give the slider and what it shows: filled by the script, and not there without it."""
    yield '<div class="scripted moment">'
    yield '<div class="slide"><button type="button" id="before" title="The event before">◂</button>'
    yield f'<input type="range" id="slider" min="0" max="{WIDTH}" value="{WIDTH}" aria-label="Moment">'
    yield '<button type="button" id="behind" title="The next event">▸</button></div>'
    yield '<p><output id="when"></output></p>'
    yield '<table id="state"><thead><tr><th>Agent</th><th>Was doing</th><th>Held</th>'
    yield "<th>Had before it</th><th>Not known to have had</th></tr></thead><tbody></tbody></table>"
    yield "</div>"


def _events(view: View, rows: Rows | None) -> Iterator[str]:
    yield '<section id="events" aria-label="Events">'
    if not view.rows:
        said = (view.nothing or "There is nothing.").splitlines()
        yield f"<p>{'<br>'.join(safe(line) for line in said)}</p>"
        yield "</section>"
        return
    noun = "row" if rows is None else "event"
    yield f'<div class="bar"><h2>Every {noun}</h2>'
    yield '<form class="scripted tools"><input type="search" id="text" placeholder="Filter by text"'
    yield ' aria-label="Filter by text" autocomplete="off" spellcheck="false">'
    if rows is not None:
        yield '<select id="agent" aria-label="Agent"><option value="">every agent</option>'
        for n, agent in enumerate(rows.agents[:_MOST_AGENTS]):
            yield f'<option value="{n}">{safe(agent[:60])}</option>'
        yield "</select>"
        yield '<select id="mark" aria-label="Kind"><option value="">every kind</option>'
        yield from (f'<option value="{mark.value}">{word}</option>' for mark, word in _MARKS.items())
        yield "</select>"
        yield '<label><input type="checkbox" id="flagged"> only with findings</label>'
        if rows.has_payload:
            yield '<label><input type="checkbox" id="payloads"> show payloads</label>'
    yield '<output id="count"></output></form></div>'
    yield from (rows.lines() if rows is not None else table(view))
    yield "</section>"


def _foot(view: View, rows: Rows | None) -> Iterator[str]:
    yield '<footer aria-label="How this was made"><h2>How this was made</h2><dl>'
    left_out = () if rows is None else tuple(rows.left_out)
    over = sum(one.severity is not Severity.NOTE for one in view.findings) - _MOST_FINDINGS
    if over > 0:
        left_out += (f"{over:,} findings beyond the first {_MOST_FINDINGS}: -o json has them all",)
    last = ""
    for title, text in made(view, left_out):
        kind = ' class="command"' if title == "command" else ""
        yield f"{f'<dt>{safe(title)}</dt>' if title != last else ''}<dd{kind}>{safe(text)}</dd>"
        last = title
    yield "</dl></footer>"


def _data(timeline: Timeline, drawn: Drawing | None, rows: Rows, style: Style) -> Iterator[str]:
    """Give what the script needs to say how things stood at a moment; nothing is worked out twice."""
    names = [lane.agent for lane in timeline.lanes]
    names += [one.agent for one in timeline.doing] + [one.holder for one in timeline.tenancies]
    agents = list(dict.fromkeys([*names, *(one.agent for one in timeline.sights)]))[:_MOST_AGENTS]
    number = {agent: n for n, agent in enumerate(agents)}
    bursts = [] if drawn is None else bursts_of(drawn.parts)
    zone = rows.zone
    data = {
        "agents": [agent[:120] for agent in agents],
        "axis": [[one.since_ms, one.until_ms, one.at(one.since_ms), one.at(one.until_ms)] for one in bursts],
        "start": rows.first_flagged_ms,
        "zone": rows.zone_name,
        "shift": [0 if zone is None else _minutes(one.since_ms, style) for one in bursts],
        "events": rows.times,
        "doing": [
            [number[one.agent], one.since_ms, one.until_ms, one.what[:300], one.n]
            for one in timeline.doing
            if one.agent in number
        ],
        "claims": [
            [number[one.holder], one.since_ms, one.until_ms, one.work_item[:120], one.token, one.ended]
            for one in timeline.tenancies
            if one.holder in number
        ],
        "sights": [
            [number[one.agent], one.at_ms, one.n, one.evidence.value]
            for one in timeline.sights
            if one.agent in number
        ],
    }
    yield "{"
    for n, (key, value) in enumerate(data.items()):
        yield f'{"," if n else ""}"{key}":{in_script(value)}'
    yield "}"


def _minutes(time_ms: int, style: Style) -> int:
    zone = style.local or style.zone
    moment = moment_of(time_ms, zone)
    shift = None if moment is None else moment.utcoffset()
    return 0 if shift is None else round(shift.total_seconds() / 60)


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
