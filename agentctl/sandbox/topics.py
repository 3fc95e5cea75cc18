"""The incident's topics on a real broker: made, and left as the night left them."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from agentctl.errors import AgentctlError
from agentctl.sandbox.broker import BrokerKind
from agentctl.sandbox.night import CLAIMS, DAY_MS, TOPICS, Night, TopicPlan

SECONDS = 30.0
"""How long any one answer of the sandbox's own broker may take."""

NO_GENERATION = "A" * 22
"""The id of a topic, all zeros, on a broker that knows no topic ids."""

_HOUR_MS = 60 * 60 * 1000


def create(admin: AdminClient, kind: BrokerKind, aged_ms: int) -> None:
    """Make the topics, and return when all their partitions are served.

    ``aged_ms`` is how long ago the night ended: a night of last year must not be deleted by a broker
    that enforces retention.
    """
    wanted = [NewTopic(plan.name, plan.partitions, 1, config=_config(plan, kind, aged_ms)) for plan in TOPICS]
    answers(admin.create_topics(wanted, request_timeout=SECONDS).values(), "make its topics")
    _until(admin, _all_served)


def delete(admin: AdminClient) -> None:
    """Delete the topics with all they hold, and return when they are gone."""
    there = [plan.name for plan in TOPICS if plan.name in admin.list_topics(timeout=SECONDS).topics]
    if there:
        answers(admin.delete_topics(there, request_timeout=SECONDS).values(), "delete its topics")
        _until(admin, lambda topics: not set(there) & set(topics))


def existing(admin: AdminClient) -> list[str]:
    """Return which of the incident's topics the broker has."""
    return [plan.name for plan in TOPICS if plan.name in admin.list_topics(timeout=SECONDS).topics]


def generations(admin: AdminClient) -> dict[str, str]:
    """Return the id of each topic, as Kafka writes it."""
    found = admin.describe_topics(TopicCollection([plan.name for plan in TOPICS]), request_timeout=SECONDS)
    ids = {
        name: str(future.result(SECONDS).topic_id).replace("/", "_").replace("+", "-")
        for name, future in found.items()
    }
    return {name: id_ if len(id_) == len(NO_GENERATION) else NO_GENERATION for name, id_ in ids.items()}


def forget_the_old(admin: AdminClient, night: Night) -> None:
    """Delete what retention would have taken until the end of the night."""
    starts = [TopicPartition(*key, offset) for key, offset in night.log_starts().items() if offset]
    answers(admin.delete_records(starts, request_timeout=SECONDS).values(), "delete what is too old")


def date_by_the_broker(admin: AdminClient) -> None:
    """Let the broker's clock date claims from now on, so that leases are right from now on."""
    change = ConfigEntry(
        "message.timestamp.type", "LogAppendTime", incremental_operation=AlterConfigOpType.SET
    )
    resource = ConfigResource(ResourceType.TOPIC, CLAIMS, incremental_configs=[change])
    answers(admin.incremental_alter_configs([resource]).values(), f"configure {CLAIMS}")


def answers(futures: Iterable["Future[Any]"], what: str) -> list[Any]:
    """Return all answers. Raises AgentctlError when the broker refused one."""
    try:
        return [future.result(SECONDS) for future in futures]
    except KafkaException as refused:
        raise AgentctlError(
            f"The sandbox could not {what}: {refused.args[0].str()}.",
            hint="agentctl sandbox down, and up again",
        ) from refused


def _config(plan: TopicPlan, kind: BrokerKind, aged_ms: int) -> dict[str, str]:
    longer = aged_ms if aged_ms > _HOUR_MS else 0
    config = {"retention.ms": "-1" if plan.retention_ms is None else str(plan.retention_ms + longer)}
    if plan.local_ms is not None and kind is BrokerKind.APACHE:
        # A segment a day, by the records' own times: what is older than a day can move to the tier.
        config |= {
            "remote.storage.enable": "true",
            "local.retention.ms": str(plan.local_ms + longer),
            "segment.ms": str(DAY_MS),
        }
    return config


def _until(admin: AdminClient, done: Callable[[Mapping[str, Any]], bool]) -> None:
    while not done(admin.list_topics(timeout=SECONDS).topics):
        pass


def _all_served(topics: Mapping[str, Any]) -> bool:
    return all(
        plan.name in topics
        and len(topics[plan.name].partitions) == plan.partitions
        and all(partition.leader >= 0 for partition in topics[plan.name].partitions.values())
        for plan in TOPICS
    )
