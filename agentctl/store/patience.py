"""How long a store is asked again before it counts as unreachable."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import TypeVar

from agentctl.store.errors import FAILURES, is_passing

T = TypeVar("T")

_FIRST_SECONDS, _LONGEST_SECONDS = 0.1, 5.0
_LEAST_TRIES = 3
"""However long they take: a large body on a slow line may break when all the time is over."""


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long one request may be tried, all its tries together."""

    seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    """In seconds, from anywhere."""
    chance: Callable[[], float] = field(default=SystemRandom().random)
    """Between 0 and 1: writers that failed together shall not come back together."""

    @property
    def answer_seconds(self) -> float:
        """How long one try waits for the next bytes."""
        return max(min(20.0, self.seconds / _LEAST_TRIES), 0.1)

    def ask(self, once: Callable[[], T], again: Callable[[Exception], bool] = is_passing) -> T:
        """Call until it does not fail, fails with what no waiting mends, or the time is over.

        Raises the last failure.
        """
        began, tries = self.clock(), 0
        while True:
            try:
                return once()
            except FAILURES as failure:
                tries += 1
                pause = min(_FIRST_SECONDS * 2 ** (tries - 1), _LONGEST_SECONDS) * (0.5 + self.chance() / 2)
                over = self.clock() - began + pause > self.seconds
                if not again(failure) or (over and tries >= _LEAST_TRIES):
                    raise
                self.sleep(pause)
