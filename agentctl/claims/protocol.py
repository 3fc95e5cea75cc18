"""The protocol by which a claim on Kafka is right: write, read back to the own record, fold, judge.

Kafka has no compare-and-set, so "look whether somebody claimed, then claim" cannot be safe. But records
with one key stand in one partition, in one order for all readers. Who has written a claim and reads
everything before it knows for good whether it was the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agentctl.claims.drafts import Draft, Writer
from agentctl.claims.fitness import by_agents_clocks, check_topic, retention_ms
from agentctl.claims.log import ClaimsLog
from agentctl.claims.outcome import Outcome, Standpoint, Why, after_claim, after_release, after_renewal
from agentctl.claims.readback import Found, ItemLog
from agentctl.claims.steps import Step
from agentctl.claims.tenure import History
from agentctl.claims.terms import Terms
from agentctl.claims.unknown import OutcomeUnknownError, not_read_back, unknown
from agentctl.errors import AgentctlError, UnreachableError, UsageError
from agentctl.events.mapping import FieldMapping
from agentctl.model.record import Place, TimestampType
from agentctl.model.span import span

LEAST_MARGIN_MS = 1_000
MARGIN_SHARE = 10
"""A tenth of the ttl, and never less than that, must be left of a lease for it to be begun with."""
_LONGEST_TTL_MS = 366 * 24 * 60 * 60 * 1000
_AGENTS_CLOCKS = "leases on this topic rest on the agents' own clocks (CreateTime)"


@dataclass(frozen=True, slots=True)
class _Held:
    token: str
    ttl_ms: int | None
    log: ItemLog
    until_ticks_ms: int


class ClaimProtocol:
    """Takes, renews and releases claims of one agent on one topic. For one thread."""

    def __init__(
        self,
        log: ClaimsLog,
        agent: str,
        mapping: FieldMapping,
        *,
        ttl_ms: int | None = None,
        allow_create_time: bool = False,
        between: Callable[[Step], None] = lambda _: None,
    ) -> None:
        """Take the agent's name, which nobody else may bear, and the ttl where a call names none."""
        self._log = log
        self._agent = agent
        self._writer = Writer(agent, log.topic, mapping)
        self._mapping = mapping
        self._ttl_ms = ttl_ms
        self._allow_create_time = allow_create_time
        self._between = between
        self._held: dict[str, _Held] = {}
        self._settings: dict[str, str] | None = None

    @property
    def agent(self) -> str:
        """Who claims."""
        return self._agent

    @property
    def topic(self) -> str:
        """Where."""
        return self._log.topic

    def take_claim(
        self,
        item: str,
        ttl_ms: int | None = None,
        *,
        workflow_id: str | None = None,
        format: str | None = None,
        cause: str | None = None,
    ) -> Outcome:
        """Claim an item. A claim that is not held has been withdrawn when this returns.

        Raises AgentctlError where nothing can be claimed, or where the answer is not known; the agent
        does not hold the item then, and what it may have written ends with its ttl.
        """
        draft = self.draft_claim(item, ttl_ms, workflow_id=workflow_id, format=format, cause=cause)
        log = self._item_log(draft.item)
        began_ms, place = self._write(draft, log)
        found = self._read_back(log, place, draft)
        point = after_claim(found.history, place, self._terms().retention_ms)
        if point is None:
            raise AgentctlError(
                f"{place} does not hold the claim that was written there: the log has lost records",
                hint="agentctl doctor claims",
            )
        token = f"{place.partition}@{place.offset}"
        if point.clock is TimestampType.CREATE and not self._allow_create_time:
            self._take_back(draft.item, token, log)
            raise self._no_append_time(place)
        if not found.decided:
            return self._withdrawn(self._undecided(draft.item, token), token, log)
        if not point.won:
            return self._withdrawn(self._outcome(draft.item, Why.LOST, token, point), token, log)
        return self._judged(draft, log, point, began_ms, token)

    def renew_claim(self, item: str, token: str | None = None, ttl_ms: int | None = None) -> Outcome:
        """Renew the tenure that has the token; by default the one that the agent holds.

        Lost when its lease was over or somebody has taken over. By default the new lease is as long as
        that of the claim was.
        """
        self._fit(None)
        log = self._item_log(item)
        held = self._held.get(item) or self._known(log)
        token = token or (None if held is None else held.token)
        if token is None:
            return self._outcome_now(item, Why.LOST, "", log.now())
        length_ms = ttl_ms if ttl_ms is not None or held is None else held.ttl_ms
        draft = self._writer.renewal(item, token, self.ttl_ms(length_ms))
        began_ms, place = self._write(draft, log)
        found = self._read_back(log, place, draft)
        point = after_renewal(found.history, place, token, self._agent, self._terms().retention_ms)
        if point is not None and found.decided:
            return self._judged(draft, log, point, began_ms, token)
        if not found.decided:
            # The old lease goes on.
            return self._undecided(item, token)
        self._held.pop(item, None)
        return self._outcome_now(item, Why.LOST, token, found.history)

    def release_claim(self, item: str, token: str | None = None) -> Outcome:
        """Release the tenure that has the token, by default the one that the agent holds."""
        self._fit(None)
        log = self._item_log(item)
        held = self._held.pop(item, None)
        if token is None:
            held = held or self._known(log)
            if held is None:
                return self._outcome_now(item, Why.LOST, "", log.now())
            token = held.token
        draft = self._writer.release(item, token)
        _, place = self._write(draft, log)
        history = self._read_back(log, place, draft).history
        why = Why.RELEASED if after_release(history, token, self._agent) else Why.LOST
        return self._outcome_now(item, why, token, history)

    def holds(self, item: str, for_ms: int = 0) -> bool:
        """Whether the agent's lease on an item lives, and will for so long.

        By the own clock, since before the claim was written: nobody is asked, so ask before every step.
        """
        held = self._held.get(item)
        return held is not None and self._log.ticks_ms() + for_ms < held.until_ticks_ms

    def draft_claim(
        self,
        item: str,
        ttl_ms: int | None = None,
        *,
        workflow_id: str | None = None,
        format: str | None = None,
        cause: str | None = None,
    ) -> Draft:
        """Return the claim that would be written. Raises AgentctlError where it could not be right."""
        length_ms = self.ttl_ms(ttl_ms)
        now_ms = self._log.now_ms()
        return self._writer.claim(
            item, length_ms, now_ms, workflow_id=workflow_id, format=format, cause=cause
        )

    def now(self, item: str) -> tuple[int, History]:
        """Return the partition of an item and what the log says of it now."""
        self._fit(None)
        log = self._item_log(item)
        return log.partition, log.now()

    def ttl_ms(self, asked_ms: int | None) -> int:
        """Return how long a lease is to live, the topic being fit for it.

        As asked, else as this agent's are, else as configured, else as long as the topic keeps it.
        """
        chosen = asked_ms if asked_ms is not None else self._ttl_ms
        length_ms = self._terms().lease_ms(chosen)
        if length_ms is None or length_ms > _LONGEST_TTL_MS:
            raise UsageError("how long the lease is to live is not said", hint="for half an hour: --ttl 30m")
        if length_ms <= LEAST_MARGIN_MS:
            raise UsageError(
                f"a lease of {span(length_ms)} is over before anything can be begun",
                hint=f"--ttl must be more than {span(LEAST_MARGIN_MS)}",
            )
        self._fit(length_ms)
        return length_ms

    def _fit(self, ttl_ms: int | None) -> None:
        check_topic(
            self._log.topic,
            self._log.brokers,
            self._known_settings(),
            ttl_ms=ttl_ms,
            allow_create_time=self._allow_create_time,
        )

    def _terms(self) -> Terms:
        settings = self._known_settings()
        return Terms(
            ttl_ms=self._mapping.settings(self._log.topic).ttl_ms, retention_ms=retention_ms(settings)
        )

    def _known_settings(self) -> dict[str, str]:
        if self._settings is None:
            self._settings = dict(self._log.settings())
        return self._settings

    def _item_log(self, item: str) -> ItemLog:
        held = self._held.get(item)
        if held is not None:
            return held.log
        key = self._writer.key(item)
        return ItemLog(self._log, self._mapping, item, self._log.partition(key), self._terms)

    def _known(self, log: ItemLog) -> _Held | None:
        """Return the agent's tenure on an item as the log knows it; None when it has none."""
        last = log.now().last
        if last is None or last.agent != self._agent or last.ended is not None:
            return None
        return _Held(last.token, last.claim.fact.ttl_ms, log, 0)

    def _write(self, draft: Draft, log: ItemLog) -> tuple[int, Place]:
        """Write a record; return the clock before that, and its place.

        Where the broker does not say whether it took it, the log is read: nothing is guessed.
        """
        self._between(Step.BEFORE_WRITING)
        began_ms = self._log.ticks_ms()
        offset = self._log.append(log.partition, draft.key, draft.value)
        if offset is None:
            try:
                offset = log.offset_of(draft.event_id)
            except UnreachableError as error:
                raise self._unknown(draft, log, error.message) from None
        if offset is None:
            raise self._unknown(draft, log, "the log does not show it")
        self._between(Step.WRITTEN)
        return began_ms, Place(self._log.topic, log.partition, offset)

    def _unknown(self, draft: Draft, log: ItemLog, why: str) -> OutcomeUnknownError:
        self._held.pop(draft.item, None)
        return unknown(draft, f"{self._log.topic}[{log.partition}]", why)

    def _read_back(self, log: ItemLog, place: Place, draft: Draft) -> Found:
        try:
            return log.up_to(place.offset)
        except UnreachableError as error:
            raise not_read_back(draft, place, error.message) from None

    def _judged(self, draft: Draft, log: ItemLog, point: Standpoint, began_ms: int, token: str) -> Outcome:
        """Decide whether enough is left of a lease that was won; otherwise give it back.

        What has passed is counted by the own clock from before the record was written: the broker cannot
        have written it earlier, so however the clocks differ, at least that much is left.
        """
        self._between(Step.READ_BACK)
        left_ms = point.left_ms - (self._log.ticks_ms() - began_ms)
        if left_ms <= max(draft.ttl_ms // MARGIN_SHARE, LEAST_MARGIN_MS):
            self._held.pop(draft.item, None)
            outcome = self._outcome(draft.item, Why.TOO_LATE, token, point)
            late = replace(outcome, holder=None, holder_token=None, lease_until_ms=None)
            return self._withdrawn(late, point.holder.token, log)
        self._held[draft.item] = _Held(point.holder.token, draft.ttl_ms, log, began_ms + point.left_ms)
        self._between(Step.JUDGED)
        return replace(self._outcome(draft.item, Why.HELD, token, point), left_ms=left_ms)

    def _withdrawn(self, outcome: Outcome, token: str, log: ItemLog) -> Outcome:
        """Take back what the token stands for. Nothing rests on it but the peace of those who look on."""
        self._between(Step.BEFORE_WITHDRAWING)
        failure = self._take_back(outcome.work_item, token, log)
        self._between(Step.WITHDRAWN)
        if failure is None:
            return outcome
        return replace(
            outcome, notes=(*outcome.notes, f"the claim {token} could not be withdrawn: {failure}")
        )

    def _take_back(self, item: str, token: str, log: ItemLog) -> str | None:
        draft = self._writer.release(item, token)
        try:
            offset = self._log.append(log.partition, draft.key, draft.value)
        except AgentctlError as error:
            return error.message
        return "the broker did not say whether it took the release" if offset is None else None

    def _outcome(self, item: str, why: Why, token: str, point: Standpoint) -> Outcome:
        return Outcome(
            work_item=item,
            why=why,
            token=token,
            holder=point.holder.agent,
            holder_token=point.holder.token,
            lease_until_ms=point.end_ms,
            contended=bool(point.holder.lost),
            clock=point.clock,
            notes=(*point.notes, *self._notes()),
        )

    def _outcome_now(self, item: str, why: Why, token: str, history: History) -> Outcome:
        """Say who holds an item on which nothing was won; this machine's clock is good enough for that."""
        last = history.last
        holds = last if last is not None and last.lives(self._log.now_ms()) else None
        return Outcome(
            work_item=item,
            why=why,
            token=token,
            holder=None if holds is None else holds.agent,
            holder_token=None if holds is None else holds.token,
            lease_until_ms=None if holds is None else holds.known_end_ms,
            contended=last is not None and bool(last.lost),
            clock=self._clock(),
            notes=self._notes(),
        )

    def _undecided(self, item: str, token: str) -> Outcome:
        why = "an open transaction may hold an earlier claim on the item"
        return Outcome(
            work_item=item,
            why=Why.UNDECIDED,
            token=token,
            clock=self._clock(),
            notes=(why, *self._notes()),
        )

    def _notes(self) -> tuple[str, ...]:
        clocks = (_AGENTS_CLOCKS,) if self._clock() is TimestampType.CREATE else ()
        return (*clocks, *self._log.notes)

    def _clock(self) -> TimestampType:
        return TimestampType.CREATE if by_agents_clocks(self._known_settings()) else TimestampType.APPEND

    def _no_append_time(self, place: Place) -> AgentctlError:
        self._settings = None
        return AgentctlError(
            f"{place} bears the agent's own time: the topic's message.timestamp.type was changed, "
            "and the claim was withdrawn",
            hint="try again: it will say what to do",
        )
