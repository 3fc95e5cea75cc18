"""What the sandbox knows of itself between two commands: a folder, a file in it, and a lock beside it."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentctl.sandbox.broker import BrokerKind
from agentctl.sandbox.process import Child
from agentctl.sandbox.server import Server
from agentctl.settings.contexts import write_private
from agentctl.surroundings import Surroundings

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that was started completely."""

    kind: BrokerKind
    anchor_ms: int
    seed: int
    broker: Server
    store: Server
    listener: Server
    """Its port is 0: it listens to the broker, not to others."""

    @property
    def servers(self) -> tuple[Server, ...]:
        """All that runs, in the order of the start."""
        return self.store, self.broker, self.listener


@dataclass(frozen=True, slots=True)
class Place:
    """Where the sandbox keeps its things."""

    folder: Path

    @property
    def file(self) -> Path:
        """What runs, as JSON; written last, so that its presence means that all is there."""
        return self.folder / "state.json"

    @property
    def truth_file(self) -> Path:
        """The ground truth of what is seeded."""
        return self.folder / "ground-truth.json"

    def load(self) -> Running | None:
        """Return what was started; None when nothing was, or not completely, or by another version."""
        try:
            return _running(orjson.loads(self.file.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, running: Running) -> None:
        """Remember what runs."""
        document = {
            "format": _FORMAT,
            "broker": running.kind.value,
            "anchor_ms": running.anchor_ms,
            "seed": running.seed,
            "servers": [_written(server) for server in (running.broker, running.store, running.listener)],
        }
        write_private(self.file, orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())

    def remains(self) -> list[tuple[str, Child]]:
        """Return every process that was started here and still runs, whatever else is known of it."""
        found = []
        for file in sorted(self.folder.glob("*.pid")):
            with suppress(OSError, UnicodeDecodeError):
                child = Child.recorded(file)
                if child is not None and child.alive:
                    found.append((file.stem, child))
        return found

    def remove(self) -> None:
        """End every process that was started here, and remove the folder."""
        # The listener first, or it would complain of a broker that goes away.
        for _, child in sorted(self.remains(), key=lambda one: one[0]):
            child.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def place(surroundings: Surroundings) -> Place:
    """Return the place of this user's sandbox."""
    return Place(surroundings.state_folder / "sandbox")


@contextmanager
def locked(where: Place, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the sandbox alone; call ``waiting`` first when another process holds it.

    The lock ends with the process, however that ends. Its file is removed while it is held, so whoever
    gets the lock looks whether the file is still the one at that path.
    """
    path = where.folder.with_suffix(".lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = False
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    waiting()
                    told = True
                fcntl.flock(handle, fcntl.LOCK_EX)
            if not _still_there(path, handle):
                continue
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return
        finally:
            os.close(handle)


def _still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _running(document: dict[str, Any]) -> Running | None:
    if document["format"] != _FORMAT:
        return None
    broker, store, listener = (_server(server) for server in document["servers"])
    kind = BrokerKind(document["broker"])
    return Running(kind, int(document["anchor_ms"]), int(document["seed"]), broker, store, listener)


def _written(server: Server) -> dict[str, object]:
    return {
        "name": server.name,
        "port": server.port,
        "pid": server.child.pid,
        "started": server.child.started,
        "log": str(server.log),
    }


def _server(document: dict[str, Any]) -> Server:
    child = Child(int(document["pid"]), str(document["started"]))
    return Server(str(document["name"]), int(document["port"]), child, Path(document["log"]))
