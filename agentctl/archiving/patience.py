"""How long a run bears with somebody who does not answer."""

import time
from collections.abc import Callable, Collection, Hashable

from agentctl.errors import UnreachableError

_SECONDS = 60.0
"""How long somebody may be away before a run that has an end gives up."""


class Away:
    """Who has not answered, and since when. A run without end waits for ever, and says so once."""

    def __init__(self, warn: Callable[[str], None], *, for_ever: bool) -> None:
        self._warn = warn
        self._for_ever = for_ever
        self._since: dict[Hashable, float] = {}

    def silent(self, who: Hashable, error: UnreachableError) -> None:
        """Note that somebody did not answer. Raises the error when it has lasted too long."""
        now = time.monotonic()
        if who not in self._since:
            self._since[who] = now
            self._warn(f"{error.message}; trying again")
        if not self._for_ever and now - self._since[who] > _SECONDS:
            raise error

    def back(self, who: Hashable) -> None:
        """Note that somebody has answered."""
        self._since.pop(who, None)

    def lasting(self, silent: Collection[Hashable]) -> list[Hashable]:
        """Note who of many is silent now, and return who has been so for too long; none where it may last."""
        now = time.monotonic()
        for who in silent:
            self._since.setdefault(who, now)
        if self._for_ever:
            return []
        return [who for who in silent if now - self._since[who] > _SECONDS]
