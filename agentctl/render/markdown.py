"""Markdown (GitHub's) for a ticket or a post-mortem: text of events stays text, whatever it contains."""

import re
from collections.abc import Iterable, Iterator

from agentctl.model.finding import Severity
from agentctl.model.instant import instant
from agentctl.model.timeline import Moment, Timeline
from agentctl.model.view import Kind, Shown, View
from agentctl.render import chart
from agentctl.render.interface import Style
from agentctl.render.made import made
from agentctl.render.words import gap, spoken

_SPECIAL = re.compile(r"([\\`*\[\]|~!#$]|(?<![^\W_])_|_(?![^\W_]))")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_CODE = re.compile(r"[ -_a-~]+")
"""ASCII without a backtick: what can stand as code as it is."""
_RIGHT = frozenset({Kind.NUMBER, Kind.DURATION_MS})


def render(view: View, style: Style) -> Iterator[str]:
    """Give the document."""
    yield f"# {_text(style, view.title)}"
    yield ""
    about = [*view.facts, *([f"context {view.context}"] if view.context else [])]
    if view.generated_at_ms is not None:
        about.append(f"as of {instant(view.generated_at_ms)}")
    if about:
        yield _text(style, " · ".join(about))
        yield ""
    yield from _findings(view, style)
    if view.chart is not None:
        yield "```"
        yield from chart.lines(view.chart, style)
        yield "```"
        yield ""
    if not view.rows and view.nothing is not None:
        yield "<br>".join(_text(style, line) for line in view.nothing.splitlines())
    elif view.timeline is not None:
        yield from _timeline(view.timeline, style)
    elif view.rows:
        yield from _rows(view, style)
    yield from _footer(view, style)


def _findings(view: View, style: Style) -> Iterator[str]:
    found = [finding for finding in view.findings if finding.severity is not Severity.NOTE]
    for finding in found:
        places = ", ".join(_text(style, str(place)) for place in finding.events)
        head = f"- **{_text(style, finding.id)} {_text(style, finding.title)}** ({finding.severity})"
        yield f"{head}: {_text(style, finding.explanation)} Evidence: {places}"
    if found:
        yield ""


def _timeline(timeline: Timeline, style: Style) -> Iterator[str]:
    yield from _head(("#", "Time (UTC)", "Gap", "Agent", "What", "Cause", "Evidence", "Findings"), {0, 2})
    for entry in timeline.entries:
        if isinstance(entry, Moment):
            yield _line(_moment(entry, style))
        else:
            yield _line(("", "", "", "", f"*{_text(style, entry.explanation)}*", "", "", ""))


def _moment(moment: Moment, style: Style) -> Iterator[str]:
    yield f"{moment.n}{' (moved)' if moment.reordered else ''}"
    yield "" if moment.time_ms is None else instant(moment.time_ms)
    yield "" if moment.gap_ms is None else gap(moment.gap_ms)
    yield _text(style, moment.agent or "")
    times = f" ×{moment.folded + 1}" if moment.folded else ""
    verdict = f" **{_text(style, moment.verdict)}**" if moment.verdict else ""
    yield _text(style, f"{moment.what}{times}") + verdict
    kind = f" ({moment.cause_kind})" if moment.cause_kind else ""
    cause = (moment.cause or "").removesuffix("?") if kind else moment.cause or ""
    yield _text(style, f"{cause}{kind}")
    yield _text(style, moment.place)
    after = [f"downstream of {label}" for label in moment.downstream]
    yield _text(style, ", ".join([*moment.findings, *after]))


def _rows(view: View, style: Style) -> Iterator[str]:
    columns = [column for column in view.columns if column.shown is not Shown.MACHINE]
    right = {n for n, column in enumerate(columns) if column.kind in _RIGHT}
    yield from _head([_text(style, column.title) for column in columns], right)
    for row in view.rows:
        yield _line(_cell(column.kind, row.get(column.key), style) for column in columns)


def _cell(kind: Kind, value: object, style: Style) -> str:
    return _unmarked(style.encodable(spoken(kind, value)))


def _footer(view: View, style: Style) -> Iterator[str]:
    if view.notes:
        yield ""
        yield _text(style, " · ".join(view.notes))
    yield ""
    yield "## How this was made"
    yield ""
    for title, text in made(view, tuple(_left_out(view))):
        words = f"`{text}`" if title == "command" and _CODE.fullmatch(text) else _text(style, text)
        if title == "coverage":
            words = words.replace("PARTIAL", "**partial**", 1)
        yield f"- {_text(style, title)}: {words}"


def _left_out(view: View) -> Iterator[str]:
    if view.timeline is not None and view.timeline.hidden:
        count = view.timeline.hidden
        yield f"{count:,} progress event{'' if count == 1 else 's'} folded into later rows (×)"
    if view.timeline is not None:
        yield "payloads: --export FILE.html or FILE.ndjson has them"


def _head(titles: Iterable[str], right: set[int]) -> Iterator[str]:
    titles = tuple(titles)
    yield _line(titles)
    yield _line("--:" if n in right else "---" for n in range(len(titles)))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(style: Style, text: str) -> str:
    """Return text of any origin so that it is shown as it is: no markup, no HTML, one line."""
    return _unmarked(style.safe(text))


def _unmarked(safe: str) -> str:
    return _SPECIAL.sub(r"\\\1", safe).translate(_HTML)
