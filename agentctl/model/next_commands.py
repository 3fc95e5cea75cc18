"""Commands that answers name as next, so that they can be pasted whatever a group is called."""

from shlex import quote


def lag_why(group: str) -> str:
    """Return the command that tells why a group is behind."""
    return (
        f"agentctl lag why -- {quote(group)}" if group.startswith("-") else f"agentctl lag why {quote(group)}"
    )


def lag_history(group: str, topic: str) -> str:
    """Return the command that tells since when a group is behind on a topic."""
    if group.startswith("-"):
        return f"agentctl lag history -t {quote(topic)} -- {quote(group)}"
    return f"agentctl lag history {quote(group)} -t {quote(topic)}"
