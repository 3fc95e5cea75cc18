"""Undo takes back what a restore wrote, and nothing else."""

import pytest

from agentctl.errors import NotFoundError
from agentctl.restoring.restore_run import Wish, prepare, run
from agentctl.restoring.resuming import known_state
from agentctl.restoring.undo import UndoRefusedError, planned_undo, undo
from tests.harness import Broker
from tests.restoring.made import BEGAN_MS, NOW_MS, connection, log, parts, wish
from tests.restoring.made import written as written_to

LOGS = (log("events", 0), log("events", 1))


def restored(broker: Broker, asked: Wish) -> None:
    kafka = connection(broker)
    run(kafka, prepare(kafka, asked, NOW_MS), parts(LOGS, 100), NOW_MS, at_once=30)


def test_a_topic_that_was_made_for_it_goes_as_a_whole(broker: Broker) -> None:
    kafka = connection(broker)
    restored(broker, wish("gone", LOGS))
    plan = planned_undo(kafka, "gone")
    assert (plan.records, plan.drop, list(plan.obstacles)) == (200, True, [])
    assert "agentctl-restore-gone" in broker.admin.list_topics(timeout=30).topics
    undo(kafka, "gone")
    assert "agentctl-restore-gone" not in broker.admin.list_topics(timeout=30).topics
    assert known_state(kafka, "gone") is None
    with pytest.raises(NotFoundError, match="no restore gone is known here"):
        planned_undo(kafka, "gone")


def test_what_was_taken_back_can_be_restored_again(broker: Broker) -> None:
    asked = wish("anew", LOGS, broker.topic("anew", partitions=2), events=2)
    for _ in range(2):
        restored(broker, asked)
        assert len(written_to(broker.bootstrap, asked.target)) == 200
        undo(connection(broker), "anew")
        assert written_to(broker.bootstrap, asked.target) == []


def test_what_others_wrote_behind_it_stays(broker: Broker) -> None:
    target = broker.topic("behind", partitions=2)
    restored(broker, wish("behind", LOGS, target, events=2))
    broker.produce(target, [(b"k", b"theirs", None, BEGAN_MS, 1)])
    undo(connection(broker), "behind")
    assert [value for _, _, value, _, _ in written_to(broker.bootstrap, target)] == [b"theirs"]


def test_a_topic_of_its_own_that_others_wrote_to_is_only_emptied_of_it(broker: Broker) -> None:
    restored(broker, wish("guest", LOGS))
    broker.produce("agentctl-restore-guest", [(b"k", b"theirs", None, BEGAN_MS, 0)])
    assert planned_undo(connection(broker), "guest").drop is False
    undo(connection(broker), "guest")
    found = written_to(broker.bootstrap, "agentctl-restore-guest")
    assert [value for _, _, value, _, _ in found] == [b"theirs"]


def test_where_something_else_would_go_with_it_nothing_is_done(broker: Broker) -> None:
    """A log can only be cut from its beginning."""
    target = broker.topic("mixed", partitions=2)
    asked, kafka = wish("mixed", LOGS, target, events=2), connection(broker)
    prepared = prepare(kafka, asked, NOW_MS)
    told: list[int] = []

    def tell(written: int) -> None:
        told.append(written)
        if len(told) == 3:
            broker.produce(target, [(b"k", b"theirs", None, BEGAN_MS, 0)])

    run(kafka, prepared, parts(LOGS, 100), NOW_MS, tell, at_once=30)
    with pytest.raises(
        UndoRefusedError, match=r"mixed.*\[0\] 1 records of others stand before the last"
    ) as error:
        undo(kafka, "mixed")
    assert "x-agentctl-restore-id is mixed" in str(error.value.hint)
    assert len(written_to(broker.bootstrap, target)) == 201


def test_without_its_notes_the_topic_has_to_be_named(broker: Broker) -> None:
    target = broker.topic("forgotten", partitions=2)
    restored(broker, wish("forgotten", LOGS, target, events=2))
    name = "agentctl-restore-forgotten"
    broker.admin.delete_consumer_groups([name])[name].result(30)
    kafka = connection(broker)
    with pytest.raises(NotFoundError, match="no restore forgotten is known here"):
        undo(kafka, "forgotten")
    undo(kafka, "forgotten", target)
    assert written_to(broker.bootstrap, target) == []
