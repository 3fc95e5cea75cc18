"""What is restored into Kafka is there once, byte for byte, and says where it comes from."""

from dataclasses import replace

import pytest

from agentctl.errors import AgentctlError, NotFoundError, UsageError
from agentctl.model.query import Query
from agentctl.model.record import Record, TimestampType
from agentctl.restoring.into_kafka import Part, Unread
from agentctl.restoring.preflight import UnfitTargetError
from agentctl.restoring.progress import Log, Span
from agentctl.restoring.restore_run import Outcome, Wish, begun, prepare, run
from tests.harness import Broker
from tests.restoring.made import (
    BEGAN_MS,
    NOW_MS,
    by_partition,
    connection,
    expected,
    log,
    parts,
    records,
    wish,
)
from tests.restoring.made import written as written_to

LOGS = (log("events", 0), log("events", 2), log("claims", 1), log("claims", 1, "B"))


def restored(broker: Broker, asked: Wish, *found: Part | Unread, at_once: int = 150) -> Outcome:
    kafka = connection(broker)
    return run(kafka, prepare(kafka, asked, NOW_MS), found, NOW_MS, at_once=at_once)


def test_every_record_is_there_once_and_as_it_was(broker: Broker) -> None:
    """Keys, values and headers that are null or empty, headers twice, times: byte for byte and in order."""
    asked = wish("exact", LOGS, events=3, claims=3)
    outcome = restored(broker, asked, *parts(LOGS, 400))
    wanted = expected("exact", [one for own in LOGS for one in records(own, 400)])
    assert by_partition(written_to(broker.bootstrap, "agentctl-restore-exact")) == by_partition(wanted)
    assert (outcome.written, outcome.skipped, outcome.holes) == (1600, 0, {})


def test_the_same_again_writes_nothing(broker: Broker) -> None:
    asked = wish("again", LOGS, events=3, claims=3)
    restored(broker, asked, *parts(LOGS, 200))
    outcome = restored(broker, asked, *parts(LOGS, 200))
    assert (outcome.written, outcome.skipped) == (0, 800)
    assert len(written_to(broker.bootstrap, "agentctl-restore-again")) == 800


def test_what_was_asked_for_is_known_to_whoever_resumes(broker: Broker) -> None:
    query = Query(("w1", "w2"), ("events",), agents=("researcher",))
    asked = replace(wish("known", LOGS), query=query, profile="mine")
    restored(broker, asked, *parts(LOGS, 10))
    order = begun(connection(broker), "known").order
    assert (order.query, order.profile, order.archive) == (query, "mine", "s3://bucket/prefix")
    assert (order.target, order.scratch) == ("agentctl-restore-known", True)


def test_an_id_that_nobody_began_cannot_be_resumed(broker: Broker) -> None:
    with pytest.raises(NotFoundError, match="no restore nobody is known"):
        begun(connection(broker), "nobody")


def test_what_could_not_be_read_is_written_once_it_can_be(broker: Broker) -> None:
    own = log("events", 0)
    made = records(own, 300)
    frozen = Unread(own, Span(made[100].offset, made[200].offset))
    asked = wish("thawed", [own], events=1)
    first = restored(broker, asked, Part(own, made[:100]), frozen, Part(own, made[200:]))
    assert (first.written, first.holes) == (200, {own: (frozen.span,)})
    second = restored(broker, asked, Part(own, made[:150]), Part(own, made[150:]))
    assert (second.written, second.skipped, second.holes) == (100, 200, {})
    found = written_to(broker.bootstrap, "agentctl-restore-thawed")
    assert sorted(map(repr, found)) == sorted(map(repr, expected("thawed", made)))


def test_many_logs_are_noted_over_the_partitions_of_the_target(broker: Broker) -> None:
    logs = [Log(f"topic-{number}", f"{number * 7919:022d}", number % 40) for number in range(600)]
    asked = wish("wide", logs)
    for _ in range(2):
        restored(broker, asked, *(Part(one, records(one, 2, seed=3)) for one in logs))
    assert len(written_to(broker.bootstrap, "agentctl-restore-wide")) == 1200


def test_a_named_topic_gets_by_key_what_cannot_keep_its_partition(broker: Broker) -> None:
    target = broker.topic("few", partitions=2)
    asked = wish(f"few-{broker.kind}", LOGS, target, events=3, claims=2)
    restored(broker, asked, *parts(LOGS, 200))
    found = written_to(broker.bootstrap, target)
    partitions: dict[bytes | None, set[int]] = {}
    for partition, key, _, headers, _ in found:
        origin = dict(headers)["x-agentctl-origin"] or b""
        if origin.startswith(b"claims"):
            assert origin.startswith(b"claims[%d]" % partition)
        elif key is not None:
            partitions.setdefault(key, set()).add(partition)
    assert len(found) == 800
    assert all(len(places) == 1 for places in partitions.values())


def test_a_topic_with_other_records_is_refused(broker: Broker) -> None:
    target = broker.topic("full")
    broker.produce(target, [(b"k", b"v", None, BEGAN_MS, 0)])
    with pytest.raises(UnfitTargetError, match=rf"{target} holds other records, such as {target}\[0\]@0"):
        prepare(connection(broker), wish("full", LOGS, target), NOW_MS)


