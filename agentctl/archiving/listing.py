"""What lies in an archive, by lists alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agentctl.archive.keys import LOOKUPS, LookupKey, ObjectKey
from agentctl.archive.lifecycle import OBJECTS
from agentctl.archive.schema_file import SCHEMAS
from agentctl.archive.store import Store, Stored
from agentctl.errors import NotFoundError

_SETTINGS = "/topic.json"
BATCH_BYTES = 64 << 20
BATCH_OBJECTS = 256


@dataclass(slots=True)
class Lying:
    """Every file of an archive, by what it is."""

    objects: dict[ObjectKey, Stored] = field(default_factory=dict)
    sidecars: set[ObjectKey] = field(default_factory=set)
    lookups: dict[LookupKey, int] = field(default_factory=dict)
    """With their sizes in bytes."""
    pending: set[ObjectKey] = field(default_factory=set)
    """Objects that may stand in no lookup yet, if they are there at all."""
    foreign: list[str] = field(default_factory=list)
    """Keys of files that are none of agentctl's."""

    @property
    def orphans(self) -> list[ObjectKey]:
        """Return the objects that are not there although their sidecars are."""
        return sorted(self.sidecars - self.objects.keys())


def lying(store: Store) -> Lying:
    """List an archive. Lookups come last: what is listed of objects then stands in them, or is pending.

    Raises NotFoundError where there is no object.
    """
    found = Lying()
    later = []
    for stored in store.list():
        if stored.key.startswith(LOOKUPS):
            continue
        later.append(stored.key) if not _known(found, stored) else None
    found.foreign = later
    lookups(store, found)
    if not found.objects:
        raise NotFoundError(f"there is no object in {store.address}", hint="agentctl archive run writes them")
    return found


def lookups(store: Store, found: Lying) -> None:
    """List the lookups and what is pending, anew."""
    found.lookups, found.pending = {}, set()
    foreign = [key for key in found.foreign if not key.startswith(LOOKUPS)]
    for stored in store.list(LOOKUPS):
        if (lookup := LookupKey.parse(stored.key)) is not None and lookup.name == stored.key:
            found.lookups[lookup] = stored.size
        elif (key := ObjectKey.of_pending(stored.key)) is not None and key.pending == stored.key:
            found.pending.add(key)
        else:
            foreign.append(stored.key)
    found.foreign = foreign


def _known(found: Lying, stored: Stored) -> bool:
    key = ObjectKey.parse(stored.key)
    if key is not None and key.name == stored.key:
        found.objects[key] = stored
        return True
    key = ObjectKey.of_sidecar(stored.key)
    if key is not None and key.sidecar == stored.key:
        found.sidecars.add(key)
        return True
    settings = stored.key.startswith(OBJECTS) and stored.key.endswith(_SETTINGS)
    return settings or stored.key.startswith(SCHEMAS)


def batches(objects: Sequence[Stored]) -> Iterator[tuple[Stored, ...]]:
    """Give objects in batches that are worth a task."""
    batch: list[Stored] = []
    size = 0
    for one in objects:
        if batch and (size + one.size > BATCH_BYTES or len(batch) == BATCH_OBJECTS):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield tuple(batch)
