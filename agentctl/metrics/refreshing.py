"""Looking again and again in the background, and what may still be believed of the last look."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from threading import Event

from agentctl.errors import AccessError, AgentctlError, UnreachableError
from agentctl.lag.answer import Answer
from agentctl.metrics.snapshot import Snapshot

FRESH_FOR = 3
"""Intervals for which a look is believed: two may fail before its numbers vanish."""
_MOST_TOLD = 3
"""Things that could not be read, said at once."""
_SHARE = 2
"""Of the time, one part in so many is spent on looking, at most."""

Look = Callable[[], Answer]
"""Asks the cluster once how far groups are behind. Raises AgentctlError when nothing at all can be had."""


class Outcome(StrEnum):
    """How a refresh may end."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """Something could not be learned, but not all."""
    UNREACHABLE = "unreachable"
    ACCESS = "access"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What refreshing has come to until now; replaced as a whole, so that a reader never sees half of it."""

    snapshot: Snapshot | None = None
    taken_at: float = 0.0
    """When that look began, in seconds of the refresher's clock."""
    fresh_until: float = 0.0
    took_seconds: float | None = None
    """How long the last refresh took, whatever came of it; None before the first."""
    failure: str | None = "no refresh has ended yet"
    """Why the last refresh failed; None when it did not."""
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)

    def fresh(self, now: float) -> Snapshot | None:
        """Return the last good snapshot, unless it is too old to be believed."""
        return self.snapshot if self.snapshot is not None and now <= self.fresh_until else None

    def why_unhealthy(self, now: float) -> str | None:
        """Return why this should not be trusted now; None when the last refresh succeeded recently."""
        if self.failure is not None:
            return self.failure
        if self.fresh(now) is None:
            return f"the last refresh began {now - self.taken_at:.0f} s ago, and none has ended since"
        return None


class Refresher:
    """Refreshes on an interval; whoever scrapes reads what the last refresh left."""

    def __init__(
        self,
        look: Look,
        serve: Callable[[Answer], Snapshot],
        interval_seconds: float,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``say`` is told when it begins to fail and when it succeeds again; ``clock`` is in seconds."""
        self._look, self._serve, self._say = look, serve, say
        self.interval_seconds = interval_seconds
        self.clock = clock
        self.standing = Standing()
        self._ended = Event()

    def run(self) -> None:
        """Refresh until ``end``: each interval, or half of the time when a refresh takes longer than that."""
        while not self._ended.is_set():
            self._ended.wait(self.refresh())

    def end(self) -> None:
        """Begin no further refresh."""
        self._ended.set()

    def refresh(self) -> float:
        """Refresh once, and return after how many seconds it should be done again. Never raises."""
        began, before = self.clock(), self.standing
        failure: str | None = None
        hint: str | None = None
        try:
            answer = self._look()
            found = self._serve(answer)
        except AgentctlError as error:
            outcome, failure, hint = _outcome_of(error), error.message, error.hint
        except Exception as error:  # an exporter outlives whatever goes wrong once
            outcome, failure = (
                Outcome.FAILED,
                f"this is a defect of agentctl ({type(error).__name__}: {error})",
            )
        else:
            outcome = Outcome.PARTIAL if answer.troubles else Outcome.COMPLETE
        took = self.clock() - began
        period = max(self.interval_seconds, _SHARE * took)
        told = replace(
            before, took_seconds=took, failure=failure, outcomes=Counter(before.outcomes) + Counter([outcome])
        )
        if failure is None:
            told = replace(told, snapshot=found, taken_at=began, fresh_until=began + FRESH_FOR * period)
        self.standing = told
        self._tell(before, told, hint)
        return period - took

    def _tell(self, before: Standing, now: Standing, hint: str | None) -> None:
        """Say what is new: a failure, its end, or what could not be read."""
        first = before.took_seconds is None
        if now.failure is not None:
            if first or now.failure != before.failure:
                self._say(f"{now.failure}; trying on" + (f" ({hint})" if hint else ""))
            return
        if before.failure is not None and not first:
            self._say("the lag of groups can be read again")
        known = frozenset(before.snapshot.troubles) if before.snapshot is not None else frozenset()
        new = [text for text in (now.snapshot.troubles if now.snapshot else ()) if text not in known]
        for text in new[:_MOST_TOLD]:
            self._say(text)
        if len(new) > _MOST_TOLD:
            self._say(f"and {len(new) - _MOST_TOLD:,} more things that could not be read: /healthz has all")


def _outcome_of(error: AgentctlError) -> Outcome:
    if isinstance(error, UnreachableError):
        return Outcome.UNREACHABLE
    return Outcome.ACCESS if isinstance(error, AccessError) else Outcome.FAILED
