"""What every renderer is: a View and a Style in, lines out.

It asks nothing of terminal, clock or disk.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo

from agentctl.model.view import View
from agentctl.render.sanitise import visible

UTF_8 = "utf-8"
_BEFORE_FOREIGN = re.compile("\\\\(?=[^\x00-\x7f])")

_ASCII = str.maketrans(
    {"·": "-", "…": "...", "–": "-", "—": "-", "→": "->", "←": "<-", "⚑": "!", "⫽": "//", "×": "x"}
    | {"▓": "#", "░": ".", "└": "`"}
)


@dataclass(frozen=True, slots=True)
class Style:
    """How to draw. The same View and Style always give the same lines."""

    width: int = 80
    """In terminal cells; no line of a screen is wider."""
    colour: bool = False
    ascii_only: bool = False
    """Draw with ASCII signs."""
    zone: tzinfo = UTC
    """In which times stand on screens. Every other output has UTC."""
    local: tzinfo | None = None
    """The zone of the machine, whose offset is named beside the times."""
    wide: bool = False
    """Show wide columns, full names and evidence."""
    encoding: str = UTF_8
    """What the output can carry; other characters are written out as escapes."""

    def safe(self, text: str) -> str:
        """Return text of an event as this output can show it, harmless and in one line."""
        return self.encodable(visible(text))

    def own(self, text: str) -> str:
        """Return words of agentctl, which may quote an event, with signs that this output has."""
        return self.safe(text.translate(_ASCII) if self.ascii_only else text)

    @property
    def unknown(self) -> str:
        """What stands for None on screens."""
        return "-" if self.ascii_only else "–"

    @property
    def ellipsis(self) -> str:
        """What stands at the end of text that was cut. One cell, or two in ASCII."""
        return ".." if self.ascii_only else "…"

    @property
    def dot(self) -> str:
        """What separates facts in one line."""
        return "-" if self.ascii_only else "·"

    @property
    def flag(self) -> str:
        """What marks a problem."""
        return "!" if self.ascii_only else "⚑"

    def encodable(self, text: str) -> str:
        """Return safe text with escapes for what the encoding of the output has no form for.

        A backslash before such a character is doubled, as ``visible`` doubles it before the others.
        """
        if self.encoding == UTF_8 or text.isascii():
            return text
        text = _BEFORE_FOREIGN.sub(r"\\\\", text)
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)


Renderer = Callable[[View, Style], Iterator[str]]
"""Gives lines without their line ends. Never raises on the content of a View."""
