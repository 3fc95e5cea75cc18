"""What was found, as one Avro file with the columns of the archive's own objects."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import fastavro

from agentctl.archive.rows import PARSED, storable
from agentctl.model.event import Event
from agentctl.restoring.files import new_file

_CODEC = "deflate"
"""The one that every reader of Avro has to have."""


def write_avro(path: Path, events: Iterable[Event]) -> None:
    """Write the records of events, with what they are mapped to now, into a new file."""
    with new_file(path) as file:
        fastavro.writer(file, PARSED, _rows(events), codec=_CODEC)


def _rows(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    for event in events:
        record = event.record
        yield {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp_ms": record.timestamp_ms,
            "timestamp_type": record.timestamp_type.value,
            "leader_epoch": record.leader_epoch,
            "key": record.key,
            "value": record.value,
            "headers": [{"name": storable(name), "value": value} for name, value in record.headers],
            "event_id": storable(event.event_id),
            "type": storable(event.type),
            "workflow_id": _optional(event.workflow_id),
            "work_item": _optional(event.work_item),
            "agent": _optional(event.agent),
            "schema_version": storable(str(event.schema_version)),
            "event_time_ms": event.event_time_ms,
        }


def _optional(text: str | None) -> str | None:
    return None if text is None else storable(text)
