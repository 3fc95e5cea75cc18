"""Reads what concerns claims from a Source into a ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from agentctl.claims.ledger import Ledger
from agentctl.claims.standing import SawTo
from agentctl.claims.terms import Terms
from agentctl.errors import NotFoundError, UsageError
from agentctl.events.mapping import FieldMapping
from agentctl.model.coverage import Coverage, joined
from agentctl.model.event import Event, Role
from agentctl.model.near import near_names
from agentctl.model.query import Query, Window
from agentctl.ports import Progress, Source
from agentctl.timeline.reads import Reads
from agentctl.timeline.search import search
from agentctl.timeline.verdicts import saw_to
from agentctl.timeline.witness import Witness

_BEFORE_MS = 24 * 60 * 60 * 1000
"""How long before the first claim to look for what caused it, and for results that came before."""
_ASIDE = (Role.RESULT, Role.PROGRESS, Role.TASK)


@dataclass(frozen=True, slots=True)
class ClaimsLog:
    """A ledger, and what it was read from."""

    ledger: Ledger
    coverage: Coverage
    topic: str
    events: Sequence[Event]
    """The claims themselves, where they were asked to be kept."""
    notes: tuple[str, ...]
    saw_to: SawTo | None


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
            return named
        found = [name for name in names if self.mapping.role(name)[0] is Role.CLAIM]
        if not found:
            raise NotFoundError(
                "no topic has the role of claims",
                hint='name it with --claims-topic, or configure role = "claim" for it',
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
        with_reads: bool = False,
    ) -> ClaimsLog:
        """Read the claims, of one item or of all, and the work on them since shortly before the first."""
        topic = self.topic(claims_topic)
        claims: list[Event] = []
        until = None if until_ms is None else until_ms + 1
        ids = () if item is None else (item,)
        first = search(
            self.source, Query(ids, (topic,), Window(None, until)), self.mapping, self.progress, claims.append
        )
        times = [event.record.timestamp_ms for event in claims if event.record.timestamp_ms is not None]
        ledger = Ledger(self._terms(topic, claims), only=None if item is None else {item})
        for part in first.coverage.partitions:
            if part.log_start and part.retained_since_ms is not None:
                ledger.lost_head(part.topic, part.partition, part.retained_since_ms)
        for event in claims:
            ledger.add(event)
        coverage = first.coverage
        others = tuple(name for name in self.source.topics() if self.mapping.role(name)[0] in _ASIDE)
        if times and others:
            window = Window(max(min(times) - _BEFORE_MS, 0), until)
            query = Query(ids, others, window, as_far_as_kept=True)
            second = search(self.source, query, self.mapping, self.progress, ledger.add)
            coverage = joined((coverage, second.coverage))
        seen, note = self._saw_to(claims, min(times, default=None)) if with_reads else (None, "")
        return ClaimsLog(ledger, coverage, topic, claims, (note,) if note else (), seen)

    def _terms(self, topic: str, claims: Sequence[Event]) -> dict[str, Terms]:
        retention = self.witness.retention_ms([topic]) if any(one.ttl_ms is None for one in claims) else {}
        names = (topic, *(name for name in self.source.topics() if self.mapping.role(name)[0] in _ASIDE))
        return {
            name: Terms(
                ttl_ms=self.mapping.settings(name).ttl_ms,
                retention_ms=retention.get(name),
                stale_after_ms=self.mapping.stale_after_ms(name),
            )
            for name in names
        }

    def _saw_to(self, claims: Sequence[Event], since_ms: int | None) -> tuple[SawTo | None, str]:
        places = {(event.record.topic, event.record.partition) for event in claims}
        if not places:
            return None, ""
        commits = self.witness.commits(places, since_ms)
        return saw_to(Reads(commits.history)), commits.note
