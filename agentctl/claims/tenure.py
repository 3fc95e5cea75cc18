"""What became of one work item: its claims, the tenures that they started, its results."""

from dataclasses import dataclass, field
from enum import StrEnum

from agentctl.claims.causes import Cause
from agentctl.claims.facts import Fact, FactKind
from agentctl.claims.terms import ENDLESS
from agentctl.model.record import Place, TimestampType


class Part(StrEnum):
    """What a claim did to its item."""

    STARTS = "starts"
    """No lease lived: it started a tenure."""
    EXTENDS = "extends"
    """The holder claimed again: same tenure, same token."""
    LOST = "lost"
    """Another agent's lease lived."""


class Ended(StrEnum):
    """What ended a tenure."""

    TIME = "time"
    RESULT = "result"
    RELEASE = "release"


class By(StrEnum):
    """Whose word a result is, at the moment it was given."""

    HOLDER = "holder"
    """Of the last tenure, its lease alive or not."""
    FORMER_HOLDER = "former holder"
    """Another agent had taken over."""
    LOSER = "loser"
    """Its claim was lost and not withdrawn."""
    WITHDRAWN = "withdrawn"
    """Every claim of it had been lost and withdrawn."""
    NOBODY = "nobody"
    """It had not claimed the item."""


class Odd(StrEnum):
    """What is wrong with a record of the claims topic that is read all the same, or ignored for it."""

    UNKNOWN_TOKEN = "names no token of a claim on the item"  # noqa: S105
    FOREIGN_TOKEN = "names the token of another agent's claim"  # noqa: S105
    NOT_THE_TENURES_TOKEN = "names the token of a claim that started no tenure"  # noqa: S105
    AFTER_THE_LEASE = "renews a lease that was over"
    AFTER_THE_TENURE = "renews or releases what somebody had claimed since"
    NO_KEY = "is a claim without a key: nothing puts the claims of one item into one partition"
    NO_TTL = "is a claim whose ttl nobody knows: its lease has no known end"
    ZERO_TTL = "has a ttl of 0: its lease was over as it began"
    ABSURD_TTL = "has a ttl of more than a year"
    BACKWARDS = "bears an earlier time than a record before it, and counts at that one's"
    OTHER_WORK = "claims again for other work: are two agents under one name?"


@dataclass(slots=True, eq=False)
class Stretch:
    """What one agent showed on the item from one start to the next: its tenure's, or its first lost claim."""

    steps: int = 0
    results: int = 0
    last: Fact | None = None
    progress: Fact | None = None
    """The latest progress."""
    unanswered: int = 0
    """Lost claims that are not withdrawn."""

    def see(self, sign: Fact) -> None:
        """Take a progress event or a result."""
        self.last = sign
        if sign.kind is FactKind.PROGRESS:
            self.steps += 1
            self.progress = sign
        else:
            self.results += 1


@dataclass(slots=True, eq=False)
class Claim:
    """One claim on the item, and what became of it. Complete once the fold is."""

    fact: Fact
    agent: str
    part: Part
    tenure: "Tenure"
    """Which it started, extended, or lost to."""
    stretch: Stretch
    steps_before: int
    results_before: int
    cause: Cause | None = None
    withdrawn_ms: int | None = None
    """When a lost claim was withdrawn."""
    left_ms: int | None = None
    """How long the lease that it lost to had still to live then; None when nobody knows, or none did."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.fact.place

    @property
    def at_ms(self) -> int:
        """When it counts."""
        return self.fact.at_ms

    @property
    def token(self) -> str:
        """``partition@offset``: the number that fences."""
        return f"{self.fact.partition[1]}@{self.fact.offset}"

    @property
    def gap_ms(self) -> int:
        """How long after the tenure's first claim it came."""
        return self.fact.at_ms - self.tenure.claim.fact.at_ms

    @property
    def steps_since(self) -> int:
        """Progress events of its agent on the item since then, until the agent's next tenure."""
        return self.stretch.steps - self.steps_before

    @property
    def results_since(self) -> int:
        """Results of its agent on the item since then, until the agent's next tenure."""
        return self.stretch.results - self.results_before

    @property
    def still_working(self) -> bool:
        """Whether its agent showed progress or a result afterwards."""
        return self.steps_since + self.results_since > 0

    @property
    def worked_ms(self) -> int:
        """Time from the claim to the last sign of work; 0 without one."""
        last = self.stretch.last
        return last.at_ms - self.at_ms if last is not None and self.still_working else 0

    @property
    def read_age_ms(self) -> int | None:
        """How old its cause was, by the records' own timestamps; None when the cause is unknown."""
        return None if self.cause is None else self.fact.timestamp_ms - self.cause.time_ms


