"""Where an answer goes that is kept true: a screen that is drawn over, or a line for each change."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Protocol

from agentctl.cli.stage import Stage
from agentctl.model.finding import Finding
from agentctl.model.instant import instant
from agentctl.model.view import View
from agentctl.render.choose import SCREENS, Format, renderer
from agentctl.render.complaints import warn
from agentctl.render.live import finding_lines
from agentctl.render.screen import AlternateScreen

_MOST_NOTES = 2
"""Remarks on the reading that stay on a moving screen."""


class Framed(Protocol):
    """An answer that can be shown whole at any moment."""

    def frame(self, now_ms: int) -> View:
        """Return the whole answer as it is at that moment."""


class Outlet(Protocol):
    """Where an answer goes that moves."""

    def show(self, subject: Framed, rows: View, findings: Sequence[Finding], now_ms: int) -> bool:
        """Show what is new, or all; False when nobody reads any more."""

    def note(self, text: str, now_ms: int) -> None:
        """Say something of the reading itself."""


def moves(stage: Stage) -> bool:
    """Whether there is a screen that can be drawn over."""
    around = stage.surroundings
    if stage.live.form not in SCREENS:
        return False
    return around.environment.get("TERM", "dumb") != "dumb"


def lines(stage: Stage) -> "Lines":
    """Return where a line goes for each change."""
    return Lines(stage, Format.TEXT if stage.live.form in SCREENS else stage.live.form)


@dataclass(frozen=True, slots=True)
class Lines:
    """A pipe, or a terminal that cannot be drawn over: what is new is appended."""

    stage: Stage
    form: Format

    def show(self, subject: Framed, rows: View, findings: Sequence[Finding], now_ms: int) -> bool:
        """Write a line for each change, and one for each new finding."""
        style = self.stage.live.style
        lines = list(renderer(self.form, rows)(rows, style)) if rows.rows else []
        return self.stage.write([*lines, *finding_lines(findings, self.form, style, now_ms)])

    def note(self, text: str, now_ms: int) -> None:
        """Say it on stderr."""
        warn(text, self.stage.surroundings)


@dataclass(slots=True)
class Moving:
    """A terminal: the whole answer, drawn over; what it showed last stays behind at the end."""

    stage: Stage
    seconds: float
    _screen: AlternateScreen = field(init=False)
    _notes: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_NOTES))
    _last: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        around = self.stage.surroundings
        self._screen = AlternateScreen(around.stdout, around.width)

    def __enter__(self) -> "Moving":
        self._screen.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._screen.__exit__(kind, error, where)
        self.stage.write(self._last)

    def show(self, subject: Framed, rows: View, findings: Sequence[Finding], now_ms: int) -> bool:
        """Draw the answer as it is now, in the width that the terminal has now."""
        live, (columns, room) = self.stage.live, self._screen.size
        view = replace(subject.frame(now_ms), generated_at_ms=now_ms)
        style = replace(live.style, width=columns)
        self._last = list(renderer(live.form, view)(view, style))
        below = [f"every {self.seconds:g}s {style.dot} Ctrl-C ends", *self._notes]
        room -= len(below) + 1
        shown = self._last[:room]
        if len(self._last) > room:
            shown[-1] = style.own(f"… {len(self._last) - room + 1:,} more lines")
        return self._screen.draw([*shown, "", *below]) and not self.stage.deserted

    def note(self, text: str, now_ms: int) -> None:
        """Keep it below the answer."""
        self._notes.append(self.stage.live.style.own(f"{instant(now_ms)[11:19]}Z {text}"))