def test_an_id_stands_for_one_question_and_one_target(broker: Broker) -> None:
    asked = wish("one", LOGS)
    restored(broker, asked, *parts(LOGS, 5))
    with pytest.raises(UsageError, match="was begun with another question"):
        prepare(connection(broker), replace(asked, query=Query(("other",))), NOW_MS)
    with pytest.raises(UsageError, match="went into agentctl-restore-one, not into "):
        prepare(connection(broker), replace(asked, topic=broker.topic("other")), NOW_MS)


def test_a_target_that_was_made_anew_is_not_taken_for_the_old_one(apache_broker: Broker) -> None:
    kafka = connection(apache_broker)
    asked = wish("made-anew", LOGS)
    restored(apache_broker, asked, *parts(LOGS, 5))
    kafka.admin.delete_topics(["agentctl-restore-made-anew"])["agentctl-restore-made-anew"].result(30)
    outcome = restored(apache_broker, asked, *parts(LOGS, 5))
    assert outcome.written == 20
    assert len(written_to(apache_broker.bootstrap, "agentctl-restore-made-anew")) == 20


def test_an_id_that_cannot_be_part_of_a_name_is_refused(broker: Broker) -> None:
    with pytest.raises(UsageError, match="cannot be the id of a restore"):
        prepare(connection(broker), wish("a b", LOGS), NOW_MS)


def test_a_record_that_does_not_fit_stops_it_and_it_goes_on_once_it_does(apache_broker: Broker) -> None:
    target = apache_broker.topic("small", config={"max.message.bytes": "5000"})
    own = log("events", 0)
    made = records(own, 20)
    made[10] = made[10]._replace(value=b"x" * 5000)
    asked = wish("small", [own], target, events=1)
    with pytest.raises(UnfitTargetError, match=rf"events\[0\]@{made[10].offset} has up to") as told:
        restored(apache_broker, asked, Part(own, made))
    assert f"--entity-name {target} --add-config max.message.bytes=" in str(told.value.hint)
    assert len(written_to(apache_broker.bootstrap, target)) == 10


def test_records_without_a_time_say_so(broker: Broker) -> None:
    own = log("old", 0)
    made = Record("old", 0, 5, None, TimestampType.NONE, b"k", b"v")
    outcome = restored(broker, wish("timeless", [own], old=1), Part(own, [made]))
    ((_, _, _, headers, time_ms),) = written_to(broker.bootstrap, "agentctl-restore-timeless")
    assert outcome.timeless == 1
    assert headers[-1] == ("x-agentctl-origin-timestamp", None)
    assert time_ms > BEGAN_MS


@pytest.mark.parametrize(
    ("config", "why", "mend"),
    [
        ({"cleanup.policy": "compact"}, "it is compacted", "cleanup.policy=delete"),
        ({"retention.ms": "86400000"}, "it keeps records for 1d", "retention.ms=-1"),
        ({"retention.bytes": "1000"}, "delete records of any age", "retention.bytes=-1"),
        (
            {"message.timestamp.type": "LogAppendTime"},
            "that of the restore",
            "message.timestamp.type=CreateTime",
        ),
        ({"message.timestamp.before.max.ms": "3600000"}, "rejects records older than 1h", "before.max.ms=9"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_topic_that_would_not_keep_it_is_refused_with_what_mends_it(
    apache_broker: Broker, config: dict[str, str], why: str, mend: str
) -> None:
    target = apache_broker.topic("unfit", config=config)
    with pytest.raises(UnfitTargetError) as told:
        prepare(connection(apache_broker), wish("unfit", LOGS, target), NOW_MS)
    assert why in told.value.message
    assert f"--entity-name {target} --add-config " in (told.value.hint or "")
    assert mend in (told.value.hint or "")


def test_the_mending_command_mends_all_at_once(apache_broker: Broker) -> None:
    config = {"retention.ms": "1000", "message.timestamp.type": "LogAppendTime"}
    target = apache_broker.topic("unfit", config=config)
    with pytest.raises(UnfitTargetError) as told:
        prepare(connection(apache_broker), wish("unfit", LOGS, target), NOW_MS)
    assert "--add-config message.timestamp.type=CreateTime,retention.ms=-1; or --scratch" in str(
        told.value.hint
    )


def test_a_topic_that_is_not_there_is_named(broker: Broker) -> None:
    with pytest.raises(NotFoundError, match="there is no topic nowhere"):
        prepare(connection(broker), wish("nowhere", LOGS, "nowhere"), NOW_MS)


def test_looking_changes_nothing(broker: Broker) -> None:
    kafka = connection(broker)
    prepared = prepare(kafka, wish("looked", LOGS, events=3), NOW_MS)
    assert prepared.sentences == (
        "into agentctl-restore-looked, 3 partitions · a new topic that keeps everything",
        "claims, events: each record in the partition that it had",
    )
    with pytest.raises(AgentctlError, match="no restore looked is known"):
        begun(kafka, "looked")
    assert "agentctl-restore-looked" not in broker.admin.list_topics(timeout=30).topics
