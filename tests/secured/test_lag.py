"""Lag on a secured Apache Kafka: a group without permission is named, and the others are answered."""

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from tests.harness import Answer, Program
from tests.secured import logins
from tests.secured.cluster import (
    ADMIN,
    ADMIN_PASSWORD,
    ALICE,
    ALICE_PASSWORD,
    MALLORY,
    MALLORY_PASSWORD,
    OPEN,
    SECONDS,
    SECRET,
    Secured,
)
from tests.secured.test_commits import commit, connection

pytestmark = pytest.mark.xdist_group("secured")

SEEN, HIDDEN_GROUP = "seen-readers", "hidden-readers"


@pytest.fixture(scope="module")
def two_groups(secured_broker: Secured) -> Secured:
    """Two groups stand on the topic that alice may read; she may describe one of them."""
    as_admin = connection(secured_broker, ADMIN, ADMIN_PASSWORD)
    for group in (SEEN, HIDDEN_GROUP):
        commit(as_admin.consumer({}, {"group.id": group}), TopicPartition(OPEN, 0, 1))
    allowed = AclBinding(
        *(ResourceType.GROUP, SEEN, ResourcePatternType.LITERAL, f"User:{ALICE}", "*"),
        *(AclOperation.DESCRIBE, AclPermissionType.ALLOW),
    )
    as_admin.admin.create_acls([allowed])[allowed].result(SECONDS)
    return secured_broker


def lag(program: Program, broker: Secured, user: str, password: str, *words: str) -> Answer:
    login = [f"{key}={value}" for key, value in logins.plain(user, password).items()]
    options = [word for one in login for word in ("-X", one)]
    return program("lag", *words, "-b", broker.at("PLAIN"), "-o", "json", *options)


def test_a_group_that_may_not_be_described_hides_no_other(two_groups: Secured, agentctl: Program) -> None:
    answer = lag(agentctl, two_groups, ALICE, ALICE_PASSWORD, SEEN, HIDDEN_GROUP)

    assert answer.exit_code == 7, answer.stderr
    assert {row["group"] for row in answer.json["rows"]} == {SEEN}
    assert [row["lag"] for row in answer.json["rows"] if row["partition"] == 0] == [1]
    [reason] = answer.json["coverage"]["reasons"]
    assert reason == f"{HIDDEN_GROUP}: where it stands is not known: no permission"


def test_who_may_describe_no_group_is_refused(two_groups: Secured, agentctl: Program) -> None:
    answer = lag(agentctl, two_groups, MALLORY, MALLORY_PASSWORD, SEEN)

    assert (answer.exit_code, f"no permission to describe {SEEN}" in answer.stderr) == (5, True)


def test_a_verdict_that_needs_what_may_not_be_read_is_unknown(two_groups: Secured, agentctl: Program) -> None:
    answer = lag(agentctl, two_groups, ALICE, ALICE_PASSWORD, SEEN)

    [row] = [row for row in answer.json["rows"] if row["partition"] == 0]
    assert row["verdict"] == "UNKNOWN"
    assert [note for note in row["notes"] if "no permission" in note]


def test_no_secret_is_shown(two_groups: Secured, agentctl: Program) -> None:
    answer = lag(agentctl, two_groups, ALICE, ALICE_PASSWORD, SEEN, HIDDEN_GROUP)

    assert SECRET not in answer.stdout + answer.stderr
