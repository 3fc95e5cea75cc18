"""What ACLs keep from a user: the rest is answered and the topic named, unless nothing is left."""

import pytest

from tests.secured import logins
from tests.secured.cluster import (
    BOB,
    BOB_PASSWORD,
    HIDDEN,
    MALLORY,
    MALLORY_PASSWORD,
    OPEN,
    SEALED,
)
from tests.secured.conftest import Replay, ids

pytestmark = pytest.mark.xdist_group("secured")

DESCRIBE_AND_READ = "  hint: the user needs the ACL operations DESCRIBE and READ on the topics"
READ = "  hint: the user needs the ACL operation READ on the topics"


@pytest.mark.parametrize(
    ("topic", "sentence"),
    [
        (SEALED, f"{SEALED}[0], [1] were not read: no permission"),
        (HIDDEN, f"{HIDDEN} was not read: no permission"),
    ],
    ids=["may describe it", "may not describe it"],
)
def test_one_topic_of_several_is_named_once_and_the_others_answered(
    replay: Replay, topic: str, sentence: str
) -> None:
    answer = replay("PLAIN", logins.plain(), topics=(OPEN, topic))
    assert answer.exit_code == 7
    assert ids(answer) == [f"{OPEN}-{n}" for n in range(3)]
    coverage = answer.json["coverage"]
    assert isinstance(coverage, dict)
    assert coverage["complete"] is False
    assert coverage["reasons"] == [sentence]
    assert f"the answer is partial: {sentence}" in answer.stderr


def test_of_all_topics_those_that_the_user_sees_are_read(replay: Replay) -> None:
    answer = replay("PLAIN", logins.plain(), topics=())
    assert answer.exit_code == 7
    assert ids(answer) == [f"{OPEN}-{n}" for n in range(3)]
    assert SEALED in answer.stderr
    assert HIDDEN not in answer.stderr


@pytest.mark.parametrize(
    ("topic", "sentence", "hint"),
    [
        (HIDDEN, f"agentctl: no permission to describe {HIDDEN}", DESCRIBE_AND_READ),
        (SEALED, f"agentctl: no permission to read {SEALED}", READ),
    ],
    ids=["may not describe it", "may not read it"],
)
def test_the_only_topic(replay: Replay, topic: str, sentence: str, hint: str) -> None:
    answer = replay("PLAIN", logins.plain(), topics=(topic,))
    assert answer.stderr.splitlines() == [sentence, hint]
    assert (answer.exit_code, answer.stdout) == (5, "")


def test_none_that_is_seen_may_be_read(replay: Replay) -> None:
    answer = replay("PLAIN", logins.plain(BOB, BOB_PASSWORD), topics=())
    assert answer.stderr.splitlines() == [f"agentctl: no permission to read {SEALED}, {OPEN}", READ]
    assert (answer.exit_code, answer.stdout) == (5, "")


def test_none_is_seen(replay: Replay) -> None:
    answer = replay("PLAIN", logins.plain(MALLORY, MALLORY_PASSWORD), topics=())
    assert answer.stderr.splitlines() == [
        "agentctl: this user sees no topic: there is none, or no permission to describe any",
        DESCRIBE_AND_READ,
    ]
    assert (answer.exit_code, answer.stdout) == (5, "")


def test_none_of_those_that_were_named(replay: Replay) -> None:
    answer = replay("PLAIN", logins.plain(MALLORY, MALLORY_PASSWORD), topics=(OPEN, HIDDEN))
    assert answer.stderr.splitlines() == [
        f"agentctl: no permission to describe {OPEN}, {HIDDEN}",
        DESCRIBE_AND_READ,
    ]
    assert (answer.exit_code, answer.stdout) == (5, "")


def test_reading_uncommitted_records_changes_nothing_about_permissions(replay: Replay) -> None:
    answer = replay("PLAIN", logins.plain(), "--isolation", "read_uncommitted", topics=(OPEN, SEALED))
    assert (answer.exit_code, len(ids(answer))) == (7, 3)
