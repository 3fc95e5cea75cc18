"""Runs a person's command for each new problem, beside everything else, and never waits for it."""

import os
import signal
import subprocess
from collections import deque
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import IO, NamedTuple

MOST_SECONDS = 30.0
"""How long one run of the command may take."""


class Told(NamedTuple):
    """One problem, as the command reads it."""

    name: str
    """Its label, for complaints."""
    line: str
    """The finding as a line of JSON."""


class Notifier:
    """Runs the command for one problem after the other; a context manager.

    What goes wrong with a run is a complaint, never an error. Leaving ends the run that is on its way.
    """

    def __init__(self, command: str, output: IO[str] | None, most_seconds: float = MOST_SECONDS) -> None:
        """``output`` takes what the command writes; None lets it vanish, as a screen needs it."""
        self._command = command
        self._output = output
        self._most_seconds = most_seconds
        self._waiting: SimpleQueue[Told | None] = SimpleQueue()
        self._complaints: deque[str] = deque(maxlen=100)
        self._running: subprocess.Popen[bytes] | None = None
        self._left = False
        self._lock = Lock()
        self._unfinished = 0
        self._worker = Thread(target=self._work, daemon=True)

    def __enter__(self) -> "Notifier":
        self._worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with self._lock:  # whatever is started after this sees that nobody waits for it any more
            self._left = True
            running = self._running
        self._waiting.put(None)
        if running is not None:
            _end(running, signal.SIGTERM)

    def tell(self, told: Told) -> None:
        """Have the command run for a problem, as soon as those before it are through."""
        with self._lock:
            self._unfinished += 1
        self._waiting.put(told)

    def complaints(self) -> list[str]:
        """Return what went wrong since this was last asked."""
        found = []
        while self._complaints:
            found.append(self._complaints.popleft())
        return found

    def rest(self) -> int:
        """Return for how many problems the command has not run to its end."""
        return self._unfinished

    def _work(self) -> None:
        while not self._left and (told := self._waiting.get()) is not None:
            self._run(told)
            with self._lock:
                self._unfinished -= 1

    def _run(self, told: Told) -> None:
        try:
            process = self._started()
        except OSError as error:
            self._complain(told, f"could not be started: {error.strerror or error}")
            return
        if process is None:
            return
        try:
            process.communicate(f"{told.line}\n".encode(), self._most_seconds)
        except subprocess.TimeoutExpired:
            _end(process, signal.SIGKILL)
            process.wait()
            self._complain(told, f"still ran after {self._most_seconds:g}s, and was ended")
            return
        finally:
            self._running = None
        if process.returncode and not self._left:
            code = process.returncode
            self._complain(told, f"exited with {code}" if code > 0 else f"was ended by signal {-code}")

    def _started(self) -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._left:
                return None
            self._running = subprocess.Popen(
                ["/bin/sh", "-c", self._command],
                stdin=subprocess.PIPE,
                stdout=self._output or subprocess.DEVNULL,
                stderr=self._output or subprocess.DEVNULL,
                start_new_session=True,
            )
            return self._running

    def _complain(self, told: Told, what: str) -> None:
        self._complaints.append(f"--exec {what} (for {told.name})")


def _end(process: "subprocess.Popen[bytes]", number: int) -> None:
    """End the command with all that it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
