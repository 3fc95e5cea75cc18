"""The ledger: events in any batches, and the history of every work item at any moment."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import nan

from agentctl.claims.causes import Cause, SeenEvents
from agentctl.claims.facts import CLOCK_FLAGS, Fact, FactKind, Facts, PartitionName
from agentctl.claims.lease import CauseOf, fold
from agentctl.claims.tenure import Certainty, Ended, History
from agentctl.claims.terms import UNKNOWN, Terms
from agentctl.model.event import RELEASED, RENEWED, Event, Role
from agentctl.model.record import Place, Transaction

_KINDS = {Role.CLAIM.value: FactKind.CLAIM, RENEWED: FactKind.RENEWAL, RELEASED: FactKind.RELEASE}
_UNCOMMITTED = frozenset({Transaction.ABORTED, Transaction.OPEN})
_WORKS = {Role.PROGRESS: FactKind.PROGRESS, Role.RESULT: FactKind.RESULT}


class Aside(StrEnum):
    """Why an event concerns no work item of the ledger. It is counted, and never fatal."""

    UNDECODABLE = "undecodable"
    UNCOMMITTED = "in a transaction that was aborted, or is open"
    OTHER_TYPE = "on a claims topic, but neither a claim nor a renewal nor a release"
    NO_ITEM = "without a work item"
    NO_AGENT = "without an agent"
    NO_TIME = "without a time that it could count at"


@dataclass(slots=True)
class _Partition:
    """How far a partition was read."""

    number: int
    name: PartitionName
    offset: int = -1
    latest_ms: int | None = None
    """The running maximum of its timestamps."""
    latest: int = -1
    """The offset of the record that set it."""
    noted_ttl_ms: float | None = nan
    """The ttl that was noted last, as mostly the next is the same; nothing equals what stands here first."""


class Ledger:
    """Gathers what concerns claims. The order of a partition must be kept; everything else may vary.

    Nothing is folded before somebody asks, so the answers depend neither on batches nor on how partitions
    and topics were interleaved, and asking changes nothing. A record that comes again is ignored.
    """

    def __init__(
        self,
        terms: Mapping[str, Terms] | None = None,
        *,
        only: Collection[str] | None = None,
        cause_of: CauseOf | None = None,
        remember_causes: bool = True,
    ) -> None:
        """Begin empty.

        ``terms`` are by topic. ``only`` keeps the facts of some items and drops all others. ``cause_of``
        gives the cause of a claim where the caller knows better than the events that the ledger has seen;
        ``remember_causes`` whether it keeps the times of tasks, results and others for that. Claims and
        progress cause no claim: who answers a claim takes over.
        """
        self._terms = terms or {}
        self._only = None if only is None else frozenset(only)
        self._cause_of = cause_of
        self._seen = SeenEvents() if remember_causes else None
        self._facts = Facts()
        self._partitions: dict[PartitionName, _Partition] = {}
        self._heads: dict[PartitionName, int] = {}
        self._longest: dict[str, int | None] = {}
        self._first_claim_ms: int | None = None
        self.aside: Counter[Aside] = Counter()
        """Events that concern no item, by the reason."""
        self.examples: dict[Aside, Place] = {}
        """The first event of each kind that was set aside."""
        self.unread_ttls = 0
        """Claims whose ttl is no length of time: their leases are as long as if they stated none."""
        self.first_unread_ttl: Place | None = None

    def __len__(self) -> int:
        """Return how many facts it holds."""
        return len(self._facts)

    @property
    def first_claim_ms(self) -> int | None:
        """When the first claim counts, on any item; None when there is none."""
        return self._first_claim_ms

    @property
    def certain_from_ms(self) -> int | None:
        """From when on nothing that retention has deleted can matter, on any item.

        None when no head is lost, or nobody knows how long deleted leases lived.
        """
        ends = [self._over_ms(topic, since_ms) for (topic, _), since_ms in self._heads.items()]
        known = [end_ms for end_ms in ends if end_ms is not None]
        return max(known, default=None) if len(known) == len(ends) else None

    @property
    def head_lost(self) -> bool:
        """Whether retention has deleted the beginning of any partition of claims."""
        return bool(self._heads)

    @property
    def latest(self) -> Iterator[tuple[Place, int]]:
        """The latest record of each partition of claims, and its time: later ones count at no earlier one."""
        for partition in self._partitions.values():
            if partition.latest_ms is not None:
                yield Place(*partition.name, partition.latest), partition.latest_ms

    def lost_head(self, topic: str, partition: int, since_ms: int) -> None:
        """Say that the beginning of a claims partition is gone: its first record left is of that time."""
        self._heads[topic, partition] = since_ms

    def add(self, event: Event) -> None:
        """Take one event; those of a partition come in offset order."""
        record, role = event.record, event.role
        working = role in _WORKS
        if not working and role is not Role.CLAIM:
            if self._seen is not None:
                self._seen.add(event)
            return
        name = (record.topic, record.partition)
        partition = self._partitions.get(name)
        if partition is None:
            partition = self._partitions[name] = _Partition(self._facts.partition(name), name)
        if record.offset <= partition.offset:
            return
        partition.offset = record.offset
        if record.transaction in _UNCOMMITTED:
            self._set_aside(Aside.UNCOMMITTED, event)
            return
        if self._seen is not None and role is Role.RESULT:
            self._seen.add(event)
        time_ms = record.timestamp_ms
        if working:
            at_ms = time_ms
        else:
            latest_ms = partition.latest_ms
            if time_ms is not None and (latest_ms is None or time_ms > latest_ms):
                partition.latest_ms = latest_ms = time_ms
                partition.latest = record.offset
            at_ms = latest_ms
        self._keep(event, partition, at_ms)

    def _keep(self, event: Event, partition: _Partition, at_ms: int | None) -> None:
        item, agent, ttl_ms, record = event.work_item, event.agent, event.ttl_ms, event.record
        kind = _WORKS.get(event.role) or _KINDS.get(event.type)
        if kind is None:
            return self._set_aside(Aside.OTHER_TYPE, event)
        if event.undecodable is not None:
            return self._set_aside(Aside.UNDECODABLE, event)
        if not item:
            return self._set_aside(Aside.NO_ITEM, event)
        if not agent and kind not in (FactKind.RENEWAL, FactKind.RELEASE):
            return self._set_aside(Aside.NO_AGENT, event)
        if at_ms is None:
            return self._set_aside(Aside.NO_TIME, event)
        if kind is FactKind.CLAIM:
            if ttl_ms != partition.noted_ttl_ms:
                self._note_ttl(partition, ttl_ms)
            if self._first_claim_ms is None or at_ms < self._first_claim_ms:
                self._first_claim_ms = at_ms
        if self._only is not None and item not in self._only:
            return None
        if ttl_ms is None and kind is FactKind.CLAIM and _states_ttl(event):
            self.unread_ttls += 1
            self.first_unread_ttl = min(event.place, self.first_unread_ttl or event.place)
        time_ms = record.timestamp_ms
        return self._facts.add(
            item,
            at_ms,
            kind,
            partition.number,
            record.offset,
            agent or None,
            at_ms if time_ms is None else time_ms,
            ttl_ms,
            event.step,
            event.total,
            (event.workflow_id, _word(event, kind), _reference(event, kind)),
            CLOCK_FLAGS[record.timestamp_type] | (record.key is None),
        )

    def _note_ttl(self, partition: _Partition, ttl_ms: int | None) -> None:
        topic, _ = partition.name
        partition.noted_ttl_ms = ttl_ms
        length_ms = self._terms.get(topic, UNKNOWN).lease_ms(ttl_ms)
        longest_ms = self._longest.get(topic, 0)
        if length_ms is None or longest_ms is None:
            self._longest[topic] = None
        elif length_ms > longest_ms or topic not in self._longest:
            self._longest[topic] = max(length_ms, longest_ms)

    def _set_aside(self, why: Aside, event: Event) -> None:
        self.aside[why] += 1
        place = event.place
        if why not in self.examples or place < self.examples[why]:
            self.examples[why] = place

    def items(self) -> Iterator[str]:
        """Give every work item of which anything was seen, in the order of arrival."""
        return self._facts.items()

    def over_plainly(self, item: str, now_ms: int) -> Ended | None:
        """Return what ended an item's only lease, where that can be told without a fold.

        A result, or time where nobody had begun to work. None where there is more to it, or the lease lives.
        """
        plain = None if self._cause_of is not None else self._facts.plain(item)
        if plain is None or plain.result:
            return None if plain is None else Ended.RESULT
        length_ms = self._terms.get(plain.partition[0], UNKNOWN).lease_ms(plain.ttl_ms)
        over = length_ms is not None and plain.at_ms + length_ms <= now_ms
        return Ended.TIME if over and not plain.progress else None

    def history(self, item: str, until_ms: int | None = None, up_to: Place | None = None) -> History:
        """Return what became of an item.

        ``until_ms`` takes only what counts at or before that moment: the log as it was then. ``up_to`` takes
        of that claims partition only the offsets up to that one: the log as the writer of that record
        reads it back.
        """
        facts = self._facts.of(item)
        if until_ms is not None:
            facts = [fact for fact in facts if fact.at_ms <= until_ms]
        if up_to is not None:
            name = (up_to.topic, up_to.partition)
            facts = [fact for fact in facts if fact.partition != name or fact.offset <= up_to.offset]
        history = fold(item, facts, self._terms, self._cause)
        history.certainty = self._certainty(history)
        return history

    def histories(self, until_ms: int | None = None) -> Iterator[History]:
        """Give the history of every item, one at a time: those of a long log fill the memory together."""
        return (self.history(item, until_ms) for item in self._facts.items())

    def _cause(self, item: str, fact: Fact) -> Cause | None:
        known = None if self._cause_of is None else self._cause_of(item, fact)
        if known is None and self._seen is not None and fact.refers_to is not None:
            return self._seen.find(fact.refers_to)
        return known

    def _certainty(self, history: History) -> Certainty | None:
        """Return from when on the item's answers are certain.

        Deleted claims are taken to have lived no longer than the longest of those that are left. Of an item
        without claims nothing is certain before the first claim on anything.
        """
        if not self._heads and (history.partitions or self._first_claim_ms is None):
            return None
        names = history.partitions or self._heads
        lost = {name: since for name in names if (since := self._heads.get(name)) is not None}
        if lost:
            ends = [self._over_ms(topic, since_ms) for (topic, _), since_ms in lost.items()]
            known = [end_ms for end_ms in ends if end_ms is not None]
            return Certainty(max(lost.values()), max(known) if len(known) == len(ends) else None)
        first_ms = self._first_claim_ms
        if history.partitions or first_ms is None:
            return None
        return Certainty(first_ms, first_ms)

    def _over_ms(self, topic: str, since_ms: int) -> int | None:
        longest_ms = self._longest.get(topic, self._terms.get(topic, UNKNOWN).lease_ms(None))
        return None if longest_ms is None else since_ms + longest_ms


def _states_ttl(event: Event) -> bool:
    return isinstance(event.payload, dict) and event.payload.get("ttl") is not None


def _word(event: Event, kind: FactKind) -> str | None:
    """Return the one word that matters beside the fields: the token, the status, the format."""
    if kind is FactKind.PROGRESS:
        return event.status
    payload = event.payload
    name = "token" if kind in (FactKind.RENEWAL, FactKind.RELEASE) else "format"
    found = payload.get(name) if isinstance(payload, dict) else None
    return found if isinstance(found, str) else None


def _reference(event: Event, kind: FactKind) -> str | None:
    """Return what a claim states as its cause, or the token that a result bears."""
    if kind is FactKind.CLAIM:
        return event.cause
    if kind is not FactKind.RESULT or not isinstance(event.payload, dict):
        return None
    token = event.payload.get("token")
    return token if isinstance(token, str) else None
