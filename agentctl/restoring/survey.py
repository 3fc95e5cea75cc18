"""What of the archive holds what is looked for: which objects, how they stand, and what is known of them now.

Without reading a single archived record: sidecars stay hot and have a line for each.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agentctl.archive.store import Stored, Thaw
from agentctl.errors import NotFoundError
from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import matcher
from agentctl.model.event import Event
from agentctl.model.query import Query
from agentctl.sources.archive import ArchiveSource
from agentctl.sources.archive_finding import Finding
from agentctl.sources.archive_reading import Piece

READABLE = frozenset({Thaw.HOT, Thaw.THAWED})


@dataclass(frozen=True, slots=True)
class Holding:
    """One object that holds what is looked for."""

    stored: Stored
    records: int
    """How many records of it are looked for, as its sidecar tells."""

    @property
    def frozen(self) -> bool:
        """Whether it cannot be read now."""
        return self.stored.thaw not in READABLE


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is, and how it stands."""

    holdings: tuple[Holding, ...]
    finding: Finding
    times: tuple[int, ...] = ()
    """Of all records that are looked for, in ms since 1970, sorted."""
    missing: tuple[str, ...] = ()
    """Objects that are not there any more, although an index names them; each in a sentence."""

    @property
    def matched(self) -> int:
        """How many records are looked for and found."""
        return sum(one.records for one in self.holdings)

    @property
    def frozen(self) -> tuple[Stored, ...]:
        """The objects that cannot be read now."""
        return tuple(one.stored for one in self.holdings if one.frozen)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it may not be all, whatever is frozen."""
        return (*self.finding.reasons, *self.missing)


def survey(source: ArchiveSource, query: Query, mapping: FieldMapping) -> Survey:
    """Find the objects and look at each. Raises what the store raises."""
    finding = source.find(query)
    matches = matcher(query)
    holdings: list[Holding] = []
    times: list[int] = []
    missing: list[str] = []
    for piece in finding.pieces:
        found, fault = _times(source, piece, query, mapping, matches)
        if fault is not None:
            missing.append(fault)
        elif not found:
            continue  # another id of the same hash
        try:
            stored = source.store.head(piece.key.name)
        except NotFoundError:
            missing.append(f"{piece.key.name} is not there any more, although an index names it")
            continue
        times += [time_ms for time_ms in found if time_ms is not None]
        holdings.append(Holding(stored, len(found)))
    return Survey(tuple(holdings), finding, tuple(sorted(times)), tuple(missing))


def _times(
    source: ArchiveSource,
    piece: Piece,
    query: Query,
    mapping: FieldMapping,
    matches: Callable[[Event], bool],
) -> tuple[Sequence[int | None], str | None]:
    """Return the times of the records in a piece that are looked for, and what is wrong with its sidecar."""
    window = query.window
    if query.of_records:
        lines, fault = source.lines(piece)
        found: Sequence[int | None] = [line.time_ms for line in lines]
    else:
        hints, fault = source.hints(piece)
        found = [hint.timestamp_ms for hint in hints if matches(mapping.event(hint))]
    return (found if not window.bounded else [one for one in found if (one or 0) in window]), fault


def bytes_of(objects: Iterable[Stored]) -> int:
    """Return how large objects are together."""
    return sum(one.size for one in objects)


def still_frozen(objects: Sequence[Stored]) -> str | None:
    """Say that objects cannot be read; None when all can."""
    if not objects:
        return None
    thawing = sum(one.thaw is Thaw.THAWING for one in objects)
    count = "1 object is" if len(objects) == 1 else f"{len(objects)} objects are"
    return f"{count} frozen" + (f", {thawing} of them being thawed" if thawing else "")
