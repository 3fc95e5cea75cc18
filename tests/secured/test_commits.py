"""The history of commits on a secured Apache Kafka: who may not read it is told so."""

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import Property
from agentctl.lag.commits import TOPIC
from agentctl.lag.history import Commits
from agentctl.sources.commits import read_commits
from tests.secured import logins
from tests.secured.cluster import (
    ADMIN,
    ADMIN_PASSWORD,
    BOB,
    BOB_PASSWORD,
    MALLORY,
    MALLORY_PASSWORD,
    OPEN,
    SECONDS,
    Secured,
)

pytestmark = pytest.mark.xdist_group("secured")

GROUP = "readers"


def connection(broker: Secured, user: str, password: str) -> Connection:
    login: dict[str, Property] = {**logins.plain(user, password)}
    return Connection({"bootstrap.servers": broker.at("PLAIN"), **login})


def asked(broker: Secured, user: str, password: str) -> Commits:
    return read_commits(connection(broker, user, password), {(OPEN, 0)}, None)


@pytest.fixture(scope="module")
def committed(secured_broker: Secured) -> Secured:
    """The broker with one commit, and its topic described to bob, who may not read it."""
    as_admin = connection(secured_broker, ADMIN, ADMIN_PASSWORD)
    commit(as_admin.consumer({}, {"group.id": GROUP}), TopicPartition(OPEN, 0, 2))
    allowed = AclBinding(
        *(ResourceType.TOPIC, TOPIC, ResourcePatternType.LITERAL, f"User:{BOB}", "*"),
        *(AclOperation.DESCRIBE, AclPermissionType.ALLOW),
    )
    as_admin.admin.create_acls([allowed])[allowed].result(SECONDS)
    return secured_broker


def commit(consumer: Consumer, position: TopicPartition) -> None:
    """Commit once the group's coordinator is there: the first question makes its topic."""
    while True:
        try:
            consumer.commit(offsets=[position], asynchronous=False)
        except KafkaException:
            continue
        consumer.close()
        return


def test_who_may_read_it_is_answered(committed: Secured) -> None:
    answer = asked(committed, ADMIN, ADMIN_PASSWORD)
    assert answer.note == ""
    assert answer.history is not None
    [found] = answer.history.passed(OPEN, 0, 0)
    assert found.at is not None
    assert (found.group, found.at.offset) == (GROUP, 2)


@pytest.mark.parametrize(
    ("user", "password", "lacking"),
    [(MALLORY, MALLORY_PASSWORD, "describe"), (BOB, BOB_PASSWORD, "read")],
)
def test_who_may_not_is_told_so(committed: Secured, user: str, password: str, lacking: str) -> None:
    assert asked(committed, user, password) == Commits(
        None, f"when groups read the events is not known: no permission to {lacking} {TOPIC}"
    )
