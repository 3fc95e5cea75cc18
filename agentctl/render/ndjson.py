"""NDJSON: each line a row with its schema; a document of any length in one line's memory."""

from collections.abc import Iterator

from agentctl.model.view import View
from agentctl.render.interface import UTF_8, Style
from agentctl.render.json import schema
from agentctl.render.sanitise import json_text
from agentctl.render.words import exact_row


def render(view: View, style: Style) -> Iterator[str]:
    """Give a line for each row."""
    name = {"schema": schema(view)}
    for row in view.rows:
        yield json_text(name | exact_row(view, row), ascii_only=style.encoding != UTF_8)
