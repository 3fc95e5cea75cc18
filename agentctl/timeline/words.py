"""What an event did, in a few words; and spans of time in words."""

from agentctl.model.event import Event, Role

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))

RENEWED = "claim_renewed"
RELEASED = "claim_released"


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


def what(event: Event) -> str:
    """Say in one line what the event did. The text is the event's own and not safe for a screen yet."""
    if event.undecodable is not None:
        return f"undecodable: {event.undecodable}"
    if event.role is Role.PROGRESS:
        return _progress(event)
    if event.role is Role.CLAIM:
        verb = {RENEWED: "renewed", RELEASED: "released"}.get(event.type, "claimed")
        return _joined(verb, event.work_item, _format(event))
    if event.role is Role.RESULT and event.type == Role.RESULT:
        return _joined("result", _format(event), event.work_item)
    if isinstance(event.payload, str) and event.type == event.role:
        return event.payload
    return _joined(event.type, event.work_item, event.status)


def _progress(event: Event) -> str:
    steps = None
    if event.step is not None:
        steps = f"{event.step}/{event.total}" if event.total is not None else f"step {event.step}"
    return _joined(event.status or event.type, steps, event.work_item)


def _format(event: Event) -> str | None:
    """Return the kind of thing that is made (``blog_post``), where the payload says so."""
    found = event.payload.get("format") if isinstance(event.payload, dict) else None
    return found if isinstance(found, str) else None


def _joined(*parts: str | None) -> str:
    return "  ".join(part for part in parts if part)
