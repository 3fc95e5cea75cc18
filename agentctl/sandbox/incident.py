"""The whole seeded night: the stories, the ordinary traffic around them, and what was long ago."""

from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.longago import LONG_AGO, long_ago
from agentctl.sandbox.night import Night, random_numbers
from agentctl.sandbox.sources import murmur
from agentctl.sandbox.story import WORKFLOWS, stories
from agentctl.sandbox.traffic import ordinary

SEED = 347


def night(anchor_ms: int, seed: int = SEED) -> Night:
    """Return the night that ended at ``anchor_ms``; the same arguments give the same bytes."""
    clock, chances = StoryClock(anchor_ms), random_numbers(seed)
    told = [*stories(clock), *long_ago(clock)]
    drafts = [*told, *ordinary(clock, told, chances, (*WORKFLOWS, LONG_AGO))]
    late = next(draft for draft in told if draft.label == "7k2p/analysis")
    return Night.of([*drafts, *murmur(clock, drafts, late, chances)], anchor_ms, seed)
