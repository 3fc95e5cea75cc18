"""Values in words for people, and exact for machines: the one place where a cell gets its text.

Times are RFC 3339 in UTC with milliseconds. Beyond the years 1 to 9999, which RFC 3339 cannot say, a time
is the decimal number of its milliseconds since 1970, as a text.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from agentctl.model.instant import instant
from agentctl.model.span import span
from agentctl.model.view import Kind, View
from agentctl.render.interface import UTF_8, Style
from agentctl.render.sanitise import json_text, visible

_DAY_MS = 86_400_000
_CHANGED = frozenset({Kind.TIME_MS, Kind.LIST})
"""Kinds whose values machines get in another form than the View has them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(time_ms: int, zone: tzinfo) -> datetime | None:
    """Return the date and time in a zone; None beyond the years 1 to 9999."""
    try:
        return (_EPOCH + timedelta(milliseconds=time_ms)).astimezone(zone)
    except (OverflowError, ValueError):
        return None


def day_and_time(time_ms: int, zone: tzinfo) -> str:
    """Return ``2026-11-23 03:00:04`` in a zone, for people."""
    moment = moment_of(time_ms, zone)
    return f"{time_ms} ms" if moment is None else moment.isoformat(" ", "seconds")[:19]


def zone_name(zone: tzinfo, time_ms: int) -> str:
    """Return how a zone is called at that time: ``UTC``, ``Europe/Paris +01:00``, ``+01:00``."""
    if zone is UTC:
        return "UTC"
    shift = offset(zone, time_ms)
    name = getattr(zone, "key", None) or str(zone)
    return f"{name} {shift}" if "/" in name and not name.startswith("tz") else shift


def offset(zone: tzinfo, time_ms: int) -> str:
    """Return a zone's offset from UTC at that time: ``+01:00``."""
    shift = (moment_of(time_ms, zone) or _EPOCH.astimezone(zone)).utcoffset() or timedelta()
    minutes = round(shift.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def gap(duration_ms: int) -> str:
    """Return the time since the row before: ``+412ms``, ``+30m31s``, ``-2m``; above 100 days, whole days."""
    length = abs(duration_ms)
    words = f"{length // _DAY_MS}d" if length >= 100 * _DAY_MS else span(length).replace(" ", "")
    return f"{'-' if duration_ms < 0 else '+'}{words}"


def duration(duration_ms: int) -> str:
    """Return a length of time in two units at most: ``10h 29m``."""
    return f"-{span(-duration_ms)}" if duration_ms < 0 else span(duration_ms)


def number(value: object) -> str:
    """Return a number with its thousands apart: ``1,207``, ``0.4``."""
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if value == value else "?"
    return f"{value:,}" if isinstance(value, int) else visible(str(value))


def readable(kind: Kind, value: object, style: Style) -> str:
    """Return a cell for people, safe to print on that output."""
    if value is None:
        return style.unknown
    if kind is Kind.TIME_MS and isinstance(value, int):
        return day_and_time(value, style.zone)
    if kind is Kind.DURATION_MS and isinstance(value, int | float):
        return duration(round(value)) if abs(value) < 1e300 else style.unknown
    if kind is Kind.NUMBER:
        return style.own(number(value))
    if kind is Kind.FLAG:
        return "yes" if value else "no"
    if kind is Kind.LIST and isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(style.safe(str(item)) for item in value) or style.unknown
    if kind is Kind.DATA and not isinstance(value, str):
        return json_text(value, ascii_only=style.encoding != UTF_8)
    return style.safe(str(value))


def exact(kind: Kind, value: object) -> object:
    """Return a cell as the JSON value that machines read. None stays None: unknown is null."""
    if kind is Kind.TIME_MS and isinstance(value, int):
        return instant(value)
    if kind is Kind.LIST and value is not None and not isinstance(value, str | list):
        return list(value) if isinstance(value, Iterable) else [value]
    return value


def exact_rows(view: View) -> Iterator[dict[str, object]]:
    """Give each row with every column that the view declares, in that order, for machines."""
    columns = view.machine_columns
    keys = [column.key for column in columns]
    changed = [(column.key, column.kind) for column in columns if column.kind in _CHANGED]
    for row in view.rows:
        values = dict(row) if list(row) == keys else {key: row.get(key) for key in keys}
        for key, kind in changed:
            values[key] = exact(kind, values[key])
        yield values


def exact_summary(view: View) -> Mapping[str, object]:
    """Return the summary for machines."""
    return {key: exact(view.summary_kinds.get(key, Kind.DATA), value) for key, value in view.summary.items()}


def plain(kind: Kind, value: object, *, nothing: str = "") -> str:
    """Return a cell as exact text in one line, for CSV and for pipes; ``nothing`` stands for None."""
    if value is None:
        return nothing
    if kind is Kind.TEXT or (kind is Kind.DATA and isinstance(value, str)):
        return visible(str(value))
    if kind is Kind.FLAG:
        return "true" if value else "false"
    if kind is Kind.LIST and isinstance(value, Iterable) and not isinstance(value, str):
        return ";".join(visible(str(item)) for item in value) or nothing
    if kind is Kind.DATA:
        return json_text(value)
    return visible(str(exact(kind, value)))


def spoken(kind: Kind, value: object, *, nothing: str = "") -> str:
    """Return a cell as ``plain`` does, but durations in words: for people who read it outside a screen."""
    if kind is Kind.DURATION_MS and isinstance(value, int):
        return duration(value)
    return plain(kind, value, nothing=nothing)
