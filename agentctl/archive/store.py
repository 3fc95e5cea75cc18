"""What the archive asks of an object store; the S3 of ``agentctl.store`` keeps the contract."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, Protocol

from agentctl.errors import AgentctlError

FROZEN_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects have to be thawed before they can be read."""


class FrozenError(AgentctlError):
    """An object cannot be read before it is thawed."""


class Thaw(StrEnum):
    """Whether a frozen object can be read."""

    HOT = "hot"
    """It is in a class that can be read at once."""
    FROZEN = "frozen"
    THAWING = "thawing"
    THAWED = "thawed"
    """A copy can be read until it expires; the storage class still says frozen."""


class Tier(StrEnum):
    """How fast a frozen object is to be thawed."""

    BULK = "bulk"
    STANDARD = "standard"
    EXPEDITED = "expedited"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says of an object without giving its bytes."""

    key: str
    size: int
    """In bytes."""
    storage_class: str = "STANDARD"
    thaw: Thaw = Thaw.HOT
    expires_ms: int | None = None
    """When the thawed copy goes away."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the writer said; only a look at the object itself tells it, a list does not."""


@dataclass(slots=True)
class Requests:
    """How many requests were made, by kind, and how many bytes of bodies came back."""

    get: int = 0
    put: int = 0
    list: int = 0
    head: int = 0
    post: int = 0
    """Such as the request to thaw."""
    bytes_read: int = 0


class Store(Protocol):
    """An object store under one prefix of one bucket; keys are relative to the prefix.

    Every method raises NotFoundError for a bucket or object that is not there, AccessError without
    permission, UnreachableError when nothing answers in time, AgentctlError for anything else; reading a
    frozen object raises FrozenError. Reading is retried; a body that is shorter than it should be counts as
    no answer. Objects are never overwritten.
    """

    @property
    def address(self) -> str:
        """Return ``s3://bucket/prefix``, for people."""

    @property
    def requests(self) -> Requests:
        """Return what was asked until now."""

    def put_new(
        self,
        key: str,
        body: bytes | BinaryIO,
        *,
        storage_class: str = "STANDARD",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        """Put an object unless one of that name is there; whether it was put by this call.

        False says that one is there; it may be the own one, put by a request whose answer was lost. A file
        is read from where it stands, and any number of times.
        """

    def get(self, key: str) -> bytes:
        """Return an object's bytes."""

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return a stretch of an object; shorter only where the object ends. Negative ``start`` counts from
        the end, with ``length`` up to there."""

    def head(self, key: str) -> Stored:
        """Return what the store says of an object, frozen or not."""

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stored]:
        """Give the objects whose keys begin so, in the order of keys, those behind ``after``."""

    def folders(self, prefix: str = "") -> Iterator[str]:
        """Give the next parts of keys up to and with a slash, behind a prefix."""

    def thaw(self, key: str, tier: Tier, days: int) -> Thaw:
        """Ask for a frozen object to be thawed for so many days, and return how it stands then.

        Where the store refuses EXPEDITED, STANDARD is asked for instead.
        """

    def replace(self, key: str, body: bytes) -> None:
        """Put a derived object, which can be made anew at any time, whatever was there."""

    def delete(self, key: str) -> None:
        """Delete a derived object; that it is not there is no fault."""
