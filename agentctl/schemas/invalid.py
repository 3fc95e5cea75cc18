"""A schema that its own format's specification does not allow."""

from agentctl.errors import AgentctlError


class InvalidSchemaError(AgentctlError):
    """Which schema, where in it, and why. Exit code 1."""

    def __init__(self, origin: str, position: str, reason: str) -> None:
        place = f" at {position}" if position else ""
        super().__init__(f"{origin} is no valid schema{place}: {reason}")
        self.origin = origin
        """The file, revision or version."""
        self.position = position
        """A JSON pointer (RFC 6901), or line and column where it is not even JSON; empty for its root."""
        self.reason = reason


def pointed(path: str, *steps: str | int) -> str:
    """Return a JSON pointer that goes further (RFC 6901)."""
    return path + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
