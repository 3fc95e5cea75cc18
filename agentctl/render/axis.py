"""The axis of a timeline on a terminal: bursts to scale in cells, and silences told between them."""

from collections.abc import Sequence

from agentctl.model.timeline import Silence, Timeline
from agentctl.render.scale import Break, Burst, Frame
from agentctl.render.scale import laid_out as to_scale
from agentctl.render.words import gap

_NARROWEST = 6
"""Cells of a burst: a time of five, and a blank."""
_MOST_BROKEN = 0.45
"""Share of the picture that breaks may take with their words; beyond it they are shortened."""
_FLAG = 2
"""Cells that are left free behind a moment: its own, and one for a flag."""


def laid_out(timeline: Timeline, width: int, sign: str) -> list[Burst | Break]:
    """Divide ``width`` cells between the timeline's bursts and its silences; empty without two times."""

    def texts(silences: Sequence[Silence]) -> list[tuple[str, int]]:
        return [(text, len(text)) for text in _texts(silences, width, sign)]

    return to_scale(timeline, Frame(width, _NARROWEST, after=_FLAG), texts)


def _texts(silences: Sequence[Silence], width: int, sign: str) -> list[str]:
    """Return how the silences are told: in the longest form that leaves room for the events."""
    lengths = [gap(max(one.until_ms - one.since_ms, 0)).removeprefix("+") for one in silences]
    forms = (
        [f"{sign} {length} quiet {sign} " for length in lengths],
        [f"{sign} {length} {sign} " for length in lengths],
        [f"{sign} " for _ in lengths],
    )
    return next((form for form in forms if sum(map(len, form)) <= width * _MOST_BROKEN), forms[-1])
