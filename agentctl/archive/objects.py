"""Records as an Avro object file, and back, byte for byte.

Key, value and header values are exact, null is not empty, headers keep order and duplicates. Beside them
stand the mapped columns, so that engines which know nothing of agentctl can query the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import fastavro

from agentctl.archive.keys import ObjectKey
from agentctl.model.event import Event
from agentctl.model.record import Record, SourceKind, TimestampType

FORMAT = "1"
CODEC = "deflate"
"""The one codec that every reader of Avro must have."""
_BLOCK_BYTES = 256 * 1024
_META = "agentctl."


def _optional(type_: str) -> list[str]:
    return ["null", type_]


SCHEMA: Mapping[str, Any] = {
    "type": "record",
    "name": "Record",
    "namespace": "agentctl.archive",
    "fields": [
        {"name": "topic", "type": "string"},
        {"name": "partition", "type": "int"},
        {"name": "offset", "type": "long"},
        {"name": "timestamp_ms", "type": _optional("long")},
        {"name": "timestamp_type", "type": "string"},
        {"name": "leader_epoch", "type": _optional("int")},
        {"name": "key", "type": _optional("bytes")},
        {"name": "value", "type": _optional("bytes")},
        {
            "name": "headers",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Header",
                    "fields": [
                        {"name": "name", "type": "string"},
                        {"name": "value", "type": _optional("bytes")},
                    ],
                },
            },
        },
        {"name": "event_id", "type": "string"},
        {"name": "type", "type": "string"},
        {"name": "workflow_id", "type": _optional("string")},
        {"name": "work_item", "type": _optional("string")},
        {"name": "agent", "type": _optional("string")},
        {"name": "schema_version", "type": _optional("string")},
        {"name": "event_time_ms", "type": _optional("long")},
    ],
}

_PARSED: Any = fastavro.parse_schema(dict(SCHEMA))


@dataclass(frozen=True, slots=True)
class ArchiveObject:
    """What one object holds: every record of a partition from its position up to ``next_offset``."""

    key: ObjectKey
    next_offset: int
    """The first offset after what is covered: the next object's position."""
    records: int


def object_bytes(content: ArchiveObject, events: Sequence[Event]) -> bytes:
    """Return the file; ``events`` are its records in the order of offsets."""
    file = BytesIO()
    meta = {
        "format": FORMAT,
        "topic": content.key.topic,
        "generation": content.key.generation,
        "partition": content.key.partition,
        "position": content.key.position,
        "next": content.next_offset,
        "records": content.records,
    }
    fastavro.writer(
        file,
        _PARSED,
        (_row(event) for event in events),
        codec=CODEC,
        sync_interval=_BLOCK_BYTES,
        metadata={_META + name: str(value) for name, value in meta.items()},
    )
    return file.getvalue()


def content_of(data: bytes) -> ArchiveObject:
    """Return what an object's own header says that it holds."""
    meta = fastavro.reader(BytesIO(data)).metadata
    assert isinstance(meta, Mapping)
    said = {name.removeprefix(_META): str(text) for name, text in meta.items() if name.startswith(_META)}
    key = ObjectKey(said["topic"], said["generation"], int(said["partition"]), int(said["position"]))
    return ArchiveObject(key, int(said["next"]), int(said["records"]))


def records_of(data: bytes) -> Iterator[Record]:
    """Give the records of an object, in the order of offsets."""
    for row in fastavro.reader(BytesIO(data)):
        assert isinstance(row, dict)
        yield Record(
            topic=row["topic"],
            partition=row["partition"],
            offset=row["offset"],
            timestamp_ms=row["timestamp_ms"],
            timestamp_type=TimestampType(row["timestamp_type"]),
            key=row["key"],
            value=row["value"],
            headers=tuple((header["name"], header["value"]) for header in row["headers"]),
            source=SourceKind.ARCHIVE,
            leader_epoch=row["leader_epoch"],
        )


def _row(event: Event) -> dict[str, Any]:
    record = event.record
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "timestamp_type": record.timestamp_type.value,
        "leader_epoch": record.leader_epoch,
        "key": record.key,
        "value": record.value,
        "headers": [{"name": name, "value": value} for name, value in record.headers],
        "event_id": _storable(event.event_id),
        "type": _storable(event.type),
        "workflow_id": _storable_or_none(event.workflow_id),
        "work_item": _storable_or_none(event.work_item),
        "agent": _storable_or_none(event.agent),
        "schema_version": None if event.schema_version is None else _storable(str(event.schema_version)),
        "event_time_ms": event.event_time_ms,
    }


def _storable(text: str) -> str:
    """Return a text as Avro can hold it: half of a surrogate pair, which JSON may spell, is no UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _storable_or_none(text: str | None) -> str | None:
    return None if text is None else _storable(text)
