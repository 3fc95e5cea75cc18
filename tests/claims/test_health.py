"""The checks of a claims topic: each on a topic that is right but for one thing."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from agentctl.claims.ahead import Ahead
from agentctl.claims.health import Check, CheckState, KeyFacts, TopicFacts, checks
from agentctl.claims.health_view import health_view
from agentctl.model.coverage import Coverage
from agentctl.model.record import Place

HOUR = 3_600_000
RIGHT = {
    "cleanup.policy": "delete",
    "retention.ms": str(24 * HOUR),
    "retention.bytes": "-1",
    "message.timestamp.type": "LogAppendTime",
    "min.insync.replicas": "2",
    "unclean.leader.election.enable": "false",
}
KEYS = KeyFacts(records=10, keys=10, crc32=7)


def found(
    settings: Mapping[str, str] | None = RIGHT,
    keys: KeyFacts = KEYS,
    *,
    replicas: int | None = 3,
    ttl_ms: int | None = HOUR,
) -> dict[str, Check]:
    topic = TopicFacts("content-claims", "host:9092", settings, replicas, ttl_ms)
    return {one.name: one for one in checks(topic, keys) if one.state is not CheckState.OK}


def test_a_topic_that_is_right_has_nothing_to_mend() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("setting", "value", "check", "mend"),
    [
        ("cleanup.policy", "compact", "compaction", "cleanup.policy=delete"),
        ("cleanup.policy", "compact,delete", "compaction", "cleanup.policy=delete"),
        ("retention.ms", str(HOUR - 1), "retention", f"retention.ms={2 * HOUR}"),
        ("retention.bytes", "1024", "retention", "retention.bytes=-1"),
        ("message.timestamp.type", "CreateTime", "timestamps", "message.timestamp.type=LogAppendTime"),
        ("min.insync.replicas", "1", "min.insync.replicas", "min.insync.replicas=2"),
        (
            "unclean.leader.election.enable",
            "true",
            "unclean election",
            "unclean.leader.election.enable=false",
        ),
    ],
)
def test_one_setting_that_is_wrong_is_a_problem_with_the_command_that_mends_it(
    setting: str, value: str, check: str, mend: str
) -> None:
    problems = found({**RIGHT, setting: value})
    assert list(problems) == [check]
    assert problems[check].state is CheckState.PROBLEM
    assert problems[check].mend == (
        "kafka-configs.sh --bootstrap-server host:9092 --alter --entity-type topics "
        f"--entity-name content-claims --add-config {mend}"
    )


@pytest.mark.parametrize(("replicas", "problem"), [(3, True), (2, False), (1, False), (None, False)])
def test_min_insync_replicas_matter_where_there_are_replicas_to_lose(
    replicas: int | None, problem: bool
) -> None:
    assert (
        "min.insync.replicas" in found({**RIGHT, "min.insync.replicas": "1"}, replicas=replicas)
    ) is problem


def test_a_single_copy_is_a_warning() -> None:
    assert found(replicas=1)["replication"].state is CheckState.WARNING


def test_without_a_ttl_leases_are_as_long_as_the_retention_which_is_a_warning() -> None:
    assert found(ttl_ms=None)["retention"].state is CheckState.WARNING


def test_endless_retention_is_right() -> None:
    assert found({**RIGHT, "retention.ms": "-1"}) == {}


@pytest.mark.parametrize(
    ("keys", "check", "state"),
    [
        (KeyFacts(10, missing=1, first_missing=Place("c", 0, 5)), "keys", CheckState.PROBLEM),
        (KeyFacts(10, split=2, first_split="rag"), "split keys", CheckState.PROBLEM),
        (KeyFacts(10, keys=10, crc32=4, murmur2=5), "partitioner", CheckState.PROBLEM),
        (KeyFacts(10, keys=10, crc32=4, neither=1), "partitioner", CheckState.WARNING),
    ],
)
def test_keys_that_are_wrong(keys: KeyFacts, check: str, state: CheckState) -> None:
    problems = found(keys=keys)
    assert list(problems) == [check]
    assert problems[check].state is state
    assert problems[check].mend


def test_what_may_not_be_seen_is_unknown_and_not_ok() -> None:
    unknown = found(None, replicas=None)
    assert {one.state for one in unknown.values()} == {CheckState.UNKNOWN}
    assert "compaction" in unknown
    assert found(keys=KeyFacts())["keys"].state is CheckState.UNKNOWN


def test_the_exit_code_is_3_for_a_problem_7_for_what_is_unknown_else_0() -> None:
    def code(*found: Check) -> int:
        return health_view(found, Coverage(), "content-claims").exit_code

    ok = Check("a", CheckState.OK, "")
    problem, unknown = Check("b", CheckState.PROBLEM, ""), Check("c", CheckState.UNKNOWN, "")
    warning = Check("d", CheckState.WARNING, "")
    assert (code(ok, warning), code(ok, unknown), code(ok, unknown, problem)) == (0, 7, 3)


def test_problems_stand_first() -> None:
    view = health_view(
        [Check("a", CheckState.OK, ""), Check("b", CheckState.PROBLEM, "", "mend it")], Coverage(), "t"
    )
    assert [row["check"] for row in view.rows] == ["b", "a"]
    assert set(view.rows[0]) == {"check", "state", "explanation", "mend"}


def test_a_record_of_the_future_is_a_problem_with_the_command_that_cuts_it_off() -> None:
    ahead = (
        Ahead(Place("content-claims", 2, 17), 90 * HOUR, 89 * HOUR),
        Ahead(Place("content-claims", 0, 4), HOUR + 10_000, 10_000),
        Ahead(Place("content-claims", 1, 8), 9 * HOUR, 8 * HOUR),
    )
    check = found(keys=replace(KEYS, ahead=ahead))["dates"]
    assert check.state is CheckState.PROBLEM
    assert check.explanation.startswith(
        "content-claims[2]@17 is dated 1970-01-04T18:00:00.000Z, 3d 17h ahead of"
    )
    assert "2 more partitions" in check.explanation
    assert check.mend is not None
    document = json.loads(check.mend.split("'")[1])
    assert document == {
        "version": 1,
        "partitions": [
            {"topic": "content-claims", "partition": 1, "offset": 9},
            {"topic": "content-claims", "partition": 2, "offset": 18},
        ],
    }
    assert "kafka-delete-records.sh --bootstrap-server host:9092" in check.mend
    assert check.mend.endswith("  # deletes the claims before, too"), "a shell takes all of it as it stands"


def test_a_clock_that_is_a_little_ahead_is_a_warning_and_nothing_is_cut_off() -> None:
    check = found(keys=replace(KEYS, ahead=(Ahead(Place("content-claims", 0, 4), HOUR, 10_000),)))["dates"]
    assert check.state is CheckState.WARNING
    assert "delete" not in str(check.mend)


def test_ttls_that_nobody_can_read_are_a_warning_with_the_first_of_them() -> None:
    check = found(keys=replace(KEYS, unread_ttls=2, first_unread_ttl=Place("content-claims", 0, 4)))["ttl"]
    assert check.state is CheckState.WARNING
    assert (
        "2 claims state a ttl that is no length of time, the first content-claims[0]@4" in check.explanation
    )
