"""Events as tests speak of them: ``event("research-events", at="03:00", agent="research")``."""

from datetime import UTC, datetime

from agentctl.model.event import Event, Role
from agentctl.model.record import Record, TimestampType

DAY = "2026-11-23"

_ROLES = {
    "research-events": Role.TASK,
    "content-claims": Role.CLAIM,
    "content-results": Role.RESULT,
    "agent-progress": Role.PROGRESS,
}


def ms(clock: str, day: str = DAY) -> int:
    """``03:00``, ``03:00:15`` or ``03:00:15.412`` on the day of the tests, as milliseconds since 1970."""
    return round(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC).timestamp() * 1000)


def event(
    topic: str = "research-events",
    *,
    at: str | int | None = "03:00",
    partition: int = 0,
    offset: int = 0,
    agent: str | None = None,
    type: str | None = None,
    workflow_id: str | None = "w",
    work_item: str | None = None,
    event_id: str | None = None,
    cause: str | None = None,
    step: int | None = None,
    total: int | None = None,
    status: str | None = None,
    event_time_ms: int | None = None,
    payload: object = None,
    undecodable: str | None = None,
    value: bytes | None = b"{}",
) -> Event:
    """Build one event. ``at`` is its record's timestamp: a time of the day, or milliseconds."""
    role = _ROLES.get(topic, Role.OTHER)
    time_ms = ms(at) if isinstance(at, str) else at
    kind = TimestampType.NONE if time_ms is None else TimestampType.CREATE
    record = Record(topic, partition, offset, time_ms, kind, None, value)
    return Event(
        record=record,
        role=role,
        event_id=event_id or str(record.place),
        type=type or role.value,
        workflow_id=workflow_id,
        work_item=work_item,
        agent=agent,
        cause=cause,
        event_time_ms=time_ms if event_time_ms is None else event_time_ms,
        step=step,
        total=total,
        status=status,
        schema_version=1,
        ttl_ms=None,
        payload=payload,
        encoding="json",
        undecodable=undecodable,
    )
