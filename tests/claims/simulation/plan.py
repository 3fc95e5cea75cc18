"""What is simulated: who, how often, and how much goes wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    brokers: str
    topic: str
    reports: str
    """The file that every process appends its reports to."""
    agents: int
    rounds: int
    """How many takes all agents together make at least, where ``seconds`` suffice."""
    seconds: float
    seed: int = 7
    items: int = 3
    ttl_ms: int = 4_000
    kill: float = 0.01
    """Chance of being killed between two steps."""
    pause: float = 0.015
    """Chance of being paused between two steps, for up to one and a half ttls."""
    rate: float = 40
    """About how many takes all agents together try a second: more than a machine can do shows nothing."""
    naive: bool = False
    """Whether agents check and then claim, as if that was safe."""

    def item(self, number: int) -> str:
        """Return the name of an item."""
        return f"item-{number}"
