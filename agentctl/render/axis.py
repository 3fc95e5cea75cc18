"""The axis of a timeline: bursts of events to scale, with long silences between them cut short."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

from agentctl.model.timeline import Moment, Silence, Timeline
from agentctl.render.words import gap

_NARROWEST = 6
"""Cells of a burst: a time of five, and a blank."""
_MOST_BROKEN = 0.45
"""Share of the picture that breaks may take with their words; beyond it they are shortened."""


@dataclass(frozen=True, slots=True)
class Burst:
    """Moments without a long silence between them, in ``width`` cells from ``column`` on."""

    moments: tuple[tuple[int, Moment], ...]
    """With their times in milliseconds; a moment that stands for several events twice, at first and last."""
    since_ms: int
    until_ms: int
    column: int
    width: int

    def column_of(self, time_ms: int) -> int:
        """Return the cell of that time. The last cell is left free for a flag."""
        length = self.until_ms - self.since_ms
        if length <= 0:
            return self.column
        return self.column + (time_ms - self.since_ms) * max(self.width - 2, 0) // length


@dataclass(frozen=True, slots=True)
class Break:
    """A silence, told in its place on the axis."""

    text: str


Stretch = list[tuple[int, Moment]]


def laid_out(timeline: Timeline, width: int, sign: str) -> list[Burst | Break]:
    """Divide ``width`` cells between the timeline's bursts and its silences; empty without two times."""
    stretches, silences = _divided(timeline, _kept(timeline, width))
    if sum(len(stretch) for stretch in stretches) < 2:
        return []
    breaks = [Break(text) for text in _texts(silences, width, sign)]
    widths = _widths(stretches, width - sum(len(one.text) for one in breaks))
    parts: list[Burst | Break] = []
    column = 0
    for n, (stretch, cells) in enumerate(zip(stretches, widths, strict=True)):
        times = [time_ms for time_ms, _ in stretch]
        parts.append(Burst(tuple(stretch), min(times), max(times), column, cells))
        column += cells
        if n < len(breaks):
            parts.append(breaks[n])
            column += len(breaks[n].text)
    return parts


def _kept(timeline: Timeline, width: int) -> set[int]:
    """Return the positions of the silences that break the axis: the longest, as many as there is room for."""
    found = [(entry.until_ms - entry.since_ms, at) for at, entry in _silences(timeline)]
    most = max(width // (2 * _NARROWEST) - 1, 0)
    return {at for _, at in sorted(found, key=lambda one: (-one[0], one[1]))[:most]}


def _silences(timeline: Timeline) -> Iterator[tuple[int, Silence]]:
    for at, entry in enumerate(timeline.entries):
        if isinstance(entry, Silence):
            yield at, entry


def _divided(timeline: Timeline, kept: set[int]) -> tuple[list[Stretch], list[Silence]]:
    """Cut the moments whose time is known at the silences that are kept."""
    stretches: list[Stretch] = [[]]
    silences: list[Silence] = []
    for at, entry in enumerate(timeline.entries):
        if isinstance(entry, Moment):
            stretches[-1] += _times(entry)
        elif at in kept and stretches[-1]:
            stretches.append([])
            silences.append(entry)
    if len(stretches) > 1 and not stretches[-1]:
        stretches.pop()
        silences.pop()
    return stretches, silences


def _times(moment: Moment) -> Stretch:
    """Return the moment at its time, and where work began that is folded into it."""
    return [(time_ms, moment) for time_ms in (moment.began_ms, moment.time_ms) if time_ms is not None]


def _texts(silences: Sequence[Silence], width: int, sign: str) -> list[str]:
    """Return how the silences are told: in the longest form that leaves room for the events."""
    lengths = [gap(max(one.until_ms - one.since_ms, 0)).removeprefix("+") for one in silences]
    forms = (
        [f"{sign} {length} quiet {sign} " for length in lengths],
        [f"{sign} {length} {sign} " for length in lengths],
        [f"{sign} " for _ in lengths],
    )
    return next((form for form in forms if sum(map(len, form)) <= width * _MOST_BROKEN), forms[-1])


def _widths(stretches: Sequence[Stretch], room: int) -> list[int]:
    """Divide the cells between bursts: more events get more, but no burst starves."""
    least = min(_NARROWEST, max(room // len(stretches), 1))
    spare = max(room - least * len(stretches), 0)
    weights = [isqrt(len(stretch) * 16) for stretch in stretches]
    widths = [least + spare * weight // max(sum(weights), 1) for weight in weights]
    widths[weights.index(max(weights))] += room - sum(widths)
    return widths
