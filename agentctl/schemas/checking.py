"""Whether a change of a schema breaks anybody, at the levels of the registries."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentctl.schemas.avro.comparing import compare
from agentctl.schemas.document import SchemaDocument
from agentctl.schemas.verdict import Change, Direction, Effect, Level


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a change comes to."""

    level: Level
    changes: tuple[Change, ...]
    judged: tuple[str, ...]
    """The old schemas that were judged, by their names for people."""

    def count(self, effect: Effect) -> int:
        """Return how many findings have that effect."""
        return Counter(change.effect for change in self.changes)[effect]


def check(old: Sequence[SchemaDocument], new: SchemaDocument, level: Level) -> Verdict:
    """Judge a new schema. ``old`` come oldest first; plain levels judge the newest of them."""
    judged = old if level.transitive else old[-1:]
    changes = tuple(
        replace(change, against=one.origin)
        for one in judged
        for direction in level.directions
        for change in _compared(one, new, direction)
    )
    return Verdict(level, changes, tuple(one.origin for one in judged))


def _compared(old: SchemaDocument, new: SchemaDocument, direction: Direction) -> tuple[Change, ...]:
    reader, writer = (new, old) if direction is Direction.BACKWARD else (old, new)
    return compare(reader.parsed, writer.parsed, direction)
