"""The program while it runs: what it shows of its progress, and its end."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.harness import Answer, Program


class Started:
    """The program with a pipe for stdout and a terminal for stderr, where progress is shown."""

    def __init__(self, process: "subprocess.Popen[bytes]", screen: int) -> None:
        self.process = process
        self._screen = screen
        self.shown = ""

    def until_shown(self, text: str) -> None:
        """Return once stderr shows the text."""
        while text not in self.shown:
            assert self._read(), f"it ended before it showed {text!r}: {self.shown!r}"

    def end(self, number: int) -> tuple[int, float]:
        """Send a signal; return the exit code and how many seconds it took to end."""
        sent = time.monotonic()
        self.process.send_signal(number)
        while self._read():
            pass
        code = self.process.wait(30)
        return code, time.monotonic() - sent

    def ended(self) -> Answer:
        """Wait for the end, and take what was written meanwhile."""
        assert self.process.stdout is not None
        with ThreadPoolExecutor(1) as beside:
            written = beside.submit(self.process.stdout.read)
            while self._read():
                pass
        return Answer(self.process.wait(30), written.result().decode(), self.shown)

    @property
    def said(self) -> str:
        """The last of stderr: what stands after the line of progress."""
        return self.shown.rpartition("\r")[2] if "\r" in self.shown else self.shown

    def _read(self) -> bool:
        try:
            piece = os.read(self._screen, 65_536)
        except OSError:  # EIO: nobody holds the other side any more
            return False
        self.shown += piece.decode().replace("\r\n", "\n")
        return bool(piece)


@contextmanager
def started(agentctl: Program, *words: str) -> Iterator[Started]:
    screen, keyboard = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agentctl", *words],
        cwd=agentctl.folder,
        env=dict(agentctl.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=keyboard,
    )
    os.close(keyboard)
    try:
        yield Started(process, screen)
    finally:
        process.kill()
        process.communicate()
        os.close(screen)
