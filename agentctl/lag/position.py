"""Where a group can stand."""

Position = tuple[str, int]
"""A topic and a partition."""

Owned = tuple[str, Position]
"""A group, and where it stands."""
