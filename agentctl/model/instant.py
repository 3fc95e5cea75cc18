"""A moment as machines write it."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000

BEFORE_ALL_TIME = -(2**63)
"""What counts as the latest time where no record had one: Kafka can say none that is earlier."""


def instant(time_ms: int) -> str:
    """Return milliseconds since 1970 as ``2026-11-23T03:00:04.210Z`` (RFC 3339), for machines.

    Beyond the years 1 to 9999, which RFC 3339 cannot say, it is the decimal number of milliseconds.
    """
    days, rest = divmod(time_ms, _DAY_MS)
    date = _date(days)
    if date is None:
        return str(time_ms)
    seconds, milliseconds = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    return f"{date}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{milliseconds:03d}Z"


@lru_cache(maxsize=1024)
def _date(days: int) -> str | None:
    """Return the date so many days after 1970 began; remembered, because neighbours share it."""
    try:
        return (_EPOCH + timedelta(days)).date().isoformat()
    except OverflowError:
        return None
