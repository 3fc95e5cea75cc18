"""What an event did, in a few words."""

from agentctl.model.event import RELEASED, RENEWED, Event, Role
from agentctl.model.instant import instant


def clock_time(time_ms: int) -> str:
    """Say a moment as the time of its day in UTC: ``14:15:03``; whole where it has no such."""
    text = instant(time_ms)
    return text[11:19] if text.endswith("Z") else text


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
