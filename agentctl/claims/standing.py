"""How a work item stands at a moment, how its claims are judged, and what a claimant is told."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from agentctl.claims.tenure import Certainty, Claim, History, Odd, Part, Tenure
from agentctl.model.record import Place, TimestampType

SawTo = Callable[[Claim], int | None]
"""Gives the last offset of a claim's partition that its agent had read when it claimed; None when unknown."""


class State(StrEnum):
    """States of a work item, in the order in which the first that applies is taken."""

    SPLIT_KEY = "SPLIT KEY"
    ZOMBIE = "ZOMBIE"
    CONFLICT = "CONFLICT"
    LATE = "LATE"
    DONE = "done"
    RELEASED = "released"
    ORPHANED = "ORPHANED"
    EXPIRED = "expired"
    TAKEN_OVER = "TAKEN OVER"
    WORKING = "working"
    CLAIMED = "claimed"


class Verdict(StrEnum):
    """What became of one claim."""

    HOLDS = "holds"
    HELD = "held"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    TOOK_OVER = "took over"
    ZOMBIE = "zombie"


@dataclass(frozen=True, slots=True)
class Rival:
    """A claim that lost and was not withdrawn."""

    agent: str
    token: str
    at_ms: int
    gap_ms: int
    """How long after the claim that holds, or, where no winner is declared, after the first."""
    still_working: bool
    """Whether its agent showed progress or a result afterwards."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a claimed work item stands at a moment. Times in milliseconds since 1970; unknown is None."""

    work_item: str
    state: State
    holder: str | None
    """The agent of the last tenure, over or not; None where no winner can be declared."""
    token: str | None
    workflow_id: str | None
    format: str | None
    claimed_at_ms: int
    age_ms: int
    """Since the tenure's first claim; below 0 for a claim in the future."""
    alive: bool
    """Whether the lease lives."""
    lease_end_ms: int | None
    """When the lease ends, or ended, by time; None when it never does, or its ttl is unknown."""
    lease_left_ms: int | None
    """Below 0 when it is over; None too when a result or a release has ended it."""
    ttl_known: bool
    last_sign_ms: int | None
    last_sign: Place | None
    step: int | None
    total: int | None
    status: str | None
    """Step, total and status of the holder's latest progress in this tenure."""
    read_age_ms: int | None
    """How old the event that caused the claim was when it was claimed."""
    cause_inferred: bool
    rivals: tuple[Rival, ...]
    contended: bool
    """Whether any claim lost to the holder, withdrawn or not."""
    clock: TimestampType
    """Whose clock the leases rest on; ``create``, the agents' own, also where only some are of it."""
    certainty: Certainty | None
    certain: bool
    """Whether no claim that retention has deleted can change this."""
    odd: tuple[tuple[Odd, Place], ...]


def standing(history: History, now_ms: int) -> Standing | None:
    """Return how an item stands; None when it was never claimed: a result alone is no claim."""
    tenure = history.last
    if tenure is None:
        return None
    claim, split = tenure.claim, history.split
    alive = tenure.lives(now_ms)
    end_ms = tenure.known_end_ms
    sign, progress = tenure.last_sign, claim.stretch.progress
    over = tenure.ended is not None or tenure.released_ms is not None or tenure.result is not None
    return Standing(
        work_item=history.work_item,
        state=_state(history, tenure, alive=alive, signs=sign is not None),
        holder=None if split else tenure.agent,
        token=None if split else claim.token,
        workflow_id=claim.fact.workflow_id,
        format=claim.fact.word,
        claimed_at_ms=claim.at_ms,
        age_ms=now_ms - claim.at_ms,
        alive=alive,
        lease_end_ms=end_ms,
        lease_left_ms=None if end_ms is None or over else end_ms - now_ms,
        ttl_known=tenure.lease_end_ms is not None,
        last_sign_ms=None if sign is None else sign.at_ms,
        last_sign=None if sign is None else sign.place,
        step=None if progress is None else progress.step,
        total=None if progress is None else progress.total,
        status=None if progress is None else progress.word,
        read_age_ms=claim.read_age_ms,
        cause_inferred=claim.cause is not None and claim.cause.inferred,
        rivals=rivals(history, tenure),
        contended=bool(tenure.lost),
        clock=_clock(history),
        certainty=history.certainty,
        certain=history.certain(claim.at_ms),
        odd=tuple(history.odd),
    )


