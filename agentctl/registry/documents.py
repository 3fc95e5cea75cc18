"""The versions of a subject as texts, the oldest first."""

from typing import NamedTuple

from agentctl.errors import UsageError
from agentctl.registry.client import Registry


class Document(NamedTuple):
    """One registered version."""

    version: int
    id: int
    text: str
    format: str
    """AVRO, JSON or PROTOBUF."""
    references: tuple[str, ...] = ()


def versions(registry: Registry, subject: str) -> list[Document]:
    """Return every version of a subject. Raises NotFoundError for one that does not exist."""
    found = [registry.version(subject, number) for number in registry.versions(subject)]
    return [
        Document(one.version, one.id, one.schema.text, one.schema.format, one.schema.references)
        for one in found
    ]


def avro_versions(registry: Registry, subject: str) -> list[tuple[str, str]]:
    """Return the name for people and the text of every version of a subject, the oldest first.

    Raises NotFoundError for one that does not exist, UsageError where a version is not a schema of Avro that
    stands on its own.
    """
    found = []
    for one in versions(registry, subject):
        origin = f"{subject} version {one.version}"
        if one.format != "AVRO" or one.references:
            what = "refers to other schemas" if one.references else f"is of the format {one.format}"
            raise UsageError(f"{origin} {what}; schemas of Avro that stand on their own are compared")
        found.append((origin, one.text))
    return found
