"""Plain lines for pipes: a row a line, full ids, RFC 3339 times; no header, box, ellipsis or colour.

Between cells stands a tab, which no cell can hold; ``-`` is what is unknown. A row of a table has its cells
in the order of the columns. An event of a timeline is time, agent, type, item, ``topic[partition]@offset``,
and then what else is known, as ``name=value``.
"""

from collections.abc import Iterable, Iterator

from agentctl.model.finding import Severity
from agentctl.model.view import Kind, Row, Shown, View
from agentctl.render.interface import Style
from agentctl.render.words import plain, spoken

_MORE = (
    ("workflow", "workflow_id", Kind.TEXT),
    ("status", "status", Kind.TEXT),
    ("step", "step", Kind.NUMBER),
    ("total", "total", Kind.NUMBER),
    ("transaction", "transaction", Kind.TEXT),
    ("undecodable", "undecodable", Kind.TEXT),
)


def render(view: View, style: Style) -> Iterator[str]:
    """Give a line for each row."""
    if view.timeline is not None:
        yield from events(view, view.rows, style)
        return
    columns = [column for column in view.columns if column.shown not in (Shown.MACHINE, Shown.SCREEN)]
    for row in view.rows:
        cells = (spoken(column.kind, row.get(column.key), nothing="-") or "-" for column in columns)
        yield style.encodable("\t".join(cells))


def events(view: View, rows: Iterable[Row], style: Style) -> Iterator[str]:
    """Give a line for each of some rows of a timeline."""
    places = {row.get("n"): _place(row) for row in view.rows}
    notes = {finding.id for finding in view.findings if finding.severity is Severity.NOTE}
    for row in rows:
        yield style.encodable("\t".join(_event(row, places, notes)))


def _place(row: Row) -> str:
    return f"{row.get('topic')}[{row.get('partition')}]@{row.get('offset')}"


def _event(row: Row, places: dict[object, str], notes: set[str]) -> Iterator[str]:
    yield plain(Kind.TIME_MS, row.get("time"), nothing="-")
    for key in ("agent", "type", "work_item"):
        yield plain(Kind.TEXT, row.get(key), nothing="-") or "-"
    yield plain(Kind.TEXT, _place(row))
    cause = row.get("cause")
    if cause is not None:
        name = "inferred-cause" if row.get("cause_kind") == "inferred" else "cause"
        yield f"{name}={plain(Kind.TEXT, places.get(cause, cause))}"
    for name, key, kind in _MORE:
        if row.get(key) is not None:
            yield f"{name}={plain(kind, row.get(key))}"
    for word in ("reordered", "late"):
        if row.get(word):
            yield word
    findings = row.get("findings")
    problems = [one for one in findings if one not in notes] if isinstance(findings, list | tuple) else []
    if problems:
        yield f"problem={plain(Kind.LIST, problems)}"
    downstream = row.get("downstream_of")
    if downstream:
        yield f"downstream={plain(Kind.LIST, downstream)}"
