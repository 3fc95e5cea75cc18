"""What the workers of ``archive index`` do: make what is derived of some objects, merge one period."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.indexing import ObjectIndex
from agentctl.archive.keys import LookupKey, ObjectKey
from agentctl.archive.lookup import Part, day_lookups, lookup_of, merged
from agentctl.archive.postings import Stretch
from agentctl.archive.sidecar import index_of, indexed
from agentctl.archive.store import FrozenError, Store, Stored
from agentctl.archiving.opening import Opening
from agentctl.errors import AgentctlError, NotFoundError


@dataclass(frozen=True, slots=True)
class Task:
    """One object to index."""

    stored: Stored
    anew: bool
    """Whether its sidecar is made even where there is one."""
    pending: bool
    """Whether there is the sign that it stands in no lookup."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one object."""

    key: ObjectKey
    lookups: tuple[LookupKey, ...] = ()
    trouble: str | None = None
    """Why it could not be indexed."""
    records: int = 0
    size: int = 0
    """Of the object, in bytes."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A month whose lookups become one."""

    period: str
    old: tuple[LookupKey, ...]
    new: tuple[LookupKey, ...]
    anew: frozenset[ObjectKey]
    """Objects of which the old ones count no more."""
    gone: frozenset[ObjectKey]
    """Objects that are no more."""


def make_batch(opening: Opening, tasks: tuple[Task, ...]) -> list[Made]:
    """Put the sidecars that are to be made, and the lookups of all; only then do the signs go."""
    store = opening.store()
    made: list[Made] = []
    indexes: list[ObjectIndex] = []
    for task in tasks:
        key = ObjectKey.parse(task.stored.key)
        assert key is not None
        found = _index(store, task, key)
        if isinstance(found, ObjectIndex):
            indexes.append(found)
        elif found is not None:
            # From now on whoever looks for something asks the object itself.
            store.replace(key.pending, b"")
            made.append(Made(key, trouble=found))
    put = day_lookups(indexes)
    for name, body in put:
        _put(store, name, body)
    names = tuple(name for name, _ in put)
    pending = {task.stored.key for task in tasks if task.pending}
    for index in indexes:
        if index.key.name in pending:
            store.delete(index.key.pending)
        made.append(Made(index.key, names, None, index.records, index.size))
    return made


def _index(store: Store, task: Task, key: ObjectKey) -> ObjectIndex | str | None:
    """Return what lookups are made of, or why there is none; None for an object that went away."""
    if not task.anew and (found := _by_sidecar(store, key, task.stored.size)) is not None:
        return found
    try:
        data = store.get(key.name)
        with TemporaryFile() as spool:
            sidecar, index = indexed(data, key.name, spool)
    except NotFoundError:
        return None
    except FrozenError:
        found = _by_sidecar(store, key, task.stored.size)
        return found or "it is frozen, and has no sidecar that is whole: agentctl restore --thaw thaws it"
    except DamagedError as error:
        return error.fault if error.block is None else f"block {error.block}: {error.fault}"
    except FormatError as error:
        return f"it is written in format {error.found}"
    if index.key != key:
        return f"its header says {index.key.name}"
    store.replace(key.sidecar, sidecar)
    return index


def _by_sidecar(store: Store, key: ObjectKey, size: int) -> ObjectIndex | None:
    """Return what the sidecar tells; None where it is of no use."""
    try:
        index = index_of(store.get(key.sidecar), key.sidecar)
    except (NotFoundError, DamagedError, FormatError):
        return None
    return index if (index.key, index.size) == (key, size) else None


def merge_period(opening: Opening, merge: Merge) -> tuple[str, LookupKey | None]:
    """Put one lookup for many, then delete those; memory holds their tables and a page of each."""
    store = opening.store()
    try:
        with _merged(store, merge) as (key, file):
            if key is not None and not _put(store, key, file):
                return merge.period, None  # a newer agentctl's stands there: the parts go on to serve
    except DamagedError as error:  # in words of a class that goes from one process to another
        raise AgentctlError(error.message, hint="agentctl archive index --all --execute") from error
    except NotFoundError as error:
        raise AgentctlError(
            f"a lookup of {merge.period} went away: somebody else merges them", hint="run it again later"
        ) from error
    for part in (*merge.old, *merge.new):
        if part != key:
            store.delete(part.name)
    return merge.period, key


@contextmanager
def _merged(store: Store, merge: Merge) -> Iterator[tuple[LookupKey | None, BinaryIO]]:
    """Give one lookup for many, in a file; None where none of their objects is left."""
    without = merge.anew | merge.gone
    with ExitStack() as stack:
        parts = [_stored_part(store, key) for key in merge.new]
        old = [_stored_part(store, key) for key in merge.old]
        # What speaks of nothing else is not even read: it may be what is damaged.
        old = [part for part in old if any(ref.key not in without for ref in part.lookup.objects)]
        if old:
            first = stack.enter_context(TemporaryFile())
            parts.append(_file_part(first, merged(merge.period, old, first, without=without)))
        file = stack.enter_context(TemporaryFile())
        key = merged(merge.period, parts, file, without=merge.gone)
        left = bool(_file_part(file, key).lookup.objects)
        file.seek(0)
        yield (key if left else None), cast("BinaryIO", file)


def _put(store: Store, key: LookupKey, body: bytes | BinaryIO) -> bool:
    """Put a lookup, also in the place of a damaged one; False where a newer agentctl's stands there.

    Lookups of the same objects have the same name.
    """
    if store.put_new(key.name, body):
        return True
    try:
        lookup_of(store.get_range(key.name, -key.tail, key.tail), key)
    except FormatError as error:
        if error.newer:
            return False
    except (DamagedError, NotFoundError):
        pass
    if not isinstance(body, bytes):
        body.seek(0)
        body = body.read()  # what is damaged is made anew, which is rare
    store.replace(key.name, body)
    return True


def _stored_part(store: Store, key: LookupKey) -> Part:
    def fetch(at: Stretch) -> bytes:
        return store.get_range(key.name, at.start, at.length)

    return Part(lookup_of(store.get_range(key.name, -key.tail, key.tail), key), fetch)


def _file_part(file: BinaryIO, key: LookupKey) -> Part:
    def fetch(at: Stretch) -> bytes:
        file.seek(at.start)
        return file.read(at.length)

    size = file.seek(0, 2)
    tail = fetch(Stretch(size - key.tail, key.tail))
    return Part(lookup_of(tail, key), fetch)
