"""What a change of a schema means: findings with rule, direction, path, fix and witness.

The names of levels and what they ask are those of Confluent's Schema Registry
(docs.confluent.io/platform/current/schema-registry/fundamentals/schema-evolution.html).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Format(StrEnum):
    """The language that a schema is written in."""

    AVRO = "avro"
    JSON = "json"


class Direction(StrEnum):
    """Who reads what."""

    BACKWARD = "backward"
    """Who reads with the new schema reads what was written with the old one."""
    FORWARD = "forward"
    """Who still reads with the old schema reads what is written with the new one."""


class Effect(StrEnum):
    """How bad a change is."""

    BREAKING = "breaking"
    """A reader that keeps to the specification cannot read what a writer may write."""
    DATA = "data"
    """It depends on the events: some that may be written fail or change their value."""
    SAFE = "safe"


class Level(StrEnum):
    """What must stay readable."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def transitive(self) -> bool:
        """Whether every old schema is judged, and not only the newest."""
        return self.value.endswith("_TRANSITIVE")

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The directions it asks for; NONE forbids nothing, and shows what BACKWARD would."""
        plain = self.value.removesuffix("_TRANSITIVE")
        if plain == "FULL":
            return (Direction.BACKWARD, Direction.FORWARD)
        return (Direction.FORWARD,) if plain == "FORWARD" else (Direction.BACKWARD,)


class Policy(StrEnum):
    """How readers of JSON take what they do not know."""

    STRICT = "strict"
    """Backward: every document that is valid under the old schema is valid under the new one."""
    LENIENT = "lenient"
    """Writers write only what they declare, and readers ignore what they do not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One finding about a pair of schemas."""

    rule: str
    """Its stable id in capitals, such as ``TYPE_MISMATCH``; each is described in docs/schema.md."""
    effect: Effect
    direction: Direction
    path: str
    """A JSON pointer (RFC 6901) into the new schema, through unions and arrays; empty for its root."""
    message: str
    """One sentence: what differs, and what becomes of whom. Holds text of schemas: hostile."""
    fix: str | None = None
    """What mends it, as an instruction; None where nothing needs to be mended."""
    witness: Any = None
    """The smallest event that shows it, as JSON writes it (bytes as in Avro's JSON encoding)."""
    against: str = ""
    """Which old schema it was found against, by its name for people: a file, a revision, a version."""


def worst(changes: Iterable[Change]) -> Effect:
    """The worst effect among them; safe where there is none."""
    found = {change.effect for change in changes}
    return next((effect for effect in Effect if effect in found), Effect.SAFE)
