"""``schema/ID.json``: what archived events were written with, so that no registry is needed to read them."""

import json
from uuid import UUID

from agentctl.archive.damage import DamagedError
from agentctl.model.writer import WriterSchema

SCHEMAS = "schema/"
_SCHEMA = "agentctl.archived-schema/1"


def schema_file(name: int | UUID) -> str:
    """Return the file's key: the schema's id in its registry, or its GUID."""
    return f"{SCHEMAS}{name}.json"


def to_bytes(schema: WriterSchema) -> bytes:
    """Return the file."""
    document = {
        "schema": _SCHEMA,
        "format": schema.format,
        "text": schema.text,
        "references": list(schema.references),
    }
    return json.dumps(document, indent=1).encode()


def of_bytes(data: bytes, key: str) -> WriterSchema:
    """Read the file. Raises DamagedError, which names ``key``, for anything else."""
    try:
        told = json.loads(data)
        if told["schema"] != _SCHEMA:
            raise ValueError(f"it is {told['schema']}")
        return WriterSchema(str(told["text"]), str(told["format"]), tuple(map(str, told["references"])))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DamagedError(key, f"it tells of no schema ({error or type(error).__name__})") from error
