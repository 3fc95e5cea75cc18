"""CSV as RFC 4180 has it, except that lines end in a line feed, as in every other file of a pipeline.

Text is made visible first, so a row is always one line. A spreadsheet takes a cell that begins with one of
``= + - @`` (or their full-width forms) for a formula: such a text gets an apostrophe before it, and so does
one that begins with an apostrophe itself. Taking one apostrophe away gives the text back. Numbers are not
text: a negative duration stays a number. Unknown is an empty cell; lists are joined by ``;``; nested data
is JSON.
"""

from collections.abc import Iterator

from agentctl.model.view import Kind, View
from agentctl.render.interface import Style
from agentctl.render.words import plain

_FORMULA = tuple("=+-@'＝＋－＠")
_TEXTS = frozenset({Kind.TEXT, Kind.LIST, Kind.DATA})
_QUOTED = frozenset('",')


def render(view: View, style: Style) -> Iterator[str]:
    """Give the header line and a line for each row, with every column."""
    yield ",".join(_cell(Kind.TEXT, column.key, style) for column in view.machine_columns)
    for row in view.rows:
        yield ",".join(_cell(column.kind, row.get(column.key), style) for column in view.machine_columns)


def _cell(kind: Kind, value: object, style: Style) -> str:
    if value is None:
        return ""
    text = style.encodable(plain(kind, value))
    if kind in _TEXTS and not isinstance(value, int | float) and text.startswith(_FORMULA):
        text = f"'{text}"
    if _QUOTED.isdisjoint(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
