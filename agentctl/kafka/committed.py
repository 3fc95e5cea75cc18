"""Where consumer groups stand: asked as a member could ask, without becoming one."""

from collections.abc import Collection, Mapping

from confluent_kafka import KafkaException, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Partition


def groups(connection: Connection) -> tuple[str, ...]:
    """Return the names of all groups that this user may see, sorted.

    Raises UnreachableError or AccessError when the cluster cannot be asked.
    """
    found = connection.answer(
        lambda seconds: connection.admin.list_consumer_groups(request_timeout=seconds), "list the groups"
    )
    return tuple(sorted(one.group_id for one in found.valid))


def committed(
    connection: Connection, group: str, partitions: Collection[Partition]
) -> Mapping[Partition, int] | None:
    """Return the committed offsets of a group, of those partitions in which it has any; None if refused.

    Through a consumer that carries the group's name and never subscribes: the administrative question can
    end the process when a coordinator has just moved (librdkafka 2.x).
    """
    consumer = connection.consumer({}, {"group.id": group, "enable.auto.commit": False})
    try:
        found = consumer.committed(
            [TopicPartition(*place) for place in partitions], timeout=connection.patience_seconds
        )
    except KafkaException:
        return None
    finally:
        consumer.close()
    return {(one.topic, one.partition): one.offset for one in found if one.error is None and one.offset >= 0}
