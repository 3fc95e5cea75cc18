"""`agentctl replay --follow` as a user runs it, while events are being written."""

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from confluent_kafka import Producer

from agentctl.model.finding import Code
from tests.harness import Broker, Message5, Program
from tests.watched import Watched, watched, watched_on_terminal


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Night:
    """The topics of a night of their own, and how agents write into them."""

    broker: Broker
    topics: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.topics = {
            role: self.broker.topic(f"follow-{role}", partitions=2)
            for role in ("events", "claims", "progress", "results")
        }

    @property
    def words(self) -> Sequence[str]:
        """What to follow."""
        return [word for name in self.topics.values() for word in ("-t", name)]

    def write(
        self, role: str, id: str, *, age_ms: int = 0, partition: int = 0, workflow: str = "w1", **more: object
    ) -> None:
        """Write an event that was dated so long ago."""
        payload = {"id": id, "workflow_id": workflow, "topic": "k8s", **more}
        message: Message5 = (b"k8s", json.dumps(payload).encode(), None, now_ms() - age_ms, partition)
        self.broker.produce(self.topics[role], [message])


@pytest.fixture
def night(broker: Broker) -> Night:
    return Night(broker)


FOLLOWS = "following: "


def follow(agentctl: Program, night: Night, *words: str) -> Sequence[str]:
    """The words of a call that follows the night's topics."""
    return ["replay", "w1", "-b", night.broker.bootstrap, *night.words, "--follow", *words]


def events(run: Watched) -> list[str]:
    return [row["event_id"] for row in run.rows if row["schema"] == "agentctl.replay/1"]


def findings(run: Watched) -> list[tuple[str, str]]:
    return [(row["id"], row["code"]) for row in run.rows if row["schema"] == "agentctl.finding/1"]


def test_what_was_is_shown_and_then_what_comes_each_once(agentctl: Program, night: Night) -> None:
    night.write("events", "a", agent="research")
    with watched(agentctl, *follow(agentctl, night, "-o", "ndjson")) as run:
        run.until('"event_id":"a"')
        run.until(FOLLOWS, "stderr")
        night.write("events", "other", agent="research", workflow="w2")
        night.write("claims", "b", agent="seo", cause="a", type="claim")
        run.until('"event_id":"b"')
        night.write("results", "c", agent="seo", cause="b", partition=1)
        run.until('"event_id":"c"')
        code, seconds = run.end()
    assert code == 130
    assert seconds < 1
    assert events(run) == ["a", "b", "c"]
    first, second, third = (row for row in run.rows if row["schema"] == "agentctl.replay/1")
    assert [row["n"] for row in (first, second, third)] == [1, 2, 3]
    assert (second["cause"], second["cause_kind"]) == (1, "stated")
    assert second["gap_ms"] == apart_ms(first, second)
    assert {row["late"] for row in (second, third)} == {False}
    assert set(second) - set(first) == {"late"}
    assert set(first) - set(second) <= {"role", "as_of", "around", "terms", "witness"}
    assert "Stopped by Ctrl-C after 2 events since 20" in run.stderr
    assert run.stderr.endswith("; nothing was changed.\n")


def apart_ms(first: dict[str, object], second: dict[str, object]) -> int:
    """The difference of two rows' times, from their texts."""
    from datetime import datetime

    one, other = (datetime.fromisoformat(str(row["time"])) for row in (first, second))
    return round((other - one).total_seconds() * 1000)


def test_order_between_partitions_is_repaired_and_an_effect_waits_for_its_cause(
    agentctl: Program, night: Night
) -> None:
    night.write("events", "a", agent="research", age_ms=60_000)
    with watched(agentctl, *follow(agentctl, night, "-o", "ndjson")) as run:
        run.until(FOLLOWS, "stderr")
        run.until('"event_id":"a"')
        night.write("results", "third", agent="seo", cause="second", age_ms=400)
        night.write("claims", "second", agent="seo", cause="first", age_ms=100, partition=1)
        night.write("events", "first", agent="research", age_ms=500)
        run.until('"event_id":"third"')
        run.end()
    assert events(run) == ["a", "first", "second", "third"]
    assert {row["event_id"]: row["reordered"] for row in run.rows if "event_id" in row} == {
        "a": False,
        "first": False,
        "second": False,
        "third": True,
    }


def test_what_comes_too_late_is_shown_where_it_arrives_and_marked(agentctl: Program, night: Night) -> None:
    with watched(agentctl, *follow(agentctl, night)) as run:
        run.until(FOLLOWS, "stderr")
        night.write("events", "a", agent="research")
        run.until("\tresearch\t")
        night.write("events", "b", agent="sales", age_ms=30_000, partition=1)
        run.until("\tsales\t")
        code, _ = run.end()
    assert code == 130
    first, second = run.lines
    assert "\tlate" not in first
    assert second.split("\t")[-1] == "late"


