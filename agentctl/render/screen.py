"""The alternate screen of a terminal: drawn over and over, and gone at the end as if it had never been."""

import os
import signal
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import TextIO

_ENTER = "\x1b[?1049h\x1b[?25l"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


class AlternateScreen:
    """A context manager: the terminal is as before after it, also when the process is told to end."""

    def __init__(self, stream: TextIO, width: int) -> None:
        """``width`` counts where the terminal does not tell its own."""
        self._stream = stream
        self._width = width
        self._before: object = None

    def __enter__(self) -> "AlternateScreen":
        self._before = signal.signal(signal.SIGTERM, self._terminated)
        self._write(_ENTER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._write(_LEAVE)
        signal.signal(signal.SIGTERM, self._before or signal.SIG_DFL)  # type: ignore[arg-type]

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines, as they are now."""
        try:
            found = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return self._width, 24
        return found.columns or self._width, found.lines or 24

    def draw(self, lines: Sequence[str]) -> bool:
        """Show lines from the top, as many as there is room for; False when nobody looks any more."""
        _, room = self.size
        shown = list(lines[:room])
        text = "\r\n".join(f"{line}{_REST_OF_LINE}" for line in shown)
        return self._write(f"{_HOME}{text}{_REST_OF_SCREEN}")

    def _write(self, text: str) -> bool:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            return False
        return True

    def _terminated(self, number: int, _frame: FrameType | None) -> None:
        # Not through the stream: this may have come in the middle of a write to it.
        os.write(self._stream.fileno(), _LEAVE.encode())
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
