"""The picture above the rows: a lane for each agent along an axis that is broken at long silences."""

from collections.abc import Iterator, Sequence

from agentctl.model.timeline import Lane, Timeline
from agentctl.render.axis import laid_out
from agentctl.render.cells import padded, shortened, width_of
from agentctl.render.glyphs import Glyphs
from agentctl.render.interface import Style
from agentctl.render.lanes import Lanes
from agentctl.render.scale import Break, Burst, Timed, bursts_of, foremost, labels, threads

_LEAST_CELLS = 24


def picture(timeline: Timeline, lanes: Lanes, style: Style, glyphs: Glyphs) -> Iterator[str]:
    """Give the axis and the lanes; nothing when there is no room, no lane, or less than two times."""
    names = [style.safe(lane.agent) for lane in lanes.shown]
    widest = max((width_of(name) for name in names), default=0)
    name_width = min(widest, 20 if style.width >= 120 else 12)
    room = style.width - name_width - 6
    parts = laid_out(timeline, room, glyphs.silence) if lanes.shown and room >= _LEAST_CELLS else []
    if not parts:
        return
    axis = _axis(bursts_of(parts), style)
    yield (" " * (name_width + 5) + _with_breaks(axis, parts, told=True, glyphs=glyphs)).rstrip()
    for n, (lane, name) in enumerate(zip(lanes.shown, names, strict=True)):
        cells = [" "] * room
        for part in parts:
            if isinstance(part, Burst):
                _draw(cells, part, [one for one in part.moments if lanes.of(one[1]) == n], lanes, glyphs)
        label = f" {lane.short} {padded(shortened(name, name_width, style.ellipsis), name_width)} "
        yield (label + _with_breaks(cells, parts, told=False, glyphs=glyphs)).rstrip()


def _draw(cells: list[str], burst: Burst, own: Sequence[Timed], lanes: Lanes, glyphs: Glyphs) -> None:
    """Draw one lane's marks of one burst, what lies between them, and a flag behind a problem."""
    if own and lanes.names_agent(own[0][1]):
        for since_ms, until_ms, at_work in threads(own):
            for between in range(burst.at(since_ms) + 1, burst.at(until_ms)):
                cells[between] = glyphs.working if at_work else glyphs.waiting
    seen = foremost(own, burst.at)
    for column, moment in seen.items():
        cells[column] = glyphs.marks[moment.mark]
    for column, moment in seen.items():
        if moment.findings and column + 1 < burst.end and column + 1 not in seen:
            cells[column + 1] = glyphs.flag


def _with_breaks(cells: Sequence[str], parts: Sequence[Burst | Break], *, told: bool, glyphs: Glyphs) -> str:
    """Join the bursts' cells with the breaks between them, told in words or only drawn."""
    line = ""
    for part in parts:
        if isinstance(part, Burst):
            line += "".join(cells[part.start : part.end])
        elif told or part.text.strip() == glyphs.silence:
            line += part.text
        else:
            inside = len(part.text) - 1 - 2 * len(glyphs.silence)
            line += f"{glyphs.silence}{' ' * inside}{glyphs.silence} "
    return line


def _axis(bursts: Sequence[Burst], style: Style) -> list[str]:
    """Write times over the bursts."""
    cells = [" "] * bursts[-1].end
    for label in labels(bursts, style.zone, letter=1):
        cells[label.start : label.start + len(label.text)] = label.text
    return cells


def legend(lanes: Sequence[Lane], style: Style) -> Iterator[str]:
    """Give each lane's letters with the agent's name: for screens without the picture."""
    for lane in lanes:
        yield f"{lane.short} {style.safe(lane.agent)}"
