"""What a row of lag stands for, and when lag is too much."""

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """What a row stands for."""

    PARTITION = "partition"
    TOPIC = "topic"
    GROUP = "group"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Limits:
    """When lag is too much."""

    seconds: float | None = None
    records: int | None = None
    verdicts: bool = False
    """Whether every verdict but OK and UNKNOWN is, too."""
