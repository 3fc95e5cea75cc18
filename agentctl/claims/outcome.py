"""What became of a claim, a renewal or a release, judged from the log up to it."""

from dataclasses import dataclass
from enum import StrEnum

from agentctl.claims.ahead import AHEAD_MS
from agentctl.claims.standing import answer
from agentctl.claims.tenure import History, Tenure
from agentctl.model.instant import instant
from agentctl.model.record import Place, TimestampType
from agentctl.model.span import span


class Why(StrEnum):
    """How it ended."""

    HELD = "held"
    LOST = "lost"
    """Another agent holds the item, or held or ended what was to be renewed or released."""
    TOO_LATE = "too late"
    """It was won, but too little of the lease was left when the agent knew: it was given back."""
    UNDECIDED = "undecided"
    """An open transaction that may hold an earlier claim was not ended in time: it was withdrawn."""
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an agent is told. True in a condition exactly when it holds the item."""

    work_item: str
    why: Why
    token: str
    """``partition@offset`` of the own claim, held or not; of a renewal or release, the one it named."""
    holder: str | None = None
    """Who holds the item now; None when nobody does, or it is undecided."""
    holder_token: str | None = None
    """The token that counts: put it into progress and results."""
    lease_until_ms: int | None = None
    """When the holder's lease ends, by the topic's clock."""
    contended: bool = False
    """Whether another claim lost to the holder's."""
    left_ms: int = 0
    """How much of the own lease was left at the answer, at the least."""
    clock: TimestampType = TimestampType.APPEND
    """Whose clock the lease is measured by: ``append`` the broker's, ``create`` the agents'."""
    notes: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the agent may work on the item."""
        return self.why is Why.HELD

    @property
    def done(self) -> bool:
        """Whether what was asked for was reached."""
        return self.why in (Why.HELD, Why.RELEASED)

    def __bool__(self) -> bool:
        return self.held


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where an item stands for the one who has just written about it."""

    won: bool
    at_ms: int
    """When the own record counts."""
    end_ms: int | None
    """When the lease that counts ends; never later than the claim that began it may be deleted."""
    holder: Tenure
    clock: TimestampType
    carried_ms: int = 0
    """How much later the own record counts than it was written: one before it is dated so."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong with the partition, where something is."""
        if self.carried_ms <= AHEAD_MS:
            return ()
        return (
            f"it counts at {instant(self.at_ms)}, {span(self.carried_ms)} after it was written, as a record "
            f"before it is dated (agentctl doctor claims --claims-topic {self.holder.claim.place.topic})",
        )

    @property
    def left_ms(self) -> int:
        """How long the lease lived when the own record was written."""
        return 0 if self.end_ms is None else self.end_ms - self.at_ms


def after_claim(history: History, place: Place, retention_ms: int | None) -> Standpoint | None:
    """Judge a claim; None when the log does not hold it."""
    told, last = answer(history, place), history.last
    own = next((one for one in history.claims if one.place == place), None)
    if told is None or own is None or last is None:
        return None
    carried_ms = own.at_ms - own.fact.timestamp_ms
    return Standpoint(told.held, own.at_ms, _end_ms(last, retention_ms), last, own.fact.clock, carried_ms)


def after_renewal(
    history: History, place: Place, token: str, agent: str, retention_ms: int | None
) -> Standpoint | None:
    """Judge a renewal; None when it renewed nothing."""
    last = history.last
    fact = None if last is None else last.renewal
    if last is None or fact is None or fact.place != place or last.ended is not None:
        return None
    if (last.token, last.agent) != (token, agent) or any(where == place for _, where in history.odd):
        return None
    end_ms = _end_ms(last, retention_ms)
    carried_ms = fact.at_ms - fact.timestamp_ms
    return Standpoint(
        won=True, at_ms=fact.at_ms, end_ms=end_ms, holder=last, clock=fact.clock, carried_ms=carried_ms
    )


def after_release(history: History, token: str, agent: str) -> bool:
    """Whether the token's tenure, or lost claim, is over by its own agent's word."""
    for tenure in history.tenures:
        if tenure.token == token and tenure.agent == agent:
            # Where somebody has taken over since, it was not this word that ended it.
            return tenure.released_ms is not None and tenure is history.last
    return any(
        claim.token == token and claim.agent == agent and claim.withdrawn_ms is not None
        for claim in history.claims
    )


def _end_ms(last: Tenure, retention_ms: int | None) -> int | None:
    """Return when a lease ends, or when the claim that began its tenure may be deleted, if that is earlier.

    Renewals name that claim's token: without it nobody could tell who holds.
    """
    end_ms = last.known_end_ms
    if end_ms is None or retention_ms is None or retention_ms < 0:
        return end_ms
    return min(end_ms, last.claim.fact.timestamp_ms + retention_ms)
