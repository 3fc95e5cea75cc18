"""What is told of each row, what is never told, and which rows are told when there are too many."""

from agentctl.lag.answer import Answer
from agentctl.lag.groups import Group, Member
from agentctl.lag.rows import TOPIC_DELETED, Verdict
from agentctl.metrics.compat import Compat, naming
from agentctl.metrics.snapshot import Snapshot, Unreadable, snapshot
from tests.metrics.answers import answer, row

PLENTY = 10_000


def served(found: Snapshot) -> dict[tuple[str, ...], float]:
    """Return the numbers by the name of the metric and the values of its labels."""
    return {
        (family.name, *one.labels): one.value for family, series in found.series.items() for one in series
    }


def native(*rows: object, most: int = PLENTY) -> dict[tuple[str, ...], float]:
    return served(snapshot(answer(*rows), (), most))  # type: ignore[arg-type]


def compatible(compat: Compat, told: Answer) -> dict[tuple[str, ...], float]:
    own = served(snapshot(told, (), PLENTY))
    both = served(snapshot(told, [naming(compat, "prod")], PLENTY))
    assert own.items() <= both.items(), "the own names are served beside them"
    return {name: value for name, value in both.items() if name not in own}


AT = ("oracle-audit", "research-events", "0")


def test_a_row_is_told_in_seconds_in_records_and_by_its_verdict() -> None:
    assert native(row(seconds=600.5, behind=30, verdict=Verdict.STOP)) == {
        ("kafka_consumer_lag_seconds", *AT): 600.5,
        ("kafka_consumer_behind_latest_seconds", *AT): 30,
        ("kafka_consumer_lag_records", *AT): 60,
        ("kafka_consumer_verdict", *AT): 4,
    }


def test_the_verdicts_have_the_numbers_that_are_promised() -> None:
    told = [native(row(seconds=1, verdict=verdict))["kafka_consumer_verdict", *AT] for verdict in Verdict]
    assert [verdict.value for verdict in Verdict] == ["UNKNOWN", "OK", "WARN", "STALL", "STOP", "REWIND"]
    assert told == [0, 1, 2, 3, 4, 5]


def test_seconds_that_nobody_knows_are_absent_and_not_0() -> None:
    assert native(row(verdict=Verdict.UNKNOWN)) == {
        ("kafka_consumer_lag_records", *AT): 60,
        ("kafka_consumer_verdict", *AT): 0,
    }


def test_where_nothing_is_unread_seconds_are_0() -> None:
    told = native(row(committed=100))
    assert told["kafka_consumer_lag_seconds", *AT] == 0
    assert told["kafka_consumer_behind_latest_seconds", *AT] == 0
    assert told["kafka_consumer_lag_records", *AT] == 0


def test_a_partition_without_a_commit_is_told_from_the_log_start() -> None:
    told = native(row(committed=None, log=(10, 100), seconds=5))
    assert told["kafka_consumer_lag_records", *AT] == 90
    assert told["kafka_consumer_lag_seconds", *AT] == 5
    assert told["kafka_consumer_never_committed", *AT] == 1


def test_what_retention_took_is_counted_beside_the_lag() -> None:
    told = native(row(committed=40, log=(70, 100), seconds=5))
    assert told["kafka_consumer_lag_records", *AT] == 30
    assert told["kafka_consumer_lost_records", *AT] == 30


def test_the_worst_are_kept_when_there_are_too_many_and_the_rest_is_counted() -> None:
    rows = [row(partition=number, seconds=number) for number in range(10)]
    found = snapshot(answer(*rows), (), 12)
    kept = {labels[-1] for name, *labels in served(found) if name == "kafka_consumer_lag_seconds"}
    assert kept == {"9", "8", "7"}
    assert found.dropped == 7 * 4


def test_a_bound_is_never_exceeded_and_cuts_no_row_in_half() -> None:
    rows = [row(partition=number, seconds=number) for number in range(5)]
    for most in range(1, 25):
        found = snapshot(answer(*rows), (), most)
        count = len(served(found))
        assert count == most // 4 * 4 if most < 20 else 20
        assert count + found.dropped == 20


def test_of_equals_the_same_ones_are_kept_each_time() -> None:
    rows = [row(partition=number, committed=100) for number in range(12)]
    kept = {labels[-1] for _, *labels in native(*reversed(rows), most=12)}
    assert kept == {"0", "1", "2"}


def test_sums_over_what_is_left_out_are_of_all_of_it() -> None:
    rows = [row(partition=number, seconds=number + 1) for number in range(20)]
    found = snapshot(answer(*rows), [naming(Compat.KAFKA_LAG_EXPORTER, "prod")], 20)
    assert served(found)["kafka_consumergroup_group_sum_lag", "prod", "oracle-audit"] == 20 * 60
    assert found.dropped > 0


