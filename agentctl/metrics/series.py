"""Series for Prometheus, and which of them are served when there are too many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentctl.lag.metric_names import VERDICT_NUMBERS
from agentctl.lag.rows import LagRow

Badness = tuple[float, int, int]
"""Seconds, records, and the number of the verdict; larger ones are worse, and what is unknown counts as 0."""


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge: what it is called, what it means, and by what its series are told apart."""

    name: str
    meaning: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One number of a family."""

    family: Family
    labels: tuple[str, ...]
    """The values, in the order of the family's labels."""
    value: float


@dataclass(frozen=True, slots=True)
class Unit:
    """Series that are served together or not at all: those of a partition, or sums over some."""

    badness: Badness
    name: tuple[str | int, ...]
    """Orders those that are equally bad, so that the same ones are served each time."""
    series: tuple[Series, ...]


def badness(rows: Iterable[LagRow]) -> Badness:
    """Return how bad the worst of some rows is."""
    return max(
        ((row.lag_seconds or 0.0, row.lag or 0, VERDICT_NUMBERS[row.judged.verdict]) for row in rows),
        default=(0.0, 0, 0),
    )


def of(family: Family, labels: tuple[str, ...], value: float | None) -> Iterable[Series]:
    """Give a series, or none where the value is not known: an unknown value is never 0."""
    return () if value is None else (Series(family, labels, float(value)),)


def bounded(units: Iterable[Unit], most: int) -> tuple[Sequence[Series], int]:
    """Return at most so many series, those of the worst units, and how many are left out."""
    kept: list[Series] = []
    dropped = 0
    for unit in sorted(units, key=_worst_first):
        if dropped or len(kept) + len(unit.series) > most:
            dropped += len(unit.series)
        else:
            kept += unit.series
    return kept, dropped


def _worst_first(unit: Unit) -> tuple[float, int, int, list[str]]:
    seconds, records, verdict = unit.badness
    # Partitions are numbers: written with zeros before them they sort as such.
    name = [f"{part:010}" if isinstance(part, int) else part for part in unit.name]
    return -seconds, -records, -verdict, name
