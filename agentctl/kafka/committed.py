"""Which consumer groups there are, and where one stands: asked by a client that does not become a member."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of
from agentctl.kafka.fetching import Committed, Failure
from agentctl.kafka.offsets import Partition

_AT_ONCE = 16
"""Clients that ask for a group each, where the one for all has ended."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The groups that brokers have told of."""

    states: Mapping[str, str]
    """All groups that this user may see, by name, and the state of each in lower case."""
    silent: str | None = None
    """Why a broker did not tell its own; None when all that are alive did."""


def groups(connection: Connection) -> Mapping[str, str]:
    """Return all groups that this user may see, by name, and the state of each in lower case.

    Raises UnreachableError or AccessError when the cluster cannot be asked.
    """
    return listed(connection).states


def listed(connection: Connection) -> Listed:
    """Return all groups that this user may see, and why some may be missing.

    Raises UnreachableError or AccessError when the cluster cannot be asked.
    """
    found = connection.answer(
        lambda seconds: connection.admin.list_consumer_groups(request_timeout=seconds), "list the groups"
    )
    states = {one.group_id: state_of(one.state) for one in sorted(found.valid, key=lambda one: one.group_id)}
    errors = [one if isinstance(one, KafkaError) else error_of(one) for one in found.errors or ()]
    return Listed(states, reason_of(errors[0]) if errors else None)


def state_of(state: object) -> str:
    """Return Kafka's name of a group's state in lower case: ``preparing-rebalance``."""
    name = getattr(state, "name", None)
    return "unknown" if name is None else str(name).lower().replace("_", "-")


def committed(connection: Connection, names: Collection[str], partitions: Collection[Partition]) -> Committed:
    """Return the committed offsets of groups in some partitions, asked by a client for each group.

    Through consumers that carry the group's name and never subscribe: slower than ``OffsetFetch``, and
    nothing that a coordinator says can end the process.
    """
    found: dict[str, Mapping[Partition, int]] = {}
    failed: dict[str, Failure] = {}

    def ask(group: str) -> None:
        consumer = connection.consumer({}, {"group.id": group, "enable.auto.commit": False})
        try:
            answers = consumer.committed(
                [TopicPartition(*place) for place in partitions], timeout=connection.patience_seconds
            )
        except KafkaException as error:
            told = error_of(error)
            failed[group] = (told.code(), told.str())
            return
        finally:
            consumer.close()
        found[group] = {
            (one.topic, one.partition): one.offset for one in answers if one.error is None and one.offset >= 0
        }

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        list(executor.map(ask, names))
    return Committed(found, failed)
