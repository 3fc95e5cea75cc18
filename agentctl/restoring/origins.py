"""What is known of the topics that records came from, where it decides how they are restored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentctl.archive.damage import DamagedError
from agentctl.archive.keys import ObjectKey
from agentctl.archive.store import Store
from agentctl.archive.topic_file import ArchivedTopic, topic_file
from agentctl.errors import NotFoundError

_LARGEST = "max.message.bytes"


@dataclass(frozen=True, slots=True)
class Origins:
    """Topics as they were; of one that no file tells of, nothing is known."""

    topics: tuple[str, ...]
    partitions: Mapping[str, int]
    """How many they had; of several generations the most."""
    largest_bytes: int
    """The largest record that any of them took; 0 is unknown."""
    most_partition: int
    """The highest number of a partition that holds any of it."""


def origins(store: Store, keys: Iterable[ObjectKey]) -> Origins:
    """Read what travels with the objects, a request a topic. Raises what the store raises."""
    objects = tuple(keys)
    partitions: dict[str, int] = {}
    largest = 0
    for topic, generation in dict.fromkeys((one.topic, one.generation) for one in objects):
        known = _archived(store, topic_file(topic, generation))
        if known is None:
            continue
        partitions[topic] = max(partitions.get(topic, 0), known.partitions)
        limit = (known.settings or {}).get(_LARGEST, "")
        largest = max(largest, int(limit) if limit.isdecimal() else 0)
    topics = tuple(dict.fromkeys(one.topic for one in objects))
    return Origins(topics, partitions, largest, max((one.partition for one in objects), default=0))


def _archived(store: Store, key: str) -> ArchivedTopic | None:
    try:
        return ArchivedTopic.of_bytes(store.get(key), key)
    except (NotFoundError, DamagedError):
        return None  # partitions are then placed by keys, which the plan says