@dataclass(slots=True, eq=False)
class Tenure:
    """The time of one holder, from the claim that started it. Complete once the fold is."""

    agent: str
    lease_end_ms: int | None
    """``ENDLESS`` when it never ends by time; None when no ttl is known."""
    former: "Tenure | None"
    """The tenure before it."""
    done_before: "Result | None"
    """The result that had made the item done when this one began."""
    claim: Claim = field(init=False)
    """The claim that started it: its token is the tenure's."""
    ended: Ended | None = None
    """What ended it, as far as a record shows: time alone leaves no record until the next claim."""
    end_ms: int | None = None
    result: "Result | None" = None
    """The first result of its holder before anybody else took over, in time or late."""
    released_ms: int | None = None
    renewal: Fact | None = None
    """The latest renewal of its holder."""
    lost: list[Claim] = field(default_factory=list)
    zombies: dict[str, Fact] = field(default_factory=dict)
    """The latest sign of life of each former holder since it began."""
    outlived: bool = False
    """Whether its own holder showed progress or a result after another agent had taken over."""

    @property
    def token(self) -> str:
        """The token that counts."""
        return self.claim.token

    @property
    def start_ms(self) -> int:
        """When it began."""
        return self.claim.fact.at_ms

    @property
    def took_over(self) -> bool:
        """Whether another agent had held the item before."""
        return self.former is not None and self.former.agent != self.agent

    @property
    def conflicting(self) -> list[Claim]:
        """The claims that lost to it and were not withdrawn."""
        return [claim for claim in self.lost if claim.withdrawn_ms is None]

    @property
    def last_sign(self) -> Fact | None:
        """The holder's latest progress, result or renewal on the item."""
        work, renewal = self.claim.stretch.last, self.renewal
        if work is None or renewal is None:
            return work or renewal
        return work if work.at_ms >= renewal.at_ms else renewal

    def lives(self, now_ms: int) -> bool:
        """Whether its lease is alive; a lease without a known end counts as alive."""
        return self.ended is None and (self.lease_end_ms is None or now_ms < self.lease_end_ms)

    @property
    def known_end_ms(self) -> int | None:
        """When its lease ends by time; None when it never does, or nobody knows."""
        return None if self.lease_end_ms is None or self.lease_end_ms >= ENDLESS else self.lease_end_ms


@dataclass(slots=True, eq=False)
class Result:
    """One result on the item."""

    fact: Fact
    agent: str
    by: By
    tenure: Tenure | None
    """The last tenure when it came; None when the item had never been claimed."""
    own: Claim | None
    """The claim it rests on: of its agent's tenure, or the last that its agent lost."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.fact.place

    @property
    def at_ms(self) -> int:
        """When it counts."""
        return self.fact.at_ms


@dataclass(frozen=True, slots=True)
class Certainty:
    """From when on answers are certain, where retention has deleted the beginning of the claims."""

    since_ms: int
    """Time of the first record that is left."""
    from_ms: int | None
    """From here on no deleted claim can live; None when nobody knows how long those lived."""


@dataclass(slots=True, eq=False)
class History:
    """Everything about one work item up to a moment. Complete once the fold is; nobody changes it then."""

    work_item: str
    claims: list[Claim] = field(default_factory=list)
    """In the order in which they take effect."""
    tenures: list[Tenure] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    partitions: dict[tuple[str, int], Claim] = field(default_factory=dict)
    """Where its claims stand, each partition with the first claim in it."""
    clocks: set[TimestampType] = field(default_factory=set)
    """Who wrote the times of its claims: ``create`` is the agents' own clock."""
    odd: list[tuple[Odd, Place]] = field(default_factory=list)
    """What is odd about its records on the claims topic, and where."""
    certainty: Certainty | None = None
    """None when no beginning is missing."""
    stale_after_ms: dict[str, int] = field(default_factory=dict)
    """The limit for each topic that a cause stands in."""

    @property
    def split(self) -> bool:
        """Whether its claims stand in several partitions: offsets cannot say then who came first."""
        return len(self.partitions) > 1

    @property
    def last(self) -> Tenure | None:
        """The tenure that counts; None when the item was never claimed."""
        return self.tenures[-1] if self.tenures else None

    def late_by_cause(self, tenure: Tenure) -> bool:
        """Whether what caused the tenure's claim was older than its topic's limit.

        What somebody concluded does not make a takeover late: the end of the lease before is its cause.
        """
        claim = tenure.claim
        cause, age_ms = claim.cause, claim.read_age_ms
        if cause is None or age_ms is None:
            return False
        if cause.inferred and tenure.former is not None and tenure.done_before is None:
            return False
        return age_ms > self.stale_after_ms[cause.place.topic]

    def late(self, tenure: Tenure) -> bool:
        """Whether the tenure began too late: on a stale cause, or on an item that was done."""
        return tenure.done_before is not None or self.late_by_cause(tenure)

    def certain(self, at_ms: int) -> bool:
        """Whether no deleted claim can change what is said of that moment."""
        return self.certainty is None or (
            self.certainty.from_ms is not None and at_ms >= self.certainty.from_ms
        )
