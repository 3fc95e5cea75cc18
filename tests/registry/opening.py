"""Registries opened as the program opens them, and schemas to put into them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from agentctl.model.writer import WriterSchema
from agentctl.registry.client import Registry, open_registry
from agentctl.settings.layers import Flags, resolve
from tests.store.running import surroundings

_numbers = count(1)


@contextmanager
def opened(*properties: str, patience_seconds: float = 10.0) -> Iterator[Registry]:
    """Open a registry; ``properties`` are the words of ``-X``."""
    around = surroundings(Path("/nonexistent"), {})
    settings = resolve(Flags(properties=properties), around)
    with open_registry(settings, around, patience_seconds) as registry:
        yield registry


def at(address: str) -> str:
    """Return the property that names an address."""
    return f"schema.registry.url={address}"


def new_subject() -> str:
    """Return the name of a subject that nobody else has; odd, as subjects may be."""
    return f"events/{next(_numbers)} & more-value"


def record(*fields: tuple[str, Any], name: str = "Event") -> WriterSchema:
    """Return a record's schema."""
    listed = [{"name": field, "type": type_} for field, type_ in fields]
    node = {"type": "record", "name": name, "fields": listed}
    return WriterSchema(json.dumps(node, separators=(",", ":")))
