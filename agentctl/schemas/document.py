"""A schema as it was written, and read."""

from dataclasses import dataclass

from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.schema import AvroSchema


@dataclass(frozen=True, slots=True)
class SchemaDocument:
    """A schema of Avro, and where it stands."""

    origin: str
    """A file, a revision, a version in a registry: for people."""
    text: str
    parsed: AvroSchema


def of_text(text: str, origin: str) -> SchemaDocument:
    """Read a schema. Raises InvalidSchemaError."""
    return SchemaDocument(origin, text, parse(text, origin))
