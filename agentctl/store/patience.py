"""How long a store is asked again before it counts as unreachable."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import TypeVar

from agentctl.store.errors import FAILURES, is_passing

T = TypeVar("T")

_FIRST_SECONDS, _LONGEST_SECONDS = 0.1, 5.0


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
        return max(min(20.0, self.seconds / 2), 0.1)

    def ask(self, once: Callable[[], T], again: Callable[[Exception], bool] = is_passing) -> T:
        """Call until it does not fail, fails with what no waiting mends, or the time is over.

        Raises the last failure.
        """
        began, tries = self.clock(), 0
        while True:
            try:
                return once()
            except FAILURES as failure:
                longest = min(_FIRST_SECONDS * 2**tries, _LONGEST_SECONDS)
                pause = longest * (0.5 + self.chance() / 2)
                if not again(failure) or self.clock() - began + pause > self.seconds:
                    raise
                self.sleep(pause)
                tries += 1
