"""Series for Prometheus, and which of them are served when there are too many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentctl.lag.metric_names import VERDICT_NUMBERS
from agentctl.lag.rows import LagRow

Badness = tuple[float, int, int]
"""Seconds, records, and the number of the verdict; larger ones are worse, and what is unknown counts as 0."""


Name = tuple[str, str, int]
"""Group, topic and partition: empty, or -1, where something stands for all of them."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A row, and how bad it is: asked for so often that it is found once."""

    row: LagRow
    badness: Badness


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
    name: Name
    """Orders those that are equally bad, so that the same ones are served each time."""
    series: tuple[Series, ...]


def weighed(row: LagRow) -> Weighed:
    """Return a row with how bad it is."""
    return Weighed(row, (row.lag_seconds or 0.0, row.lag or 0, VERDICT_NUMBERS[row.judged.verdict]))


def worst(rows: Iterable[Weighed]) -> Badness:
    """Return how bad the worst of some rows is."""
    return max((one.badness for one in rows), default=(0.0, 0, 0))


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


def _worst_first(unit: Unit) -> tuple[float, int, int, Name]:
    seconds, records, verdict = unit.badness
    return -seconds, -records, -verdict, unit.name
