"""How one writer archives one partition: what it asks for, step by step, and what it makes of the answers.

Without input or output: a generator gives steps and is sent their answers. So the very same lines run
against Kafka and S3, and in a simulation that interleaves several writers at every step.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

R = TypeVar("R")
S = TypeVar("S", bound="Sealed")
R_contra = TypeVar("R_contra", contravariant=True)
S_co = TypeVar("S_co", bound="Sealed", covariant=True)


@dataclass(frozen=True, slots=True)
class Covered:
    """What an object in the archive says of itself."""

    next: int
    """The first offset that it does not cover."""
    crc32c: str
    """Of its bytes: whose it is."""


class Sealed(Protocol):
    """A finished object that has not been put yet."""

    @property
    def position(self) -> int:
        """Return the first offset that it covers."""

    @property
    def covered(self) -> Covered:
        """Return what the object says of itself."""


class Draft(Protocol[R_contra, S_co]):
    """An object that is being written, with all that is readable from its position on."""

    @property
    def records(self) -> int:
        """Return how many records it holds."""

    @property
    def size_bytes(self) -> int:
        """Return about how large the object would be now."""

    def add(self, records: Sequence[R_contra]) -> None:
        """Take the next records of the partition."""

    def lose(self, start: int, end: int) -> None:
        """Note that retention took ``[start, end)`` before it could be read."""

    def seal(self, next_offset: int) -> S_co:
        """Return the object that covers what lies below ``next_offset``; nothing can be added any more."""

    def drop(self) -> None:
        """Throw away what was written; after sealing, too."""


MOST_RECORDS = 2_000_000
"""Of one object, or a few more."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When an object is finished."""

    size_bytes: int
    age_ms: int | None
    """Since its first record was taken; None: age does not matter."""
    once: bool
    """Whether to end at the last stable offset that was found first."""
    most_records: int = MOST_RECORDS
    """What is derived of an object, and held while it is made, grows with its records, not with its bytes."""


@dataclass(frozen=True, slots=True)
class AskBound:
    """Where does the partition begin, and where is its last stable offset? Answered by Bound."""

    passed: int | None
    """How far everything was taken; None at the very beginning."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a partition began and ended when it was asked, and when that was."""

    log_start: int
    stable: int
    """Below it, every transaction is decided: what a read_committed reader gets there never changes again."""
    now_ms: int


@dataclass(frozen=True, slots=True)
class FindEnd:
    """How far does the archive reach? Answered by ``next`` of the partition's last object, or 0."""


@dataclass(frozen=True, slots=True)
class Read:
    """Give what a read_committed reader gets from ``position`` on, nothing at or behind ``until``."""

    position: int
    until: int


@dataclass(frozen=True, slots=True)
class Got(Generic[R]):
    """Some of what was to be read."""

    records: Sequence[R]
    passed: int
    """Everything readable below it has been given; at most ``until``."""
    now_ms: int
    lost: tuple[int, int] | None = None
    """What retention took before it was read; it lies before the records."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Is the topic of this name still the one whose id is in the object's name? Answered by a bool."""


@dataclass(frozen=True, slots=True)
class Put(Generic[S]):
    """Put the object unless one of its name is there. Answered by whether it was put by this request.

    It may be asked any number of times, and the answer may be lost.
    """

    sealed: S


@dataclass(frozen=True, slots=True)
class Look:
    """What does the object at that position say of itself? Answered by Covered."""

    position: int


@dataclass(frozen=True, slots=True)
class Settled(Generic[S]):
    """An object is known to be at that position. Answered by nothing; whoever drives may tell of it."""

    sealed: S
    own: bool
    """Whether it is the one that was put here; else another writer's."""
    next: int


Step = AskBound | FindEnd | Read | Confirm | Put[S] | Look | Settled[S]
Steps = Generator[Step[S], Any, "End"]


class End(StrEnum):
    """Why there is no more to do for this writer."""

    REACHED = "reached"
    """Everything below the last stable offset that was found first is in the archive."""
    AHEAD = "ahead"
    """The archive reaches further than the partition: its log was cut off, or it is another topic's."""
    REPLACED = "replaced"
    """The topic is not the one any more that it was; what had been read is thrown away."""


def writing(begin: Callable[[int], Draft[R, S]], rotation: Rotation) -> Steps[S]:
    """Archive a partition. ``begin`` makes a draft that begins at a position.

    Every object begins where the one before ends, which is known to be in the archive: it was found there,
    put there, or seen there. It ends at a last stable offset that was asked for before what lies below it
    was read, or right behind a record below that.
    """
    bound: Bound = yield AskBound(None)
    target = bound.stable
    position: int = yield FindEnd()
    if bound.stable < position and rotation.once:
        return End.AHEAD
    while not (rotation.once and position >= target):
        draft = begin(position)
        try:
            passed = yield from _filled(draft, position, bound, rotation)
            if not draft.records:  # nothing but holes: the next object with records will tell of them
                return End.REACHED
            sealed = draft.seal(passed)
            # Ids of topics never come again: if it is the same before the first read and after the last,
            # everything in between was read from that topic.
            if not (yield Confirm()):
                return End.REPLACED
            position = yield from _committed(sealed)
        finally:
            draft.drop()
        if not rotation.once:
            bound = yield AskBound(position)
    return End.REACHED


def _filled(
    draft: Draft[R, S], position: int, bound: Bound, rotation: Rotation
) -> Generator[Step[S], Any, int]:
    """Read until the object is to be finished, and return the offset up to which it holds everything."""
    passed = max(position, bound.log_start)
    if passed > position:
        draft.lose(position, passed)
    first_ms: int | None = None
    while True:
        if passed >= bound.stable:
            if rotation.once:
                return passed
            bound = yield AskBound(passed)
            now_ms = bound.now_ms
        else:
            got: Got[R] = yield Read(passed, bound.stable)
            now_ms, passed = got.now_ms, got.passed
            if got.lost is not None:
                draft.lose(*got.lost)
            if got.records:
                draft.add(got.records)
                first_ms = now_ms if first_ms is None else first_ms
        full = draft.size_bytes >= rotation.size_bytes or draft.records >= rotation.most_records
        aged = rotation.age_ms is not None and first_ms is not None and now_ms - first_ms >= rotation.age_ms
        if draft.records and (full or aged):
            return passed


def _committed(sealed: S) -> Generator[Step[S], Any, int]:
    """Put the object and return where the next one begins, whoever's object stands there now.

    Whoever has committed the position has committed what was there to be read: to go on behind it is right
    even where it is not one's own. The checksum only tells whose it is.
    """
    own: bool = yield Put(sealed)
    there = sealed.covered
    if not own:
        there = yield Look(sealed.position)
        own = there == sealed.covered
    yield Settled(sealed, own, there.next)
    return there.next
