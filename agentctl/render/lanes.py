"""Which agents get a lane on this screen, and who stands in for the others."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from agentctl.model.timeline import Lane, Moment, Timeline


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes that a screen has room for; the last one may stand for all other agents."""

    shown: tuple[Lane, ...]
    own: dict[int, int]
    """Index among the timeline's lanes → index among those shown."""
    others: int | None
    """Index of the lane for everybody else; None when nobody is left."""

    def of(self, moment: Moment) -> int | None:
        """Return the lane in which the moment is drawn; None when there are no lanes."""
        if moment.lane is None:
            return self.others
        return self.own.get(moment.lane, self.others)

    def open_at(self, moment: Moment) -> frozenset[int]:
        """Return the lanes that are between their first and last mark at that moment."""
        return frozenset(self.own[lane] for lane in moment.open_lanes if lane in self.own)

    def names_agent(self, moment: Moment) -> bool:
        """Tell whether the lane alone says who it was."""
        return moment.lane is not None and moment.lane in self.own


def chosen(timeline: Timeline, most: int, others_label: str) -> Lanes:
    """Choose ``most`` lanes: those with problems first, then the busiest, in the timeline's order."""
    moments = [entry for entry in timeline.entries if isinstance(entry, Moment)]
    if most <= 0 or not timeline.lanes:
        return Lanes((), {}, None)
    marks = Counter(moment.lane for moment in moments if moment.lane is not None)
    troubled = {moment.lane for moment in moments if moment.findings}
    ranked = sorted(range(len(timeline.lanes)), key=lambda lane: (lane not in troubled, -marks[lane], lane))
    kept = sorted(ranked[:most])
    shown = [timeline.lanes[lane] for lane in kept]
    left = timeline.others + len(timeline.lanes) - len(kept)
    without = any(moment.lane is None or moment.lane not in kept for moment in moments)
    if without:
        name = f"{left} others" if left > 1 else "1 other" if left else "unnamed"
        shown.append(Lane(name, others_label))
    own = {lane: n for n, lane in enumerate(kept)}
    return Lanes(tuple(shown), own, len(kept) if without else None)


def agents_in(timeline: Timeline) -> Iterator[str]:
    """Give the names of all agents that a row speaks of."""
    for entry in timeline.entries:
        if isinstance(entry, Moment) and entry.agent is not None:
            yield entry.agent
