"""`agentctl restore` into Kafka as a user runs it: planned, written, killed, resumed, taken back."""

import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest
from confluent_kafka.admin import AdminClient

from agentctl.archive.topic_file import ArchivedTopic, topic_file
from agentctl.model.record import Record
from agentctl.store.s3 import S3Store
from tests.archive.filled import GENERATION, fill
from tests.builders import ms
from tests.harness import Answer, Broker, Program
from tests.memory import record
from tests.restoring.made import by_partition, expected, written
from tests.store.running import admin, new_bucket, opened

PARTITIONS = 3
AT_MS = ms("09:00", "2026-09-24")
SECONDS = 60
_numbers = count(1)


def said(number: int) -> Record:
    workflow = f"wf_{number // 40}"
    return record(
        "research-events",
        b'{"workflow_id": "%s", "event_type": "analysis", "n": %d}' % (workflow.encode(), number),
        at_ms=AT_MS + number,
        partition=number % PARTITIONS,
        offset=number // PARTITIONS * 2,
        key=(None, b"", b"\xff\x00")[number % 3],
        headers=[("h", None), ("h", b"\x00")] if number % 2 else [],
    )


@dataclass
class Ground:
    """An archive of one topic, and the program that restores from it into a broker."""

    program: Program
    broker: Broker
    store: S3Store
    endpoint: str
    address: str
    records: list[Record]
    restore_id: str

    def words(self, *words: str) -> tuple[str, ...]:
        return ("restore", *words, "-b", self.broker.bootstrap)

    def restore(self, *words: str) -> Answer:
        return self.program(*self.words(*words), environment=self.environment)

    def ask(self, *words: str) -> Answer:
        return self.restore(*words, "--from", self.address, "--id", self.restore_id, "-o", "json")

    @property
    def environment(self) -> dict[str, str]:
        return {"AGENTCTL_S3_ENDPOINT": self.endpoint}

    @property
    def scratch(self) -> str:
        return f"agentctl-restore-{self.restore_id}"

    def topics(self) -> set[str]:
        client: AdminClient = self.broker.admin
        return {name for name in client.list_topics(timeout=SECONDS).topics if not name.startswith("__")}

    def check(self, topic: str, wanted: list[Record]) -> None:
        """Hold every byte of what is in a topic against what it should be."""
        found = by_partition(written(self.broker.bootstrap, topic))
        assert found == by_partition(expected(self.restore_id, wanted))


Make = Callable[..., Ground]


@pytest.fixture
def make(agentctl: Program, broker: Broker, endpoint: str) -> Make:
    def made(events: int = 400, storage_class: str = "STANDARD", *, told: bool = True) -> Ground:
        address = f"s3://{new_bucket(admin(endpoint))}/events"
        store = opened(endpoint, address)
        records = [said(number) for number in range(events)]
        fill(store, records, storage_class=storage_class)
        if told:
            topic = ArchivedTopic("research-events", GENERATION, PARTITIONS, {}, AT_MS)
            store.put_new(topic_file("research-events", GENERATION), topic.to_bytes())
        return Ground(agentctl, broker, store, endpoint, address, records, f"e2e-{next(_numbers)}")

    return made


def test_without_execute_a_plan_is_shown_and_nothing_is_made(make: Make) -> None:
    ground = make()
    before = ground.topics()
    answer = ground.ask("wf_3", "--scratch")
    assert answer.exit_code == 0, answer.stderr
    summary = answer.json["summary"]
    assert (summary["restore_id"], summary["matched"], summary["written"]) == (ground.restore_id, 40, 0)
    assert ground.topics() == before
    assert "restore id:" not in answer.stderr


def test_a_topic_of_its_own_gets_each_record_as_it_was(make: Make) -> None:
    ground = make()
    answer = ground.ask("wf_3", "--scratch", "--execute")
    assert answer.exit_code == 0, answer.stderr
    assert answer.stderr.startswith(f"restore id: {ground.restore_id}\n")
    summary = answer.json["summary"]
    assert (summary["matched"], summary["written"], summary["skipped"]) == (40, 40, 0)
    assert (summary["target"], summary["complete"]) == (ground.scratch, True)
    ground.check(ground.scratch, ground.records[120:160])
    again = ground.ask("wf_3", "--scratch", "--execute").json["summary"]
    assert (again["written"], again["skipped"]) == (0, 40)
    ground.check(ground.scratch, ground.records[120:160])


