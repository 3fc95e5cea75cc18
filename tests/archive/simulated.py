"""A log, a store and writers that meet at every step: faults are events like any other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentctl.archive.writing import (
    AskBound,
    Bound,
    Confirm,
    Covered,
    End,
    FindEnd,
    Got,
    Look,
    Put,
    Read,
    Rotation,
    Settled,
    Step,
    Steps,
    writing,
)

MARKER = "marker"


@dataclass(slots=True)
class Entry:
    """One offset of the log."""

    text: str
    transaction: int | None = None
    """None: written without one."""
    removed: bool = False
    """By retention or compaction."""


@dataclass(slots=True)
class Log:
    """One generation of a topic with one partition."""

    generation: int
    entries: list[Entry] = field(default_factory=list)
    log_start: int = 0
    decided: dict[int, bool] = field(default_factory=dict)
    """By transaction: whether it was committed."""

    @property
    def stable(self) -> int:
        open_ = [at for at, one in enumerate(self.entries) if one.transaction not in {None, *self.decided}]
        return open_[0] if open_ else len(self.entries)

    def final(self, offset: int) -> bool:
        """Whether a read_committed reader gets it, if it is still there."""
        one = self.entries[offset]
        return one.text != MARKER and (one.transaction is None or self.decided.get(one.transaction, False))

    def fetch(self, position: int, most: int) -> tuple[list[tuple[int, str]], int]:
        """Return what a read_committed fetch gives, and how far it went."""
        stable, found, at = self.stable, list[tuple[int, str]](), position
        while at < stable and len(found) < most:
            if self.final(at) and not self.entries[at].removed:
                found.append((at, self.entries[at].text))
            at += 1
        return found, max(at, position)


@dataclass(frozen=True, slots=True)
class Kept:
    """An object in the archive, or on its way there."""

    position: int
    next: int
    records: tuple[tuple[int, str], ...]
    lost: tuple[tuple[int, int], ...]
    writer: int

    @property
    def covered(self) -> Covered:
        return Covered(self.next, f"{self.writer}:{hash(self.records)}")


@dataclass(slots=True)
class Sketch:
    """A draft in memory."""

    position: int
    writer: int
    held: list[tuple[int, str]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)

    @property
    def records(self) -> int:
        return len(self.held)

    @property
    def size_bytes(self) -> int:
        return len(self.held)

    def add(self, records: Sequence[tuple[int, str]]) -> None:
        self.held += records

    def lose(self, start: int, end: int) -> None:
        self.lost.append((start, end))

    def seal(self, next_offset: int) -> Kept:
        return Kept(self.position, next_offset, tuple(self.held), tuple(self.lost), self.writer)

    def drop(self) -> None:
        self.held = []


Name = tuple[int, int]
"""Generation and position."""


@dataclass(slots=True)
class World:
    """Everything that outlives a writer. What is spoilt on purpose shows that the rules are needed."""

    log: Log = field(default_factory=lambda: Log(0))
    past: list[Log] = field(default_factory=list)
    objects: dict[Name, Kept] = field(default_factory=dict)
    flights: list["Flight"] = field(default_factory=list)
    now_ms: int = 0
    overwrites: bool = False
    silence_is_the_end: bool = False
    never_confirms: bool = False

    def arrive(self, flight: "Flight") -> None:
        """Let a request to put reach the store."""
        if flight.name in self.objects and not self.overwrites:
            flight.answer = False
            return
        self.objects[flight.name] = flight.kept
        flight.answer = True

    def replace_topic(self) -> None:
        """Delete the topic, and make another one of the same name."""
        self.past.append(self.log)
        self.log = Log(self.log.generation + 1)

    def chain(self, generation: int) -> Iterator[Kept]:
        """Give the objects of a generation, in the order of their names."""
        for name in sorted(name for name in self.objects if name[0] == generation):
            yield self.objects[name]


@dataclass(slots=True)
class Flight:
    """A request to put that has left its writer: it arrives some time, whatever becomes of the writer."""

    name: Name
    kept: Kept
    answer: bool | None = None


@dataclass(slots=True)
class Writer:
    """One process that archives; its reader fetches ahead, by name and not by id, as Kafka's clients do."""

    world: World
    number: int
    rotation: Rotation
    generation: int = field(init=False)
    steps: Steps[Kept] = field(init=False)
    asked: Step[Kept] | None = field(init=False)
    ended: End | None = None
    flight: Flight | None = None
    _buffer: list[tuple[int, str]] = field(default_factory=list)
    _from: int = -1
    """Where the buffer begins."""
    _to: int = -1
    """How far it was fetched."""

    def __post_init__(self) -> None:
        self.generation = self.world.log.generation
        self.steps = writing(lambda position: Sketch(position, self.number), self.rotation)
        self.asked = next(self.steps)

    def step(self, much: int, *, answer_lost: bool = False) -> None:
        """Do the one thing that is asked for next."""
        if self.ended is not None or self.asked is None:
            return
        answer = self._answer(self.asked, much, answer_lost=answer_lost)
        if answer is _WAIT:
            return
        try:
            self.asked = self.steps.send(answer)
        except StopIteration as stop:
            self.ended = stop.value

    def _answer(self, step: Step[Kept], much: int, *, answer_lost: bool) -> Any:
        world = self.world
        match step:
            case AskBound():
                log = world.log
                return Bound(log.log_start, log.stable, world.now_ms)
            case FindEnd():
                chain = list(world.chain(self.generation))
                return chain[-1].next if chain else 0
            case Read(position, until):
                return self._read(position, until, much)
            case Confirm():
                return world.never_confirms or world.log.generation == self.generation
            case Put(sealed):
                return self._put(sealed, answer_lost=answer_lost)
            case Look(position):
                return world.objects[self.generation, position].covered
            case Settled():
                return None

    def _put(self, sealed: Kept, *, answer_lost: bool) -> Any:
        if self.flight is None:
            self.flight = Flight((self.generation, sealed.position), sealed)
            self.world.flights.append(self.flight)
            return _WAIT
        if answer_lost or self.flight.answer is None:
            if answer_lost:  # nobody knows what became of it: it is sent once more
                self.flight = None
            return _WAIT
        answer, self.flight = self.flight.answer, None
        return answer

    def _read(self, position: int, until: int, much: int) -> Any:
        log = self.world.log
        if not self._from <= position <= self._to or (position > self._from and not self._buffer):
            self._from = self._to = position
            self._buffer = []
        if position == self._to:
            if self.world.silence_is_the_end and self._from == position and position > 0:
                return Got((), until, self.world.now_ms)
            if position < log.log_start:
                start = min(log.log_start, until)
                self._from = self._to = log.log_start
                return Got((), start, self.world.now_ms, (position, start))
            self._buffer, self._to = log.fetch(position, 1 + much % 4)
            self._from = position
        given = [one for one in self._buffer if position <= one[0] < until][: 1 + much % 3]
        rest = [one for one in self._buffer if one[0] >= (given[-1][0] + 1 if given else position)]
        passed = min(self._to, until)
        if given and rest:
            passed = given[-1][0] + 1
        elif rest:
            passed = min(rest[0][0], until)
        self._buffer, self._from = rest, passed
        if not given and passed <= position:
            return _WAIT
        return Got(given, passed, self.world.now_ms)


_WAIT = object()
