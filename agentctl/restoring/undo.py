"""Taking back what a restore wrote into a topic, and nothing else with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicPartition

from agentctl.errors import AgentctlError, NotFoundError
from agentctl.kafka.configs import topic_configs
from agentctl.kafka.connection import Connection
from agentctl.kafka.topics import Topic, describe
from agentctl.restoring.resuming import State, known_state, name_of
from agentctl.restoring.target_reading import Holding, holdings
from agentctl.restoring.transacting import Transactions


class UndoRefusedError(AgentctlError):
    """What a restore wrote cannot be taken back without taking something else."""


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What taking a restore back comes to."""

    restore_id: str
    target: str | None
    """None when the topic is not there any more: only what is noted of the restore is left."""
    holdings: Sequence[Holding]
    drop: bool
    """Whether the whole topic goes, for it was made for this restore and bears nothing else."""
    obstacles: Sequence[str]
    """Why it cannot be done; empty when it can."""
    hint: str | None = None

    @property
    def records(self) -> int:
        """How many records would go."""
        return sum(one.own for one in self.holdings)


def planned_undo(connection: Connection, restore_id: str, target: str | None = None) -> UndoPlan:
    """Look at what a restore wrote. ``target`` is for one of which nothing is noted any more.

    Raises NotFoundError when neither it nor its topic is known.
    """
    state = known_state(connection, restore_id)
    name = state.order.target if state is not None else target or name_of(restore_id)
    try:
        topic = describe(connection, [name]).topics[0]
    except NotFoundError:
        if state is None:
            raise NotFoundError(
                f"no restore {restore_id} is known here, and there is no topic {name}",
                hint="if it went into another topic: --to-topic TOPIC",
            ) from None
        return UndoPlan(restore_id, None, (), drop=False, obstacles=())
    found = holdings(connection, topic, restore_id)
    drop = name == name_of(restore_id) and not any(one.before or one.behind or one.pending for one in found)
    obstacles = [] if drop else list(_obstacles(connection, topic, found, state))
    hint = None
    if obstacles:
        hint = (
            f"readers can pass over records whose header x-agentctl-restore-id is {restore_id}; or copy what "
            f"is not of it into a new topic"
        )
    return UndoPlan(restore_id, name, found, drop, obstacles, hint)


def undo(connection: Connection, restore_id: str, target: str | None = None) -> UndoPlan:
    """Take a restore back, and return what was done; whoever still writes for it is stopped before.

    Raises UndoRefusedError when something else would go with it. What was interrupted can be done again.
    """
    with Transactions(connection, restore_id, 1_000_000) as transactions:
        transactions.begin()
    plan = planned_undo(connection, restore_id, target)
    if plan.obstacles:
        raise UndoRefusedError(
            f"the restore {restore_id} cannot be taken back: {'; '.join(plan.obstacles)}", hint=plan.hint
        )
    if plan.target is not None:
        if plan.drop:
            name = plan.target
            connection.answer(
                lambda seconds: connection.admin.delete_topics([name], request_timeout=seconds)[name],
                f"delete the topic {name}",
            )
        else:
            _delete_records(
                connection, plan.target, [one for one in plan.holdings if one.own or not one.behind]
            )
    _forget(connection, restore_id)
    return plan


def _obstacles(
    connection: Connection, topic: Topic, found: Sequence[Holding], state: State | None
) -> "list[str]":
    told: list[str] = []
    if state is not None and state.order.target_id not in (None, topic.topic_id):
        told.append(f"{topic.name} was deleted and made anew since")
    mixed = [one for one in found if not one.removable]
    for one in mixed[:3]:
        told.append(
            f"in {topic.name}[{one.partition}] {one.before:,} records of others stand before the last of its "
            f"{one.own:,}, and a log can only be cut from its beginning"
        )
    if len(mixed) > 3:
        told.append(f"so it is in {len(mixed) - 3} more partitions")
    policy = topic_configs(connection, [topic.name]).get(topic.name, {}).get("cleanup.policy", "delete")
    if any(one.own for one in found) and "delete" not in policy:
        told.append(
            f"{topic.name} is compacted: only a tombstone of the same key removes a record, and with it "
            "whatever else has that key"
        )
    return told


def _delete_records(connection: Connection, topic: str, found: Sequence[Holding]) -> None:
    wanted = [TopicPartition(topic, one.partition, one.until) for one in found if one.until > one.log_start]
    if not wanted:
        return
    futures = connection.admin.delete_records(wanted, request_timeout=connection.patience_seconds)
    connection.wait(futures)
    for place, future in futures.items():
        try:
            future.result()
        except KafkaException as error:
            raise connection.explained(error, f"delete records of {topic}[{place.partition}]") from None


def _forget(connection: Connection, restore_id: str) -> None:
    """Delete the group that notes how far the restore is, so that its id can be used again."""
    name = name_of(restore_id)
    try:
        connection.answer(
            lambda seconds: connection.admin.delete_consumer_groups([name], request_timeout=seconds)[name],
            f"delete the group {name}",
        )
    except NotFoundError:
        return  # it has gone with its topic
