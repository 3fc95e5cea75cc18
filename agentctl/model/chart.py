"""A course of figures over time, as a View holds it; how large it is drawn is a renderer's matter."""

from dataclasses import dataclass

Caption = tuple[str | int, ...]
"""A sentence in pieces; a number is a moment in ms since 1970, said in the zone of the output."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures for equal parts of a stretch of time; each is the largest of its part. Unknown is None."""

    since_ms: int
    until_ms: int
    values: tuple[float | None, ...]
    limit: float | None = None
    """What is not to be exceeded."""
    captions: tuple[Caption, ...] = ()
    """Sentences below the drawing."""
