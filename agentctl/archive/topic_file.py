"""``topic.json`` beside a topic's partitions: how it was, so that it can be made again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from agentctl.archive.damage import DamagedError

_SCHEMA = "agentctl.archived-topic/1"


@dataclass(frozen=True, slots=True)
class ArchivedTopic:
    """A topic as it was when an object of it was put."""

    topic: str
    topic_id: str | None
    """Kafka's, in its base64url; None for brokers that give none."""
    partitions: int
    settings: Mapping[str, str] | None
    """What it was configured with; None where that could not be learnt."""
    seen_ms: int

    def to_bytes(self) -> bytes:
        """Return the file."""
        document = {
            "schema": _SCHEMA,
            "topic": self.topic,
            "topic_id": self.topic_id,
            "partitions": self.partitions,
            "settings": None if self.settings is None else dict(sorted(self.settings.items())),
            "seen_ms": self.seen_ms,
        }
        return json.dumps(document, indent=1, ensure_ascii=False).encode()

    @classmethod
    def of_bytes(cls, data: bytes, key: str) -> "ArchivedTopic":
        """Read the file. Raises DamagedError, which names ``key``, for anything else."""
        try:
            told = json.loads(data)
            if told["schema"] != _SCHEMA:
                raise ValueError(f"it is {told['schema']}")
            settings = told["settings"]
            return cls(
                str(told["topic"]),
                told["topic_id"],
                int(told["partitions"]),
                None if settings is None else {str(name): str(value) for name, value in settings.items()},
                int(told["seen_ms"]),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DamagedError(key, f"it tells of no topic ({error or type(error).__name__})") from error


def topic_file(topic: str, generation: str) -> str:
    """Return the file's key, beside the folders of the partitions."""
    return f"topic={topic}/gen={generation}/topic.json"
