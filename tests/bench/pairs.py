"""Times two commands in turn, as whole processes: A B A B …, so that both see the same machine."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of every counted run of a command and of its reference, and the bound on their ratio."""

    name: str
    reference_name: str
    seconds: tuple[float, ...]
    reference_seconds: tuple[float, ...]
    reach: float

    @property
    def ratio(self) -> float:
        """Median of the ratios, pair by pair."""
        return statistics.median(a / b for a, b in zip(self.seconds, self.reference_seconds, strict=True))

    @property
    def reached(self) -> bool:
        """Whether the ratio is within its bound."""
        return self.ratio <= self.reach


def measured(
    name: str,
    command: Sequence[str],
    reference_name: str,
    reference: Sequence[str],
    *,
    reach: float,
    runs: int,
    environment: Mapping[str, str] | None = None,
) -> Pair:
    """Run both in turn, once without counting and then ``runs`` times. Raises when one fails."""
    seconds: list[float] = []
    reference_seconds: list[float] = []
    for n in range(runs + 1):
        for words, kept in ((command, seconds), (reference, reference_seconds)):
            taken = _timed(words, environment)
            if n:
                kept.append(taken)
    return Pair(name, reference_name, tuple(seconds), tuple(reference_seconds), reach)


def _timed(command: Sequence[str], environment: Mapping[str, str] | None) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    return time.perf_counter() - began
