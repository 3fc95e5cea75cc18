"""``agentctl.claims.Claimant``: how an agent claims a piece of work so that nobody else has it, too."""

from collections.abc import Callable, Mapping
from types import TracebackType

from agentctl.claims.outcome import Outcome
from agentctl.claims.protocol import ClaimProtocol
from agentctl.claims.steps import Step
from agentctl.errors import UsageError
from agentctl.events.mapping import field_mapping
from agentctl.events.values import as_duration_ms

Length = str | float
"""A length of time: ``"30m"``, ``"1h30m"``, or a number of seconds."""


class Claimant:
    """One agent's hand on a claims topic. For one thread; used as a context manager.

    ::

        from agentctl.claims import Claimant

        with Claimant("kafka-1:9092", "content-claims", "marketing-1", ttl="30m") as claimant:
            claim = claimant.take("agent_tracing")
            if claim:
                write_the_article(token=claim.holder_token)
                claimant.release("agent_tracing")
            else:
                print(f"{claim.holder} has it, token {claim.holder_token}")

    While working, ask ``holds`` before every step and ``renew`` in time. The token belongs into progress
    and results: whoever accepts results must refuse one with a lower token than it has seen on the item,
    for a process that is paused cannot know that its lease has ended meanwhile.
    """

    def __init__(
        self,
        brokers: str | Mapping[str, str | int | float | bool],
        topic: str,
        agent: str,
        *,
        ttl: Length | None = None,
        allow_create_time: bool = False,
        topics: Mapping[str, Mapping[str, object]] | None = None,
        profiles: Mapping[str, object] | None = None,
        between: Callable[[Step], None] = lambda _: None,
    ) -> None:
        """Connect when first needed.

        ``brokers``: ``HOST:PORT,…``, or properties of librdkafka with ``bootstrap.servers`` among them.
        ``agent``: a name that no other process uses; one name is one worker.
        ``ttl``: how long leases live where a call does not say; else as configured, else as the topic keeps.
        ``topics``, ``profiles``: the tables of agentctl's configuration, where your events need them.
        ``between``: called between the steps of the protocol, for tests.
        """
        # The one door from the core to the edges: what an agent is given connects by itself.
        from agentctl.sources.claims_topic import KafkaClaims

        properties = {"bootstrap.servers": brokers} if isinstance(brokers, str) else dict(brokers)
        self._log = KafkaClaims(properties, topic)
        tables = {name: dict(table) for name, table in (topics or {}).items()}
        tables.setdefault(topic, {})["role"] = "claim"
        self._protocol = ClaimProtocol(
            self._log,
            agent,
            field_mapping(profiles or {}, tables),
            ttl_ms=_length_ms(ttl),
            allow_create_time=allow_create_time,
            between=between,
        )

    def take(
        self,
        item: str,
        ttl: Length | None = None,
        *,
        workflow_id: str | None = None,
        format: str | None = None,
        cause: str | None = None,
    ) -> Outcome:
        """Claim an item; the outcome is true exactly when this agent holds it now.

        Who lost is told ``holder``, ``holder_token`` and ``lease_until_ms``; its claim is withdrawn.
        ``cause`` is the event that led to it: an event id or ``topic[partition]@offset``.
        Raises AgentctlError, and then nothing is held.
        """
        return self._protocol.take_claim(
            item, _length_ms(ttl), workflow_id=workflow_id, format=format, cause=cause
        )

    def renew(self, item: str, token: str | None = None, ttl: Length | None = None) -> Outcome:
        """Let the lease on a held item begin anew; false when it was over or somebody has taken over.

        ``token``: the tenure's, ``holder_token`` of the outcome; by default that of what this Claimant
        took. Raises AgentctlError; the old lease goes on then, see ``holds``.
        """
        return self._protocol.renew_claim(item, token, _length_ms(ttl))

    def release(self, item: str, token: str | None = None) -> Outcome:
        """Give an item back; ``why`` says whether that ended the tenure."""
        return self._protocol.release_claim(item, token)

    def holds(self, item: str, for_: Length = 0) -> bool:
        """Whether the lease on an item lives, and will for so long; asks nobody, so ask before every step."""
        return self._protocol.holds(item, _length_ms(for_) or 0)

    def close(self) -> None:
        """Let go of the connections; what is held stays held until its lease ends."""
        self._log.close()

    def __enter__(self) -> "Claimant":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _length_ms(length: Length | None) -> int | None:
    if length is None:
        return None
    found = as_duration_ms(length)
    if found is None:
        raise UsageError(f"{length!r} is no length of time", hint='write "30m", or a number of seconds')
    return found
