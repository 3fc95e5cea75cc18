"""Colour for terminals.

It only adds: what it says stands in letters too.
"""

from enum import StrEnum


class Paint(StrEnum):
    """What a stretch of text is, as the SGR parameters that show it; the terminal's own 16 colours."""

    PLAIN = ""
    STRONG = "1"
    DIM = "2"
    PROBLEM = "1;31"
    WARNING = "33"
    GOOD = "32"


def painted(text: str, paint: Paint, *, colour: bool) -> str:
    """Return the text in that paint, where the output may carry colour."""
    return f"\x1b[{paint}m{text}\x1b[0m" if colour and paint and text else text
