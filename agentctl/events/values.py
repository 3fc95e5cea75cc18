"""What a found value means as a text, a whole number, a version, a length of time or a moment.

Every function takes any JSON value, returns None for what cannot be meant, and never raises.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_SPAN = re.compile(
    r"(?:([0-9]{1,12})d)?(?:([0-9]{1,12})h)?(?:([0-9]{1,12})m)?(?:([0-9]{1,12})s)?(?:([0-9]{1,12})ms)?"
)
_SPAN_MS = (86_400_000, 3_600_000, 60_000, 1_000, 1)
_INT64 = 2**63
_DIGITS = "0123456789"
_USUAL = 64
"""A longer text is not remembered: it would not come again, and fill the memory."""
# A number is a time in the largest unit that puts it before the year 5138.
_EPOCH_UNITS = ((1e11, 1e3), (1e14, 1.0), (1e17, 1e-3), (1e20, 1e-6))
_FIRST_MS, _LAST_MS = 10**11, 10**14
"""What numbers are milliseconds."""


class RecordTime(int):
    """A record's timestamp in milliseconds, so that nobody takes a small one for seconds."""


def as_text(found: object) -> str | None:
    """Return a text or scalar as text; None for null, objects and lists. May be empty."""
    if isinstance(found, str):
        return found
    if found is True or found is False:
        return "true" if found else "false"
    return str(found) if isinstance(found, int | float) else None


def as_whole(found: object) -> int | None:
    """Return a whole number that 64 bits hold; digits in a text count, and ``3.0``."""
    if type(found) is int:
        return found if -_INT64 <= found < _INT64 else None
    if isinstance(found, str):
        return int(found) if _WHOLE.fullmatch(found) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return int(found) if -_INT64 <= found < _INT64 and found == int(found) else None


def as_version(text: str) -> int | str:
    """Return a version as a number when it is one: a header can only write ``2`` as text."""
    if text in _DIGITS and len(text) == 1:
        return int(text)
    is_number = text.isascii() and text.isdigit() and len(text) <= 18 and (text[0] != "0" or text == "0")
    return int(text) if is_number else text


def as_duration_ms(found: object) -> int | None:
    """Return a length of time in milliseconds: a number of seconds, or ``30m``, ``24h``, ``1h30m``."""
    if isinstance(found, str):
        return _usual_span_ms(found) if len(found) < _USUAL else _span_ms(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < _INT64:
        return None
    return _bounded(round(found * 1000))


def _span_ms(text: str) -> int | None:
    if _DECIMAL.fullmatch(text):
        return as_duration_ms(float(text))
    parts = _SPAN.fullmatch(text.strip()) if text else None
    if parts is None or not any(parts.groups()):
        return None
    return _bounded(sum(int(n or 0) * size for n, size in zip(parts.groups(), _SPAN_MS, strict=True)))


_usual_span_ms = lru_cache(maxsize=256)(_span_ms)
"""Most leases of a log are of the same few lengths."""


def _bounded(duration_ms: int) -> int | None:
    return duration_ms if duration_ms < _INT64 else None


def as_moment_ms(found: object) -> int | None:
    """Return a moment in milliseconds since 1970: RFC 3339 with its offset, or seconds or milliseconds.

    A time without an offset could be any, and one before 1970 as a number is nobody's: both are None.
    """
    if isinstance(found, str):
        if found[4:5] == "-" or not _DECIMAL.fullmatch(found):
            return _calendar_ms(found)
        found = float(found) if "." in found else int(found)
    elif type(found) is int and _FIRST_MS <= found < _LAST_MS:
        return found
    elif isinstance(found, RecordTime):
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or not found >= 0:
        return None
    for limit, factor in _EPOCH_UNITS:
        if found < limit:
            return int(found) if factor == 1.0 else round(found * factor)
    return None


def _calendar_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text if len(text) < 64 else "")
        if moment.tzinfo is None:
            return None
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        return _calendar_ms(text.upper()) if text.endswith("z") else None
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
