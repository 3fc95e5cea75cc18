"""An object store for the tests of this folder, reached through a proxy that can spoil anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from agentctl.store.patience import Patience
from agentctl.store.s3 import S3Store
from agentctl.store.uploading import Parts
from tests.store.faults import Shim, shim
from tests.store.running import (
    KEYS,
    Waiting,
    admin,
    new_bucket,
    opened,
    running_strict_store,
    strict_program,
)

MIB = 1 << 20


@dataclass
class Ground:
    """A bucket of one's own."""

    endpoint: str
    bucket: str
    faults: Shim
    waiting: Waiting

    @cached_property
    def store(self) -> S3Store:
        """The archive ``events`` in it, through the proxy."""
        return self.opened()

    @cached_property
    def admin(self) -> Any:
        """A client beside the proxy."""
        return admin(self.endpoint)

    def opened(self, patience: Patience | None = None, prefix: str = "events") -> S3Store:
        """Open the archive once more; objects above 6 MiB go in parts, of the least that S3 takes."""
        address = f"s3://{self.bucket}/{prefix}"
        parts = Parts(6 * MIB, 5 * MIB)
        return opened(self.faults.url, address, patience or self.waiting.patience(), parts)

    def body(self, key: str) -> bytes:
        """Return what really lies in the bucket under that whole key."""
        found: bytes = self.admin.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return found

    def uploads(self) -> int:
        """Return how many uploads were begun and neither ended nor given up."""
        return len(self.admin.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ()))


@pytest.fixture(scope="session")
def strict_endpoint() -> Iterator[str]:
    """The address of a store that checks signatures and checksums."""
    with running_strict_store() as address:
        yield address


@pytest.fixture
def ground(endpoint: str) -> Iterator[Ground]:
    """An empty bucket of moto's behind a proxy that does nothing yet."""
    with on(endpoint) as found:
        yield found


@pytest.fixture
def strict_ground(strict_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """An empty bucket of the strict store behind such a proxy, with keys in the environment."""
    for name, text in KEYS.items():
        monkeypatch.setenv(name, text)
    with on(strict_endpoint) as found:
        yield found


@contextmanager
def on(endpoint: str) -> Iterator[Ground]:
    """Make a bucket, and a proxy before the store."""
    with shim(endpoint) as faults:
        yield Ground(endpoint, new_bucket(admin(endpoint)), faults, Waiting())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the strict store where there is none."""
    if strict_program() is None:
        left_out = [item for item in items if "strict_ground" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
