"""Asking for frozen objects, and waiting for them; whoever asked, and from whichever machine.

How an object stands is known to the store alone, so nothing has to be remembered between two calls: a thaw
that somebody has asked for is found going on, one that ended is found frozen again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agentctl.archive.store import Store, Stored, Thaw, Tier
from agentctl.model.instant import instant

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 60.0

GLACIER, DEEP_ARCHIVE = "GLACIER", "DEEP_ARCHIVE"
TIMES: Mapping[Tier, Mapping[str, str]] = {
    Tier.EXPEDITED: {GLACIER: "1–5 min", DEEP_ARCHIVE: "not to be had"},
    Tier.STANDARD: {GLACIER: "3–5 h", DEEP_ARCHIVE: "12 h"},
    Tier.BULK: {GLACIER: "5–12 h", DEEP_ARCHIVE: "48 h"},
}
"""How long a thaw takes, as the store's makers say it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking for objects."""

    asked: int
    """How many are thawed because of this call."""
    going_on: int
    """How many somebody had asked for before."""
    ready: int
    """How many could be read already."""

    def __str__(self) -> str:
        said = [
            f"{number} {words}"
            for number, words in (
                (self.asked, "asked for"),
                (self.going_on, "being thawed already"),
                (self.ready, "readable already"),
            )
            if number
        ]
        return ", ".join(said) or "nothing to thaw"


def ask_for(store: Store, objects: Sequence[Stored], tier: Tier, days: int) -> Asked:
    """Ask for what is frozen; what is thawed already is kept for so many days from now on."""
    asked = going_on = ready = 0
    for one in objects:
        match one.thaw:
            case Thaw.HOT:
                ready += 1
            case Thaw.THAWING:
                going_on += 1
            case Thaw.THAWED:
                store.thaw(one.key, tier, days)
                ready += 1
            case Thaw.FROZEN:
                store.thaw(one.key, tier, days)
                asked += 1
    return Asked(asked, going_on, ready)


def wait_for(
    store: Store,
    keys: Sequence[str],
    sleep: Callable[[float], None],
    tell: Callable[[str], None],
) -> None:
    """Wait until none of the objects is being thawed any more; ``tell`` is told of every one that is ready.

    Ctrl-C ends the waiting, not the thaw.
    """
    waiting, pause = list(keys), _FIRST_PAUSE_SECONDS
    while True:
        before = len(waiting)
        waiting = [key for key in waiting if store.head(key).thaw is Thaw.THAWING]
        if not waiting:
            tell(f"all {len(keys)} can be read")
            return
        if len(waiting) < before or pause == _FIRST_PAUSE_SECONDS:
            tell(f"{len(keys) - len(waiting)} of {len(keys)} can be read; waiting for the others")
        sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def how_long(objects: Sequence[Stored]) -> str:
    """Say how long thawing takes by each tier: by the coldest class among them."""
    deep = any(one.storage_class == DEEP_ARCHIVE for one in objects)
    of = DEEP_ARCHIVE if deep else GLACIER
    return " · ".join(
        f"{tier.value} {TIMES[tier][of]}" for tier in (Tier.EXPEDITED, Tier.STANDARD, Tier.BULK)
    )


def state_of(one: Stored) -> str:
    """Say how an object stands, for people."""
    if one.thaw is Thaw.THAWED and one.expires_ms is not None:
        return f"thawed to {instant(one.expires_ms)[:10]}"
    return one.thaw.value
