"""Which groups and topics are looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be known."""

    groups: tuple[str, ...] = ()
    """Their names; empty for all."""
    topics: tuple[str, ...] = ()
    """Only these; empty for all."""
    sample_ms: int = 0
    """How long to watch where commits tell nothing."""
