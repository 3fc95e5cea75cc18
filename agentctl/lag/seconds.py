"""The ways in which seconds of lag can be found."""

from enum import StrEnum


class Seconds(StrEnum):
    """How seconds are found."""

    EXACT = "exact"
    ESTIMATE = "estimate"
    NONE = "none"
