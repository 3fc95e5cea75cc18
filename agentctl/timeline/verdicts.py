"""What the ledger of claims finds wrong in a story."""

from collections.abc import Mapping, Sequence

from agentctl.claims.causes import Cause
from agentctl.claims.facts import Fact
from agentctl.claims.ledger import Ledger
from agentctl.claims.referee import Referee
from agentctl.claims.standing import SawTo
from agentctl.claims.tenure import Claim
from agentctl.claims.terms import Terms
from agentctl.model.event import Event, Role
from agentctl.model.finding import Finding, Labels
from agentctl.model.record import Place, TimestampType
from agentctl.model.timeline import Tenancy
from agentctl.timeline.activity import tenancies
from agentctl.timeline.reads import Reads
from agentctl.timeline.rules import clock_skew
from agentctl.timeline.scene import Scene

ASSUMED_SKEW_MS = 4_000
"""How far the clocks of two agents are taken to differ: 2 s each, in either direction."""


class Claims:
    """What is known of claims beside a story's own events."""

    def __init__(self, terms: Mapping[str, Terms], now_ms: int, around: Sequence[Event] = ()) -> None:
        """``terms`` are by topic; ``around`` are further events on the items of the story."""
        self._terms = terms
        self._around = around
        self._now_ms = now_ms

    def judged(self, scene: Scene, labels: Labels) -> tuple[Sequence[Finding], Sequence[Tenancy]]:
        """Return what is wrong with the claims on the scene's items, and who held those when."""
        histories = list(self._ledger(scene).histories(self._now_ms))
        referee = Referee(self._now_ms, _skew_ms(scene), saw_to(scene.reads))
        return referee.findings(histories, labels), tenancies(histories, self._now_ms)

    def _ledger(self, scene: Scene) -> Ledger:
        items = {event.work_item for event in scene.events if event.work_item is not None}
        causes = _inferred_causes(scene)

        def cause_of(_item: str, fact: Fact) -> Cause | None:
            return causes.get(fact.place)

        ledger = Ledger(self._terms, only=items, cause_of=cause_of)
        for event in sorted((*scene.events, *self._around), key=_place):
            ledger.add(event)
        return ledger


def _place(event: Event) -> tuple[str, int, int]:
    return event.record.topic, event.record.partition, event.record.offset


def _inferred_causes(scene: Scene) -> Mapping[Place, Cause]:
    """Return the causes of claims, by the claim; one that takes over another claim answers no event."""
    found: dict[Place, Cause] = {}
    for n, event in enumerate(scene.events):
        cause = scene.foreign[n]
        link = scene.links[n]
        if event.role is not Role.CLAIM or cause is None or link is None or link.cause != cause:
            continue
        source, time_ms = scene.events[cause], scene.events[cause].record.timestamp_ms
        if source.role is not Role.CLAIM and time_ms is not None:
            found[event.place] = Cause(time_ms, source.place, inferred=link.kind.value == "inferred")
    return found


def _skew_ms(scene: Scene) -> int:
    """Return how far the clocks may differ that the claims are dated by.

    Where those are the agents' own, that is what the scene shows, and at least what nobody would notice.
    """
    own = (TimestampType.CREATE is event.record.timestamp_type for event in scene.events if _claims(event))
    if not any(own):
        return 0
    return max(ASSUMED_SKEW_MS, *(_evident(finding) for finding in clock_skew(scene, Labels())), 0)


def _claims(event: Event) -> bool:
    return event.role is Role.CLAIM


def _evident(finding: Finding) -> int:
    skew_ms = finding.evidence["skew_ms"]
    return skew_ms if isinstance(skew_ms, int) else 0


def saw_to(reads: Reads) -> SawTo | None:
    """Return the last offset that a claim's agent had read when it claimed, as far as its commits tell."""
    if not reads.known:
        return None

    def seen(claim: Claim) -> int | None:
        fact = claim.fact
        offset = reads.position(claim.agent, *fact.partition, fact.at_ms)
        return None if offset is None else offset - 1

    return seen
