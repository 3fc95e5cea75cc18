"""Starts the agents, wakes those that were paused, replaces those that were killed, and ends it all."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

from tests.claims.simulation.agent import live
from tests.claims.simulation.plan import Plan

_LOOK_SECONDS = 0.02
_LEAST = 3


def run(plan: Plan) -> None:
    """Run until enough was tried or the time is over; nothing runs any more when this returns.

    Processes are forked, so no client of Kafka may live here before the end.
    """
    family = _Family(plan)
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        until = time.monotonic() + plan.seconds
        for number in range(plan.agents):
            family.begin(number)
        while time.monotonic() < until and not family.tried_enough():
            signal.sigtimedwait([signal.SIGCHLD], _LOOK_SECONDS)
            family.look()
    finally:
        family.end()


class _Family:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._dice = random.Random(plan.seed)
        self._numbers: dict[int, int] = {}
        self._generations: dict[int, int] = {}
        self._wake: dict[int, float] = {}
        self._read = 0
        self._seen: Counter[str] = Counter()

    def begin(self, number: int) -> None:
        generation = self._generations[number] = self._generations.get(number, 0) + 1
        pid = os.fork()
        if pid == 0:
            try:
                live(self._plan, number, generation)
            finally:
                os._exit(1)
        self._numbers[pid] = number

    def look(self) -> None:
        """See who has stopped or died, and wake whose time has come."""
        while self._numbers:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                break
            if os.WIFSTOPPED(status):
                longest = 1.5 * self._plan.ttl_ms / 1000
                self._wake[pid] = time.monotonic() + self._dice.uniform(0.02, longest)
            else:
                number = self._numbers.pop(pid)
                self._wake.pop(pid, None)
                self.begin(number)
        now = time.monotonic()
        for pid in [pid for pid, at in self._wake.items() if at <= now]:
            del self._wake[pid]
            os.kill(pid, signal.SIGCONT)

    def tried_enough(self) -> bool:
        """Whether enough takes were answered, and enough processes killed and paused, if any are to be."""
        with Path(self._plan.reports).open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        for kind in ("told", "killed", "paused"):
            self._seen[kind] += new.count(f'"kind": "{kind}"'.encode())
        disturbed = all(
            self._seen[kind] >= _LEAST or not chance
            for kind, chance in (("killed", self._plan.kill), ("paused", self._plan.pause))
        )
        return disturbed and self._seen["told"] >= self._plan.rounds

    def end(self) -> None:
        for pid in self._numbers:
            os.kill(pid, signal.SIGKILL)
        for pid in self._numbers:
            os.waitpid(pid, 0)
        self._numbers.clear()
