"""How often agents race for one item, how long the window for it is, and what the races cost."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from agentctl.claims.tenure import Claim, History, Part


@dataclass(slots=True)
class Races:
    """What was counted over the items of one topic, or the claims of one agent."""

    name: str
    items: int = 0
    claims: int = 0
    contended_items: int = 0
    """Items on which at least one claim lost to a live lease."""
    lost_claims: int = 0
    withdrawn: int = 0
    wasted_ms: int = 0
    """From each lost claim that was not withdrawn to its agent's last sign of work on the item."""
    wasted_steps: int = 0
    windows_ms: list[int] = field(default_factory=list)
    """For each claim whose cause is known: the time from the cause to the claim. The agent checked in it, so
    the window between check and claim is no longer."""

    @property
    def conflicts(self) -> int:
        """Lost claims that were not withdrawn."""
        return self.lost_claims - self.withdrawn

    @property
    def rate(self) -> float | None:
        """Conflicts among the claims; None without any."""
        return self.conflicts / self.claims if self.claims else None

    def window_ms(self, share: float) -> int | None:
        """Return a quantile of the windows by the nearest rank; None when no cause is known."""
        if not self.windows_ms:
            return None
        ordered = sorted(self.windows_ms)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    def count(self, claim: Claim) -> None:
        """Count one claim."""
        self.claims += 1
        if claim.read_age_ms is not None and claim.read_age_ms >= 0:
            self.windows_ms.append(claim.read_age_ms)
        if claim.part is Part.LOST:
            self.lost_claims += 1
            if claim.withdrawn_ms is not None:
                self.withdrawn += 1
            else:
                self.wasted_ms += claim.worked_ms
                self.wasted_steps += claim.steps_since


def races_by_topic(histories: Iterable[History], since_ms: int | None = None) -> list[Races]:
    """Count the races on each claims topic, of claims since a moment."""
    found = _counted(histories, since_ms, lambda claim: claim.fact.partition[0])
    return sorted(found, key=lambda one: one.name)


def races_by_agent(histories: Iterable[History], since_ms: int | None = None) -> list[Races]:
    """Count the races of each agent, of claims since a moment; who wasted most comes first."""
    found = _counted(histories, since_ms, lambda claim: claim.agent)
    return sorted(found, key=lambda one: (-one.wasted_ms, -one.conflicts, one.name))


def _counted(
    histories: Iterable[History], since_ms: int | None, name_of: Callable[[Claim], str]
) -> Iterable[Races]:
    """Count the claims of each item under the names that they bear."""
    found: dict[str, Races] = {}
    for history in histories:
        by_name: dict[str, list[Claim]] = {}
        for claim in history.claims:
            if since_ms is None or claim.at_ms >= since_ms:
                by_name.setdefault(name_of(claim), []).append(claim)
        for name, claims in by_name.items():
            races = found.setdefault(name, Races(name))
            races.items += 1
            races.contended_items += any(claim.part is Part.LOST for claim in claims)
            for claim in claims:
                races.count(claim)
    return found.values()
