"""What a topic's claims are subject to: how long a lease lives, and how old a cause may be."""

from dataclasses import dataclass

STALE_AFTER_MS = 15 * 60 * 1000
"""The age from which acting on an event is acting on old news, where nothing is configured."""

ENDLESS = 2**63 - 1
"""The end of a lease that never ends by time; also the end of all time that Kafka can say."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one topic, in milliseconds. None is unknown and is never replaced by a guess."""

    ttl_ms: int | None = None
    """As configured for the topic."""
    retention_ms: int | None = None
    """The topic's ``retention.ms``; -1 keeps everything."""
    stale_after_ms: int = STALE_AFTER_MS

    def lease_ms(self, stated_ms: int | None) -> int | None:
        """Return how long a lease lives: what the record states, else the configuration, else the retention.

        A length below zero is none. ``ENDLESS`` where the retention is without end; None when nothing
        says how long.
        """
        if stated_ms is not None and stated_ms >= 0:
            return stated_ms
        if self.ttl_ms is not None and self.ttl_ms >= 0:
            return self.ttl_ms
        if self.retention_ms is None:
            return None
        return ENDLESS if self.retention_ms < 0 else self.retention_ms


UNKNOWN = Terms()
"""The terms of a topic of which nothing is known."""
