"""What an archive says of its objects without giving their records; each answer is asked for once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from agentctl.archive.blocks import Block
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.keys import LOOKUPS, LookupKey, ObjectKey
from agentctl.archive.lines import Line
from agentctl.archive.lookup import Lookup, lookup_of
from agentctl.archive.objects import header_of, pieces_of
from agentctl.archive.postings import Stretch
from agentctl.archive.sidecar import FIRST_READ, Sidecar, front_length, sidecar_of
from agentctl.archive.store import Store, Stored
from agentctl.errors import NotFoundError
from agentctl.sources.archive_reading import Piece

_TOPIC = "topic="
_SMALL_BYTES = 128 * 1024


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands below ``lookup/``: one list tells it all."""

    lookups: tuple[LookupKey, ...]
    pending: tuple[ObjectKey, ...]
    """Objects that may stand in no lookup yet, if they are there at all."""
    foreign: int
    """Files that are none of agentctl's."""
    sizes: Mapping[LookupKey, int]
    """Of the lookups, in bytes."""


@dataclass(frozen=True, slots=True)
class Objects:
    """What stands below one topic."""

    stored: tuple[tuple[ObjectKey, Stored], ...]
    foreign: int


@dataclass(slots=True)
class _Opened:
    """A sidecar, and as much of its beginning as was fetched."""

    sidecar: Sidecar
    data: bytes


@dataclass
class Catalogue:
    """Asks a store for what its archive says of itself."""

    store: Store
    _sidecars: dict[ObjectKey, _Opened] = field(default_factory=dict)
    _lookups: dict[LookupKey, Lookup] = field(default_factory=dict)
    _wholes: dict[str, bytes] = field(default_factory=dict)
    """Small lookups."""
    _pages: dict[tuple[str, Stretch], bytes] = field(default_factory=dict)
    _objects: dict[str, Objects] = field(default_factory=dict)

    @cached_property
    def listing(self) -> Listing:
        """What lookups there are, and what stands in none of them yet."""
        lookups: dict[LookupKey, int] = {}
        pending: list[ObjectKey] = []
        foreign = 0
        for stored in self.store.list(LOOKUPS):
            if (lookup := LookupKey.parse(stored.key)) is not None:
                lookups[lookup] = stored.size
            elif (key := ObjectKey.of_pending(stored.key)) is not None:
                pending.append(key)
            else:
                foreign += 1
        return Listing(tuple(lookups), tuple(pending), foreign, lookups)

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The folders at the top of the archive."""
        return tuple(folder.rstrip("/") for folder in self.store.folders())

    @property
    def topics(self) -> tuple[str, ...]:
        """The names of all topics of which anything is archived, sorted."""
        return tuple(sorted(one.removeprefix(_TOPIC) for one in self.folders if one.startswith(_TOPIC)))

    def objects(self, topic: str) -> Objects:
        """Return the objects of a topic, all generations, in the order of their keys."""
        found = self._objects.get(topic)
        if found is None:
            stored, foreign = [], 0
            for one in self.store.list(f"{_TOPIC}{topic}/"):
                key = ObjectKey.parse(one.key)
                if key is not None and key.name == one.key:
                    stored.append((key, one))
                elif ObjectKey.of_sidecar(one.key) is None:
                    foreign += 1
            found = self._objects[topic] = Objects(tuple(stored), foreign)
        return found

    def lookup(self, key: LookupKey) -> Lookup:
        """Open a lookup: one request. Raises DamagedError or FormatError."""
        found = self._lookups.get(key)
        if found is None:
            # One that is small is fetched as a whole: its pages then cost no request of their own.
            size = self.listing.sizes.get(key, key.tail)
            wanted = size if size <= _SMALL_BYTES else key.tail
            data = self.store.get_range(key.name, -wanted, wanted)
            found = self._lookups[key] = lookup_of(data, key)
            if wanted > key.tail and len(data) == size:
                self._wholes[key.name] = data
        return found

    def page(self, name: str, at: Stretch) -> bytes:
        """Fetch a stretch of a lookup; one request, and none when it was fetched before."""
        if name in self._wholes:
            return self._wholes[name][at.start : at.start + at.length]
        if (name, at) not in self._pages:
            self._pages[name, at] = self.store.get_range(name, at.start, at.length)
        return self._pages[name, at]

    def sidecar(self, key: ObjectKey) -> Sidecar | None:
        """Open the sidecar of an object: one request as a rule. None when there is none.

        Raises DamagedError or FormatError.
        """
        opened = self._opened(key)
        return None if opened is None else opened.sidecar

    def _opened(self, key: ObjectKey) -> _Opened | None:
        if key not in self._sidecars:
            try:
                data = self.store.get_range(key.sidecar, 0, FIRST_READ)
            except NotFoundError:
                return None
            length = front_length(data, key.sidecar)
            if length > len(data):
                data += self.store.get_range(key.sidecar, len(data), length - len(data))
            self._sidecars[key] = _Opened(sidecar_of(data, key.sidecar), data)
        return self._sidecars[key]

    def blocks_of(self, key: ObjectKey, hashes: Sequence[int]) -> tuple[Block, ...]:
        """Return the blocks of an object in which one of some hashes stands, as its sidecar tells."""
        opened = self._opened(key)
        if opened is None:
            return ()
        found: dict[int, Block] = {}
        for id_ in hashes:
            at = opened.sidecar.pages(id_)
            if at is not None:
                found |= {one.number: one for one in opened.sidecar.find(id_, self._fetched(opened, at))}
        return tuple(found[number] for number in sorted(found))

    def lines(self, piece: Piece) -> Iterator[Line]:
        """Give the lines of the blocks of a piece. Raises DamagedError, FormatError, NotFoundError."""
        opened = self._opened(piece.key)
        if opened is None:
            raise NotFoundError(f"{piece.key.name} has no sidecar", hint="agentctl archive index makes it")
        if not piece.blocks:
            return
        own = {block.number: block for block in opened.sidecar.blocks}
        wanted = [own[block.number] for block in piece.blocks if block.number in own]
        first, last = wanted[0], wanted[-1]
        together = opened.sidecar.lines(first, last)
        data = self._fetched(opened, together)
        for block in wanted:
            at = opened.sidecar.lines(block)
            start = at.start - together.start
            yield from opened.sidecar.read_lines(data[start : start + at.length], block)

    def _fetched(self, opened: _Opened, at: Stretch) -> bytes:
        if at.start + at.length <= len(opened.data):
            return opened.data[at.start : at.start + at.length]
        return self.page(opened.sidecar.name, at)

    def piece(self, key: ObjectKey) -> Piece:
        """Return an object with all its blocks, by its sidecar; where that is of no use, by the whole object.

        Raises FrozenError, NotFoundError, DamagedError, FormatError.
        """
        try:
            sidecar = self.sidecar(key)
        except (DamagedError, FormatError):
            sidecar = None
        if sidecar is None:
            return whole(key, self.store.get(key.name))
        content = sidecar.content
        return Piece(key, sidecar.size, content.next_offset, sidecar.blocks, content.gaps)


def whole(key: ObjectKey, data: bytes) -> Piece:
    """Return an object with all its blocks, by its bytes. Raises DamagedError where its header is damaged."""
    content = header_of(data, key.name).content
    blocks = tuple(piece.block for piece in pieces_of(data, key.name) if piece.block is not None)
    return Piece(key, len(data), content.next_offset, blocks, content.gaps)