def test_what_could_not_be_learned_is_counted_by_kind() -> None:
    told = answer(
        row(partition=0, log=None, notes=("no leader",)),
        row(partition=1, log=None, notes=(TOPIC_DELETED,)),
        row(partition=2, verdict=Verdict.OK),
        row(partition=3, seconds=4, verdict=Verdict.UNKNOWN),
        row(partition=4, committed=100, verdict=Verdict.UNKNOWN),
        groups=[Group("secret", "unknown", {}, refusal="no permission")],
        troubles=("secret: not known: no permission", "research-events[0]: no leader", "something else"),
    )
    assert snapshot(told, (), PLENTY).unreadable == {
        Unreadable.GROUP: 1,
        Unreadable.PARTITION: 1,
        Unreadable.DELETED_TOPIC: 1,
        Unreadable.SECONDS: 1,
        Unreadable.VERDICT: 1,
        Unreadable.OTHER: 1,
    }


def test_kafka_lag_exporter_is_imitated_with_names_and_labels() -> None:
    member = Member("oracle-1-uuid", "oracle-1", "10.0.0.7", frozenset({("research-events", 0)}))
    told = compatible(
        Compat.KAFKA_LAG_EXPORTER,
        answer(
            row(seconds=600, member=member),
            row(partition=1, committed=90, seconds=None),
            row(topic="content-claims", committed=100),
        ),
    )
    who = ("10.0.0.7", "oracle-1-uuid", "oracle-1")
    nobody = ("", "", "")
    group = ("prod", "oracle-audit")
    name = "kafka_consumergroup_group_"
    assert told == {
        (f"{name}offset", *group, "research-events", "0", *who): 40,
        (f"{name}lag", *group, "research-events", "0", *who): 60,
        (f"{name}lag_seconds", *group, "research-events", "0", *who): 600,
        (f"{name}offset", *group, "research-events", "1", *nobody): 90,
        (f"{name}lag", *group, "research-events", "1", *nobody): 10,
        (f"{name}offset", *group, "content-claims", "0", *nobody): 100,
        (f"{name}lag", *group, "content-claims", "0", *nobody): 0,
        (f"{name}lag_seconds", *group, "content-claims", "0", *nobody): 0,
        (f"{name}max_lag", *group): 60,
        (f"{name}max_lag_seconds", *group): 600,
        (f"{name}sum_lag", *group): 70,
        (f"{name}topic_sum_lag", *group, "research-events"): 70,
        (f"{name}topic_sum_lag", *group, "content-claims"): 0,
        ("kafka_partition_latest_offset", "prod", "research-events", "0"): 100,
        ("kafka_partition_earliest_offset", "prod", "research-events", "0"): 0,
        ("kafka_partition_latest_offset", "prod", "research-events", "1"): 100,
        ("kafka_partition_earliest_offset", "prod", "research-events", "1"): 0,
        ("kafka_partition_latest_offset", "prod", "content-claims", "0"): 100,
        ("kafka_partition_earliest_offset", "prod", "content-claims", "0"): 0,
    }


def test_kafka_exporter_is_imitated_with_its_minus_one_that_no_sum_contains() -> None:
    told = compatible(
        Compat.KAFKA_EXPORTER,
        answer(row(log=(7, 100)), row(partition=1, committed=None, seconds=5)),
    )
    group, topic = ("oracle-audit", "research-events"), "research-events"
    assert told == {
        ("kafka_consumergroup_current_offset", *group, "0"): 40,
        ("kafka_consumergroup_lag", *group, "0"): 60,
        ("kafka_consumergroup_current_offset", *group, "1"): -1,
        ("kafka_consumergroup_lag", *group, "1"): -1,
        ("kafka_consumergroup_current_offset_sum", *group): 40,
        ("kafka_consumergroup_lag_sum", *group): 60,
        ("kafka_consumergroup_members", "oracle-audit"): 0,
        ("kafka_topic_partition_current_offset", topic, "0"): 100,
        ("kafka_topic_partition_oldest_offset", topic, "0"): 7,
        ("kafka_topic_partition_current_offset", topic, "1"): 100,
        ("kafka_topic_partition_oldest_offset", topic, "1"): 0,
    }


def test_a_partition_that_two_groups_read_has_one_end() -> None:
    told = answer(row("a", seconds=5), row("b", seconds=9))
    for compat in Compat:
        found = snapshot(told, [naming(compat, "prod")], PLENTY)
        names = [(one.family.name, one.labels) for series in found.series.values() for one in series]
        assert len(names) == len(set(names))