def test_a_named_topic_has_to_be_empty_and_to_keep_what_comes(make: Make) -> None:
    ground = make()
    own = ground.broker.topic("own", PARTITIONS)
    assert ground.ask("wf_3", "--to-topic", own, "--execute").json["summary"]["written"] == 40
    ground.check(own, ground.records[120:160])
    other = ground.broker.topic("other", PARTITIONS)
    ground.broker.produce(other, [(None, b"mine", None, None, 0)])
    refused = ground.restore("wf_3", "--to-topic", other, "--from", ground.address, "--execute")
    assert refused.exit_code == 1
    assert "holds other records" in refused.stderr
    short = ground.broker.topic("short", PARTITIONS, {"retention.ms": "86400000"})
    refused = ground.restore("wf_3", "--to-topic", short, "--from", ground.address)
    assert refused.exit_code == 1
    assert "would be deleted at once" in refused.stderr


def test_what_is_frozen_is_written_once_it_is_thawed(make: Make) -> None:
    ground = make(storage_class="GLACIER")
    answer = ground.ask("wf_3", "--scratch", "--execute")
    assert answer.exit_code == 7
    assert (answer.json["summary"]["written"], answer.json["summary"]["complete"]) == (0, False)
    assert {gap["reason"] for gap in answer.json["summary"]["gaps"]} == {"frozen"}
    resumed = ground.restore(
        *("--resume", ground.restore_id, "--thaw", "standard", "--wait", "--execute", "-o", "json")
    )
    assert resumed.exit_code == 0, resumed.stderr
    assert (resumed.json["summary"]["written"], resumed.json["summary"]["complete"]) == (40, True)
    ground.check(ground.scratch, ground.records[120:160])


def test_what_was_written_is_taken_back_and_nothing_else(make: Make) -> None:
    ground = make()
    own = ground.broker.topic("own", PARTITIONS)
    assert ground.ask("wf_3", "--to-topic", own, "--execute").exit_code == 0
    shown = ground.restore("--undo", ground.restore_id, "-o", "json")
    assert (shown.exit_code, shown.json["summary"]["records"]) == (0, 40)
    ground.check(own, ground.records[120:160])
    assert ground.restore("--undo", ground.restore_id, "--execute").exit_code == 0
    assert not written_now(ground, own)
    assert ground.restore("--resume", ground.restore_id).exit_code == 4


def written_now(ground: Ground, topic: str) -> list[int]:
    rows = ground.program("replay", "-b", ground.broker.bootstrap, "-t", topic, "-o", "ndjson").rows
    return [row["offset"] for row in rows]


def test_records_go_by_their_keys_where_nobody_knows_how_many_partitions_there_were(make: Make) -> None:
    ground = make(told=False)
    own = ground.broker.topic("own", 5)
    screen = ground.program.terminal(
        *ground.words("wf_3", "--to-topic", own, "--from", ground.address),
        environment={**ground.environment, "NO_COLOR": "1"},
    )
    assert "it is not known how many partitions it had" in " ".join(screen.stdout.split())


def test_killed_anywhere_and_resumed_each_record_is_there_once(make: Make) -> None:
    ground = make(events=60_000)
    words = ground.words("-t", "research-events", "--from", ground.address, "--id", ground.restore_id)
    dice, killed = random.Random(7), 0
    for _ in range(4):
        process = ground.program.start(*words, "--scratch", "--execute", environment=ground.environment)
        assert process.stderr is not None
        while (line := process.stderr.readline()) and b"restore id:" not in line:
            pass
        try:
            process.wait(dice.random() * 0.6)
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.communicate()
    assert killed, "none was killed before its end"
    answer = ground.restore("--resume", ground.restore_id, "--execute", "-o", "json")
    assert answer.exit_code == 0, answer.stderr
    summary = answer.json["summary"]
    assert summary["written"] + summary["skipped"] == len(ground.records)
    ground.check(ground.scratch, ground.records)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("wf_3", "--resume", "a"), "knows what was asked for"),
        (("--resume", "a", "--undo", "b"), "goes back"),
        (("--resume", "a", "--scratch"), "knows where it went"),
        (("--undo", "a", "--id", "b"), "knows where it went"),
        (("wf_3", "--scratch", "--to-topic", "t"), "two targets"),
        (("wf_3", "--id", "a"), "--id names a restore into Kafka"),
        (("--undo", "no/topic", "--execute"), "cannot be the id of a restore"),
    ],
)
def test_what_cannot_be_meant_is_refused(agentctl: Program, words: tuple[str, ...], said: str) -> None:
    answer = agentctl("restore", *words)
    assert answer.exit_code == 2
    assert said in answer.stderr
