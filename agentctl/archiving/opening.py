"""An archive as another process opens it: by where it lies, with that process's own keys."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from agentctl.archive.store import Store
from agentctl.settings.files import ConfigFile
from agentctl.settings.layers import Settings
from agentctl.settings.values import Value
from agentctl.store.address import Address
from agentctl.store.client import make_client
from agentctl.store.patience import Patience
from agentctl.store.s3 import S3Store

_ENDPOINT = "s3_endpoint"


@dataclass(frozen=True, slots=True)
class Opening:
    """Where an archive lies, and who said so."""

    address: str
    endpoint: str | None = None
    origin: str = ""
    foreign: bool = False
    """Whether a project file named the endpoint: no keys of the user are sent there."""

    @classmethod
    def of(cls, address: str, settings: Settings) -> "Opening":
        """Return how to open the archive that these settings open."""
        said = settings.values.get(_ENDPOINT)
        if said is None or not isinstance(said.value, str):
            return cls(address)
        foreign = said.file is not None and not said.file.own
        return cls(address, said.value, said.origin, foreign)

    def store(self) -> Store:
        """Open the archive, once in each process."""
        return _opened(self)


@lru_cache(maxsize=4)
def _opened(opening: Opening) -> Store:
    values = {}
    if opening.endpoint is not None:
        file = ConfigFile(Path(opening.origin), {}, own=False) if opening.foreign else None
        values[_ENDPOINT] = Value(_ENDPOINT, opening.endpoint, opening.origin, file)
    settings = Settings(None, None, protected=False, values=values, profiles={}, topics={})
    patience = Patience()
    return S3Store(
        make_client(settings, patience),
        Address.parse(opening.address),
        patience,
        lambda: time.time_ns() // 1_000_000,
    )
