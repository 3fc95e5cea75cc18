"""Claims, renewals and releases as records that are read back as what they are meant to be."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agentctl.claims.lease import TOKEN
from agentctl.errors import UsageError
from agentctl.events.mapping import FieldMapping
from agentctl.model.event import RELEASED, RENEWED, Event, Role
from agentctl.model.instant import instant
from agentctl.model.record import Record, TimestampType

CLAIM = Role.CLAIM.value


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is to be written."""

    kind: str
    """``claim``, ``claim_renewed`` or ``claim_released``."""
    item: str
    event_id: str
    """Nobody else has it: by it the record is known when its offset is not."""
    key: bytes
    value: bytes
    ttl_ms: int


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, where, and how it will be read."""

    agent: str
    topic: str
    mapping: FieldMapping

    def claim(
        self,
        item: str,
        ttl_ms: int,
        now_ms: int,
        *,
        workflow_id: str | None = None,
        format: str | None = None,
        cause: str | None = None,
    ) -> Draft:
        """Draft a claim."""
        more = {
            "format": format,
            "claimed_at": instant(now_ms),
            "workflow_id": workflow_id,
            "cause": cause,
            "ttl": _seconds(ttl_ms),
        }
        return self._drafted(CLAIM, item, ttl_ms, more)

    def renewal(self, item: str, token: str, ttl_ms: int) -> Draft:
        """Draft a renewal of the tenure that has the token."""
        return self._drafted(RENEWED, item, ttl_ms, {"token": _token(token), "ttl": _seconds(ttl_ms)})

    def release(self, item: str, token: str) -> Draft:
        """Draft the release of a tenure, or the withdrawal of a lost claim."""
        return self._drafted(RELEASED, item, 0, {"token": _token(token)})

    def key(self, item: str) -> bytes:
        """Return the key of an item's records. Raises UsageError where there cannot be any."""
        self._check(item)
        return item.encode()

    def _drafted(self, kind: str, item: str, ttl_ms: int, more: Mapping[str, object]) -> Draft:
        """Return the first form that the topic's field mapping reads as meant. Raises UsageError for none."""
        self._check(item)
        event_id = os.urandom(16).hex()
        first: Event | None = None
        for parts in _parts(item):
            said = {"event_type": kind, "event_id": event_id, "agent": self.agent, **more, **parts}
            payload = {name: value for name, value in said.items() if value is not None}
            value = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
            event = self._read(item.encode(), value)
            first = first or event
            meant = {item, f"{item}/{more.get('format')}"}
            if self._as_meant(event, kind, event_id, ttl_ms) and event.work_item in meant:
                return Draft(
                    kind, event.work_item or item, event_id, (event.work_item or item).encode(), value, ttl_ms
                )
        raise self._misread(item, kind, first)

    def _check(self, item: str) -> None:
        for what, text in (("work item", item), ("name of an agent", self.agent)):
            if not text:
                raise UsageError(f"a claim needs a {what}, and this one is empty")
            try:
                text.encode()
            except UnicodeEncodeError:
                raise UsageError(f"the {what} {text!r} is no text that UTF-8 can write") from None
        role, _ = self.mapping.role(self.topic)
        if role is not Role.CLAIM:
            raise UsageError(
                f"{self.topic} is no claims topic: its role is {role.value}",
                hint=f'in the configuration: [topics.{self.topic}] role = "claim"',
            )
        key = self.mapping.key_field(self.topic)
        if key not in (None, "work_item"):
            raise UsageError(
                f"{self.topic} is configured to be keyed by {key}; claims of one item are kept together by a "
                "key that is the item",
                hint=f'in the configuration: [topics.{self.topic}] key = "work_item"',
            )

    def _read(self, key: bytes, value: bytes) -> Event:
        return self.mapping.event(Record(self.topic, 0, 0, 0, TimestampType.APPEND, key, value))

    def _as_meant(self, event: Event, kind: str, event_id: str, ttl_ms: int) -> bool:
        said = (event.type, event.agent, event.event_id)
        return said == (kind, self.agent, event_id) and (kind == RELEASED or event.ttl_ms == ttl_ms)

    def _misread(self, item: str, kind: str, event: Event | None) -> UsageError:
        said = "nothing"
        if event is not None:
            said = f"type {event.type}, agent {event.agent}, work item {event.work_item}"
        return UsageError(
            f"with the field mapping of {self.topic} a {kind} of {self.agent} on {item} would be read as "
            f"{said}",
            hint=f"agentctl fields explain {self.topic}",
        )


def _token(text: str) -> str:
    """Return a token. Raises UsageError for what is none: written, it would concern nobody."""
    if TOKEN.fullmatch(text) is None:
        raise UsageError(f"{text!r} is no token", hint="a token is partition@offset, such as 2@377")
    return text


def _seconds(length_ms: int) -> int | float:
    return length_ms // 1000 if length_ms % 1000 == 0 else length_ms / 1000


def _parts(item: str) -> Iterator[dict[str, str]]:
    """Give the ways to write an item: as a topic, or, where it has several fields, as topic and format."""
    yield {"topic": item}
    at = item.rfind("/")
    while at > 0:
        yield {"topic": item[:at], "format": item[at + 1 :]}
        at = item.rfind("/", 0, at)
