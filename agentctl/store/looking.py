"""Looks at many objects at once."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from agentctl.archive.store import Store, Stored
from agentctl.errors import NotFoundError

LOOKERS = 16


def looked_at(store: Store, keys: Iterable[str]) -> Iterator[Stored]:
    """Give what the store says of each object, in the order of the keys; not of those gone meanwhile."""

    def look(key: str) -> Stored | None:
        try:
            return store.head(key)
        except NotFoundError:
            return None

    lookers = ThreadPoolExecutor(LOOKERS)
    try:
        yield from (found for found in lookers.map(look, keys) if found is not None)
    finally:
        # After Ctrl-C, or when nobody wants the rest, what has not begun shall not begin.
        lookers.shutdown(cancel_futures=True)
