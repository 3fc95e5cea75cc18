"""A small archive in a bucket of moto's, and what can be done to it behind the program's back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agentctl.archive.index_plan import Plan
from agentctl.archive.keys import ObjectKey
from agentctl.archive.lookup import day_lookups
from agentctl.archive.object_writer import Sealed
from agentctl.archiving.indexing import Indexed, index, planned
from agentctl.archiving.listing import lying
from agentctl.archiving.opening import Opening
from agentctl.archiving.verifying import Verified, verify
from agentctl.archiving.workers import Here
from agentctl.store.s3 import S3Store
from tests.archive.made import DAY_MS, GENERATION, START_MS, TOPIC, sealed, spoken
from tests.store.running import admin, opened

PARTITIONS, OBJECTS, RECORDS = 2, 3, 6
"""Partitions, objects of each, records of each object: two stand in a block."""
_FILLING = "x" * 100_000


class Untold:
    """Progress that nobody looks at."""

    def advance(self, records: int, bytes_: int) -> None: ...

    def expect(self, coming: object) -> None: ...


@dataclass
class Whole:
    """An archive."""

    endpoint: str
    bucket: str
    objects: Sequence[Sealed]

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/events"

    @property
    def opening(self) -> Opening:
        return Opening(self.address, self.endpoint)

    @cached_property
    def store(self) -> S3Store:
        return opened(self.endpoint, self.address)

    @cached_property
    def admin(self) -> Any:
        return admin(self.endpoint)

    def key(self, partition: int, number: int) -> ObjectKey:
        return ObjectKey(TOPIC, GENERATION, partition, number * RECORDS)

    def sealed(self, key: ObjectKey) -> Sealed:
        return next(one for one in self.objects if one.key == key)

    def verified(self, *, deep: bool = False) -> Verified:
        return verify(self.opening, Here(), 1, lying(self.store), Untold(), deep=deep)

    def faults(self, *, deep: bool = False) -> list[tuple[str, int | None, str]]:
        """Verify; return each fault as its key, block and class."""
        return [(one.key, one.block, one.kind.value) for one in self.verified(deep=deep).faults]

    def planned(self, *, all_: bool = False) -> Plan:
        return planned(self.opening, Here(), 1, lying(self.store), all_=all_)

    def indexed(self, *, all_: bool = False) -> Indexed:
        found = lying(self.store)
        plan = planned(self.opening, Here(), 1, found, all_=all_)
        return index(self.opening, Here(), 1, plan, found, Untold())

    def spoil(self, key: str, data: bytes, metadata: dict[str, str] | None = None, **more: str) -> None:
        """Put other bytes under a name; an object keeps its metadata."""
        name = f"events/{key}"
        kept = metadata
        if kept is None:
            kept = self.admin.head_object(Bucket=self.bucket, Key=name)["Metadata"]
        self.admin.put_object(Bucket=self.bucket, Key=name, Body=data, Metadata=kept, **more)

    def freeze(self, key: ObjectKey) -> None:
        """Move an object to a class that has to be thawed."""
        self.spoil(key.name, self.sealed(key).bytes(), StorageClass="GLACIER")

    def lookups(self) -> list[str]:
        return [one.key for one in self.store.list("lookup/") if one.key.endswith(".kidx")]

    def names(self) -> set[str]:
        return {one.key for one in self.store.list()}


def object_at(partition: int, number: int, word: str = "w") -> Sealed:
    """Return the object of that number: each on a day of its own, of a workflow that spans all."""
    key = ObjectKey(TOPIC, GENERATION, partition, number * RECORDS)
    time_ms = START_MS + number * DAY_MS
    return sealed(
        [
            spoken(
                key.position + at,
                key=key,
                time_ms=time_ms + at,
                workflow=f"{word}{at % 2}",
                event=f"{word}-{partition}-{key.position + at}",
                filling=_FILLING,
            )
            for at in range(RECORDS)
        ],
        key,
    )


def put(store: S3Store, one: Sealed, *, sidecar: bool = True, lookups: bool = True) -> None:
    """Put an object and what belongs to it."""
    store.put_new(one.key.name, one.bytes(), metadata=one.metadata)
    if sidecar:
        store.replace(one.key.sidecar, one.sidecar)
    if lookups:
        for name, body in day_lookups([one.index]):
            store.replace(name.name, body)


def flipped(data: bytes, at: int) -> bytes:
    """Return bytes of which one bit is another."""
    at %= len(data)
    return data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
