"""The columns of an object: what a record is, and what engines that know nothing of agentctl query by."""

from collections.abc import Mapping
from typing import Any


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
