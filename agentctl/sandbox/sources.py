"""Research's constant murmur: watched sources that changed.

One source alone fills most of a partition.

How many there are is not left to chance on that partition: the record that Oracle's group stands at has
the offset of the story, and so many records follow it.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from agentctl.sandbox.agents import signal
from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.night import RESEARCH, Draft, partition_of
from agentctl.sandbox.traffic import BUSY_SINCE_DAY

HOT_KEY = "stack_overflow"
_HOT_SHARE = 0.61
_BESIDE_IT = ("reddit_machinelearning", "podcast_feeds", "newsletters")
_ELSEWHERE = (
    *("github_trending", "hacker_news", "arxiv_cs_ai", "arxiv_cs_cl", "vendor_changelogs", "pricing_pages"),
    *("conference_talks", "kubernetes_blog", "reddit_devops", "security_advisories", "company_blogs"),
)
_ELSEWHERE_COUNT = 6_000

STANDING_AT = 8_841
"""The offset of Story B's first analysis in its partition: where Oracle's group stands through the day."""
BEHIND = 1_207
"""Records that follow it until the night is over."""


def murmur(clock: StoryClock, others: Iterable[Draft], late: Draft, chances: random.Random) -> list[Draft]:
    """Return the signals of the busy days.

    ``others`` is everything else that is written; ``late`` is the event, one of them, that gets the
    offset STANDING_AT.
    """
    partition = partition_of(RESEARCH, late.key)
    beside = [d.time_ms for d in others if d.topic == RESEARCH and partition_of(RESEARCH, d.key) == partition]
    place = Counter(time_ms < late.time_ms for time_ms in beside)
    since, until = clock.days_before(BUSY_SINCE_DAY), clock.anchor_ms
    before = _times(since, late.time_ms, STANDING_AT - place[True], chances)
    # The late event itself stands among those that are not earlier.
    after = _times(late.time_ms + 1, until, BEHIND - (place[False] - 1), chances)
    hot = [signal(time_ms, _pick(chances)) for time_ms in (*before, *after)]
    rest = _times(since, until, _ELSEWHERE_COUNT, chances)
    return hot + [signal(time_ms, chances.choice(_ELSEWHERE)) for time_ms in rest]


def _times(since: int, until: int, count: int, chances: random.Random) -> Sequence[int]:
    return [chances.randrange(since, until) for _ in range(count)]


def _pick(chances: random.Random) -> str:
    return HOT_KEY if chances.random() < _HOT_SHARE else chances.choice(_BESIDE_IT)
