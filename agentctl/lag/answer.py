"""What one look at the lag of groups came to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentctl.lag.groups import Group
from agentctl.lag.rows import LagRow
from agentctl.lag.wanted import Wanted

if TYPE_CHECKING:  # offsets alone do not load it
    from agentctl.lag.history import CommitHistory


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of all groups that were asked for, and what is missing."""

    rows: tuple[LagRow, ...]
    groups: tuple[Group, ...]
    as_of_ms: int
    troubles: tuple[str, ...] = ()
    """What could not be learned, each in a sentence: it makes the answer partial."""
    remarks: tuple[str, ...] = ()
    """What is worth knowing although nothing is missing."""
    history: "CommitHistory | None" = None
    """The commits that the verdicts rest on; None when they were not asked for, or cannot be read."""
    wanted: Wanted = field(default_factory=Wanted)
    """What was asked for."""

    @property
    def by_group(self) -> Mapping[str, tuple[LagRow, ...]]:
        """The rows of each group that has any."""
        found: dict[str, list[LagRow]] = {}
        for row in self.rows:
            found.setdefault(row.group, []).append(row)
        return {name: tuple(own) for name, own in found.items()}


def worst(rows: Iterable[LagRow]) -> LagRow | None:
    """Return the row that is furthest behind: by seconds, and where those are not known by offsets."""
    return max(rows, key=lambda row: (row.lag_seconds or 0.0, row.lag or 0), default=None)
