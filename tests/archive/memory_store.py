"""An object store in memory that counts what is asked of it, with classes that have to be thawed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from agentctl.archive.store import FROZEN_CLASSES, FrozenError, Requests, Stored, Thaw, Tier
from agentctl.errors import NotFoundError

DAY_MS = 86_400_000


@dataclass(slots=True)
class MemoryStore:
    """Keeps the contract of ``agentctl.archive.store.Store``.

    A thaw that was asked for is done once it was looked at ``looks`` times, and ends after its days.
    """

    now: Callable[[], int] = lambda: 0
    looks: int = 1
    bodies: dict[str, bytes] = field(default_factory=dict)
    known: dict[str, Stored] = field(default_factory=dict)
    requests: Requests = field(default_factory=Requests)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Every request: what kind, of what."""
    failing: Callable[[str, str], None] = lambda _kind, _key: None
    """Called before each request with its kind and key; a test may raise there."""
    tiers: list[tuple[str, Tier, int]] = field(default_factory=list)
    """Every thaw that was asked for."""

    @property
    def address(self) -> str:
        return "s3://memory/events"

    def put_new(
        self,
        key: str,
        body: bytes | BinaryIO,
        *,
        storage_class: str = "STANDARD",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        self._ask("put", key)
        if key in self.bodies:
            return False
        self._keep(key, body if isinstance(body, bytes) else body.read(), storage_class, metadata or {})
        return True

    def replace(self, key: str, body: bytes) -> None:
        self._ask("put", key)
        self._keep(key, body, "STANDARD", {})

    def delete(self, key: str) -> None:
        self._ask("put", key)
        self.bodies.pop(key, None)
        self.known.pop(key, None)

    def get(self, key: str) -> bytes:
        self._ask("get", key)
        body = self._body(key)
        self.requests.bytes_read += len(body)
        return body

    def get_range(self, key: str, start: int, length: int) -> bytes:
        self._ask("get", key)
        whole = self._body(key)
        body = whole[start:] if start < 0 else whole[start : start + length]
        self.requests.bytes_read += len(body)
        return body

    def head(self, key: str) -> Stored:
        self._ask("head", key)
        self._there(key)
        return self._looked_at(key)

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stored]:
        self._ask("list", prefix)
        for key in sorted(self.bodies):
            if key.startswith(prefix) and key > after:
                yield replace(self.known[key], metadata={})

    def folders(self, prefix: str = "") -> Iterator[str]:
        self._ask("list", prefix)
        parts = {
            prefix + key[len(prefix) :].split("/", 1)[0] + "/"
            for key in self.bodies
            if key.startswith(prefix) and "/" in key[len(prefix) :]
        }
        yield from (part.removeprefix(prefix) for part in sorted(parts))

    def thaw(self, key: str, tier: Tier, days: int) -> Thaw:
        self._ask("post", key)
        self._there(key)
        self.tiers.append((key, tier, days))
        one = self.known[key]
        if one.storage_class not in FROZEN_CLASSES:
            return Thaw.HOT
        if one.thaw is Thaw.FROZEN:
            state = Thaw.THAWING if self.looks else Thaw.THAWED
            self.known[key] = replace(one, thaw=state, expires_ms=self.now() + days * DAY_MS)
        return self.known[key].thaw

    def freeze(self, key: str, storage_class: str = "GLACIER") -> None:
        """Move an object to a class that has to be thawed, as a rule of the bucket would."""
        self.known[key] = replace(self.known[key], storage_class=storage_class, thaw=Thaw.FROZEN)

    def count(self, kind: str, beginning: str = "") -> int:
        """Return how many requests of a kind were made for keys that begin so."""
        return sum(one == kind and key.startswith(beginning) for one, key in self.asked)

    def _ask(self, kind: str, key: str) -> None:
        self.asked.append((kind, key))
        setattr(self.requests, kind, getattr(self.requests, kind) + 1)
        self.failing(kind, key)

    def _keep(self, key: str, body: bytes, storage_class: str, metadata: Mapping[str, str]) -> None:
        frozen = storage_class in FROZEN_CLASSES
        self.bodies[key] = body
        self.known[key] = Stored(
            *(key, len(body), storage_class, Thaw.FROZEN if frozen else Thaw.HOT), None, dict(metadata)
        )

    def _there(self, key: str) -> None:
        if key not in self.bodies:
            raise NotFoundError(f"there is no object {key} in {self.address}")

    def _looked_at(self, key: str) -> Stored:
        """Return how an object stands now; each look brings a thaw nearer."""
        one = self.known[key]
        if one.thaw is Thaw.THAWED and one.expires_ms is not None and one.expires_ms <= self.now():
            self.known[key] = one = replace(one, thaw=Thaw.FROZEN, expires_ms=None)
        if one.thaw is Thaw.THAWING:
            looks = int(one.metadata.get("looks", "0")) + 1
            done = looks > self.looks
            metadata = {**one.metadata, "looks": str(looks)}
            self.known[key] = replace(one, thaw=Thaw.THAWED if done else Thaw.THAWING, metadata=metadata)
            return self.known[key]
        return one

    def _body(self, key: str) -> bytes:
        self._there(key)
        state = self._looked_at(key).thaw
        if state in (Thaw.FROZEN, Thaw.THAWING):
            raise FrozenError(f"{key} is {state}: it has to be thawed before it can be read")
        return self.bodies[key]
