"""Which blocks of which objects may answer a query, found in few requests.

An id is looked up: one list tells which lookups there are, then each costs its tail and a page. A window of
time costs the tails alone. Everything, or what an index cannot tell (a text anywhere), costs every sidecar.
What the lookups do not know yet, signs under ``lookup/pending/`` name; those objects are asked by their own
sidecars.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.ids import day_name, day_of, id_hash
from agentctl.archive.keys import UNDATED, LookupKey, ObjectKey
from agentctl.archive.lookup import Found, Lookup
from agentctl.archive.store import FrozenError
from agentctl.errors import AgentctlError, InterruptedScan, NotFoundError
from agentctl.model.query import Match, Query, Window
from agentctl.model.record import Place
from agentctl.sources.archive_catalogue import Catalogue
from agentctl.sources.archive_reading import Fault, Piece

Log = tuple[str, str, int]
"""Topic, generation, partition: within one, an offset names one record for ever."""
Span = tuple[int, int]
"""Position and next offset of an object."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Offsets that no object covers although there are objects before and behind."""

    log: Log
    first: int
    until: int

    def __str__(self) -> str:
        topic, _, partition = self.log
        return f"offsets {self.first:,} to {self.until - 1:,} of {topic}[{partition}] are in no object"


@dataclass(frozen=True, slots=True)
class Finding:
    """What may answer a query, and what is known of it without reading it."""

    pieces: tuple[Piece, ...]
    """By topic, generation, partition and position, generations the oldest first."""
    spans: Mapping[Log, tuple[Span, ...]]
    """All objects that were looked at or are known to hold nothing of it, by position."""
    missing: tuple[Missing, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Objects that could not be asked."""
    remarks: tuple[str, ...] = ()
    by_index: bool = False
    """Whether only blocks are given in which an index knows one of the ids."""

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that were looked through, sorted."""
        return tuple(sorted({topic for topic, _, _ in self.spans}))

    @property
    def objects(self) -> int:
        """How many objects were looked through."""
        return sum(map(len, self.spans.values()))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why what is found may not be all."""
        named = [f"{fault.piece.key.name} could not be asked: {fault.reason}" for fault in self.faults]
        return (*map(str, self.missing), *named)


def find(catalogue: Catalogue, query: Query) -> Finding:
    """Find what may answer a query.

    Raises what the store raises, FormatError for lookups of a newer format.
    """
    gathered = _Gathered(query)
    looked_up = bool(query.ids) and query.match is Match.FIELD
    if looked_up:
        places = [place for place in map(Place.parse, query.ids) if place is not None]
        words = [text for text in query.ids if Place.parse(text) is None]
        if words:
            _by_ids(catalogue, query, words, gathered)
        for place in places:
            _by_place(catalogue, place, gathered)
    elif query.window.bounded and query.tail is None:
        _by_time(catalogue, query, gathered)
    else:
        _everything(catalogue, query, gathered)
    return gathered.finding(catalogue, by_index=looked_up)


@dataclass(slots=True)
class _Gathered:
    """What has been found until now."""

    query: Query
    blocks: dict[ObjectKey, dict[int, Found]] = field(default_factory=dict)
    pieces: dict[ObjectKey, Piece] = field(default_factory=dict)
    spans: dict[Log, dict[int, int]] = field(default_factory=dict)
    begins: dict[tuple[str, str], int] = field(default_factory=dict)
    """The earliest known time of each generation of a topic."""
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def asks_for(self, key: ObjectKey) -> bool:
        """Whether an object belongs to the query's topics and partitions."""
        topics, partitions = self.query.topics, self.query.partitions
        return (not topics or key.topic in topics) and (
            not partitions or (key.topic, key.partition) in partitions
        )

    def know(self, key: ObjectKey, next_offset: int) -> None:
        """Note that an object is there."""
        self.spans.setdefault(_log(key), {})[key.position] = next_offset

    def know_all(self, lookup: Lookup) -> None:
        """Note the objects of a lookup, and when their generations began."""
        for one in lookup.objects:
            if self.asks_for(one.key):
                self.know(one.key, one.next_offset)
        for number, block in enumerate(lookup.blocks):
            if block.min_time_ms is not None:
                key = lookup.objects[lookup.owners[number]].key
                self._begun(key, block.min_time_ms)

    def _begun(self, key: ObjectKey, time_ms: int) -> None:
        log = key.topic, key.generation
        self.begins[log] = min(self.begins.get(log, time_ms), time_ms)

    def take(self, found: Iterable[Found]) -> None:
        """Take blocks that a lookup gave."""
        for one in found:
            if self.asks_for(one.object.key):
                self.blocks.setdefault(one.object.key, {})[one.block.number] = one

    def take_piece(self, piece: Piece) -> None:
        """Take an object that was asked itself, with those of its blocks that matter."""
        self.know(piece.key, piece.next_offset)
        for block in piece.blocks:
            if block.min_time_ms is not None:
                self._begun(piece.key, block.min_time_ms)
        if piece.blocks:
            self.pieces[piece.key] = piece

    def finding(self, catalogue: Catalogue, *, by_index: bool) -> Finding:
        """Return it all in order, and whether anything is missing between the objects."""
        pieces = dict(self.pieces)
        for key, own in self.blocks.items():
            if key not in pieces:
                ref = next(iter(own.values())).object
                blocks = tuple(own[number].block for number in sorted(own))
                pieces[key] = Piece(key, ref.size, ref.next_offset, blocks)
        ordered = sorted(pieces.values(), key=lambda piece: self._rank(piece.key))
        spans = {log: tuple(sorted(own.items())) for log, own in sorted(self.spans.items())}
        if self.query.tail is not None:
            ordered = [
                one for one in ordered if one.next_offset > spans[_log(one.key)][-1][1] - self.query.tail
            ]
        return Finding(
            pieces=tuple(ordered),
            spans=spans,
            missing=tuple(_missing(catalogue, spans)),
            faults=tuple(self.faults),
            remarks=tuple(dict.fromkeys(self.remarks)),
            by_index=by_index,
        )

    def _rank(self, key: ObjectKey) -> tuple[str, int, str, int, int]:
        begun = self.begins.get((key.topic, key.generation), 0)
        return key.topic, begun, key.generation, key.partition, key.position


def _log(key: ObjectKey) -> Log:
    return key.topic, key.generation, key.partition


def _by_ids(catalogue: Catalogue, query: Query, words: Sequence[str], gathered: _Gathered) -> None:
    hashes = [id_hash(word) for word in words]
    listing = catalogue.listing
    if not listing.lookups and not listing.pending:
        _by_sidecars(catalogue, query, hashes, gathered)
        return
    for name in _concerned(listing.lookups, query.window):
        try:
            lookup = catalogue.lookup(name)
            gathered.know_all(lookup)
            for id_ in hashes:
                at = lookup.pages(id_)
                if at is not None:
                    gathered.take(lookup.find(id_, catalogue.page(name.name, at)))
        except DamagedError as damage:
            gathered.remarks.append(f"{damage.message} Every sidecar was asked instead.")
            _by_sidecars(catalogue, query, hashes, gathered)
            return
    for key in listing.pending:
        _ask(catalogue, key, hashes, gathered, expected=False)


def _concerned(lookups: Sequence[LookupKey], window: Window) -> Iterator[LookupKey]:
    """Give the lookups in which a record of the window can stand."""
    since_ms, until_ms = window.since_ms, window.until_ms
    first = "0000-00-00" if since_ms is None else day_name(day_of(since_ms))
    last = "9999-99-99" if until_ms is None else day_name(day_of(until_ms - 1))
    for name in lookups:
        # Days that no calendar has are neither before nor behind one that it has.
        if name.period == UNDATED:
            if not window.bounded or UNDATED in (first, last):
                yield name
        elif name.concerns(
            "0000-00-00" if first == UNDATED else first, "9999-99-99" if last == UNDATED else last
        ):
            yield name


def _by_sidecars(catalogue: Catalogue, query: Query, hashes: Sequence[int], gathered: _Gathered) -> None:
    """Ask every object by its own sidecar, as there is no lookup to ask."""
    for topic in query.topics or catalogue.topics:
        if topic not in catalogue.topics:
            continue
        for key, _ in catalogue.objects(topic).stored:
            _ask(catalogue, key, hashes, gathered, expected=True)
    if gathered.spans and not catalogue.listing.lookups:
        gathered.remarks.append(
            "the archive has no lookups: every sidecar was asked (agentctl archive index)"
        )


def _ask(
    catalogue: Catalogue, key: ObjectKey, hashes: Sequence[int], gathered: _Gathered, *, expected: bool
) -> None:
    """Ask one object; without ``expected`` it may not be there, which is no fault."""
    if not gathered.asks_for(key):
        return
    piece = _piece(catalogue, key, gathered, expected=expected)
    if piece is None:
        return
    blocks = piece.blocks
    try:
        if catalogue.sidecar(key) is not None:
            blocks = catalogue.blocks_of(key, hashes)
    except (DamagedError, FormatError):
        pass  # then the whole object was read, and all its blocks may matter
    gathered.take_piece(Piece(key, piece.size, piece.next_offset, blocks, piece.gaps))


def _piece(catalogue: Catalogue, key: ObjectKey, gathered: _Gathered, *, expected: bool) -> Piece | None:
    """Return an object with all its blocks; None, with the fault noted, where it cannot be asked."""
    try:
        return catalogue.piece(key)
    except InterruptedScan:
        raise
    except NotFoundError as gone:
        if not expected:
            return None
        reason, frozen = gone.message, False
    except FrozenError:
        reason, frozen = "it is frozen, and has no sidecar that can be read (agentctl archive index)", True
    except AgentctlError as failure:
        reason, frozen = failure.message, False
    gathered.faults.append(Fault(Piece(key, 0, key.position, ()), reason, frozen=frozen))
    return None


def _by_place(catalogue: Catalogue, place: Place, gathered: _Gathered) -> None:
    """Find the block in which one offset stands, in every generation of its topic."""
    if place.topic not in catalogue.topics:
        return
    last: dict[str, ObjectKey] = {}
    for key, _ in catalogue.objects(place.topic).stored:
        if key.partition == place.partition and key.position <= place.offset:
            last[key.generation] = key
    for key in last.values():
        piece = _piece(catalogue, key, gathered, expected=True) if gathered.asks_for(key) else None
        if piece is not None:
            before = [block for block in piece.blocks if block.first_offset <= place.offset]
            inside = place.offset < piece.next_offset
            blocks = tuple(before[-1:]) if inside else ()
            known = gathered.pieces.get(key)
            if known is not None:
                both = {block.number: block for block in (*known.blocks, *blocks)}
                blocks = tuple(both[number] for number in sorted(both))
            gathered.take_piece(Piece(key, piece.size, piece.next_offset, blocks, piece.gaps))


def _by_time(catalogue: Catalogue, query: Query, gathered: _Gathered) -> None:
    listing, window = catalogue.listing, query.window
    if not listing.lookups and not listing.pending:
        _everything(catalogue, query, gathered)
        return
    try:
        for name in _concerned(listing.lookups, window):
            lookup = catalogue.lookup(name)
            gathered.know_all(lookup)
            gathered.take(lookup.within(window.since_ms, window.until_ms))
    except DamagedError as damage:
        gathered.remarks.append(f"{damage.message} Every sidecar was asked instead.")
        _everything(catalogue, query, gathered)
        return
    for key in listing.pending:
        piece = _piece(catalogue, key, gathered, expected=False) if gathered.asks_for(key) else None
        if piece is not None:
            gathered.take_piece(_in_window(piece, window))


def _in_window(piece: Piece, window: Window) -> Piece:
    blocks = piece.blocks
    if window.bounded:
        blocks = tuple(block for block in blocks if block.meets(window.since_ms, window.until_ms))
    return Piece(piece.key, piece.size, piece.next_offset, blocks, piece.gaps)


def _everything(catalogue: Catalogue, query: Query, gathered: _Gathered) -> None:
    foreign = 0
    for topic in query.topics or catalogue.topics:
        if topic not in catalogue.topics:
            continue
        found = catalogue.objects(topic)
        foreign += found.foreign
        for key, _ in found.stored:
            piece = _piece(catalogue, key, gathered, expected=True) if gathered.asks_for(key) else None
            if piece is not None:
                gathered.take_piece(_in_window(piece, query.window))
    if foreign:
        files = "1 file" if foreign == 1 else f"{foreign:,} files"
        gathered.remarks.append(f"{files} in the archive are none of agentctl's and were passed over")


def _missing(catalogue: Catalogue, spans: Mapping[Log, Sequence[Span]]) -> Iterator[Missing]:
    """Give the holes between objects; what is known only of other days is there, and no hole."""
    for log, own in spans.items():
        topic, generation, partition = log
        for (_, until), (position, _) in pairwise(own):
            if until < position and not _is_there(catalogue, ObjectKey(topic, generation, partition, until)):
                yield Missing(log, until, position)


def _is_there(catalogue: Catalogue, wanted: ObjectKey) -> bool:
    return any(key == wanted for key, _ in catalogue.objects(wanted.topic).stored)
