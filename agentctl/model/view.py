"""What a command answers, free of any format; every renderer draws from this and nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar, overload

from agentctl.errors import ExitCode

if TYPE_CHECKING:  # an answer without them does not load them
    from agentctl.model.chart import Chart
    from agentctl.model.coverage import Coverage
    from agentctl.model.finding import Finding
    from agentctl.model.query import Window
    from agentctl.model.timeline import Timeline

Row = Mapping[str, object]
Subject = TypeVar("Subject")
"""What a row is made of."""


class Kind(StrEnum):
    """What a cell holds, so that a renderer can say it to people and exactly to machines."""

    TEXT = "text"
    NUMBER = "number"
    TIME_MS = "time"
    """Milliseconds since 1970 in the row; RFC 3339 UTC in every output."""
    DURATION_MS = "duration"
    FLAG = "flag"
    LIST = "list"
    """A sequence of texts."""
    DATA = "data"
    """JSON types, nested as they are."""


class Shown(StrEnum):
    """On which outputs a column stands. JSON and NDJSON carry every column."""

    ALWAYS = "always"
    WIDE = "wide"
    SCREEN = "screen"
    """On screens only: words and signs for figures that machines have in other columns."""
    PLAIN = "plain"
    """Everywhere but on screens, where another column says it in words and signs."""
    MACHINE = "machine"
    """In JSON, NDJSON and CSV only."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in JSON and CSV, its heading on screens."""

    key: str
    title: str
    kind: Kind = Kind.TEXT
    shown: Shown = Shown.ALWAYS
    fixed: bool = False
    """Never cut on a screen: a drawing says nothing without its end."""
    wrapped: bool = False
    """On a screen it goes on below instead of being cut; only the last column of a view can."""


class Drawn(Sequence[Row]):
    """Rows that are made when they are looked at: of many, only one has to be held."""

    def __init__(self, subjects: "Sequence[Subject]", row: "Callable[[Subject], Row]") -> None:
        self._subjects, self._row = subjects, row

    def __len__(self) -> int:
        return len(self._subjects)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> "Drawn": ...
    def __getitem__(self, index: int | slice) -> "Row | Drawn":
        if isinstance(index, slice):
            return Drawn(self._subjects[index], self._row)
        return self._row(self._subjects[index])

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, self._subjects)


@dataclass(frozen=True, slots=True)
class View:
    """An answer. The JSON document is ``schema`` ``agentctl.<name>/1``."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    context: str | None = None
    generated_at_ms: int | None = None
    summary: Mapping[str, object] = field(default_factory=dict)
    summary_kinds: Mapping[str, Kind] = field(default_factory=dict)
    """Kinds of summary values that are not plain data, such as times."""
    facts: tuple[str, ...] = ()
    """Short phrases that stand beside the title on screens: ``5 agents``, ``23 events``."""
    notes: tuple[str, ...] = ()
    """Sentences that belong to the answer on screens: clocks, windows, what was folded."""
    findings: "tuple[Finding, ...]" = ()
    window: "Window | None" = None
    coverage: "Coverage | None" = None
    timeline: "Timeline | None" = None
    chart: "Chart | None" = None
    """On screens it is drawn in place of the rows, which wide ones show below it."""
    next: tuple[str, ...] = ()
    """Commands that a person would want now; on stderr."""
    provenance: tuple[tuple[str, str], ...] = ()
    """How the answer was made, for a report: what (``command``, ``version``) and its text, secrets masked."""
    nothing: str | None = None
    """The sentence for an answer without rows; with it, no rows end in exit code 4."""
    fail_on_problems: bool = False
    """Whether a finding that is a problem ends in exit code 3."""
    problem: bool = False
    """Whether the answer as a whole is a problem, such as two runs that differ."""

    @property
    def machine_columns(self) -> tuple[Column, ...]:
        """The columns that machines read: all that hold more than a picture."""
        return tuple(column for column in self.columns if column.shown is not Shown.SCREEN)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code that follows from the answer: partial, then nothing, then problems."""
        if self.coverage is not None and not self.coverage.complete:
            return ExitCode.PARTIAL
        if self.nothing is not None and not self.rows:
            return ExitCode.NOTHING
        if self.fail_on_problems and (self.problem or any(found.is_problem for found in self.findings)):
            return ExitCode.PROBLEMS
        return ExitCode.FINE
