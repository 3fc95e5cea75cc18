"""The picture above the rows: a lane for each agent along an axis that is broken at long silences."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from agentctl.model.timeline import Lane, Mark, Moment, Timeline
from agentctl.render.axis import Break, Burst, laid_out
from agentctl.render.cells import padded, shortened, width_of
from agentctl.render.glyphs import Glyphs
from agentctl.render.interface import Style
from agentctl.render.lanes import Lanes
from agentctl.render.words import moment_of

_RANK = (Mark.PROGRESS, Mark.OTHER, Mark.TASK, Mark.UNDECODABLE, Mark.CLAIM, Mark.RESULT)
"""Which mark is seen where several fall into one cell: the last of these."""
_WORKING = frozenset({Mark.CLAIM, Mark.PROGRESS})
_SECONDS_MATTER_MS = 10 * 60 * 1000
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
    axis = _axis([part for part in parts if isinstance(part, Burst)], style)
    yield (" " * (name_width + 5) + _with_breaks(axis, parts, told=True, glyphs=glyphs)).rstrip()
    for n, (lane, name) in enumerate(zip(lanes.shown, names, strict=True)):
        cells = [" "] * room
        for part in parts:
            if isinstance(part, Burst):
                _draw(cells, part, [one for one in part.moments if lanes.of(one[1]) == n], lanes, glyphs)
        label = f" {lane.short} {padded(shortened(name, name_width, style.ellipsis), name_width)} "
        yield (label + _with_breaks(cells, parts, told=False, glyphs=glyphs)).rstrip()


def _draw(
    cells: list[str], burst: Burst, own: Sequence[tuple[int, Moment]], lanes: Lanes, glyphs: Glyphs
) -> None:
    """Draw one lane's marks of one burst, what lies between them, and a flag behind a problem."""
    seen: dict[int, Moment] = {}
    before: tuple[int, Moment] | None = None
    for time_ms, moment in own:
        column = burst.column_of(time_ms)
        if before is not None and lanes.names_agent(moment):
            sign = glyphs.working if before[1].mark in _WORKING else glyphs.waiting
            for between in range(before[0] + 1, column):
                cells[between] = sign
        if column not in seen or _rank(moment) >= _rank(seen[column]):
            seen[column] = moment
        before = column, moment
    for column, moment in seen.items():
        cells[column] = glyphs.marks[moment.mark]
    for column, moment in seen.items():
        if moment.findings and column + 1 < burst.column + burst.width and column + 1 not in seen:
            cells[column + 1] = glyphs.flag


def _rank(moment: Moment) -> tuple[bool, int]:
    return bool(moment.findings), _RANK.index(moment.mark)


def _with_breaks(cells: Sequence[str], parts: Sequence[Burst | Break], *, told: bool, glyphs: Glyphs) -> str:
    """Join the bursts' cells with the breaks between them, told in words or only drawn."""
    line = ""
    for part in parts:
        if isinstance(part, Burst):
            line += "".join(cells[part.column : part.column + part.width])
        elif told or part.text.strip() == glyphs.silence:
            line += part.text
        else:
            inside = len(part.text) - 1 - 2 * len(glyphs.silence)
            line += f"{glyphs.silence}{' ' * inside}{glyphs.silence} "
    return line


def _axis(bursts: Sequence[Burst], style: Style) -> list[str]:
    """Write times over the bursts: the first and the last of each, then what fits between."""
    last = bursts[-1]
    cells = [" "] * (last.column + last.width)
    length = sum(burst.until_ms - burst.since_ms for burst in bursts)
    clock = "%H:%M:%S" if length < _SECONDS_MATTER_MS else "%H:%M"
    days = {moment.date() for burst in bursts for moment in _ends(burst, style)}
    labelled: date | None = None
    for burst in bursts:
        first = next(_ends(burst, style), None)
        if first is None:
            continue
        dated = len(days) > 1 and first.date() != labelled
        texts = [f"{first:{clock}}"]
        if dated:
            texts.insert(0, f"{first:%d %b }{texts[0]}")
        if any(_write(cells, burst, burst.since_ms, text) for text in texts):
            labelled = first.date()
        for time_ms in _labelled(burst):
            moment = moment_of(time_ms, style.zone)
            if moment is not None and f"{moment:%H:%M}" != f"{first:%H:%M}":
                _write(cells, burst, time_ms, f"{moment:{clock}}")
    return cells


def _ends(burst: Burst, style: Style) -> Iterator[datetime]:
    for time_ms in (burst.since_ms, burst.until_ms):
        moment = moment_of(time_ms, style.zone)
        if moment is not None:
            yield moment


def _labelled(burst: Burst) -> Iterator[int]:
    """Give the times worth a label, most wanted first: the end, problems, results and claims, beginnings."""
    yield burst.until_ms
    yield from (time_ms for time_ms, moment in burst.moments if moment.findings)
    yield from (time_ms for time_ms, moment in burst.moments if moment.mark in (Mark.RESULT, Mark.CLAIM))
    yield from (moment.began_ms for _, moment in burst.moments if moment.began_ms is not None)


def _write(cells: list[str], burst: Burst, time_ms: int, text: str) -> bool:
    """Write a label around its cell, inside the burst, where it leaves a blank to its neighbours."""
    end = burst.column + burst.width
    start = max(min(burst.column_of(time_ms) - len(text) // 2, end - 1 - len(text)), burst.column)
    if start + len(text) > end or any(
        cell != " " for cell in cells[max(start - 1, 0) : start + len(text) + 1]
    ):
        return False
    cells[start : start + len(text)] = text
    return True


def legend(lanes: Sequence[Lane], style: Style) -> Iterator[str]:
    """Give each lane's letters with the agent's name: for screens without the picture."""
    for lane in lanes:
        yield f"{lane.short} {style.safe(lane.agent)}"
