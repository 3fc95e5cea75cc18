"""Scenes as tests speak of them: events in the timeline's order, with commits of groups."""

from collections.abc import Iterable

from agentctl.lag.history import CommitHistory
from agentctl.model.event import Event
from agentctl.model.finding import Finding, Labels
from agentctl.model.query import Clock
from agentctl.timeline.order import Gathering
from agentctl.timeline.reads import Reads
from agentctl.timeline.rules import Rule
from agentctl.timeline.scene import Scene, scene
from tests.builders import ms
from tests.claims.logs import RESEARCH, Log
from tests.lag.logs import Written, history_of

LIMIT_MS = 15 * 60_000


def commits(*rows: tuple[str, str, int], topic: str = RESEARCH, whole: bool = True) -> CommitHistory:
    """``(clock, group, offset)``: all that groups ever committed for partition 0 of a topic."""
    records = [
        Written(at, group, offset, ms(clock), topic, 0) for at, (clock, group, offset) in enumerate(rows)
    ]
    return history_of(records, whole=whole)


def seen(events: Log | Iterable[Event], history: CommitHistory | None = None) -> Scene:
    """What is known of some events before they are judged."""
    gathering = Gathering(Clock.RECORD)
    for one in events.events if isinstance(events, Log) else events:
        gathering.add(one)
    ordered = gathering.ordered()
    return scene(
        [one.event for one in ordered],
        [one.time_ms for one in ordered],
        Reads(history),
        lambda _topic: LIMIT_MS,
    )


def found(rule: Rule, events: Log | Iterable[Event], history: CommitHistory | None = None) -> list[Finding]:
    """What a rule finds."""
    return list(rule(seen(events, history), Labels()))


def causes(scene: Scene) -> list[tuple[int, str] | None]:
    """The cause of each event: its index, and from where that is known."""
    return [None if link is None else (link.cause, link.kind.value) for link in scene.links]
