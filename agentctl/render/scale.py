"""Time to scale, with long silences cut out: the one geometry of the terminal's picture, of SVG and of HTML.

Lengths are whole units: cells on a terminal, ten-thousandths of the width in a drawing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import pairwise
from math import isqrt

from agentctl.model.timeline import Mark, Moment, Silence, Timeline
from agentctl.render.words import moment_of

_RANK = (Mark.PROGRESS, Mark.OTHER, Mark.TASK, Mark.UNDECODABLE, Mark.CLAIM, Mark.RESULT)
"""Which mark is seen where several fall into one place: the last of these."""
_WORKING = frozenset({Mark.CLAIM, Mark.PROGRESS})
_SECONDS_MATTER_MS = 10 * 60 * 1000

Timed = tuple[int, Moment]
"""A moment at a time in ms; one that stands for several events is there twice, at its first and its last."""
Stretch = list[Timed]


@dataclass(frozen=True, slots=True)
class Burst:
    """Moments without a long silence between them, in ``width`` units from ``start`` on."""

    moments: tuple[Timed, ...]
    since_ms: int
    until_ms: int
    start: int
    width: int
    before: int = 0
    """Units that are left free in front of the first moment."""
    after: int = 0
    """Units that are left free behind the last moment's place."""

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.start + self.width

    def at(self, time_ms: int) -> int:
        """Return the place of that time."""
        length = self.until_ms - self.since_ms
        first = self.start + min(self.before, self.width)
        if length <= 0:
            return first
        return first + (time_ms - self.since_ms) * max(self.width - self.before - self.after, 0) // length


@dataclass(frozen=True, slots=True)
class Break:
    """A silence that the axis is cut at, told by ``text`` in ``width`` units from ``start`` on."""

    silence: Silence
    text: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Frame:
    """How much room there is."""

    width: int
    narrowest: int
    """Units that a burst needs at least."""
    before: int = 0
    after: int = 0


Texts = Callable[[Sequence[Silence]], Sequence[tuple[str, int]]]
"""Gives for each silence how it is told, and in how many units."""


def laid_out(timeline: Timeline, frame: Frame, texts: Texts) -> list[Burst | Break]:
    """Divide the width between the timeline's bursts and its silences; empty without two times."""
    stretches, silences = _divided(timeline, _kept(timeline, frame))
    if sum(len(stretch) for stretch in stretches) < 2:
        return []
    told = texts(silences)
    widths = _widths(stretches, frame.width - sum(width for _, width in told), frame.narrowest)
    parts: list[Burst | Break] = []
    start = 0
    for n, (stretch, width) in enumerate(zip(stretches, widths, strict=True)):
        times = [time_ms for time_ms, _ in stretch]
        parts.append(Burst(tuple(stretch), min(times), max(times), start, width, frame.before, frame.after))
        start += width
        if n < len(told):
            parts.append(Break(silences[n], *told[n][:1], start, told[n][1]))
            start += told[n][1]
    return parts


def bursts_of(parts: Iterable[Burst | Break]) -> list[Burst]:
    """Return the bursts alone."""
    return [part for part in parts if isinstance(part, Burst)]


def _kept(timeline: Timeline, frame: Frame) -> set[int]:
    """Return the positions of the silences that break the axis: the longest, as many as there is room for."""
    found = [(entry.until_ms - entry.since_ms, at) for at, entry in _silences(timeline)]
    most = max(frame.width // (2 * frame.narrowest) - 1, 0)
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


def _widths(stretches: Sequence[Stretch], room: int, narrowest: int) -> list[int]:
    """Divide the units between bursts: more events get more, but no burst starves."""
    least = min(narrowest, max(room // len(stretches), 1))
    spare = max(room - least * len(stretches), 0)
    weights = [isqrt(len(stretch) * 16) for stretch in stretches]
    widths = [least + spare * weight // max(sum(weights), 1) for weight in weights]
    widths[weights.index(max(weights))] += room - sum(widths)
    return widths


def foremost(own: Iterable[Timed], at: Callable[[int], int]) -> dict[int, Moment]:
    """Return by place the moment that is seen there, of those of one lane."""
    seen: dict[int, Moment] = {}
    for time_ms, moment in own:
        place = at(time_ms)
        if place not in seen or _rank(moment) >= _rank(seen[place]):
            seen[place] = moment
    return seen


def _rank(moment: Moment) -> tuple[bool, int]:
    return bool(moment.findings), _RANK.index(moment.mark)


def threads(own: Sequence[Timed]) -> Iterator[tuple[int, int, bool]]:
    """Give what lies between the moments of one agent: since, until, and whether it was at work."""
    for (since_ms, before), (until_ms, _) in pairwise(own):
        yield since_ms, until_ms, before.mark in _WORKING


@dataclass(frozen=True, slots=True)
class Label:
    """A time in words on the axis, from ``start`` on, for the time at ``at``."""

    start: int
    text: str
    at: int


def labels(bursts: Sequence[Burst], zone: tzinfo, letter: int) -> list[Label]:
    """Label the bursts' times: the first and the last of each, then what fits between.

    ``letter`` is the width of a character.
    """
    length = sum(burst.until_ms - burst.since_ms for burst in bursts)
    clock = "%H:%M:%S" if length < _SECONDS_MATTER_MS else "%H:%M"
    days = {moment.date() for burst in bursts for moment in _ends(burst, zone)}
    axis = _Axis(letter)
    labelled: date | None = None
    for burst in bursts:
        first = next(_ends(burst, zone), None)
        if first is None:
            continue
        texts = [f"{first:{clock}}"]
        if len(days) > 1 and first.date() != labelled:
            texts.insert(0, f"{first:%d %b }{texts[0]}")
        if any(axis.take(burst, burst.since_ms, text) for text in texts):
            labelled = first.date()
        for time_ms in _labelled(burst):
            moment = moment_of(time_ms, zone)
            if moment is not None and f"{moment:%H:%M}" != f"{first:%H:%M}":
                axis.take(burst, time_ms, f"{moment:{clock}}")
    return axis.labels


class _Axis:
    """Takes labels where they leave a blank to their neighbours."""

    def __init__(self, letter: int) -> None:
        self._letter = letter
        self.labels: list[Label] = []
        self._recent: list[tuple[int, int]] = []
        self._burst: Burst | None = None

    def take(self, burst: Burst, time_ms: int, text: str) -> bool:
        """Write a label around its place, inside the burst."""
        if burst is not self._burst:  # nothing before the burst and its last neighbour can be in the way
            self._recent, self._burst = self._recent[-1:] and [max(self._recent)], burst
        letter, size, at = self._letter, len(text) * self._letter, burst.at(time_ms)
        start = max(min(at - size // 2, burst.end - letter - size), burst.start)
        end = start + size
        if end > burst.end or any(a < end + letter and b > start - letter for a, b in self._recent):
            return False
        self._recent.append((start, end))
        self.labels.append(Label(start, text, at))
        return True


def _ends(burst: Burst, zone: tzinfo) -> Iterator[datetime]:
    for time_ms in (burst.since_ms, burst.until_ms):
        moment = moment_of(time_ms, zone)
        if moment is not None:
            yield moment


def _labelled(burst: Burst) -> Iterator[int]:
    """Give the times worth a label, most wanted first: the end, problems, results and claims, beginnings."""
    yield burst.until_ms
    yield from (time_ms for time_ms, moment in burst.moments if moment.findings)
    yield from (time_ms for time_ms, moment in burst.moments if moment.mark in (Mark.RESULT, Mark.CLAIM))
    yield from (moment.began_ms for _, moment in burst.moments if moment.began_ms is not None)
