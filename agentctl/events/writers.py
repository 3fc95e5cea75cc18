"""What reads the events of each schema: compiled once, and why not where one cannot be read."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.events.avro import AvroReader, UnreadableSchemaError
from agentctl.events.avro_values import BrokenValueError
from agentctl.ports import Schemas

__all__ = ["BrokenValueError", "Reader", "UnreadableSchemaError", "Writers"]


class Reader(Protocol):
    """Reads what was written with one schema."""

    def read(self, data: bytes, at: int) -> object:
        """Return what stands in the bytes from ``at`` to their end. Raises BrokenValueError."""


@dataclass(slots=True)
class Writers:
    """The readers of one call."""

    schemas: Schemas
    troubles: dict[str, str] = field(default_factory=dict)
    """Why schemas could not be had that may well exist, each sentence once; the value is the hint."""
    _known: dict[int | UUID, Reader | str | None] = field(default_factory=dict)

    def reader(self, name: int | UUID) -> Reader | None:
        """Return what reads the events of a schema; None where JSON is what they are.

        Raises UnreadableSchemaError, whose text says why there is none.
        """
        found = self._known[name] if name in self._known else self._looked_up(name)
        if isinstance(found, str):
            raise UnreadableSchemaError(found)
        return found

    def _looked_up(self, name: int | UUID) -> Reader | str | None:
        try:
            schema = self.schemas.writer(name)
        except NotFoundError:
            return self._kept(name, "the schema registry has none of that id")
        except AgentctlError as error:  # another time it may answer, so that nothing is kept here
            self.troubles.setdefault(error.message, error.hint or "")
            return error.message
        if schema.format == "JSON":
            return self._kept(name, None)
        if schema.format != "AVRO":
            return self._kept(name, f"its schema is of the format {schema.format[:40]}, which is not decoded")
        try:
            return self._kept(name, AvroReader(schema))
        except UnreadableSchemaError as error:
            return self._kept(name, str(error))

    def _kept(self, name: int | UUID, found: Reader | str | None) -> Reader | str | None:
        self._known[name] = found
        return found
