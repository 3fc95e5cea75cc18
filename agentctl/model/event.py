"""A record seen through a field mapping: what an agent meant when it wrote it."""

from enum import StrEnum
from typing import NamedTuple

from agentctl.model.record import Place, Record


class Role(StrEnum):
    """What a topic is for in the work of agents."""

    TASK = "task"
    CLAIM = "claim"
    RESULT = "result"
    PROGRESS = "progress"
    OTHER = "other"


RENEWED = "claim_renewed"
RELEASED = "claim_released"
"""Types of events on a claims topic that are no claims; a claim's own type is its role."""


class Event(NamedTuple):
    """A Record and what the field mapping found in it. Unknown is None, never a made-up value."""

    record: Record
    role: Role
    event_id: str
    """The mapped id, else ``topic[partition]@offset``."""
    type: str
    workflow_id: str | None
    work_item: str | None
    agent: str | None
    cause: str | None
    """What the event itself states as its cause: an event id or ``topic[partition]@offset``."""
    event_time_ms: int | None
    """When it happened by the writer's account; else the record's timestamp."""
    step: int | None
    total: int | None
    status: str | None
    schema_version: int | str
    ttl_ms: int | None
    payload: object
    """The decoded value: JSON types, text, or None for a null value and for what cannot be decoded."""
    encoding: str
    """How the value was recognised: ``json``, ``cloudevents``, ``text``, ``bytes``, ``null``, …"""
    undecodable: str | None = None
    """Why the value could not be decoded; None when it could."""

    @property
    def place(self) -> Place:
        """Where the event's record stands."""
        return self.record.place
