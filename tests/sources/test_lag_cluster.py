"""A broker of three dies or hangs, before or while lag is asked for: what it had is named, the rest told."""

import time
from collections.abc import Callable

import pytest

from agentctl.lag.commits import TOPIC, coordinator_partition
from tests.cli.groups import commit, dated, lag
from tests.harness import Answer, Program
from tests.started import started
from tests.trio import FENCED_SECONDS, Trio

pytestmark = pytest.mark.xdist_group("three brokers")

ALONE = [[1], [2], [3]]
BEGUN_SECONDS = 15
"""After which a person has an answer, whatever hangs."""
DOWN = "has no leader: its only replica, broker 2, is down"


def groups_of_each(trio: Trio) -> tuple[str, list[str]]:
    """A topic of three partitions, and a group with a commit in each of them for every broker as coordinator.

    No broker stands in for another: neither as a leader nor as a coordinator.
    """
    topic = trio.placed_topic("each", ALONE)
    trio.produce(topic, [one for partition in range(3) for one in dated(6, partition=partition)])
    names: dict[int, str] = {}
    number = 0
    while len(names) < 3:
        name = f"{topic}-g{number}"
        names.setdefault(coordinator_partition(name, 3), name)
        number += 1
    for name in names.values():
        commit(trio, name, {(topic, partition): 4 for partition in range(3)})
    trio.reassign(TOPIC, ALONE)
    return topic, [names[partition] for partition in range(3)]


def asked(program: Program, trio: Trio, *words: str) -> Answer:
    began = time.monotonic()
    answer = lag(program, trio, *words)
    assert time.monotonic() - began < BEGUN_SECONDS
    assert "Traceback" not in answer.stderr
    return answer


def until_fenced(trio: Trio, topic: str) -> None:
    """Wait until the cluster does not count the second broker any more."""
    began = time.monotonic()
    while trio.leaders(topic)[1] >= 0:
        assert time.monotonic() - began < 10 * FENCED_SECONDS


def without_the_second(answer: Answer, topic: str, groups: list[str]) -> None:
    """The others are answered: of their groups, what the dead broker leads is unknown and says why."""
    assert answer.exit_code == 7, answer.stderr
    rows = {(row["group"], row["partition"]): row for row in answer.json["rows"] if row["topic"] == topic}
    assert set(rows) == {(group, partition) for group in (groups[0], groups[2]) for partition in range(3)}
    for (_, partition), row in rows.items():
        assert row["lag"] == (None if partition == 1 else 2)
        assert (row["notes"][0] == f"it {DOWN}") == (partition == 1)
    assert f"{topic}[1] was not read: it {DOWN}" in answer.json["coverage"]["reasons"]


@pytest.mark.parametrize("end", [Trio.kill, Trio.freeze])
def test_of_all_groups_those_that_cannot_be_listed_are_said_to_be_missing(
    agentctl: Program, trio: Trio, end: Callable[[Trio, int], None]
) -> None:
    topic, groups = groups_of_each(trio)
    end(trio, 2)
    at_once = asked(agentctl, trio, "-t", topic, "--seconds", "none")
    assert at_once.exit_code == 7
    assert any(one.startswith("groups ") and " missing" in one for one in at_once.json["coverage"]["reasons"])
    until_fenced(trio, topic)
    later = asked(agentctl, trio, "-t", topic)
    without_the_second(later, topic, groups)
    assert f"groups are missing, those of {TOPIC}[1]: it {DOWN}" in later.json["coverage"]["reasons"]


def test_a_group_whose_coordinator_is_dead_is_unknown_and_says_why(agentctl: Program, trio: Trio) -> None:
    topic, groups = groups_of_each(trio)
    trio.kill(2)
    until_fenced(trio, topic)
    answer = asked(agentctl, trio, *groups)
    without_the_second(answer, topic, groups)
    why = f"its coordinator does not answer: {TOPIC}[1] {DOWN}"
    assert f"{groups[1]}: where it stands is not known: {why}" in answer.json["coverage"]["reasons"]

    alone = agentctl("lag", groups[1], "-b", trio.bootstrap)
    assert alone.exit_code == 7
    assert f"How far {groups[1]} is behind is not known." in alone.stderr

    told = asked(agentctl, trio, "why", groups[1])
    assert told.exit_code == 7
    assert told.json["summary"]["cause"] == "unknown"
    assert told.json["summary"]["sentence"].endswith(f"where it stands is not known: {why}.")


def test_why_calls_no_partition_read_whose_leader_is_dead(agentctl: Program, trio: Trio) -> None:
    topic, groups = groups_of_each(trio)
    trio.kill(2)
    until_fenced(trio, topic)
    answer = asked(agentctl, trio, "why", groups[0])
    said = {row["place"]: row["says"] for row in answer.json["rows"] if row["evidence"] == "sibling"}
    assert answer.exit_code == 7
    assert said[f"{topic}[1]"] == f"not known: it {DOWN}"


def test_a_broker_dies_while_a_sample_is_taken(agentctl: Program, trio: Trio) -> None:
    topic, groups = groups_of_each(trio)
    words = ("lag", *groups, "--seconds", "none", "--sample", "4s", "-b", trio.bootstrap, "-o", "json")
    began = time.monotonic()
    with started(agentctl, *words) as run:
        while time.monotonic() - began < 2:
            trio.leaders(topic)
        trio.kill(2)
        answer = run.ended()
    assert answer.exit_code == 7, answer.stderr
    assert time.monotonic() - began < 2 * BEGUN_SECONDS
    known = {row["group"] for row in answer.json["rows"] if row["lag"] == 2}
    assert {groups[0], groups[2]} <= known
