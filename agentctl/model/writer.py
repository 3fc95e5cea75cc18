"""The schema that an event was written with, as a registry keeps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WriterSchema:
    """A schema's text with all that it refers to."""

    text: str
    format: str = "AVRO"
    """AVRO, JSON or PROTOBUF, as registries name them."""
    references: tuple[str, ...] = ()
    """The texts of the schemas whose names it uses, each behind those that it needs itself."""
