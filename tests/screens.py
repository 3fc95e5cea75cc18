"""A terminal or a pipe to draw on, and golden screens: text files under tests/golden/, compared exactly.

``AGENTCTL_GOLDEN=write`` (``make golden``) writes them anew: read the difference before it is committed.
"""

import io
from dataclasses import dataclass, field
from pathlib import Path

from agentctl.errors import ExitCode
from agentctl.model.view import View
from agentctl.render.choose import Output, show
from agentctl.surroundings import Surroundings
from tests.harness import OUTSIDE

GOLDEN = Path(__file__).parent / "golden"
NOW_MS = 1_795_443_940_000
"""2026-11-23 14:25:40 UTC."""


def stream(encoding: str) -> io.TextIOWrapper:
    """Return what a program writes to, in memory."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n", write_through=True)


def written(to: io.TextIOWrapper) -> str:
    """Return what was written there."""
    buffer = to.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(to.encoding)


@dataclass(slots=True)
class Screen:
    """A terminal of some width, or two pipes, and what was written there."""

    width: int = 80
    terminal: bool = True
    encoding: str = "utf-8"
    environment: dict[str, str] = field(default_factory=dict)
    now_ms: int = NOW_MS
    folder: Path = Path("/nowhere")
    stdout: io.TextIOWrapper = field(init=False)
    stderr: io.TextIOWrapper = field(init=False)
    error_is_terminal: bool | None = None
    """None: as stdout is."""

    def __post_init__(self) -> None:
        self.stdout, self.stderr = stream(self.encoding), stream(self.encoding)

    @property
    def surroundings(self) -> Surroundings:
        """The surroundings of a program that runs here."""
        return Surroundings(
            stdin=io.StringIO(),
            stdout=self.stdout,
            stderr=self.stderr,
            environment=self.environment,
            folder=self.folder,
            home=self.folder,
            clock=lambda: self.now_ms,
            width=self.width,
            output_is_terminal=self.terminal,
            error_is_terminal=self.terminal if self.error_is_terminal is None else self.error_is_terminal,
        )

    def show(self, view: View, output: Output | None = None) -> ExitCode:
        """Write a view here."""
        return show(view, output or Output(), self.surroundings)

    @property
    def shown(self) -> str:
        """What stands on stdout."""
        return written(self.stdout)

    @property
    def told(self) -> str:
        """What stands on stderr."""
        return written(self.stderr)

    @property
    def all(self) -> str:
        """Both streams as a golden file holds them: with a sign that can be seen for ESC."""
        told = self.told
        both = self.shown + (f"··· stderr ···\n{told}" if told else "")
        return both.replace("\x1b", "␛")


def check_golden(name: str, text: str) -> None:
    """Compare a text with the golden file of that name, or write it there."""
    path = GOLDEN / f"{name}.txt"
    if OUTSIDE.get("AGENTCTL_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"there is no {path}: make golden writes it"
    assert text == path.read_text(encoding="utf-8")
