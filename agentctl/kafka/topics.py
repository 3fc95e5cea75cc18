"""Which topics there are, with their partitions; asking never creates one."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import TopicDescription

from agentctl.errors import AccessError, NotFoundError
from agentctl.kafka.codes import kind_of
from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of
from agentctl.model.near import near_names

_INTERNAL = "__"
"""How the names of Kafka's own topics begin."""
_NOBODYS = "agentctl-asks-for-a-topic-that-is-not-there"
_ACLS_NEEDED = "the user needs the ACL operations DESCRIBE and READ on the topics"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the cluster describes it."""

    name: str
    partitions: tuple[int, ...]
    topic_id: str | None
    """Kafka's base64url; None where the broker has none."""


@dataclass(frozen=True, slots=True)
class Described:
    """The topics that were asked for, and the names that may not be described, with the reason."""

    topics: tuple[Topic, ...]
    refused: dict[str, str]


_NO_ID = frozenset({"AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "", "None"})
"""Sixteen zero bytes: what a broker without topic ids says."""


def names(connection: Connection) -> tuple[str, ...]:
    """Return the names of all topics that are not internal, sorted: those that this user may see.

    Raises UnreachableError or AccessError when the cluster cannot be asked, AccessError as well when it
    shows none and has ACLs that do not let this user see them.
    """
    visible = _visible(connection)
    if not visible and _held_by_acls(connection):
        raise AccessError(
            "this user sees no topic: there is none, or no permission to describe any", hint=_ACLS_NEEDED
        )
    return visible


def _visible(connection: Connection) -> tuple[str, ...]:
    # The first question goes through a future: only so can a hopeless wait be ended early.
    connection.answer(
        lambda seconds: connection.admin.describe_cluster(request_timeout=seconds), "describe the cluster"
    )
    found = connection.look_anew()
    try:
        found = found or connection.admin.list_topics(timeout=connection.patience_seconds)
    except KafkaException as error:
        raise connection.explained(error, "list the topics") from None
    return tuple(sorted(name for name in found.topics if not name.startswith(_INTERNAL)))


def _held_by_acls(connection: Connection) -> bool:
    """Whether the cluster would not tell this user of a topic if there was one.

    Of a name that nobody has it says so to those who may know, and to others that they may not.
    """
    asked = _asked(connection, [_NOBODYS])
    failure = asked[_NOBODYS].exception()
    return failure is not None and kind_of(error_of(failure).code()) is AccessError


def describe(connection: Connection, wanted: Iterable[str]) -> Described:
    """Describe topics by name.

    Raises NotFoundError, naming near ones, for one that does not exist, and AccessError when none of
    them may be described.
    """
    asked = tuple(dict.fromkeys(wanted))
    if not asked:
        return Described((), {})
    try:
        futures = _asked(connection, asked)
    except KafkaException as error:
        raise connection.explained(error, "describe the topics") from None
    topics, refused = [], {}
    for name, future in futures.items():
        try:
            found = future.result()
        except KafkaException as error:
            kind = kind_of(error_of(error).code())
            if kind is NotFoundError:
                raise _unknown(connection, name) from None
            if kind is not AccessError:
                raise connection.explained(error, f"describe topic {name}") from None
            refused[name] = reason_of(error_of(error))
            continue
        partitions = tuple(sorted(partition.id for partition in found.partitions))
        topics.append(Topic(name, partitions, _id(found.topic_id)))
    if refused and not topics:
        raise AccessError(
            f"no permission to describe {', '.join(refused)}",
            hint=_ACLS_NEEDED,
        )
    return Described(tuple(topics), refused)


def fewest_replicas(connection: Connection, name: str) -> int | None:
    """Return how many copies the least replicated partition of a topic has; None when that is not told."""
    try:
        found = connection.admin.list_topics(name, timeout=connection.patience_seconds).topics.get(name)
    except KafkaException:
        return None
    if found is None or found.error is not None:
        return None
    return min((len(part.replicas) for part in found.partitions.values()), default=None)


def vanished(connection: Connection, known: Iterable[Topic]) -> dict[str, str]:
    """Return which topics are no longer what they were, with what became of them.

    A topic of the same name is another one when its id is; a broker without ids cannot tell.
    """
    before = {topic.name: topic for topic in known}
    if not before:
        return {}
    futures = _asked(connection, before)
    found: dict[str, str] = {}
    for name, future in futures.items():
        try:
            topic_id = _id(future.result().topic_id)
        except KafkaException as error:
            if kind_of(error_of(error).code()) is NotFoundError:
                found[name] = "the topic was deleted while it was read"
            continue
        if topic_id != before[name].topic_id:
            found[name] = "the topic was deleted and made anew while it was read"
    return found


def _asked(connection: Connection, names_: Iterable[str]) -> Mapping[str, Future[TopicDescription]]:
    wanted = TopicCollection(list(names_))
    return connection.asked(lambda seconds: connection.admin.describe_topics(wanted, request_timeout=seconds))


def _id(found: object) -> str | None:
    """Return an id as Kafka spells it: librdkafka writes plain base64, with slashes and plus signs."""
    return None if str(found) in _NO_ID else str(found).replace("/", "_").replace("+", "-").rstrip("=")


def _unknown(connection: Connection, name: str) -> NotFoundError:
    known = _visible(connection)
    near = near_names(name, known)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif known:
        hint = f"there are: {', '.join(known[:10])}{', …' if len(known) > 10 else ''}"
    else:
        hint = "this user sees no topic at all"
    return NotFoundError(f"there is no topic {name}, or no permission to see it", hint=hint)
