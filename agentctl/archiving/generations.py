"""Which topic a name stands for now: one that was deleted and made anew is another one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from agentctl.archive.topic_file import ArchivedTopic
from agentctl.errors import NotFoundError
from agentctl.kafka import topics
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.connection import Connection
from agentctl.kafka.topics import Topic

NO_ID = "A" * 22
"""Stands for the id, all zeros, of a topic on a broker that has no ids: Kafka's own spelling of it."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A topic as it is now."""

    topic: Topic
    settings: Mapping[str, str] | None
    """All its settings; None where this user may not see them."""

    @property
    def name(self) -> str:
        """Return the topic's name."""
        return self.topic.name

    @property
    def id(self) -> str:
        """Return its id as it stands in the names of objects."""
        return self.topic.topic_id or NO_ID

    @property
    def has_id(self) -> bool:
        """Whether the broker can tell it from a later topic of the same name."""
        return self.topic.topic_id is not None

    @property
    def compacted(self) -> bool | None:
        """Whether compaction may take records; None where that is not told."""
        return None if self.settings is None else "compact" in self.settings.get("cleanup.policy", "delete")

    def archived(self, now_ms: int) -> ArchivedTopic:
        """Return what of it travels with its records."""
        return ArchivedTopic(
            self.name, self.topic.topic_id, len(self.topic.partitions), self.settings, now_ms
        )


def generations(connection: Connection, names: Collection[str]) -> dict[str, Generation]:
    """Return the topics of those names.

    Raises NotFoundError for one that does not exist, AccessError where one may not be described.
    """
    described = topics.describe(connection, names)
    if described.refused:
        name, why = next(iter(described.refused.items()))
        raise NotFoundError(f"cannot archive {name}: {why}", hint="the user needs the ACL operation DESCRIBE")
    settings = topic_configs(connection, names)
    return {one.name: Generation(one, settings.get(one.name)) for one in described.topics}


def is_still(connection: Connection, one: Generation) -> bool:
    """Whether the name stands for that very topic. Raises UnreachableError when nobody answers."""
    return not topics.vanished(connection, [one.topic])
