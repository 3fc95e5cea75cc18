"""What can go wrong, in words for people, and the exit code that each kind ends in.

AgentctlError            1   something failed
├── UsageError           2   the command line or the configuration cannot be meant
├── NotFoundError        4   nothing of that name
├── AccessError          5   authentication, authorisation or TLS
├── UnreachableError     6   broker, registry or store unreachable, or too slow
└── InterruptedScan    130   Ctrl-C; says what was done until then
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script reads from ``$?``. A closed pipe is FINE."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    PROBLEMS = 3
    NOTHING = 4
    ACCESS = 5
    UNREACHABLE = 6
    PARTIAL = 7
    INTERRUPTED = 130


class AgentctlError(Exception):
    """A failure that a person can act on.

    ``message`` is one sentence: what failed, on what, and why. ``hint`` is one thing to do now.
    Neither ever holds a secret.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AgentctlError):
    """The command line or the configuration cannot be meant as it stands."""

    exit_code = ExitCode.USAGE


class NotFoundError(AgentctlError):
    """A topic, group, context or file of that name does not exist."""

    exit_code = ExitCode.NOTHING


class AccessError(AgentctlError):
    """Authentication, authorisation or TLS refused us."""

    exit_code = ExitCode.ACCESS


class UnreachableError(AgentctlError):
    """A broker, registry or store did not answer in time."""

    exit_code = ExitCode.UNREACHABLE


class InterruptedScan(AgentctlError):  # noqa: N818 — a wish of the user, not a fault
    """Ctrl-C in the middle of work; the message says what was done until then."""

    exit_code = ExitCode.INTERRUPTED
