"""A course of figures as blocks on a terminal: axis, limit, and what lies above the limit."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from math import ceil, log10

from agentctl.model.chart import Caption, Chart
from agentctl.render.cells import wrapped
from agentctl.render.interface import Style
from agentctl.render.paint import Paint, painted
from agentctl.render.words import moment_of

_HEIGHT = 5
_NICE = (1, 2, 3, 4, 5, 6, 8, 10)
_LABEL = 16
"""Cells between two times of the axis, at least."""
_DAY_MS = 86_400_000
_SECONDS_MATTER_MS = 20 * 60 * 1000
_UNKNOWN = "?"
_BLOCKS, _BLOCKS_ASCII = "▁▂▃▄▅▆▇█", ".:#"
_SIGNS, _SIGNS_ASCII = ("┤", "┼", "┄", "━"), ("|", "+", "-", "=")
"""Beside a row, beside the lowest, where the limit runs, and where it is exceeded."""


def lines(chart: Chart, style: Style) -> Iterator[str]:
    """Give the drawing at the style's width, and its captions."""
    side, base, dash, above = _SIGNS_ASCII if style.ascii_only else _SIGNS
    top = _top(max((one for one in chart.values if one is not None), default=0.0), chart.limit)
    over = "" if chart.limit is None else f">{short(chart.limit)}"
    margin = max(len(short(top)), len(short(top / 2)), len(over), 3)
    columns = _columns(chart.values, style.width - margin - 2)
    limit_row = None if chart.limit is None else min(int(chart.limit / top * _HEIGHT), _HEIGHT - 1)
    for row in reversed(range(_HEIGHT)):
        label = short(top) if row == _HEIGHT - 1 else "0" if row == 0 else ""
        if row == limit_row and row not in (0, _HEIGHT - 1):
            label = short(chart.limit or 0.0)
        blank = dash if row == limit_row else " "
        cells = "".join(_cell(one, row, top, blank, style) for one in columns)
        yield f"{label:>{margin}} {side if row else base}{cells}".rstrip()
    if chart.limit is not None:
        marks = "".join(above if one is not None and one > chart.limit else " " for one in columns)
        yield painted(f"{over:>{margin}} {side}{marks}".rstrip(), Paint.PROBLEM, colour=style.colour)
    yield " " * (margin + 2) + _axis(chart, len(columns), style.zone)
    for caption in chart.captions:
        yield from wrapped(style.own(said(caption, chart, style.zone)), style.width)


def said(caption: Caption, chart: Chart, zone: tzinfo) -> str:
    """Return a caption with its moments in a zone; the day is said where the chart has several."""
    return "".join(_moment(one, chart, zone) if isinstance(one, int) else one for one in caption)


def short(value: float) -> str:
    """Return a figure in few signs: ``300``, ``1.5k``, ``40k``, ``2M``."""
    for letter, size in (("M", 1_000_000), ("k", 1_000)):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _top(largest: float, limit: float | None) -> float:
    """Return a round figure that is not smaller than the largest, nor than the limit."""
    wanted = max(largest, limit or 0.0, 1.0)
    size = 10.0 ** int(log10(wanted))
    return next(float(n * size) for n in _NICE if n * size >= wanted or n == _NICE[-1])


def _columns(values: Sequence[float | None], room: int) -> list[float | None]:
    """Return the largest figure of each column."""
    count = max(room, 1)
    found: list[float | None] = []
    for n in range(count):
        begin = n * len(values) // count
        own = values[begin : max((n + 1) * len(values) // count, begin + 1)]
        found.append(max((one for one in own if one is not None), default=None))
    return found


def _cell(value: float | None, row: int, top: float, blank: str, style: Style) -> str:
    if value is None:
        return _UNKNOWN if row == 0 else blank
    blocks = _BLOCKS_ASCII if style.ascii_only else _BLOCKS
    eighths = ceil(value / top * _HEIGHT * len(blocks)) - row * len(blocks)
    return blank if eighths <= 0 else blocks[min(eighths, len(blocks)) - 1]


def _axis(chart: Chart, width: int, zone: tzinfo) -> str:
    """Return times below the columns at which they are."""
    length = chart.until_ms - chart.since_ms
    last = _clock(chart.until_ms, chart, zone)
    line = ""
    for at in range(0, max(width - len(last) - 2, 1), max(_LABEL, len(last) + 4)):
        text = _clock(chart.since_ms + length * at // max(width, 1), chart, zone)
        if at + len(text) + 2 <= width - len(last):
            line = line.ljust(at) + text
    return line.ljust(max(width - len(last), 0)) + last


def _clock(time_ms: int, chart: Chart, zone: tzinfo) -> str:
    moment = moment_of(time_ms, zone)
    if moment is None:
        return f"{time_ms} ms"
    length = chart.until_ms - chart.since_ms
    if length > 2 * _DAY_MS:
        return f"{moment:%d %b %H:%M}"
    return f"{moment:%H:%M:%S}" if length < _SECONDS_MATTER_MS else f"{moment:%H:%M}"


def _moment(time_ms: int, chart: Chart, zone: tzinfo) -> str:
    moment = moment_of(time_ms, zone)
    if moment is None:
        return f"{time_ms} ms"
    days = {None if one is None else one.date() for one in _ends(chart, zone)}
    return f"{moment:%H:%M:%S}" if len(days) == 1 else f"{moment:%d %b %H:%M:%S}".lstrip("0")


def _ends(chart: Chart, zone: tzinfo) -> Iterator[datetime | None]:
    yield moment_of(chart.since_ms, zone)
    yield moment_of(chart.until_ms, zone)
