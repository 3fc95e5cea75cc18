"""Times two commands in turn, as whole processes: A B A B …, on the same machine; and their memory."""

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
    peak_mib: float
    """The most memory that a run of the command held, in MiB."""

    @property
    def ratio(self) -> float:
        """Median of the ratios, pair by pair."""
        return statistics.median(a / b for a, b in zip(self.seconds, self.reference_seconds, strict=True))

    @property
    def reached(self) -> bool:
        """Whether the ratio is within its bound."""
        return self.ratio <= self.reach


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory that a command held, and the bound on it, in MiB."""

    name: str
    mib: float
    reach_mib: float

    @property
    def reached(self) -> bool:
        """Whether it stayed below its bound."""
        return self.mib < self.reach_mib


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
    peaks: list[float] = []
    seconds: list[float] = []
    reference_seconds: list[float] = []
    for n in range(runs + 1):
        for words, kept in ((command, seconds), (reference, reference_seconds)):
            taken, peak_mib = _timed(words, environment)
            if n:
                kept.append(taken)
            if words is command:
                peaks.append(peak_mib)
    return Pair(name, reference_name, tuple(seconds), tuple(reference_seconds), reach, max(peaks))


def peak_mib(command: Sequence[str], *, runs: int, environment: Mapping[str, str] | None = None) -> float:
    """Return the most memory that any of several runs of a command held, in MiB. Raises when one fails."""
    return max(_timed(command, environment)[1] for _ in range(runs))


def _timed(command: Sequence[str], environment: Mapping[str, str] | None) -> tuple[float, float]:
    """Run a command; return its seconds and the most memory that it held, in MiB."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return seconds, usage.ru_maxrss / 1024
