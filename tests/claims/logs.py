"""Logs of claims as tests speak of them: ``log.claim("marketing", 0)``; times in ms, or of the day."""

from collections import Counter

from agentctl.claims.ledger import Ledger
from agentctl.claims.referee import Referee
from agentctl.claims.standing import Standing, judged, standing
from agentctl.claims.tenure import History
from agentctl.claims.terms import Terms
from agentctl.model.event import RELEASED, RENEWED, Event
from agentctl.model.finding import Code, Finding, Labels
from agentctl.model.record import TimestampType, Transaction
from tests.builders import event, ms

CLAIMS, RESULTS, PROGRESS, RESEARCH = "content-claims", "content-results", "agent-progress", "research-events"
ITEM = "agent_tracing"
TTL = 1_000
"""The configured ttl of the tests' claims topic, in ms."""

Time = int | str | None


class Log:
    """Events as they are written; each partition counts its own offsets."""

    def __init__(self, ttl_ms: int | None = TTL, retention_ms: int | None = None) -> None:
        self.terms = {CLAIMS: Terms(ttl_ms=ttl_ms, retention_ms=retention_ms), RESEARCH: Terms()}
        self.events: list[Event] = []
        self._ends: Counter[tuple[str, int]] = Counter()

    def write(
        self,
        topic: str,
        agent: str | None,
        at: Time,
        *,
        item: str | None = ITEM,
        partition: int = 0,
        ttl_ms: int | None = None,
        token: Event | str | None = None,
        keyless: bool = False,
        clock: TimestampType = TimestampType.CREATE,
        cause: Event | str | None = None,
        transaction: Transaction | None = None,
        format: str | None = None,
        **fields: object,
    ) -> Event:
        """Write one event at the end of its partition; ``fields`` are those that ``event`` takes."""
        fields["offset"] = self._ends[topic, partition]
        self._ends[topic, partition] += 1
        payload: dict[str, object] = {} if format is None else {"format": format}
        if token is not None:
            payload["token"] = token if isinstance(token, str) else token_of(token)
        fields.update(payload=payload, cause=str(cause.place) if isinstance(cause, Event) else cause)
        found = event(topic, at=at, partition=partition, agent=agent, work_item=item, **fields)  # type: ignore[arg-type]
        key = None if keyless or item is None else item.encode("utf-8", "surrogatepass")
        kind = TimestampType.NONE if at is None else clock
        record = found.record._replace(key=key, timestamp_type=kind, transaction=transaction)
        found = found._replace(record=record, ttl_ms=ttl_ms)
        self.events.append(found)
        return found

    def claim(self, agent: str | None, at: Time, **rest: object) -> Event:
        """Write a claim."""
        return self.write(CLAIMS, agent, at, **rest)  # type: ignore[arg-type]

    def renew(self, agent: str | None, at: Time, token: Event | str | None, **rest: object) -> Event:
        """Write a renewal."""
        return self.write(CLAIMS, agent, at, type=RENEWED, token=token, **rest)  # type: ignore[arg-type]

    def release(self, agent: str | None, at: Time, token: Event | str | None, **rest: object) -> Event:
        """Write a release."""
        return self.write(CLAIMS, agent, at, type=RELEASED, token=token, **rest)  # type: ignore[arg-type]

    def progress(self, agent: str | None, at: Time, **rest: object) -> Event:
        """Write a sign of work."""
        return self.write(PROGRESS, agent, at, **rest)  # type: ignore[arg-type]

    def result(self, agent: str | None, at: Time, **rest: object) -> Event:
        """Write a result."""
        return self.write(RESULTS, agent, at, **rest)  # type: ignore[arg-type]

    def task(self, at: Time, **rest: object) -> Event:
        """Write an event that may cause a claim."""
        return self.write(RESEARCH, "research", at, **rest)  # type: ignore[arg-type]

    @property
    def ledger(self) -> Ledger:
        """A ledger that has read all of it."""
        return ledger(self.events, self.terms)

    def history(self, until: Time = None, item: str = ITEM) -> History:
        """What became of an item."""
        return self.ledger.history(item, moment(until))

    def stands(self, now: int | str, item: str = ITEM) -> Standing:
        """How an item stands when all that was written until then is known."""
        found = standing(self.history(now, item), at(now))
        assert found is not None
        return found

    def verdicts(self, now: int | str, item: str = ITEM) -> list[tuple[str, str | None]]:
        """Every claim's agent and verdict."""
        return [(one.agent, one.verdict) for one in judged(self.history(now, item), at(now))]

    def findings(self, now: int | str, skew_ms: int = 0) -> list[Finding]:
        """What is wrong."""
        return Referee(at(now), skew_ms).findings(self.ledger.histories(), Labels())

    def found(self, code: Code, now: int | str = 10_000_000, skew_ms: int = 0) -> list[Finding]:
        """What is wrong of one kind."""
        return [one for one in self.findings(now, skew_ms) if one.code is code]


def ledger(events: list[Event], terms: dict[str, Terms]) -> Ledger:
    """A ledger that has read the events in that order."""
    made = Ledger(terms)
    for one in events:
        made.add(one)
    return made


def token_of(claim: Event) -> str:
    """``partition@offset``."""
    return f"{claim.record.partition}@{claim.record.offset}"


def at(time: int | str) -> int:
    """A moment of the tests in milliseconds."""
    return ms(time) if isinstance(time, str) else time


def moment(time: Time) -> int | None:
    """A moment of the tests, or none."""
    return None if time is None else at(time)
