"""How far the archive of a partition reaches, as its objects say themselves."""

from agentctl.archive.keys import ObjectKey
from agentctl.archive.metadata import beside
from agentctl.archive.objects import header_of
from agentctl.archive.store import Store
from agentctl.archive.writing import Covered

_HEADER_BYTES = 256 * 1024
"""As long as a header can well be: some kilobytes and eight digits a block."""


def reach(store: Store, topic: str, generation: str, partition: int) -> int:
    """Return the first offset that no object covers: ``next`` of the last one, 0 where there is none.

    The names of objects rise along the chain, and each begins where the one before ends. So the last name is
    the end of the chain.
    """
    first = ObjectKey(topic, generation, partition, 0)
    last: ObjectKey | None = None
    for stored in store.list(first.folder):
        last = ObjectKey.parse(stored.key) or last
    return 0 if last is None else covered(store, last).next


def covered(store: Store, key: ObjectKey) -> Covered:
    """Return what an object says of itself: beside it, else in its header."""
    said = beside(store.head(key.name).metadata)
    if said.next_offset is not None:
        return Covered(said.next_offset, said.crc32c or "")
    # Somebody has copied it without what stood beside it.
    content = header_of(store.get_range(key.name, 0, _HEADER_BYTES), key.name).content
    return Covered(content.next_offset, "")
