"""A problem with a code, the events it rests on, a sentence, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.model.record import Place


class Code(StrEnum):
    """Every code a finding can have, declared here once; each has a section in docs/findings.md."""

    TIME_TRAVEL = "time-travel"
    STALE_READ = "stale-read"
    CLAIM_CONFLICT = "claim-conflict"
    LATE_CLAIM = "late-claim"
    DUPLICATE_RESULT = "duplicate-result"
    RESULT_WITHOUT_CLAIM = "result-without-claim"
    ZOMBIE_RESULT = "zombie-result"
    ORPHANED_CLAIM = "orphaned-claim"
    SPLIT_KEY = "split-key"
    SILENCE = "silence"
    CLOCK_SKEW = "clock-skew"
    UNKNOWN_CAUSE = "unknown-cause"
    UNDECODABLE = "undecodable"


class Severity(StrEnum):
    """How much a finding matters."""

    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, with its evidence."""

    id: str
    """A short label that rows refer to, such as ``T1``."""
    code: Code
    severity: Severity
    title: str
    explanation: str
    events: tuple[Place, ...]
    evidence: Mapping[str, object] = field(default_factory=dict)
    next: tuple[str, ...] = ()
    """Commands that a person would want now."""
    flags: tuple[Place, ...] = ()
    """The events that bear its mark, such as the act but not its cause; empty for all of ``events``."""
    downstream: tuple[Place, ...] = ()
    """The events that stand causally after it."""

    @property
    def is_problem(self) -> bool:
        """Whether something is wrong, and not only worth a look."""
        return self.severity is Severity.PROBLEM


LETTERS: Mapping[Code, str] = {
    Code.TIME_TRAVEL: "T",
    Code.STALE_READ: "R",
    Code.CLAIM_CONFLICT: "C",
    Code.LATE_CLAIM: "L",
    Code.DUPLICATE_RESULT: "D",
    Code.RESULT_WITHOUT_CLAIM: "W",
    Code.ZOMBIE_RESULT: "Z",
    Code.ORPHANED_CLAIM: "O",
    Code.SPLIT_KEY: "K",
    Code.SILENCE: "S",
    Code.CLOCK_SKEW: "X",
    Code.UNKNOWN_CAUSE: "N",
    Code.UNDECODABLE: "U",
}
"""The letter that the labels of each code begin with."""


class Labels:
    """Gives findings their short names: the first silence is S1, the second S2."""

    def __init__(self) -> None:
        self._given: dict[Code, int] = {}

    def next(self, code: Code) -> str:
        """Return the next label of a finding with that code."""
        self._given[code] = self._given.get(code, 0) + 1
        return f"{LETTERS[code]}{self._given[code]}"
