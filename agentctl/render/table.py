"""A table for a terminal: one line a row where the width allows it, and no column ever vanishes.

Drawn without Rich's Table, which shrinks columns to nothing when they do not fit, and takes seconds for
what takes a fraction of one here.
"""

from collections.abc import Iterator, Sequence

from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.render import chart, frame
from agentctl.render.cells import padded, shortened, width_of, wrapped
from agentctl.render.interface import Style
from agentctl.render.paint import Paint, painted
from agentctl.render.words import readable

_RIGHT = frozenset({Kind.NUMBER, Kind.DURATION_MS})
_FLEXIBLE = frozenset({Kind.TEXT, Kind.LIST, Kind.DATA})
_LEAST = 12
"""Cells below which no text column is cut."""
_BETWEEN = 2
_LONGEST_CELL = 1_000
"""Characters of a cell that are looked at; no terminal shows more of it in one line."""


def render(view: View, style: Style) -> Iterator[str]:
    """Give the lines of the screen, none wider than the style says."""
    columns = [column for column in view.columns if _stands(column, style)]
    yield from frame.above(
        view, style, times=view.chart is not None or any(column.kind is Kind.TIME_MS for column in columns)
    )
    if view.chart is not None:
        yield ""
        yield from chart.lines(view.chart, style)
    if view.rows and columns and (style.wide or view.chart is None):
        yield ""
        yield from _table(view.rows, columns, style)
    yield from frame.below(view, style)


def _stands(column: Column, style: Style) -> bool:
    return column.shown in (Shown.ALWAYS, Shown.SCREEN) or (style.wide and column.shown is Shown.WIDE)


def _table(rows: Sequence[Row], columns: Sequence[Column], style: Style) -> Iterator[str]:
    titles = [style.own(column.title) for column in columns]
    cells = [
        [shortened(_cell(c, row.get(c.key), style), _LONGEST_CELL, style.ellipsis) for c in columns]
        for row in rows
    ]
    natural = [max(map(width_of, column)) for column in zip(titles, *cells, strict=True)]
    widths = _widths(natural, columns, style.width)
    heading = _line(titles, widths, columns, style)
    yield painted(heading, Paint.STRONG, colour=style.colour)
    for own, row in zip(rows, cells, strict=True):
        yield from _lines(row, widths, columns, style)
        beyond = zip(titles[len(widths) :], row[len(widths) :], columns[len(widths) :], strict=True)
        said = (f"{title} {cell}".strip() for title, cell, c in beyond if not c.fixed or own.get(c.key))
        yield from frame.joined(said, style, indent=_BETWEEN)


def _cell(column: Column, value: object, style: Style) -> str:
    """Return a cell's text. What stands on screens only are agentctl's own words and signs."""
    text = readable(column.kind, value, style)
    return style.own(text) if column.shown is Shown.SCREEN and style.ascii_only else text


def _cut(column: Column) -> bool:
    """Whether a cell may be cut."""
    return column.kind in _FLEXIBLE and not column.fixed


def _widths(natural: Sequence[int], columns: Sequence[Column], room: int) -> list[int]:
    """Return the widths of the columns that stand side by side; those left over go on lines of their own.

    Only text is cut, none below its least width: lists and data before names, the widest first.
    """
    least = [
        min(width, _LEAST) if _cut(column) else width for width, column in zip(natural, columns, strict=True)
    ]
    count = len(natural)
    while count > 1 and sum(least[:count]) + _BETWEEN * (count - 1) > room:
        count -= 1
    widths = list(natural[:count])
    over = sum(widths) + _BETWEEN * (count - 1) - room
    while over > 0:
        longer = [n for n in range(count) if widths[n] > least[n]]
        if not longer:
            return [room]
        at = max(longer, key=lambda n: (columns[n].kind is not Kind.TEXT, widths[n] - least[n]))
        widths[at] -= 1
        over -= 1
    return widths


def _lines(
    cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column], style: Style
) -> Iterator[str]:
    """Give a row, and below it what is left of a last column that is wrapped."""
    if len(widths) < len(columns) or not columns[-1].wrapped:
        yield _line(cells, widths, columns, style)
        return
    first, *more = wrapped(cells[-1], widths[-1])
    yield _line([*cells[:-1], first], widths, columns, style)
    indent = " " * (sum(widths[:-1]) + _BETWEEN * (len(widths) - 1))
    yield from (indent + line for line in more)


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column], style: Style) -> str:
    parts = []
    for cell, width, column in zip(cells, widths, columns, strict=False):
        text = shortened(cell, width, style.ellipsis)
        blanks = " " * (width - width_of(text))
        parts.append(blanks + text if column.kind in _RIGHT else padded(text, width))
    return (" " * _BETWEEN).join(parts).rstrip()
