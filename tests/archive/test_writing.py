"""Exactly once, whatever happens: writers that meet at every step, crashes, zombies, answers lost."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.archive.writing import End, Rotation
from tests.archive.simulated import MARKER, Entry, Log, World, Writer

ONCE = Rotation(size_bytes=3, age_ms=None, once=True)
FOLLOW = Rotation(size_bytes=4, age_ms=5, once=False)
WRITERS = 3


class Story:
    """What happens, decided by numbers: each is an event of one kind."""

    def __init__(self, world: World, writers: int = WRITERS) -> None:
        self.world = world
        self.made = 0
        self.transactions = 0
        self.writers = [self.writer() for _ in range(writers)]

    def writer(self, rotation: Rotation = FOLLOW) -> Writer:
        self.made += 1
        return Writer(self.world, self.made, rotation)

    def happen(self, number: int) -> None:
        kind, which, much = number % 16, number // 16 % WRITERS, number // 48
        writer = self.writers[which % len(self.writers)]
        if kind < 7:
            self._step(which, much, answer_lost=False)
        elif kind == 7:
            self._step(which, much, answer_lost=True)
        elif kind == 8:  # the process is gone; what it had sent may still arrive
            self.writers[self.writers.index(writer)] = self.writer(ONCE if much % 2 else FOLLOW)
        elif kind == 9 and self.world.flights:
            flights = self.world.flights
            self.world.arrive(flights.pop(much % len(flights)))
        else:
            self.world.now_ms += 1
            self._log(kind, much)

    def _step(self, which: int, much: int, *, answer_lost: bool) -> None:
        writer = self.writers[which % len(self.writers)]
        if writer.ended is not None:
            self.writers[which % len(self.writers)] = self.writer()
            return
        writer.step(much, answer_lost=answer_lost)

    def _log(self, kind: int, much: int) -> None:
        log = self.world.log
        open_ = [one.transaction for one in log.entries if one.transaction not in {None, *log.decided}]
        text = f"{log.generation}:{len(log.entries)}"
        if kind in (9, 10):
            log.entries.append(Entry(text))
        elif kind == 11:
            self.transactions += much % 2
            log.entries.append(Entry(text, self.transactions if self.transactions else None))
            if log.entries[-1].transaction in log.decided:
                self.transactions += 1
                log.entries[-1].transaction = self.transactions
        elif kind in (12, 13) and open_:
            log.decided[open_[much % len(open_)]] = kind == 12  # type: ignore[index]
            log.entries.append(Entry(MARKER))
        elif kind == 14 and log.entries and much % 4 == 0:
            log.log_start = max(log.log_start, min(log.log_start + much % 5, log.stable))
            for one in log.entries[: log.log_start]:
                one.removed = True
        elif kind == 15 and much % 23 == 0:
            self.world.replace_topic()
            self.transactions += 1
        elif kind == 15 and log.entries and much % 3 == 0:
            log.entries[much % len(log.entries)].removed = True

    def end(self) -> None:
        """Let one writer work undisturbed until everything is archived."""
        for flight in self.world.flights:
            self.world.arrive(flight)
        self.world.flights.clear()
        log = self.world.log
        for one in {one.transaction for one in log.entries} - {None, *log.decided}:
            log.decided[one] = False  # type: ignore[index]
        last = self.writer(ONCE)
        for _ in range(20 * len(log.entries) + 200):
            last.step(2)
            while self.world.flights:
                self.world.arrive(self.world.flights.pop())
        assert last.ended is End.REACHED


def check(world: World) -> None:
    """Nothing lost, nothing twice, nothing that was never committed, and names that follow each other."""
    for log in (*world.past, world.log):
        position = 0
        held: dict[int, str] = {}
        for kept in world.chain(log.generation):
            assert kept.position == position, "an object begins where the one before ends"
            assert kept.next > position
            for offset, text in kept.records:
                assert position <= offset < kept.next
                assert offset not in held, "twice"
                held[offset] = text
            position = kept.next
            for start, end in kept.lost:
                assert all(log.entries[at].removed for at in range(start, end)), "said to be lost"
        assert position <= len(log.entries)
        for offset, entry in enumerate(log.entries):
            if offset in held:
                assert (held[offset], log.final(offset)) == (entry.text, True), (
                    "what was committed, as it was"
                )
            elif offset < position or log is world.log:
                assert entry.removed or not log.final(offset), f"{offset} is lost"


def never_overwritten(world: World) -> Callable[[], None]:
    """Return a check that every object that was there once is there as it was."""
    seen: dict[object, object] = {}

    def look() -> None:
        for name, kept in seen.items():
            assert world.objects[name] is kept, "overwritten"  # type: ignore[index]
        seen.update(world.objects)

    return look


def test_an_object_is_finished_by_its_records_where_they_are_many_and_small() -> None:
    world = World()
    world.log.entries += [Entry(f"{number}") for number in range(9)]
    writer = Writer(world, 1, Rotation(size_bytes=10**9, age_ms=None, once=True, most_records=2))
    while writer.ended is None:
        writer.step(1)
        while world.flights:
            world.arrive(world.flights.pop())
    assert writer.ended is End.REACHED
    assert [len(kept.records) for kept in world.chain(0)] == [2, 2, 2, 2, 1]
    check(world)


@given(st.lists(st.integers(0, 4_799), max_size=400))
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost_or_doubled_or_overwritten_whatever_happens(events: list[int]) -> None:
    world = World()
    story, overwritten = Story(world), never_overwritten(world)
    for number in events:
        story.happen(number)
        overwritten()
    story.end()
    overwritten()
    check(world)


@pytest.mark.parametrize("seed", range(16))
def test_the_same_in_long_histories(seed: int) -> None:
    chance = random.Random(seed)
    objects = 0
    for _ in range(40):
        world = World()
        story, overwritten = Story(world), never_overwritten(world)
        for _ in range(600):
            story.happen(chance.randrange(4_800))
        overwritten()
        story.end()
        overwritten()
        check(world)
        objects += len(world.objects)
    assert objects > 500, "histories in which something was archived"


def spoilt(world: World, seed: int) -> None:
    chance = random.Random(seed)
    story, overwritten = Story(world), never_overwritten(world)
    for _ in range(600):
        story.happen(chance.randrange(4_800))
        overwritten()
    story.end()
    check(world)


@pytest.mark.parametrize("rule", ["overwrites", "silence_is_the_end", "never_confirms"])
def test_each_rule_is_needed(rule: str) -> None:
    """Without it the same histories break something: so they would show it."""
    broken = 0
    for seed in range(60):
        world = World()
        setattr(world, rule, True)
        try:
            spoilt(world, seed)
        except AssertionError:
            broken += 1
    assert broken > 0


def test_two_writers_at_every_pair_of_steps_commit_each_record_once() -> None:
    """All ways in which one writer may stand still at any step while the other works to its end."""
    stops = 0
    for stop in range(60):
        world = World()
        for number in range(10):
            world.log.entries.append(Entry(f"0:{number}"))
        story = Story(world, writers=0)
        slow, quick = story.writer(ONCE), story.writer(ONCE)
        for _ in range(stop):
            slow.step(1)
            if stop % 2:
                _arrive_all(world)
        stops += slow.ended is None
        for _ in range(100):
            quick.step(2)
            _arrive_all(world)
        for _ in range(100):
            slow.step(0)
            _arrive_all(world)
        assert (slow.ended, quick.ended) == (End.REACHED, End.REACHED)
        check(world)
    assert stops > 10


def test_a_put_of_which_nobody_heard_counts_as_ones_own() -> None:
    world = World()
    world.log.entries.append(Entry("0:0"))
    writer = Story(world, writers=0).writer(ONCE)
    for _ in range(12):
        writer.step(0)
        arrived = bool(world.flights)
        _arrive_all(world)
        if arrived:
            writer.step(0, answer_lost=True)
            break
    for _ in range(12):
        writer.step(0)
        _arrive_all(world)
    assert writer.ended is End.REACHED
    check(world)


def test_what_an_open_transaction_holds_back_waits_for_it() -> None:
    world = World(log=Log(0, [Entry("0:0"), Entry("0:1", 7), Entry("0:2")]))
    story = Story(world, writers=0)
    first = story.writer(ONCE)
    for _ in range(20):
        first.step(3)
        _arrive_all(world)
    assert [kept.records for kept in world.chain(0)] == [((0, "0:0"),)]
    world.log.decided[7] = True
    world.log.entries.append(Entry(MARKER))
    story.end()
    assert [kept.next for kept in world.chain(0)] == [1, 4]
    check(world)


def test_an_archive_that_reaches_further_than_the_log_is_told() -> None:
    world = World(log=Log(0, [Entry("0:0"), Entry("0:1")]))
    story = Story(world, writers=0)
    story.end()
    del world.log.entries[1:]
    late = story.writer(ONCE)
    for _ in range(5):
        late.step(0)
    assert late.ended is End.AHEAD


def _arrive_all(world: World) -> None:
    while world.flights:
        world.arrive(world.flights.pop())
