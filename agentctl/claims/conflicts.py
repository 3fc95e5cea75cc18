"""Claim conflicts: who holds, who may be working in vain, what that cost, and what can not be known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentctl.claims.sentences import listed, show
from agentctl.claims.standing import SawTo
from agentctl.claims.tenure import By, Claim, History, Tenure
from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.span import span


@dataclass(frozen=True, slots=True)
class _Case:
    """One tenure with the claims that lost to it, and what is known of both."""

    history: History
    tenure: Tenure
    lost: tuple[Claim, ...]
    alive: bool
    saw_to: dict[Claim, int | None]
    ambiguous: str | None
    """Why nobody can say who holds; None when somebody can."""

    @property
    def by_agent(self) -> dict[str, Claim]:
        """The first lost claim of each agent."""
        first: dict[str, Claim] = {}
        for claim in self.lost:
            first.setdefault(claim.agent, claim)
        return first


def claim_conflicts(
    histories: Iterable[History],
    labels: Labels,
    now_ms: int,
    skew_ms: int = 0,
    saw_to: SawTo | None = None,
) -> Iterator[Finding]:
    """Claims that lost to a live lease and were not withdrawn: one finding for each tenure that has some."""
    for history in histories:
        for tenure in history.tenures:
            lost = tuple(tenure.conflicting)
            if lost:
                known = {claim: None if saw_to is None else saw_to(claim) for claim in lost}
                alive = tenure is history.last and tenure.lives(now_ms)
                why = _ambiguity(tenure, lost, skew_ms)
                yield _finding(_Case(history, tenure, lost, alive, known, why), labels)


def _ambiguity(tenure: Tenure, lost: tuple[Claim, ...], skew_ms: int) -> str | None:
    """Say why it is unknown who holds: no ttl, or claims too close in time that no offset orders.

    Those that were withdrawn count too: one of them may have been the first. A claim so close to the end of a
    lease may as well have come after it.
    """
    if tenure.lease_end_ms is None:
        return "unknown ttl"
    holder = tenure.claim.fact
    if any(one.fact.partition != holder.partition and one.gap_ms <= skew_ms for one in tenure.lost):
        return "split key"
    if all(one.left_ms is not None and one.left_ms <= skew_ms < one.gap_ms for one in lost):
        return "lease end"
    return None


def _verdict(case: _Case) -> str:
    if case.ambiguous is not None:
        return "ambiguous"
    return "first by time" if case.history.split else "holder"


def _finding(case: _Case, labels: Labels) -> Finding:
    history, tenure = case.history, case.tenure
    latest = case.by_agent.values()
    certain = _verdict(case) == "holder"
    return Finding(
        id=labels.next(Code.CLAIM_CONFLICT),
        code=Code.CLAIM_CONFLICT,
        severity=Severity.PROBLEM,
        title="claim conflict",
        explanation=" ".join((*_who(case), *_how(case), *_cost(case))),
        events=(tenure.claim.place, *(claim.place for claim in case.lost)),
        evidence={
            "work_item": history.work_item,
            "verdict": _verdict(case),
            "why": case.ambiguous,
            "holder": tenure.agent if certain else None,
            "token": tenure.token if certain else None,
            "lease_end_ms": tenure.known_end_ms,
            "rivals": [_rival(case, claim) for claim in case.lost],
            "wasted_ms": sum(claim.worked_ms for claim in latest),
            "wasted_steps": sum(claim.steps_since for claim in latest),
            "certain": history.certain(tenure.start_ms),
        },
        next=(show(history.work_item),),
        flags=tuple(claim.place for claim in case.lost),
    )


def _rival(case: _Case, claim: Claim) -> dict[str, object]:
    saw_to = case.saw_to[claim]
    same = claim.fact.partition == case.tenure.claim.fact.partition
    return {
        "agent": claim.agent,
        "token": claim.token,
        "at_ms": claim.at_ms,
        "gap_ms": claim.gap_ms,
        "still_working": claim.still_working,
        "steps": claim.steps_since,
        "results": claim.results_since,
        "worked_ms": claim.worked_ms,
        "saw_to": saw_to,
        "could_have_seen": None if saw_to is None or not same else saw_to >= case.tenure.claim.fact.offset,
        "read_age_ms": claim.read_age_ms,
    }


def _who(case: _Case) -> Iterator[str]:
    """Say who holds; where nobody can, why not."""
    item, tenure = case.history.work_item, case.tenure
    rivals = list(case.by_agent.values())
    everybody = listed([tenure.agent, *(claim.agent for claim in rivals)])
    if case.ambiguous == "split key":
        gap = span(max(claim.gap_ms for claim in rivals))
        yield f"{everybody} claimed {item} within {gap}, in different partitions:"
        yield "neither offsets nor clocks can say who holds it."
    elif case.ambiguous == "lease end":
        left = span(max(claim.left_ms or 0 for claim in case.lost))
        yield f"{listed([claim.agent for claim in rivals])} claimed {item} within {left} before the lease of"
        yield f"{tenure.agent} ended: clocks may differ by more, so it may as well have been a takeover."
    elif case.ambiguous is not None:
        yield f"{everybody} claimed {item}, and no ttl is known: a later claim may as well have taken over."
    elif case.history.split:
        yield f"{everybody} claimed {item} in different partitions; by the clocks {tenure.agent} came first."
    else:
        yield f"{tenure.agent} {'holds' if case.alive else 'held'} {item}, token {tenure.token}."
    if not case.history.certain(tenure.start_ms):
        yield "Claims before it may have been deleted by retention."


def _how(case: _Case) -> Iterator[str]:
    """Say when the others came, and what they had read, as far as that is known."""
    blind: list[Claim] = []
    seeing: list[Claim] = []
    unknown: list[Claim] = []
    held = case.tenure.claim.fact
    for claim in case.by_agent.values():
        saw_to = case.saw_to[claim]
        if saw_to is None or claim.fact.partition != held.partition:
            unknown.append(claim)
        else:
            (seeing if saw_to >= held.offset else blind).append(claim)
    if blind:
        offsets = {case.saw_to[claim] for claim in blind}
        upto = f"to {held.partition[1]}@{offsets.pop()}" if len(offsets) == 1 else "to before that one"
        yield f"{_timed(blind)} had read the claims only {upto}: check-then-claim."
    if seeing:
        yield f"{_timed(seeing)} had read that claim, and claimed all the same."
    if unknown and case.ambiguous is None:
        yield f"{_timed(unknown)} claimed it too, and did not withdraw."


def _timed(claims: list[Claim]) -> str:
    """Name agents with how much later they came; the first time says that it is later."""
    return listed([f"{c.agent} ({span(c.gap_ms)}{' later' if n == 0 else ''})" for n, c in enumerate(claims)])


def _cost(case: _Case) -> Iterator[str]:
    """Say how long the losers worked. In vain only where the holder's own result stands."""
    rivals = list(case.by_agent.values())
    workers = [claim for claim in rivals if claim.still_working]
    if not workers:
        yield "No sign of work since." if len(rivals) == 1 else "None of them has shown work since."
        return
    they = "They" if len(workers) == len(rivals) > 1 else listed([claim.agent for claim in workers])
    worked = span(sum(claim.worked_ms for claim in workers))
    done = case.tenure.result is not None or any(r.by is By.HOLDER for r in case.history.results)
    yield f"{they} worked {worked} {'in vain' if done and case.ambiguous is None else 'beside it'}."
