"""The settings of a topic, which travel with its records: with them it can be made again as it was."""

import json

from agentctl.archiving.generations import NO_ID, Generation


def settings_name(one: Generation) -> str:
    """Return the key of the file, beside the folders of the partitions."""
    return f"topic={one.name}/gen={one.id}/topic.json"


def settings_bytes(one: Generation, now_ms: int) -> bytes:
    """Return the file: the topic as it was when its first object was put by this writer."""
    document = {
        "schema": "agentctl.archived-topic/1",
        "topic": one.name,
        "topic_id": None if one.id == NO_ID else one.id,
        "partitions": len(one.topic.partitions),
        "settings": None if one.settings is None else dict(sorted(one.settings.items())),
        "seen_ms": now_ms,
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode()
