"""How topics are configured, as far as this user may see it."""

from collections.abc import Collection, Mapping

from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource

from agentctl.kafka.connection import Connection

_RETENTION = "retention.ms"


def topic_configs(connection: Connection, topics: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """Return the settings of each topic by name; a topic that does not tell them is left out.

    Raises UnreachableError when nothing answers.
    """
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in topics]
    futures = connection.admin.describe_configs(resources, request_timeout=connection.patience_seconds)
    connection.wait(futures)
    found: dict[str, Mapping[str, str]] = {}
    for resource, future in futures.items():
        try:
            entries = future.result()
        except KafkaException:
            continue
        found[resource.name] = {
            name: entry.value for name, entry in entries.items() if entry.value is not None
        }
    return found


def retention_ms(connection: Connection, topics: Collection[str]) -> Mapping[str, int]:
    """Return the ``retention.ms`` of those topics that tell it; -1 keeps everything."""
    configs = topic_configs(connection, topics)
    return {
        name: int(settings[_RETENTION])
        for name, settings in configs.items()
        if settings.get(_RETENTION, "").lstrip("-").isdigit()
    }
