"""Frozen objects are asked for once, waited for, and found frozen again when their copies have gone."""

from collections.abc import Callable

import pytest

from agentctl.archive.store import Stored, Thaw, Tier
from agentctl.restoring.thawing import ask_for, how_long, state_of, wait_for
from tests.archive.memory_store import DAY_MS, MemoryStore


@pytest.fixture
def time() -> list[int]:
    return [1_000]


@pytest.fixture
def store(time: list[int]) -> MemoryStore:
    store = MemoryStore(now=lambda: time[0], looks=3)
    for name, class_ in (("hot", "STANDARD"), ("cold", "GLACIER"), ("colder", "DEEP_ARCHIVE")):
        store.put_new(name, b"x", storage_class=class_)
    return store


def looked_at(store: MemoryStore) -> list[Stored]:
    return [store.head(name) for name in ("hot", "cold", "colder")]


def ignore(_said: str) -> None:
    """Nobody listens."""


def test_only_what_is_frozen_is_asked_for(store: MemoryStore) -> None:
    asked = ask_for(store, looked_at(store), Tier.STANDARD, 3)
    assert (asked.asked, asked.going_on, asked.ready) == (2, 0, 1)
    assert store.tiers == [("cold", Tier.STANDARD, 3), ("colder", Tier.STANDARD, 3)]
    assert str(asked) == "2 asked for, 1 readable already"


def test_what_somebody_else_has_asked_for_is_not_asked_for_again(store: MemoryStore) -> None:
    ask_for(store, looked_at(store), Tier.BULK, 3)
    asked = ask_for(store, looked_at(store), Tier.BULK, 3)
    assert (asked.asked, asked.going_on, asked.ready) == (0, 2, 1)
    assert len(store.tiers) == 2


def test_waiting_ends_when_all_can_be_read_and_looks_ever_more_rarely(store: MemoryStore) -> None:
    ask_for(store, looked_at(store), Tier.BULK, 3)
    slept: list[float] = []
    told: list[str] = []
    wait_for(store, ["hot", "cold", "colder"], slept.append, told.append)
    assert slept == sorted(slept)
    assert slept
    assert told[-1] == "all 3 can be read"
    assert store.get("cold") == b"x"


def test_a_wait_of_days_asks_once_a_minute_at_most(store: MemoryStore) -> None:
    store.looks = 200
    ask_for(store, looked_at(store), Tier.BULK, 3)
    slept: list[float] = []
    wait_for(store, ["cold"], slept.append, ignore)
    assert max(slept) == 60
    assert len(slept) < 210


def test_a_copy_that_has_gone_is_frozen_and_can_be_asked_for_again(
    store: MemoryStore, time: list[int]
) -> None:
    ask_for(store, looked_at(store), Tier.STANDARD, 2)
    wait_for(store, ["cold"], lambda _: None, ignore)
    assert store.head("cold").thaw is Thaw.THAWED
    time[0] += 2 * DAY_MS
    assert store.head("cold").thaw is Thaw.FROZEN
    asked = ask_for(store, [store.head("cold")], Tier.STANDARD, 2)
    assert asked.asked == 1


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        (["GLACIER"], "expedited 1–5 min · standard 3–5 h · bulk 5–12 h"),
        (["GLACIER", "DEEP_ARCHIVE"], "expedited not to be had · standard 12 h · bulk 48 h"),
    ],
)
def test_the_coldest_class_says_how_long_it_takes(classes: list[str], said: str) -> None:
    assert how_long([Stored(name, 1, name, Thaw.FROZEN) for name in classes]) == said


def test_a_state_names_the_day_until_which_a_copy_stays() -> None:
    frozen: Callable[[Thaw], Stored] = lambda thaw: Stored("k", 1, "GLACIER", thaw, 1_795_392_000_000)  # noqa: E731
    assert state_of(frozen(Thaw.FROZEN)) == "frozen"
    assert state_of(frozen(Thaw.THAWED)) == "thawed to 2026-11-23"
