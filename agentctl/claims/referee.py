"""What is wrong with claims: one function a finding code, each over histories of work items alone.

One problem is told once, under the code that tells most:

- A lost claim that was not withdrawn is ``claim-conflict``, also when its cause was stale.
- A result of an agent that never claimed, or withdrew, is ``result-without-claim``, also when another
  stood before.
- A result of a former holder after a takeover is ``zombie-result``; it is ``duplicate-result`` too when
  another stood before.
- Any other result that is not the first of its tenure is ``duplicate-result``. The first of a later
  tenure is none: that its claim came on a finished item is ``late-claim``.
- Where the claims of an item stand in several partitions that is ``split-key``; rivals in it are an
  ambiguous ``claim-conflict`` besides, while zombies and orphans would need a winner and are not told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentctl.claims.conflicts import claim_conflicts
from agentctl.claims.results import duplicate_results, results_without_claim, zombie_results
from agentctl.claims.sentences import show, sign_words
from agentctl.claims.standing import SawTo
from agentctl.claims.tenure import By, Claim, History
from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.record import Place
from agentctl.model.span import span


def late_claims(histories: Iterable[History], labels: Labels) -> Iterator[Finding]:
    """Claims that began a tenure on a stale event, or on a finished item."""
    for history in histories:
        for tenure in history.tenures:
            if history.late(tenure):
                yield _late(history, tenure.claim, labels)


def _late(history: History, claim: Claim, labels: Labels) -> Finding:
    item, cause, done = history.work_item, claim.cause, claim.tenure.done_before
    stale = cause is not None and history.late_by_cause(claim.tenure)
    limit_ms = None if cause is None else history.stale_after_ms[cause.place.topic]
    said = f"{claim.agent} claimed {item}"
    places = [claim.place]
    if stale and cause is not None and limit_ms is not None and claim.read_age_ms is not None:
        kind = "what seems to be its cause," if cause.inferred else "its cause"
        comma = "," if cause.inferred else ""
        said += f" {span(claim.read_age_ms)} after {kind} {cause.place}{comma} (limit {span(limit_ms)})."
        places.append(cause.place)
    if done is not None:
        stood = f"{done.agent}'s result {done.place} stood there for {span(claim.at_ms - done.at_ms)}."
        said += f" The item was done: {stood}" if stale else f" although it was done: {stood}"
        places.append(done.place)
    return Finding(
        id=labels.next(Code.LATE_CLAIM),
        code=Code.LATE_CLAIM,
        severity=Severity.WARNING,
        title="late claim",
        explanation=said,
        events=tuple(places),
        evidence={
            "work_item": item,
            "agent": claim.agent,
            "token": claim.token,
            "read_age_ms": claim.read_age_ms,
            "stale_after_ms": limit_ms,
            "cause": None if cause is None else str(cause.place),
            "cause_kind": None if cause is None else "inferred" if cause.inferred else "stated",
            "done_by": None if done is None else done.agent,
            "done_for_ms": None if done is None else claim.at_ms - done.at_ms,
        },
        next=(show(item),),
        flags=(claim.place,),
    )


def orphaned_claims(histories: Iterable[History], labels: Labels, now_ms: int) -> Iterator[Finding]:
    """Holders that worked, fell silent, and let their lease run out; nobody else has come since."""
    for history in histories:
        if _orphaned(history, now_ms):
            yield _orphan(history, labels, now_ms)


def _orphaned(history: History, now_ms: int) -> bool:
    last = history.last
    if last is None or history.split or last.lives(now_ms) or last.last_sign is None:
        return False
    return last.ended is None and last.released_ms is None and last.result is None


def _orphan(history: History, labels: Labels, now_ms: int) -> Finding:
    last = history.last
    sign = None if last is None else last.last_sign
    end_ms = None if last is None else last.known_end_ms
    if last is None or sign is None or end_ms is None:
        raise ValueError("an orphan has a tenure, a lease that ended and a sign of life")
    others = [one for one in history.results if one.tenure is last and one.by is not By.HOLDER]
    progress = last.claim.stretch.progress
    said = (
        f"{last.agent}'s lease on {history.work_item} ended {span(now_ms - end_ms)} ago, token {last.token}. "
        f"Its last sign of life was {sign_words(sign)}, {span(now_ms - sign.at_ms)} ago. "
    )
    said += f"{others[0].agent} published a result meanwhile." if others else "Nobody took over."
    return Finding(
        id=labels.next(Code.ORPHANED_CLAIM),
        code=Code.ORPHANED_CLAIM,
        severity=Severity.PROBLEM,
        title="orphaned claim",
        explanation=said,
        events=(last.claim.place, sign.place),
        evidence={
            "work_item": history.work_item,
            "agent": last.agent,
            "token": last.token,
            "lease_end_ms": end_ms,
            "over_ms": now_ms - end_ms,
            "last_sign_ms": sign.at_ms,
            "step": None if progress is None else progress.step,
            "total": None if progress is None else progress.total,
            "status": None if progress is None else progress.word,
            "results_by_others": [str(one.place) for one in others],
        },
        next=(show(history.work_item),),
    )


def split_keys(histories: Iterable[History], labels: Labels) -> Iterator[Finding]:
    """Items whose claims stand in several partitions."""
    for history in histories:
        if not history.split:
            continue
        names = [f"{topic}[{partition}]" for topic, partition in sorted(history.partitions)]
        keyless = sum(claim.fact.keyless for claim in history.claims)
        said = (
            f"{history.work_item} was claimed in {', '.join(names[:-1])} and {names[-1]}: "
            "offsets cannot order these claims, so no winner is declared."
        )
        if keyless:
            said += f" {keyless:,} of the {len(history.claims):,} claims have no key."
        yield Finding(
            id=labels.next(Code.SPLIT_KEY),
            code=Code.SPLIT_KEY,
            severity=Severity.PROBLEM,
            title="split key",
            explanation=said,
            events=tuple(history.partitions[name].place for name in sorted(history.partitions)),
            evidence={
                "work_item": history.work_item,
                "partitions": names,
                "agents": sorted({claim.agent for claim in history.claims}),
                "claims": len(history.claims),
                "without_key": keyless,
            },
            next=("agentctl doctor claims", show(history.work_item)),
        )


@dataclass(slots=True)
class Referee:
    """Hears the history of every item, keeps those that matter, and tells what is wrong with them."""

    now_ms: int
    """The moment that is asked about: for orphans, and for who holds."""
    skew_ms: int = 0
    """How far clocks may differ: claims that offsets cannot order, and no further apart, are ambiguous."""
    saw_to: SawTo | None = None

    def findings(self, histories: Iterable[History], labels: Labels) -> list[Finding]:
        """Return every finding of claims, by code, then in the order of time.

        Of the histories only those are kept that something can be wrong with, so a long log may be given.
        """
        claimed_topics: set[str] = set()
        kept: list[History] = []
        for history in histories:
            if history.claims:
                claimed_topics.update(result.fact.partition[0] for result in history.results)
            if self._matters(history):
                kept.append(history)
        kept.sort(key=_begin)
        return [
            *claim_conflicts(kept, labels, self.now_ms, self.skew_ms, self.saw_to),
            *late_claims(kept, labels),
            *duplicate_results(kept, labels),
            *results_without_claim(kept, labels, claimed_topics),
            *zombie_results(kept, labels),
            *orphaned_claims(kept, labels, self.now_ms),
            *split_keys(kept, labels),
        ]

    def _matters(self, history: History) -> bool:
        if len(history.results) > 1 or history.split or _orphaned(history, self.now_ms):
            return True
        if any(one.by is not By.HOLDER and history.certain(one.at_ms) for one in history.results):
            return True
        return any(tenure.conflicting or history.late(tenure) for tenure in history.tenures)


def _begin(history: History) -> tuple[int, Place, str]:
    first = history.claims[0].fact if history.claims else history.results[0].fact
    return first.at_ms, first.place, history.work_item
