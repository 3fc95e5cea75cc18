"""Errors in words on stderr: what failed, and one thing to do."""

from typing import TextIO

from agentctl.errors import AgentctlError
from agentctl.render.sanitise import visible
from agentctl.surroundings import Surroundings


def complain(error: AgentctlError, surroundings: Surroundings) -> None:
    """Print the error's sentence and its hint, harmless whatever they quote."""
    tell(surroundings.stderr, f"agentctl: {visible(error.message)}")
    if error.hint is not None:
        tell(surroundings.stderr, f"  hint: {visible(error.hint)}")


def warn(text: str, surroundings: Surroundings) -> None:
    """Print a sentence about the answer that is not part of it."""
    tell(surroundings.stderr, f"agentctl: {visible(text)}")


def tell(stream: TextIO, line: str) -> None:
    """Write one safe line to stderr, with escapes for what its encoding has no form for."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
    except OSError:
        return  # stderr is closed or full: there is nobody left to tell
