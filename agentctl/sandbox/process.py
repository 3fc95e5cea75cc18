"""Child processes that outlive the command that started them, and are known again later.

A process id alone is not a name: ids are used again. A Child is the id together with the moment the
kernel started it, so that a stale state file never makes us signal a stranger.
"""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOCALHOST = "127.0.0.1"
_POLL_SECONDS = 0.02
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Child:
    """A process that leads a session of its own."""

    pid: int
    started: str
    """When the kernel started it, in the kernel's words; only ever compared with itself."""

    @classmethod
    def recorded(cls, file: Path) -> "Child | None":
        """Read what ``launch`` wrote beside the log; None when the file holds no such thing."""
        words = file.read_text(encoding="utf-8").split(maxsplit=1)
        return cls(int(words[0]), words[1]) if len(words) == 2 and words[0].isdigit() else None

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        _reap(self.pid)
        return _started(self.pid) == self.started

    def stop(self, patience_seconds: float = 10.0) -> None:
        """End it with all that it started: ask (SIGTERM), wait, then insist (SIGKILL).

        Returns when it is gone. Does nothing to a process that is gone already.
        """
        if not self.alive:
            return
        self._signal(signal.SIGTERM)
        if not self._gone_within(patience_seconds):
            self._signal(signal.SIGKILL)
            self._gone_within(patience_seconds)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True


def launch(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Child:
    """Start a process in a session of its own, so that Ctrl-C here does not reach it.

    It reads nothing and writes both its streams to ``log``. Who it is stands in a ``.pid`` file
    beside the log at once, so that it can be found even when the caller dies before it says more.
    ``posix_spawn`` rather than ``subprocess``: nobody here waits for its end, and a Popen wants that.
    """
    with _undisturbed():
        pid = os.posix_spawn(
            command[0],
            list(command),
            dict(environment),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )
        child = Child(pid, _started(pid) or "gone")
        log.with_suffix(".pid").write_text(f"{child.pid} {child.started}", encoding="utf-8")
        return child


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold Ctrl-C back, so that no process is started whose name is not written down.

    Python runs signal handlers in the main thread alone, so elsewhere there is nothing to hold back.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            signal.raise_signal(signal.SIGINT)


def free_port() -> int:
    """Return a TCP port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOCALHOST, 0))
        port: int = probe.getsockname()[1]
        return port


def last_words(log: Path, lines: int = 4) -> str:
    """Return the end of a log in one line, without the lines that say nothing about a failure."""
    try:
        written = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        written = []
    # The embedded broker's binary names a newer libc than it needs.
    telling = [line.strip() for line in written if line.strip() and "weak version `GLIBC" not in line]
    return " | ".join(telling[-lines:]) or "its log is empty"


def _started(pid: int) -> str | None:
    """Return when the process was started; None when there is none, or only a zombie."""
    if not _BOOT_ID.exists():
        return _started_by_ps(pid)
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything; the fields after it are state, …, start time (22nd).
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{_BOOT_ID.read_text().strip()}:{fields[19]}"


def _started_by_ps(pid: int) -> str | None:
    """Ask ``ps``, where there is no ``/proc``: macOS and the BSDs."""
    answer = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, moment = answer.stdout.strip().partition(" ")
    return None if not moment or state.startswith("Z") else moment.strip()


def _reap(pid: int) -> None:
    """Collect the process if it was ours and has ended, so that its id does not linger."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
