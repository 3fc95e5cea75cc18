"""Events become claims: who holds which work item, who lost, and who must stop."""

from agentctl.claims.claimant import Claimant
from agentctl.claims.outcome import Outcome, Why

__all__ = ["Claimant", "Outcome", "Why"]
