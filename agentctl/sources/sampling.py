"""Verdicts and rates from looking on for a while, where no commits can be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agentctl.lag import burrow
from agentctl.lag.burrow import Sample
from agentctl.lag.groups import Group, Reading
from agentctl.lag.position import Owned, Position
from agentctl.lag.rows import Judged, Rates, Verdict, lag_of

SAMPLED = "judged by what was seen in {seconds:.0f} s, not by commits"


@dataclass(frozen=True, slots=True)
class Look:
    """One of several looks."""

    time_ms: int
    reading: Reading
    groups: Mapping[str, Group]
    """Those of the reading, by name."""

    @classmethod
    def of(cls, time_ms: int, reading: Reading) -> "Look":
        """Return what was read at a moment."""
        return cls(time_ms, reading, {group.name: group for group in reading.groups})


def judged_by(looks: Sequence[Look], known: Mapping[Owned, Judged]) -> Mapping[Owned, Judged]:
    """Judge what commits did not tell, by the offsets of each look as if they had been committed then.

    Standing still cannot be told from not committing at all: without a living member it is STOP, else STALL.
    """
    last = looks[-1].reading
    reason = SAMPLED.format(seconds=(looks[-1].time_ms - looks[0].time_ms) / 1_000)
    found: dict[Owned, Judged] = {}
    for group in last.groups:
        for position in group.committed:
            owned = (group.name, position)
            told = known.get(owned)
            if position not in last.bounds or (told is not None and told.verdict is not Verdict.UNKNOWN):
                continue
            seen = _seen(looks, group.name, position)
            if len(seen) >= burrow.MINIMUM and lag_of(group.committed[position], last.bounds[position]):
                verdict = _verdict(seen, group, position)
                found[owned] = Judged(verdict, len(seen), reason)
    return found


def rates_by(looks: Sequence[Look]) -> Mapping[Owned, Rates]:
    """Return how fast partitions grew and groups read between the first and the last look."""
    first, last = looks[0], looks[-1]
    span_ms = last.time_ms - first.time_ms
    found: dict[Owned, Rates] = {}
    if span_ms <= 0:
        return found
    for group in last.reading.groups:
        for position, offset in group.committed.items():
            then, now = first.reading.bounds.get(position), last.reading.bounds.get(position)
            before = first.groups.get(group.name)
            start = None if before is None else before.committed.get(position)
            if then is None or now is None or start is None or offset < start:
                continue
            grown = now.high_watermark - then.high_watermark
            found[group.name, position] = Rates(
                max(grown, 0) * 1_000 / span_ms, (offset - start) * 1_000 / span_ms
            )
    return found


def _seen(looks: Sequence[Look], name: str, position: Position) -> list[tuple[Sample, int]]:
    """Return what each look saw: where the group stood, and where the log ended."""
    found = []
    for look in looks:
        bounds, group = look.reading.bounds.get(position), look.groups.get(name)
        offset = None if group is None else group.committed.get(position)
        if bounds is not None and offset is not None:
            found.append((Sample(offset, look.time_ms, look.time_ms), bounds.high_watermark))
    return found


def _verdict(seen: Sequence[tuple[Sample, int]], group: Group, position: Position) -> Verdict:
    samples = [sample for sample, _ in seen]
    ends = {sample.seen_ms: end for sample, end in seen}
    rule = burrow.judging(samples, samples[-1].time_ms)
    try:
        asked = next(rule)
        while True:
            asked = rule.send(ends[asked])
    except StopIteration as told:
        verdict: Verdict = told.value
    if verdict is Verdict.STALL and group.member_of(position) is None:
        return Verdict.STOP
    return verdict