def _state(history: History, tenure: Tenure, *, alive: bool, signs: bool) -> State:
    """Return the first state that applies."""
    if history.split:
        return State.SPLIT_KEY
    if tenure.zombies:
        return State.ZOMBIE
    if alive and tenure.lost and tenure.conflicting:
        return State.CONFLICT
    if history.late(tenure):
        return State.LATE
    if tenure.result is not None:
        return State.DONE
    if tenure.released_ms is not None:
        return State.RELEASED
    if not alive:
        return State.ORPHANED if signs else State.EXPIRED
    if tenure.took_over:
        return State.TAKEN_OVER
    return State.WORKING if signs else State.CLAIMED


def rivals(history: History, tenure: Tenure) -> tuple[Rival, ...]:
    """Return who may be working beside the tenure's holder; where no winner is declared, everybody."""
    if not tenure.lost and not history.split:
        return ()
    claims = [tenure.claim, *tenure.conflicting] if history.split else tenure.conflicting
    return tuple(
        Rival(one.agent, one.token, one.at_ms, one.gap_ms, still_working=one.still_working) for one in claims
    )


def _clock(history: History) -> TimestampType:
    for clock in (TimestampType.CREATE, TimestampType.APPEND):
        if clock in history.clocks:
            return clock
    return TimestampType.NONE


@dataclass(frozen=True, slots=True)
class Judged:
    """One claim with its verdict."""

    token: str
    place: Place
    agent: str
    at_ms: int
    verdict: Verdict | None
    """None where no winner can be declared."""
    saw_to: int | None
    """The last offset of its partition that its agent had read when it claimed; None when unknown."""
    gap_ms: int | None
    """How long a lost claim came after the one that held."""
    steps_since: int
    results_since: int
    workflow_id: str | None
    format: str | None
    read_age_ms: int | None


def judged(history: History, now_ms: int, saw_to: SawTo | None = None) -> list[Judged]:
    """Return every claim on the item with its verdict, in the order in which they took effect."""
    return [
        Judged(
            token=claim.token,
            place=claim.place,
            agent=claim.agent,
            at_ms=claim.at_ms,
            verdict=None if history.split else verdict(claim, history, now_ms),
            saw_to=None if saw_to is None else saw_to(claim),
            gap_ms=claim.gap_ms if claim.part is Part.LOST else None,
            steps_since=claim.steps_since,
            results_since=claim.results_since,
            workflow_id=claim.fact.workflow_id,
            format=claim.fact.word,
            read_age_ms=claim.read_age_ms,
        )
        for claim in history.claims
    ]


def verdict(claim: Claim, history: History, now_ms: int) -> Verdict:
    """Return what became of a claim on an item whose claims can be ordered."""
    if claim.part is Part.LOST:
        return Verdict.LOST if claim.withdrawn_ms is None else Verdict.WITHDRAWN
    if claim.part is Part.STARTS:
        if claim.tenure.outlived:
            return Verdict.ZOMBIE
        if claim.tenure.took_over:
            return Verdict.TOOK_OVER
    holds = claim.tenure is history.last and claim.tenure.lives(now_ms)
    return Verdict.HOLDS if holds else Verdict.HELD


@dataclass(frozen=True, slots=True)
class Answer:
    """What a claimant learns about its own claim from the log up to it."""

    held: bool
    """Whether its agent holds the item, the claim's own lease not having ended by a result or a release.
    Whether there is time left is for the caller to compare."""
    token: str
    """The own claim's token."""
    holder: str | None
    holder_token: str | None
    lease_until_ms: int | None
    """None when it never ends by time, or its ttl is unknown."""
    ttl_known: bool
    contended: bool


def answer(history: History, claim: Place) -> Answer | None:
    """Answer the writer of a claim; None when the history does not hold that claim."""
    last = history.last
    own = next((one for one in reversed(history.claims) if one.place == claim), None)
    if own is None or last is None:
        return None
    held = own.part is not Part.LOST and own.tenure is last and last.ended is None and not history.split
    return Answer(
        held=held,
        token=own.token,
        holder=None if history.split else last.agent,
        holder_token=None if history.split else last.token,
        lease_until_ms=last.known_end_ms,
        ttl_known=last.lease_end_ms is not None,
        contended=bool(last.lost),
    )
