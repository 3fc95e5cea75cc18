"""What is wrong or odd in a story: one function a finding code, each over events alone."""

from collections.abc import Iterator, Sequence

from agentctl.model.event import Event
from agentctl.model.finding import Code, Finding, Severity
from agentctl.timeline.gaps import Gap
from agentctl.timeline.words import span


class Labels:
    """Gives findings their short names: the first silence is S1, the second S2."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def next(self, letter: str) -> str:
        """Return the next label with that letter."""
        self._given[letter] = self._given.get(letter, 0) + 1
        return f"{letter}{self._given[letter]}"


def undecodable_found(events: Sequence[Event], labels: Labels) -> Iterator[Finding]:
    """Events whose value cannot be decoded: they stand in the story with their bytes and a reason."""
    for event in events:
        if event.undecodable is None:
            continue
        size = len(event.record.value or b"")
        yield Finding(
            id=labels.next("U"),
            code=Code.UNDECODABLE,
            severity=Severity.WARNING,
            title="undecodable",
            explanation=f"{event.place} cannot be decoded: {event.undecodable}. Its {size:,} bytes are kept.",
            events=(event.place,),
            evidence={"reason": event.undecodable, "value_bytes": size},
            next=(f"agentctl replay '{event.place}' -o ndjson",),
        )


def silence_found(events: Sequence[Event], gaps: Sequence[Gap], labels: Labels) -> Iterator[Finding]:
    """Long stretches without events, with the events on both sides as evidence."""
    for gap in gaps:
        before, after = events[gap.after], events[gap.after + 1]
        yield Finding(
            id=labels.next("S"),
            code=Code.SILENCE,
            severity=Severity.NOTE,
            title="silence",
            explanation=f"{span(gap.duration_ms)} without events, between {before.place} and {after.place}.",
            events=(before.place, after.place),
            evidence={"since_ms": gap.since_ms, "until_ms": gap.until_ms, "duration_ms": gap.duration_ms},
        )
