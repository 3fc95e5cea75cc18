"""Where a group can stand."""

Position = tuple[str, int]
"""A topic and a partition."""
