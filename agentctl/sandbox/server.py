"""A server of the sandbox: a Child that listens on a port of this machine and answers."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentctl.errors import AgentctlError
from agentctl.sandbox.process import LOCALHOST, Child, free_port, last_words, launch

_ATTEMPTS = 3
_POLL_SECONDS = 0.02
_PORT_TAKEN = ("address already in use", "address in use", "bindexception")

Say = Callable[[str], None]
"""Where a long step tells in one line what it is doing."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    port: int
    child: Child
    log: Path

    @property
    def address(self) -> str:
        """Where clients reach it, ``127.0.0.1:PORT``."""
        return f"{LOCALHOST}:{self.port}"


def start_server(
    name: str,
    command: Callable[[int], Sequence[str]],
    log: Path,
    environment: Mapping[str, str],
    answers: Callable[[int], bool],
    patience_seconds: float = 60.0,
) -> Server:
    """Start a server on a free port and return when it answers.

    ``command`` and ``answers`` are given the port. A port that somebody took between the
    choice and the start is chosen anew.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        port = free_port()
        server = Server(name, port, launch(command(port), log, environment), log)
        failure = _wait(server, answers, patience_seconds)
        if failure is None:
            return server
        server.child.stop()
        taken = any(words in failure.lower() for words in _PORT_TAKEN)
        if not taken or attempt == _ATTEMPTS:
            raise AgentctlError(f"{name} did not start: {failure}.", hint=f"its whole log is {log}")
    raise AssertionError("the last attempt returns or raises")


def _wait(server: Server, answers: Callable[[int], bool], patience_seconds: float) -> str | None:
    """Return None once the server answers, else why it will not."""
    deadline = time.monotonic() + patience_seconds
    while not answers(server.port):
        if not server.child.alive:
            return last_words(server.log)
        if time.monotonic() > deadline:
            return f"no answer within {patience_seconds:.0f} s; {last_words(server.log)}"
        time.sleep(_POLL_SECONDS)
    # Somebody else may have answered on that port, and ours may have died of it.
    return None if server.child.alive else last_words(server.log)
