"""What the log of one item shows of how its agents claim, and what it has cost that they did."""

from collections.abc import Iterator
from dataclasses import dataclass

from agentctl.claims.sentences import listed
from agentctl.claims.tenure import Claim, History, Part
from agentctl.model.span import span


@dataclass(frozen=True, slots=True)
class Cost:
    """Work of agents that had lost the item."""

    agents: tuple[str, ...]
    wasted_ms: int
    """From each lost claim that was not withdrawn to its agent's last sign of work."""
    steps: int
    results: int

    @property
    def row(self) -> dict[str, object]:
        """For machines."""
        return {"wasted_ms": self.wasted_ms, "wasted_steps": self.steps, "duplicate_results": self.results}

    @property
    def sentence(self) -> str:
        """For people."""
        steps = "1 step" if self.steps == 1 else f"{self.steps:,} steps"
        results = "1 result" if self.results == 1 else f"{self.results:,} results"
        return f"{listed(self.agents)} spent {span(self.wasted_ms)}, {steps} and {results} beside the holder"


@dataclass(frozen=True, slots=True)
class Protocol:
    """How the claims were made; None where the log does not show it."""

    keyed: bool | None
    """Whether every claim has a key."""
    one_partition: bool | None
    """Whether all claims stand in one partition; None for a single claim."""
    reads_back: bool | None
    """Whether losers learnt that they had lost, and withdrew."""
    tokens: bool | None
    """Whether every result bears a token."""

    @property
    def row(self) -> dict[str, object]:
        """For machines."""
        return {
            "keyed": self.keyed,
            "one_partition": self.one_partition,
            "reads_back": self.reads_back,
            "token_in_results": self.tokens,
        }

    @property
    def sentence(self) -> str:
        """For people: what is done, then what is not; what nobody can know is left out."""
        return ", ".join(self._words())

    def _words(self) -> Iterator[str]:
        yield "keyed" if self.keyed else "NOT KEYED"
        for known, yes, no in (
            (self.one_partition, "one partition", "SEVERAL PARTITIONS"),
            (self.reads_back, "read back", "no read-back"),
            (self.tokens, "tokens in results", "no token in results"),
        ):
            if known is not None:
                yield yes if known else no


def cost(history: History) -> Cost:
    """Return what agents have spent on an item that they had lost."""
    first: dict[tuple[int, str], Claim] = {}
    for tenure in history.tenures:
        for claim in tenure.conflicting:
            first.setdefault((id(tenure), claim.agent), claim)
    working = [claim for claim in first.values() if claim.still_working]
    return Cost(
        tuple(dict.fromkeys(claim.agent for claim in working)),
        sum(claim.worked_ms for claim in working),
        sum(claim.steps_since for claim in working),
        sum(claim.results_since for claim in working),
    )


def protocol(history: History) -> Protocol:
    """Return what the records on an item show of how they were made."""
    claims, results = history.claims, history.results
    lost = [claim for claim in claims if claim.part is Part.LOST]
    working = any(claim.withdrawn_ms is None and claim.still_working for claim in lost)
    withdrawn = bool(lost) and all(claim.withdrawn_ms is not None for claim in lost)
    return Protocol(
        keyed=not any(claim.fact.keyless for claim in claims) if claims else None,
        one_partition=len(history.partitions) == 1 if len(claims) > 1 else None,
        reads_back=False if working else True if withdrawn else None,
        tokens=all(result.fact.refers_to is not None for result in results) if results else None,
    )
