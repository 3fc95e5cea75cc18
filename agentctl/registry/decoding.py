"""The schemas of events, asked of a registry once each, and not again while it does not answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.model.writer import WriterSchema
from agentctl.registry.client import Registry

_AGAIN_SECONDS = 30.0
"""For so long a registry that failed is not asked: those who follow may see it come back."""


@dataclass(slots=True)
class RegistrySchemas:
    """Opens the registry at the first question: most calls ask none."""

    open: Callable[[], Registry]
    clock: Callable[[], float] = time.monotonic
    """In seconds, from anywhere."""
    _registry: Registry | None = None
    _failed: AgentctlError | None = None
    _failed_at: float = 0.0
    _missing: dict[int | UUID, NotFoundError] = field(default_factory=dict)

    def writer(self, name: int | UUID) -> WriterSchema:
        """Return the schema of an id, or of a GUID. Raises as ``ports.Schemas`` says."""
        if name in self._missing:
            raise self._missing[name]
        if self._failed is not None and self.clock() - self._failed_at < _AGAIN_SECONDS:
            raise self._failed
        try:
            if self._registry is None:
                self._registry = self.open()
            return self._registry.schema(name)
        except NotFoundError as error:
            self._missing[name] = error
            raise
        except AgentctlError as error:
            self._failed, self._failed_at = error, self.clock()
            raise

    def close(self) -> None:
        """Let the registry go, if it was opened."""
        if self._registry is not None:
            self._registry.close()
            self._registry = None