def test_findings_appear_when_they_become_true_also_by_time_alone(agentctl: Program, night: Night) -> None:
    roles = {"events": "task", "claims": "claim", "progress": "progress", "results": "result"}
    (agentctl.folder / "agentctl.toml").write_text(
        "".join(f'[topics.{name}]\nrole = "{roles[role]}"\n' for role, name in night.topics.items())
    )
    night.write("events", "a", agent="research")
    with watched(agentctl, *follow(agentctl, night, "-o", "ndjson")) as run:
        run.until(FOLLOWS, "stderr")
        night.write("claims", "c1", agent="seo", cause="a", ttl="4s")
        night.write("progress", "p1", agent="seo", cause="c1", status="Writing", step=1, total=3)
        run.until('"event_id":"p1"')
        assert findings(run) == []
        run.until(Code.ORPHANED_CLAIM)
        night.write("results", "r1", agent="content", cause="a", partition=1)
        run.until('"event_id":"r1"')
        run.until('"agentctl.finding/1"', times=2)
        run.end()
    (agentctl.folder / "followed.ndjson").write_text(run.stdout)
    again = agentctl("replay", "--source", "followed.ndjson", "-o", "json")
    assert [row["event_id"] for row in again.json["rows"]] == events(run)
    assert again.json["summary"]["events"] == 4
    told = findings(run)
    assert told[0] == ("O1", "orphaned-claim")
    assert len(told) == len(set(told))
    orphaned = next(row for row in run.rows if row["schema"] == "agentctl.finding/1")
    assert orphaned["time"].endswith("Z")
    assert orphaned["events"][0] == f"{night.topics['claims']}[0]@0"


def test_on_a_terminal_rows_are_appended_below_the_screen(agentctl: Program, night: Night) -> None:
    night.write("events", "a", agent="research")
    with watched_on_terminal(agentctl, *follow(agentctl, night)) as run:
        run.until(FOLLOWS)
        before = run.stdout
        night.write("claims", "b", agent="seo", cause="a")
        run.until("SE seo")
        run.until("← #1")
        night.write("results", "c", agent="seo", cause="b")
        run.until("← #2", times=1)
        code, seconds = run.end()
    assert code == 130
    assert seconds < 1
    assert run.stdout.startswith(before)
    assert "\x1b[" in run.stdout
    shown = run.stdout[len(before) :]
    # Colour is the only thing that is sent beside text: the cursor is never moved.
    assert not [part for part in shown.split("\x1b[")[1:] if "m" not in part[:6]]
    assert "\r" not in shown
    assert shown.index("SE seo") < shown.index("WHAT") < shown.index("  2  ") < shown.index("  3  ")


def test_a_reader_that_goes_away_ends_it_quietly_though_nothing_comes(
    agentctl: Program, night: Night
) -> None:
    night.write("events", "a", agent="research")
    with watched(agentctl, *follow(agentctl, night)) as run:
        run.until("research")
        run.until(FOLLOWS, "stderr")
        assert run.process.stdout is not None
        run.process.stdout.close()
        assert run.process.wait(30) == 0
    assert run.stderr.count("\n") == 1


def test_new_partitions_and_new_topics_with_a_role_are_picked_up(agentctl: Program, broker: Broker) -> None:
    from confluent_kafka.admin import NewPartitions

    topic = broker.topic("grows", partitions=1)
    night = Night(broker)
    night.topics = {"events": topic}
    (agentctl.folder / "agentctl.toml").write_text(
        f'[topics."{topic}"]\nrole = "task"\n[topics."{topic}-new"]\nrole = "result"\n'
    )
    night.write("events", "a", agent="research")
    with watched(agentctl, "replay", "w1", "-b", broker.bootstrap, "--follow", "-o", "ndjson") as run:
        run.until('"event_id":"a"')
        run.until(FOLLOWS, "stderr")
        broker.admin.create_partitions([NewPartitions(topic, 2)])[topic].result(30)
        broker.until_served(topic, 2)
        night.write("events", "b", agent="seo", partition=1)
        run.until('"event_id":"b"')
        from confluent_kafka.cimpl import NewTopic

        broker.admin.create_topics([NewTopic(f"{topic}-new", 1, 1)])[f"{topic}-new"].result(30)
        broker.until_served(f"{topic}-new", 1)
        night.topics["results"] = f"{topic}-new"
        night.write("results", "c", agent="seo", cause="b")
        run.until('"event_id":"c"')
        run.end()
    assert events(run) == ["a", "b", "c"]
    assert f"new partitions {topic}[1] are read from their beginning" in run.stderr
    assert f"new topic {topic}-new is read from its beginning" in run.stderr


def test_an_open_transaction_is_told_once_and_its_events_are_shown_when_it_ends(
    agentctl: Program, night: Night
) -> None:
    night.write("events", "a", agent="research")
    producer = Producer(
        {
            "bootstrap.servers": night.broker.bootstrap,
            "transactional.id": night.topics["events"],
            "log_level": 0,
        }
    )
    producer.init_transactions(30)
    with watched(agentctl, *follow(agentctl, night, "-o", "ndjson")) as run:
        run.until(FOLLOWS, "stderr")
        producer.begin_transaction()
        value = json.dumps({"id": "b", "workflow_id": "w1", "agent": "seo"}).encode()
        producer.produce(night.topics["events"], value, partition=0)
        producer.flush(30)
        run.until("an open transaction holds back", "stderr")
        assert events(run) == ["a"]
        producer.commit_transaction(30)
        run.until('"event_id":"b"')
        run.end()
    assert events(run) == ["a", "b"]
    assert run.stderr.count("an open transaction holds back") == 1


def test_nothing_is_joined_and_nothing_committed(agentctl: Program, night: Night) -> None:
    before = groups(night.broker)
    with watched(agentctl, *follow(agentctl, night)) as run:
        run.until(FOLLOWS, "stderr")
        night.write("events", "a", agent="research")
        run.until("research")
        during = groups(night.broker)
        run.end(signal.SIGTERM)
    assert during == before == groups(night.broker)


def groups(broker: Broker) -> set[str]:
    return {group.group_id for group in broker.admin.list_consumer_groups().result(30).valid} & {"agentctl"}
