"""Whether a change of a schema breaks anybody, at the levels of the registries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agentctl.schemas.avro.comparing import compare
from agentctl.schemas.avro.schema import AvroSchema
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
        return sum(change.effect is effect for change in self.changes)


def check(old: Sequence[AvroSchema], new: AvroSchema, level: Level) -> Verdict:
    """Judge a new schema. ``old`` come oldest first; plain levels judge the newest of them."""
    judged = old if level.transitive else old[-1:]
    changes = tuple(
        replace(change, against=one.origin)
        for one in judged
        for direction in level.directions
        for change in compared(one, new, direction)
    )
    return Verdict(level, changes, tuple(one.origin for one in judged))


def compared(old: AvroSchema, new: AvroSchema, direction: Direction) -> tuple[Change, ...]:
    """Return everything that who reads in a direction meets."""
    reader, writer = (new, old) if direction is Direction.BACKWARD else (old, new)
    return compare(reader, writer, direction)
