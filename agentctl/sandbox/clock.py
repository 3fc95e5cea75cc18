"""The story's clock: ``03:30:15.014`` on the day of the incident, wherever the night is anchored."""

from dataclasses import dataclass
from datetime import UTC, datetime

NIGHT_ENDS = "14:25:40"
"""What the story's clock shows when the night is over."""


@dataclass(frozen=True, slots=True)
class StoryClock:
    """Turns times of the story into milliseconds since 1970-01-01 UTC.

    Anchored at 14:25:40 UTC of some day, every time of the story is the time of that day. Anchored at
    another moment, all of them shift alike: distances stay as they are told.
    """

    anchor_ms: int

    def at(self, clock: str) -> int:
        """Return the moment that the story calls ``03:00`` or ``03:30:15.014``."""
        return self.anchor_ms - _of_day_ms(NIGHT_ENDS) + _of_day_ms(clock)

    def days_before(self, days: int, clock: str = "00:00") -> int:
        """Return a time of the day so many days before the incident's."""
        return self.at(clock) - days * _of_day_ms("24:00")


def iso(time_ms: int) -> str:
    """Return RFC 3339 in UTC with milliseconds, as the agents write it."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def _of_day_ms(clock: str) -> int:
    hours, minutes, *seconds = clock.split(":")
    return int(hours) * 3_600_000 + int(minutes) * 60_000 + round(float(seconds[0] if seconds else 0) * 1000)
