"""The program while it runs: what it says is waited for, and never for how long it may take."""

import fcntl
import json
import os
import pty
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.harness import Program

_PATIENCE_SECONDS = 60.0


class Watched:
    """A running program whose streams are read as it writes them."""

    def __init__(self, process: "subprocess.Popen[bytes]", streams: dict[str, int]) -> None:
        self.process = process
        self._said = dict.fromkeys(streams, b"")
        self._selector = selectors.DefaultSelector()
        for name, number in streams.items():
            self._selector.register(number, selectors.EVENT_READ, name)

    @property
    def stdout(self) -> str:
        """What it wrote until now; on a terminal both streams."""
        return self._said["stdout"].decode().replace("\r\n", "\n")

    @property
    def stderr(self) -> str:
        """What it wrote there until now."""
        return self._said["stderr"].decode()

    @property
    def lines(self) -> list[str]:
        """The whole lines of stdout."""
        return self.stdout.split("\n")[:-1]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The lines of NDJSON."""
        return [json.loads(line) for line in self.lines]

    def until(self, text: str, stream: str = "stdout", times: int = 1) -> None:
        """Return once a stream holds the text so many times."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self._said[stream].replace(b"\r\n", b"\n").count(text.encode()) < times:
            left = deadline - time.monotonic()
            if left < 0 or not self._read(left):
                raise AssertionError(f"no {text!r} (times {times}) in {stream}: {self._said}")

    def end(self, number: int = signal.SIGINT) -> tuple[int, float]:
        """Send a signal; return the exit code and how many seconds it took to end."""
        sent = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(30)
        took = time.monotonic() - sent
        while self._read(5):
            pass
        return code, took

    def _read(self, seconds: float) -> bool:
        """Read what there is, waiting so long for it; False when nothing more can come."""
        for key, _ in self._selector.select(seconds):
            try:
                piece = os.read(key.fd, 65_536)
            except OSError:  # EIO: nobody holds the other side of a terminal any more
                piece = b""
            if piece:
                self._said[key.data] += piece
            else:
                self._selector.unregister(key.fd)
        return bool(self._selector.get_map())


@contextmanager
def watched(agentctl: Program, *words: str) -> Iterator[Watched]:
    """Run with a pipe for each stream."""
    process = agentctl.start(*words)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield Watched(process, {"stdout": process.stdout.fileno(), "stderr": process.stderr.fileno()})
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@contextmanager
def watched_on_terminal(agentctl: Program, *words: str, columns: int = 80) -> Iterator[Watched]:
    """Run on a pseudo-terminal; both streams arrive in ``stdout``, as on a screen."""
    screen, keyboard = pty.openpty()
    fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "agentctl", *words],
        cwd=agentctl.folder,
        env={"TERM": "xterm-256color", **agentctl.environment},
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        start_new_session=True,
    )
    os.close(keyboard)
    try:
        yield Watched(process, {"stdout": screen})
    finally:
        process.kill()
        process.wait()
        os.close(screen)
