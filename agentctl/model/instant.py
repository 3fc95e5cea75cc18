"""A moment as machines write it."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(time_ms: int) -> str:
    """Return milliseconds since 1970 as ``2026-11-23T03:00:04.210Z`` (RFC 3339).

    Beyond the years 1 to 9999, which RFC 3339 cannot say, it is the decimal number of milliseconds.
    """
    try:
        return f"{(_EPOCH + timedelta(milliseconds=time_ms)).isoformat(timespec='milliseconds')[:-6]}Z"
    except OverflowError:
        return str(time_ms)
