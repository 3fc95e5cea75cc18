"""What a person writes for a time becomes milliseconds UTC; what can be read in two ways is refused.

The forms that are read stand in docs/times.md. A part that is missing is never filled in, except for the
day of a bare time of day (today) and the time of a bare day (its first moment).
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from fractions import Fraction
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

from dateutil.parser import parse, parserinfo
from dateutil.zoneinfo import get_zonefile_instance

from agentctl.errors import UsageError
from agentctl.model.near import near_names
from agentctl.model.query import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LONGEST = 80
_FORMS = "write 2026-02-14T03:00:00Z, '2026-02-14 03:00', 14:15, -12h, '2h ago', yesterday or 1771038000000"
_FULL_DAY = "write the day as year-month-day, such as 2026-02-14"

_SECOND_MS, _MINUTE_MS, _HOUR_MS, _DAY_MS = 1000, 60_000, 3_600_000, 86_400_000
_UNITS: Mapping[str, int] = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), _SECOND_MS),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), _MINUTE_MS),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR_MS),
    **dict.fromkeys(("d", "day", "days"), _DAY_MS),
    **dict.fromkeys(("w", "week", "weeks"), 7 * _DAY_MS),
}
_UNEVEN_UNITS = ("mo", "month", "months", "y", "yr", "yrs", "year", "years")
_RELATIVE_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}

_A = re.ASCII | re.IGNORECASE
_UNIT = "|".join(sorted((*_UNITS, *_UNEVEN_UNITS), key=len, reverse=True))
_PIECE = rf"([0-9]{{1,12}}(?:\.[0-9]{{1,6}})?)\s*({_UNIT})(?![a-z])"
_PIECES = re.compile(_PIECE, _A)
_SPAN = re.compile(rf"(?P<sign>[-+]?)\s*(?P<pieces>(?:{_PIECE}[\s,]*)+?)(?P<ago>\s+ago)?", _A)
_EPOCH_TIME = re.compile(r"([0-9]+)(?:\.([0-9]{1,9}))?", _A)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})", _A)
_TIME = (
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?"
    rf"\s*(?P<half>[ap]m)?\s*(?P<zone>z|utc|gmt|{_OFFSET.pattern})?"
)
_DAY_THEN_TIME = re.compile(rf"(?:(?P<day>.*?)(?:\s*,\s*|\s+(?:at\s+)?|(?<=[0-9])t))?{_TIME}", _A)
_TIME_THEN_DAY = re.compile(rf"{_TIME}(?:\s*,\s*|\s+)(?:on\s+)?(?P<day>.+)", _A)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})", _A)
_DAY_TOKENS = re.compile(r"(?:[a-z]{2,9}|(?<![0-9])(?:[0-9]{1,2}|[1-9][0-9]{3})(?![0-9])|[ ,./-])+", _A)
_DECIMAL = re.compile(r"(?<![0-9.])[0-9]+\.[0-9]+(?![0-9.])")
_ORDINAL_WORDS = ("st", "nd", "rd", "th", "of")
_WORD = re.compile(r"[a-z]+", _A)
# What dateutil fills in where the text is silent: where both readings differ, the text said nothing.
_SILENCE = (datetime(2000, 1, 1, 0), datetime(2004, 2, 15, 1))  # noqa: DTZ001 — only the date is used


class _UnreadableError(Exception):
    """Why a text is no time, as the rest of a sentence that begins with the text."""

    def __init__(self, why: str, hint: str = _FORMS) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint


def window(since: str | None, until: str | None, now_ms: int, zone: tzinfo) -> Window:
    """Return the window ``[since, until)``. Raises UsageError for a time that is none, or an empty window."""
    since_ms = None if since is None else moment(since, now_ms, zone, "--since")
    until_ms = None if until is None else moment(until, now_ms, zone, "--until")
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        begin, end = _utc(since_ms), _utc(until_ms)
        raise UsageError(
            f"--since {begin} is not before --until {end}, so nothing can lie between",
            hint=f"--since {end} --until {begin}"
            if since_ms > until_ms
            else "--until is the first moment left out",
        )
    return Window(since_ms, until_ms)


def moment(text: str, now_ms: int, zone: tzinfo, option: str = "--since") -> int:
    """Return the milliseconds since 1970-01-01 UTC that a text means, read at ``now_ms`` in ``zone``.

    Parts of a millisecond are dropped. Raises UsageError, naming the option and what was considered.
    """
    try:
        return _not_before_1970(_read(text.strip(), now_ms, zone))
    except _UnreadableError as error:
        quoted = repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
        raise UsageError(f"{option} {quoted} {error.why}", hint=error.hint) from None


def length(text: str, option: str) -> int:
    """Return the milliseconds of a length of time: ``90s``, ``1h30m``. Raises UsageError for others."""
    try:
        span = _SPAN.fullmatch(text.strip())
        if span is None or span["sign"] or span["ago"]:
            raise _UnreadableError("is no length of time", "write it as 90s, 10m, 1h30m or 2d")
        return _span_ms(span["pieces"], past=True)
    except _UnreadableError as error:
        raise UsageError(f"{option} {text[:_LONGEST]!r} {error.why}", hint=error.hint) from None


def zone(name: str, local: tzinfo) -> tzinfo:
    """Return the zone of a name: ``UTC``, ``local``, ``+01:00``, ``Europe/Berlin`` in any case.

    Raises UsageError, with near names, for any other.
    """
    folded = name.strip().casefold()
    if folded in ("utc", "z", "gmt"):
        return UTC
    if folded == "local":
        return local
    try:
        if offset := _OFFSET.fullmatch(folded):
            return _fixed(*offset.groups())
    except _UnreadableError as error:
        raise UsageError(f"the time zone {name!r} {error.why}", hint="--tz +01:00") from None
    # A slim container has no zones of its own; then dateutil's stand in.
    installed = available_timezones()
    bundled = {} if installed else get_zonefile_instance().zones
    names = {known.casefold(): known for known in sorted((*installed, *bundled))}
    if folded in names:
        found: tzinfo = bundled[names[folded]] if bundled else ZoneInfo(names[folded])
        return found
    towns = {known.rpartition("/")[2]: proper for known, proper in names.items()}
    near = dict.fromkeys({**towns, **names}[one] for one in near_names(folded[:_LONGEST], {**towns, **names}))
    hint = f"did you mean {' or '.join(near)}?" if near else "UTC, local, +01:00 or a name as Europe/Berlin"
    raise UsageError(f"there is no time zone {name!r}", hint=hint)


def _read(text: str, now_ms: int, zone: tzinfo) -> int:
    if not text:
        raise _UnreadableError("is empty")
    if len(text) > _LONGEST:
        raise _UnreadableError("is too long for a time")
    if text.lower() == "now":
        return now_ms
    epoch = _EPOCH_TIME.fullmatch(text)
    if epoch and (len(epoch[1]) == 10 or not epoch[2]):
        return _epoch_ms(epoch[1], epoch[2] or "")
    if span := _SPAN.fullmatch(text):
        past = (span["sign"], bool(span["ago"])) in (("-", False), ("", True))
        return now_ms - _span_ms(span["pieces"], past=past)
    for shape in (_DAY_THEN_TIME, _TIME_THEN_DAY):
        found = shape.fullmatch(text)
        if found and (found["minute"] or found["half"]):
            of_day, own_zone = _time_of_day(found), _own_zone(found["zone"])
            day = _day(found["day"] or "today", now_ms, own_zone or zone)
            return _shown_once(datetime.combine(day, of_day), own_zone or zone)
    return _first_moment(_day(text, now_ms, zone), zone)


def _epoch_ms(digits: str, fraction: str) -> int:
    if len(digits) == 10:
        return int(digits) * _SECOND_MS + int(fraction[:3].ljust(3, "0"))
    if len(digits) == 13:
        return int(digits)
    considered = []
    if len(digits) in (8, 12, 14):
        considered += _as_calendar(digits)
    for count, unit, divisor in (
        (8, "seconds", None),
        (16, "microseconds", 1000),
        (19, "nanoseconds", 1_000_000),
    ):
        if len(digits) == count:
            ms = int(digits) // divisor if divisor else int(digits) * _SECOND_MS
            considered.append(f"{_utc(ms)} (epoch {unit})")
    if considered:
        raise _UnreadableError(
            f"is no clear time; considered were {' and '.join(considered)}",
            "epoch seconds are written with 10 digits, milliseconds with 13, a day as 2026-02-14",
        )
    raise _UnreadableError(
        f"is a number, but epoch seconds have 10 digits and milliseconds 13, not {len(digits)}"
    )


def _as_calendar(digits: str) -> list[str]:
    parts = [int(digits[:4]), *(int(digits[n : n + 2]) for n in range(4, len(digits), 2))]
    try:
        read = datetime(*parts)  # type: ignore[arg-type] # noqa: DTZ001 — shown as it was written
    except ValueError:
        return []
    return [read.date().isoformat() if len(parts) == 3 else read.isoformat(" ")]


def _span_ms(pieces: str, *, past: bool) -> int:
    total = Fraction(0)
    for number, unit in _PIECES.findall(pieces):
        if unit == "M" or unit.lower() in _UNEVEN_UNITS:
            what = "may mean months or minutes" if unit == "M" else "is counted in months or years"
            raise _UnreadableError(
                f"{what}; months differ in length", "use m for minutes, d for days, w for weeks"
            )
        total += Fraction(number) * _UNITS[unit.lower()]
    written = pieces.strip().replace(" ", "")
    if not past:
        raise _UnreadableError(
            f"may mean {written} ago or {written} from now",
            f"write -{written}, or a time as 2026-02-14T03:00:00Z",
        )
    return int(total)


def _time_of_day(found: re.Match[str]) -> time:
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise _UnreadableError(f"names hour {hour} and {half}: with {half} hours go from 1 to 12")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    microsecond = int((found["fraction"] or "0")[:3].ljust(3, "0")) * 1000
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0), microsecond)
    except ValueError as error:
        raise _UnreadableError(f"names no time of day: {error}") from None


def _own_zone(text: str | None) -> tzinfo | None:
    """Return the zone that a text itself names; None when it names none."""
    if not text:
        return None
    offset = _OFFSET.fullmatch(text)
    return _fixed(*offset.groups()) if offset else UTC


def _fixed(sign: str, hours: str, minutes: str) -> tzinfo:
    shift = timedelta(hours=int(hours), minutes=int(minutes))
    shift = -shift if sign == "-" else shift
    if int(minutes) > 59 or not timedelta(hours=-12) <= shift <= timedelta(hours=14):
        raise _UnreadableError(f"names the offset {sign}{hours}:{minutes}: offsets go from -12:00 to +14:00")
    return timezone(shift) if shift else UTC


def _day(text: str, now_ms: int, zone: tzinfo) -> date:
    today = _local(now_ms, zone).date()
    if text.lower() in _RELATIVE_DAYS:
        return today + timedelta(days=_RELATIVE_DAYS[text.lower()])
    if found := _YEAR_FIRST.fullmatch(text):
        try:
            return date(int(found[1]), int(found[3]), int(found[4]))
        except ValueError as error:
            raise _UnreadableError(f"names no day of the calendar: {error}", _FULL_DAY) from None
    info = parserinfo()
    words = _WORD.findall(text)
    unknown = [word for word in words if info.month(word) is None and info.weekday(word) is None]
    if (
        not _DAY_TOKENS.fullmatch(text)
        or _DECIMAL.search(text)
        or not set(map(str.lower, unknown)) <= set(_ORDINAL_WORDS)
    ):
        raise _UnreadableError("is no time that agentctl can read")
    read = _only_reading(text, today)
    for said in (info.weekday(word) for word in words):
        if said is not None and said != read.weekday():
            raise _UnreadableError(f"contradicts itself: {read} is a {read:%A}", _FULL_DAY)
    return read


def _only_reading(text: str, today: date) -> date:
    """Return the day in which all orders of day, month and year agree, as long as each of them is named."""
    readings: set[date] = set()
    filled: dict[date, list[str]] = {}
    for order in product((False, True), repeat=2):
        try:
            one, two = (_by_dateutil(text, silence, *order) for silence in _SILENCE)
            considered = _by_dateutil(text, datetime.combine(today, time()), *order).date()
        except (ValueError, OverflowError):
            continue
        missing = [part for part in ("day", "month", "year") if getattr(one, part) != getattr(two, part)]
        if one.hour == two.hour:
            continue  # dateutil took a number for an hour: there is one too many
        if missing:
            filled[considered] = missing
        else:
            readings.add(considered)
    if len(readings) > 1:
        days = [str(day) for day in sorted(readings)]
        raise _UnreadableError(f"can be read as {' and as '.join(days)}", f"write {' or '.join(days)}")
    if not readings and not filled:
        raise _UnreadableError("names no day of the calendar", _FULL_DAY)
    if not readings:
        considered, missing = min(filled.items())
        raise _UnreadableError(f"names no {' and no '.join(missing)}; {considered} was considered", _FULL_DAY)
    (read,) = readings
    if not re.search(r"[0-9]{4}", text):
        raise _UnreadableError(f"names its year with two digits; {read} was considered", f"write {read}")
    return read


def _by_dateutil(text: str, default: datetime, day_first: bool, year_first: bool) -> datetime:
    return parse(text, default=default, dayfirst=day_first, yearfirst=year_first, ignoretz=True)


def _shown_once(clock: datetime, zone: tzinfo) -> int:
    """Return when the clocks of a zone show that; refuse what they skip or show twice."""
    considered = _candidates(clock, zone)
    shown = [ms for ms in considered if _local(ms, zone) == clock]
    if len(shown) == 1:
        return shown[0]
    times = [_utc(ms) for ms in considered]
    why = "is skipped" if not shown else "comes twice"
    raise _UnreadableError(
        f"{why} when the clocks of {zone} change; considered were {' and '.join(times)}",
        f"write {' or '.join(times)}",
    )


def _first_moment(day: date, zone: tzinfo) -> int:
    """Return when a day begins: midnight, the first one of two, or where the clocks skip it, what follows."""
    considered = _candidates(datetime.combine(day, time()), zone)
    for begin in considered:
        if _local(begin, zone).date() == day:
            return begin
    why = f"is a day that the calendar of {zone} skips; {_utc(considered[-1])} was considered"
    raise _UnreadableError(why, _FULL_DAY)


def _candidates(clock: datetime, zone: tzinfo) -> list[int]:
    """Return the moments that a clock's time may mean: one, or two where the clocks change; sorted."""
    aware = (clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return sorted({_not_before_1970((one - _EPOCH) // _MILLISECOND) for one in aware})


def _not_before_1970(ms: int) -> int:
    if ms < 0:
        raise _UnreadableError("lies before 1970, where Kafka's clock begins")
    return ms


def _local(ms: int, zone: tzinfo) -> datetime:
    """Return what the clocks of a zone show, without the zone."""
    try:
        return (_EPOCH + ms * _MILLISECOND).astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise _UnreadableError("lies beyond the year 9999") from None


def _utc(ms: int) -> str:
    shown = (_EPOCH + ms * _MILLISECOND).isoformat(timespec="milliseconds" if ms % 1000 else "seconds")
    return f"{shown.removesuffix('+00:00')}Z"
