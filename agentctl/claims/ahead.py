"""Records of the future on a claims topic: they carry the whole partition along, so no lease in it ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.instant import instant
from agentctl.model.record import Place
from agentctl.model.span import span

AHEAD_MS = 5_000
"""How far ahead of this machine's clock a record may be dated before that is said."""
FAR_AHEAD_MS = 3_600_000
"""From here on it is a problem: leases live so much longer than they were given."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A record that is dated ahead of now, later than any other record of its partition."""

    place: Place
    at_ms: int
    by_ms: int

    @property
    def partition(self) -> tuple[str, int]:
        """Which it carries along."""
        return self.place.topic, self.place.partition

    @property
    def far(self) -> bool:
        """Whether waiting is no way out."""
        return self.by_ms >= FAR_AHEAD_MS

    @property
    def sentence(self) -> str:
        """What it does."""
        return (
            f"{self.place} is dated {instant(self.at_ms)}, {span(self.by_ms)} ahead of now. What follows in "
            f"{self.place.topic}[{self.place.partition}] counts at that time: a claim takes over leases "
            "that live, and its own does not end before then."
        )


def ahead_of(latest: Iterable[tuple[Place, int]], now_ms: int) -> tuple[Ahead, ...]:
    """Return which of the latest records of partitions are dated ahead of now, the farthest first."""
    found = (Ahead(place, at_ms, at_ms - now_ms) for place, at_ms in latest)
    return tuple(
        sorted((one for one in found if one.by_ms > AHEAD_MS), key=lambda one: (-one.by_ms, one.place))
    )


def dated_ahead(found: Iterable[Ahead], labels: Labels) -> Iterator[Finding]:
    """Say of each partition that a record of the future has carried along."""
    for one in found:
        yield Finding(
            id=labels.next(Code.CLOCK_SKEW),
            code=Code.CLOCK_SKEW,
            severity=Severity.PROBLEM if one.far else Severity.WARNING,
            title="dated ahead",
            explanation=one.sentence,
            events=(one.place,),
            evidence={"at_ms": one.at_ms, "ahead_ms": one.by_ms},
            next=(f"agentctl doctor claims --claims-topic {one.place.topic}",),
        )
