"""The schemas that travel with archived events: put where they are asked for, asked for where they lie."""

from dataclasses import dataclass
from uuid import UUID

from agentctl.archive.schema_file import of_bytes, schema_file, to_bytes
from agentctl.archive.store import Store
from agentctl.errors import NotFoundError
from agentctl.model.writer import WriterSchema
from agentctl.ports import Schemas


@dataclass(frozen=True, slots=True)
class KeptSchemas:
    """A registry whose answers are put into the archive, before what was written with them is."""

    registry: Schemas
    store: Store

    def writer(self, name: int | UUID) -> WriterSchema:
        """Return the schema of an id, or of a GUID. Raises as ``ports.Schemas`` says, or as the store."""
        schema = self.registry.writer(name)
        self.store.put_new(schema_file(name), to_bytes(schema))
        return schema


@dataclass(frozen=True, slots=True)
class ArchivedSchemas:
    """What the archive has, as it was when the events were written; else what a registry has."""

    store: Store
    registry: Schemas | None

    def writer(self, name: int | UUID) -> WriterSchema:
        """Return the schema of an id, or of a GUID. Raises as ``ports.Schemas`` says, or as the store."""
        key = schema_file(name)
        try:
            return of_bytes(self.store.get(key), key)
        except NotFoundError:
            if self.registry is None:
                raise
            return self.registry.writer(name)
