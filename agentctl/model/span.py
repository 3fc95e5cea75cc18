"""A length of time as people say it."""

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))


def span(duration_ms: int) -> str:
    """Say a duration in at most two units: ``10h 29m``, ``412ms``."""
    if duration_ms < 1_000:
        return f"{duration_ms}ms"
    for n, (letter, size) in enumerate(_UNITS):
        if duration_ms >= size:
            whole, rest = divmod(duration_ms, size)
            if n + 1 == len(_UNITS):
                return f"{duration_ms / 1_000:.3g}s" if whole < 10 else f"{whole}s"
            small, small_size = _UNITS[n + 1]
            return (
                f"{whole}{letter} {rest // small_size}{small}" if rest >= small_size else f"{whole}{letter}"
            )
    raise AssertionError(duration_ms)
