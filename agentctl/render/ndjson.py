"""NDJSON: each line a row with its schema; a document of any length in one line's memory."""

from collections.abc import Iterator

from agentctl.model.view import View
from agentctl.render.interface import UTF_8, Style
from agentctl.render.json import schema
from agentctl.render.sanitise import json_text
from agentctl.render.words import exact_rows


def render(view: View, style: Style) -> Iterator[str]:
    """Give a line for each row."""
    name = {"schema": schema(view)}
    for row in exact_rows(view):
        yield json_text(name | row, ascii_only=style.encoding != UTF_8)
