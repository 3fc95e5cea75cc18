"""An archive keeps the contract of a Source, with lookups and without."""

from dataclasses import dataclass, field

import pytest

from agentctl.sources.archive import ArchiveSource
from tests.archive.filled import fill
from tests.archive.memory_store import MemoryStore
from tests.contracts.source import Hold, Logs, SourceContract
from tests.sources.test_source_contract import records_of


@dataclass
class InArchive:
    """Records that were archived."""

    store: MemoryStore
    source: ArchiveSource = field(init=False)

    def __post_init__(self) -> None:
        self.source = ArchiveSource(self.store)

    def name(self, hint: str) -> str:
        return hint

    def open_handles(self) -> int:
        return 0

    def state(self) -> object:
        return dict(self.store.bodies), self.store.count("put"), self.store.count("post")


@pytest.mark.parametrize("lookups", [True, False], ids=["looked up", "without lookups"])
class TestAnArchive(SourceContract):
    @pytest.fixture
    def hold(self, lookups: bool) -> Hold:
        def held(logs: Logs) -> InArchive:
            store = MemoryStore()
            fill(store, records_of(logs), object_records=400, block_records=100, lookups=lookups)
            return InArchive(store)

        return held
