"""A table for a terminal: columns that fit its width, the text of a row in one line."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentctl.model.view import Column, Kind, Shown, View
from agentctl.render import frame
from agentctl.render.cells import shortened
from agentctl.render.interface import Style
from agentctl.render.words import readable

_RIGHT = frozenset({Kind.NUMBER, Kind.DURATION_MS})
_LONGEST_CELL = 400
"""Characters of a cell that Rich gets to see; no terminal shows more of it in one line."""


def render(view: View, style: Style) -> Iterator[str]:
    """Give the lines of the screen."""
    columns = [column for column in view.columns if _stands(column, style)]
    yield from frame.above(view, style, times=any(column.kind is Kind.TIME_MS for column in columns))
    if view.rows:
        yield ""
        yield from _table(view, columns, style)
    yield from frame.below(view, style)


def _stands(column: Column, style: Style) -> bool:
    return column.shown is Shown.ALWAYS or (style.wide and column.shown is Shown.WIDE)


def _table(view: View, columns: list[Column], style: Style) -> Iterator[str]:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(
            Text(style.own(column.title)),
            justify="right" if column.kind in _RIGHT else "left",
            no_wrap=True,
            overflow="crop" if style.ascii_only else "ellipsis",
        )
    for row in view.rows:
        cells = (readable(column.kind, row.get(column.key), style) for column in columns)
        table.add_row(*(Text(shortened(cell, _LONGEST_CELL, style.ellipsis)) for cell in cells))
    yield from _lines(table, style)


def _lines(table: Table, style: Style) -> Iterator[str]:
    """Let Rich draw into a text; it must not look at the real terminal or its environment."""
    console = Console(
        file=StringIO(),
        width=style.width,
        color_system="standard" if style.colour else None,
        force_terminal=style.colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        yield line.rstrip()
