"""The fold: a work item's facts, in the order in which they take effect, become its history.

A lease is ``[t, t + ttl)``. A claim while none lives starts a tenure; by the holder it extends the
lease; by anybody else it is lost for good. A tenure ends by a release with its token, by a result of
its holder, or by time.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from agentctl.claims.causes import Cause
from agentctl.claims.facts import Fact, FactKind
from agentctl.claims.tenure import By, Claim, Ended, History, Odd, Part, Result, Stretch, Tenure
from agentctl.claims.terms import ENDLESS, UNKNOWN, Terms

CauseOf = Callable[[str, Fact], Cause | None]
"""Gives the cause of a claim on a work item; None when it is unknown."""

TOKEN = re.compile(r"([0-9]{1,10})@([0-9]{1,19})")
"""Partition and offset of a claim."""
_YEAR_MS = 366 * 24 * 60 * 60 * 1000


def fold(
    work_item: str, facts: Iterable[Fact], terms: Mapping[str, Terms], cause_of: CauseOf | None = None
) -> History:
    """Fold the facts of one item. ``terms`` are by topic; of a topic that is not in it nothing is known."""
    folding = _Folding(work_item, terms, cause_of)
    for fact in facts:
        if fact.kind is FactKind.CLAIM:
            folding.claimed(fact)
        elif fact.kind is FactKind.RENEWAL:
            folding.renewed(fact)
        elif fact.kind is FactKind.RELEASE:
            folding.released(fact)
        else:
            folding.showed(fact)
    return folding.history


class _Folding:
    """A history while it grows."""

    def __init__(self, work_item: str, terms: Mapping[str, Terms], cause_of: CauseOf | None) -> None:
        self.history = History(work_item)
        self._terms = terms
        self._cause_of = cause_of
        self._now: Tenure | None = None
        self._tokens: dict[tuple[int, int], Claim] = {}
        self._own: dict[str, Claim] = {}
        """The claim that each agent's last tenure began with."""
        self._lost: dict[str, Claim] = {}
        """The last claim that each agent has lost."""
        self._stretches: dict[str, Stretch] = {}
        self._done: Result | None = None

    def claimed(self, fact: Fact) -> None:
        """A claim starts a tenure, extends its agent's own, or is lost."""
        agent = fact.agent
        if agent is None:
            raise ValueError("a claim has an agent")
        now = self._now
        if now is None or not now.lives(fact.at_ms):
            claim = self._begun(agent, fact)
        elif now.agent == agent:
            stretch = self._stretches[agent]
            claim = Claim(fact, agent, Part.EXTENDS, now, stretch, stretch.steps, stretch.results)
            now.lease_end_ms = self._end(fact)
            first = now.claim.fact
            if (fact.workflow_id, fact.word) != (first.workflow_id, first.word):
                self._odd(Odd.OTHER_WORK, fact)
        else:
            stretch = self._stretches.setdefault(agent, Stretch())
            claim = Claim(fact, agent, Part.LOST, now, stretch, stretch.steps, stretch.results)
            claim.left_ms = None if now.lease_end_ms is None else now.lease_end_ms - fact.at_ms
            stretch.unanswered += 1
            now.lost.append(claim)
            self._lost[agent] = claim
        if self._cause_of is not None:
            claim.cause = self._cause_of(self.history.work_item, fact)
            if claim.cause is not None:
                topic = claim.cause.place.topic
                self.history.stale_after_ms[topic] = self._terms.get(topic, UNKNOWN).stale_after_ms
        self._tokens[fact.partition[1], fact.offset] = claim
        self.history.claims.append(claim)
        self.history.partitions.setdefault(fact.partition, claim)
        self.history.clocks.add(fact.clock)
        self._look_at(fact)

    def _begun(self, agent: str, fact: Fact) -> Claim:
        former = self._now
        if former is not None and former.ended is None:
            former.ended, former.end_ms = Ended.TIME, former.lease_end_ms
        tenure = self._now = Tenure(agent, self._end(fact), former, self._done)
        stretch = self._stretches[agent] = Stretch()
        tenure.claim = Claim(fact, agent, Part.STARTS, tenure, stretch, 0, 0)
        self._own[agent] = tenure.claim
        self.history.tenures.append(tenure)
        return tenure.claim

    def renewed(self, fact: Fact) -> None:
        """A renewal by the holder, with its token, during the lease extends it."""
        claim = self._named(fact)
        if claim is None:
            return
        tenure = claim.tenure
        if tenure is not self._now:
            self._odd(Odd.AFTER_THE_TENURE, fact)
            return
        tenure.renewal = fact
        if tenure.lives(fact.at_ms):
            tenure.lease_end_ms = self._end(fact)
        else:
            self._odd(Odd.AFTER_THE_LEASE, fact)

    def released(self, fact: Fact) -> None:
        """A release ends the tenure whose token it bears, or withdraws a lost claim."""
        claim = self._named(fact, of_lost_claims=True)
        if claim is None:
            return
        tenure = claim.tenure
        if claim.part is Part.LOST:
            if claim.withdrawn_ms is None:
                claim.withdrawn_ms = fact.at_ms
                claim.stretch.unanswered -= 1
        elif tenure is not self._now:
            self._odd(Odd.AFTER_THE_TENURE, fact)
        elif tenure.released_ms is None:
            if tenure.lives(fact.at_ms):
                tenure.ended, tenure.end_ms = Ended.RELEASE, fact.at_ms
            tenure.released_ms = fact.at_ms

    def showed(self, fact: Fact) -> None:
        """Progress or a result: of the holder, of one who was or would be it, or of somebody else."""
        agent = fact.agent
        if agent is None:
            raise ValueError("progress and results have an agent")
        stretch = self._stretches.get(agent)
        if stretch is not None:
            stretch.see(fact)
        now, own = self._now, self._own.get(agent)
        if now is not None and own is not None and now.agent != agent:
            own.tenure.outlived = True
            now.zombies[agent] = fact
        if fact.kind is FactKind.RESULT:
            self._finished(agent, fact, own, stretch)

    def _finished(self, agent: str, fact: Fact, own: Claim | None, stretch: Stretch | None) -> None:
        now = self._now
        if now is not None and own is not None:
            by = By.HOLDER if now.agent == agent else By.FORMER_HOLDER
        elif stretch is not None:
            own = self._lost[agent]
            by = By.LOSER if stretch.unanswered else By.WITHDRAWN
        else:
            by = By.NOBODY
        result = Result(fact, agent, by, now, own)
        self.history.results.append(result)
        if now is not None and by is By.HOLDER:
            if now.lives(fact.at_ms):
                now.ended, now.end_ms = Ended.RESULT, fact.at_ms
            if now.result is None:
                now.result = result
        if self._done is None and (by is By.HOLDER or now is None):
            self._done = result

    def _named(self, fact: Fact, *, of_lost_claims: bool = False) -> Claim | None:
        """Return the claim whose token the record bears; None, and noted, when it may not speak for it."""
        found = TOKEN.fullmatch(fact.word or "")
        claim = None if found is None else self._tokens.get((int(found[1]), int(found[2])))
        if claim is None:
            self._odd(Odd.UNKNOWN_TOKEN, fact)
        elif fact.agent is not None and fact.agent != claim.agent:
            self._odd(Odd.FOREIGN_TOKEN, fact)
        elif claim.part is Part.EXTENDS or (claim.part is Part.LOST and not of_lost_claims):
            self._odd(Odd.NOT_THE_TENURES_TOKEN, fact)
        else:
            return claim
        return None

    def _end(self, fact: Fact) -> int | None:
        """Return when the lease ends that the record gives; None when nobody knows."""
        length_ms = self._terms.get(fact.partition[0], UNKNOWN).lease_ms(fact.ttl_ms)
        return None if length_ms is None else min(fact.at_ms + length_ms, ENDLESS)

    def _look_at(self, fact: Fact) -> None:
        length_ms = self._terms.get(fact.partition[0], UNKNOWN).lease_ms(fact.ttl_ms)
        if fact.keyless:
            self._odd(Odd.NO_KEY, fact)
        if length_ms is None:
            self._odd(Odd.NO_TTL, fact)
        elif length_ms == 0:
            self._odd(Odd.ZERO_TTL, fact)
        elif fact.ttl_ms is not None and fact.ttl_ms > _YEAR_MS:
            self._odd(Odd.ABSURD_TTL, fact)
        if fact.timestamp_ms < fact.at_ms:
            self._odd(Odd.BACKWARDS, fact)

    def _odd(self, odd: Odd, fact: Fact) -> None:
        self.history.odd.append((odd, fact.place))
