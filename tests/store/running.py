"""An object store for tests, and stores of agentctl on it."""

import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from agentctl.sandbox.server import start_server
from agentctl.sandbox.store import listens, start_store
from agentctl.settings.layers import Flags, resolve
from agentctl.store.patience import Patience
from agentctl.store.s3 import S3Store, open_store
from agentctl.store.uploading import Parts
from agentctl.surroundings import Surroundings
from tests.harness import OUTSIDE, Watch

PAGE = 5
"""So many objects stand in one answer of moto to a list."""
STRICT = "versitygw"
"""A server that checks signatures and checksums, which moto does not; used where it is on the PATH."""
KEYS = {"AWS_ACCESS_KEY_ID": "writer", "AWS_SECRET_ACCESS_KEY": "a secret of tests"}
NOW_MS = 1_795_000_000_000
_numbers = count(1)


@contextmanager
def running_store() -> Iterator[str]:
    """Run moto's server; give its address."""
    folder = Path(tempfile.mkdtemp(prefix="agentctl-store-"))
    watch = Watch(folder)
    try:
        server = start_store(folder, {**OUTSIDE, "MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)})
        try:
            yield f"http://{server.address}"
        finally:
            server.child.stop()
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


def strict_program() -> str | None:
    """Return where this machine has it; None where it does not."""
    return shutil.which(STRICT, path=OUTSIDE.get("PATH"))


@contextmanager
def running_strict_store() -> Iterator[str]:
    """Run versitygw on a folder; give its address. It knows KEYS."""
    program = strict_program()
    assert program is not None
    folder = Path(tempfile.mkdtemp(prefix="agentctl-strict-"))
    watch = Watch(folder)
    (folder / "buckets").mkdir()

    def command(port: int) -> list[str]:
        keys = ("--access", KEYS["AWS_ACCESS_KEY_ID"], "--secret", KEYS["AWS_SECRET_ACCESS_KEY"])
        return [program, "--port", f"127.0.0.1:{port}", *keys, "posix", str(folder / "buckets")]

    try:
        server = start_server("the strict store", command, folder / "store.log", OUTSIDE, listens)
        try:
            yield f"http://{server.address}"
        finally:
            server.child.stop()
    finally:
        watch.dismiss()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Waiting:
    """A clock that only waiting moves, in seconds."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let so much time go by."""
        self.waits.append(seconds)
        self.seconds += seconds

    def patience(self, seconds: float = 30.0) -> Patience:
        """Return patience that takes no real time."""
        return Patience(seconds, self.sleep, lambda: self.seconds, lambda: 1.0)


def surroundings(folder: Path, environment: Mapping[str, str]) -> Surroundings:
    """Return surroundings with a home in ``folder``."""
    return Surroundings(
        stdin=io.StringIO(),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        environment=environment,
        folder=folder,
        home=folder,
        clock=lambda: NOW_MS,
        width=80,
        output_is_terminal=False,
        error_is_terminal=False,
    )


def opened(
    endpoint: str, address: str, patience: Patience | None = None, parts: Parts | None = None
) -> S3Store:
    """Open an archive at an endpoint, as the program does."""
    around = surroundings(Path("/nonexistent"), {"AGENTCTL_S3_ENDPOINT": endpoint})
    return open_store(address, resolve(Flags(), around), around, patience or Waiting().patience(), parts)


def new_bucket(admin: Any) -> str:
    """Make a bucket that nobody else knows, and return its name."""
    name = f"bucket-{next(_numbers)}-{NOW_MS}"
    admin.create_bucket(Bucket=name)
    return name


def admin(endpoint: str) -> Any:
    """Return a plain client of boto3, for what tests look at behind the program's back."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )
