"""Reads what concerns claims from a Source into a ledger."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from agentctl.claims.ledger import Ledger
from agentctl.claims.standing import SawTo
from agentctl.claims.tenure import History
from agentctl.claims.terms import Terms
from agentctl.errors import NotFoundError, UsageError
from agentctl.events.mapping import FieldMapping
from agentctl.model.coverage import Coverage, joined
from agentctl.model.event import Event, Role
from agentctl.model.instant import instant
from agentctl.model.near import near_names
from agentctl.model.query import Query, Window
from agentctl.ports import Progress, Source
from agentctl.timeline.reads import Reads
from agentctl.timeline.search import search
from agentctl.timeline.verdicts import saw_to
from agentctl.timeline.witness import Witness

_BEFORE_MS = 24 * 60 * 60 * 1000
"""How long before the first claim to look for what caused it, and for results that came before."""
ASIDE = (Role.RESULT, Role.PROGRESS, Role.TASK)
"""What the topics are for that are read beside claims."""


@dataclass(frozen=True, slots=True)
class ClaimsLog:
    """A ledger, and what it was read from."""

    ledger: Ledger
    coverage: Coverage
    topic: str
    topics: tuple[str, ...]
    """Every topic that was read, or would be."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing of the log: from when on it is certain, and what concerned no item."""
        return (*self._head(), *self._set_aside(), *self._unread_ttls())

    def _head(self) -> tuple[str, ...]:
        if not self.ledger.head_lost:
            return ()
        from_ms = self.ledger.certain_from_ms
        if from_ms is None:
            return ("not certain: retention has deleted earlier claims, and nobody knows their leases",)
        return (f"certain from {instant(from_ms)[:-5]}Z on: retention has deleted earlier claims",)

    def _unread_ttls(self) -> tuple[str, ...]:
        count, place = self.ledger.unread_ttls, self.ledger.first_unread_ttl
        if not count:
            return ()
        claims, first = ("1 claim states", "") if count == 1 else (f"{count:,} claims state", "the first ")
        return (f"{claims} a ttl that is no length of time ({first}{place}): it counts as none",)

    def _set_aside(self) -> tuple[str, ...]:
        aside = self.ledger.aside
        return tuple(
            f"{count:,} {'event' if count == 1 else 'events'} left out: {why} "
            f"({'' if count == 1 else 'the first '}{self.ledger.examples[why]})"
            for why, count in sorted(aside.items())
        )


@dataclass(frozen=True, slots=True)
class ClaimsReader:
    """Reads claims, and what was done about them."""

    source: Source
    mapping: FieldMapping
    witness: Witness
    progress: Progress

    def topic(self, named: str | None) -> str:
        """Return the claims topic: the one that is named, or the only one with that role.

        Raises NotFoundError when there is none, UsageError when there are several.
        """
        names = self.source.topics()
        if named is not None:
            if named not in names:
                near = near_names(named, names, 1)
                raise NotFoundError(
                    f"there is no topic {named}",
                    hint=f"did you mean {near[0]}?" if near else "agentctl fields explain TOPIC shows roles",
                )
            if self.mapping.role(named)[0] is not Role.CLAIM:
                raise UsageError(
                    f"{named} is no topic of claims: its role is {self.mapping.role(named)[0].value}",
                    hint=f'configure role = "claim" in [topics."{named}"]',
                )
            return named
        found = [name for name in names if self.mapping.role(name)[0] is Role.CLAIM]
        if not found:
            raise NotFoundError(
                "no topic has the role of claims",
                hint='configure it: [topics.NAME] with role = "claim"',
            )
        if len(found) > 1:
            raise UsageError(
                f"several topics have the role of claims: {', '.join(found)}",
                hint="choose one with --claims-topic",
            )
        return found[0]

    def read(
        self,
        claims_topic: str | None = None,
        *,
        item: str | None = None,
        until_ms: int | None = None,
        take: Callable[[Event], None] | None = None,
    ) -> ClaimsLog:
        """Read the claims, of one item or of all, and the work on them since shortly before the first.

        ``take`` is given every event of the claims topic as well.
        """
        topic = self.topic(claims_topic)
        until = None if until_ms is None else until_ms + 1
        ids = () if item is None else (item,)
        terms = self._terms(topic)
        ledger = Ledger(terms, only=ids or None)
        # All partitions, whatever the keys promise: what broke the promise is what has to be seen.
        query = Query(ids, (topic,), Window(None, until), keyed=False)
        coverage = search(self.source, query, self.mapping, self.progress, _both(ledger.add, take)).coverage
        if ids and coverage.max_inversion_ms:
            # A record counts at the latest time of its partition, whoever's: other items matter, too.
            ledger = Ledger(terms, only=ids)
            query = replace(query, ids=())
            coverage = search(self.source, query, self.mapping, self.progress, ledger.add).coverage
        for part in coverage.partitions:
            if part.log_start and part.retained_since_ms is not None:
                ledger.lost_head(part.topic, part.partition, part.retained_since_ms)
        others = self._others()
        first_ms = ledger.first_claim_ms
        if first_ms is not None and others:
            window = Window(max(first_ms - _BEFORE_MS, 0), until)
            query = Query(ids, others, window, as_far_as_kept=True)
            second = search(self.source, query, self.mapping, self.progress, ledger.add)
            coverage = joined((coverage, second.coverage))
        return ClaimsLog(ledger, coverage, topic, (topic, *others))

    def saw_to(self, history: History) -> tuple[SawTo | None, tuple[str, ...]]:
        """Return what the agents had read when they claimed an item, and what is to be said of that."""
        if not history.claims:
            return None, ()
        commits = self.witness.commits(history.partitions.keys(), history.claims[0].at_ms)
        return saw_to(Reads(commits.history)), (commits.note,) if commits.note else ()

    def _others(self) -> tuple[str, ...]:
        return tuple(name for name in self.source.topics() if self.mapping.role(name)[0] in ASIDE)

    def _terms(self, topic: str) -> dict[str, Terms]:
        return terms_of(self.mapping, self.witness, (topic,), self._others())


def terms_of(
    mapping: FieldMapping, witness: Witness, claims: Collection[str], others: Collection[str]
) -> dict[str, Terms]:
    """Return what the claims of some topics are subject to, and what is stale in others."""
    retention = witness.retention_ms(claims)
    return {
        name: Terms(
            ttl_ms=mapping.settings(name).ttl_ms,
            retention_ms=retention.get(name),
            stale_after_ms=mapping.stale_after_ms(name),
        )
        for name in (*claims, *others)
    }


def _both(first: Callable[[Event], None], second: Callable[[Event], None] | None) -> Callable[[Event], None]:
    if second is None:
        return first

    def take(event: Event) -> None:
        first(event)
        second(event)

    return take
