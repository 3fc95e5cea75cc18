"""The versions of a subject as texts, the oldest first."""

from typing import NamedTuple

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
