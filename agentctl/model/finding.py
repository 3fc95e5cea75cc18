"""A problem with a code, the events it rests on, a sentence, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.model.record import Place


class Code(StrEnum):
    """Every code a finding can have, declared here once; each has a section in docs/findings.md."""

    SILENCE = "silence"
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
