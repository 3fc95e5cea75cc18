"""`agentctl claims`, `agents` and `doctor claims` on real brokers, as a user and a script run them."""

import json
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from tests.harness import Answer, Broker, Message5, Program
from tests.watched import watched, watched_on_terminal

APPEND = {"message.timestamp.type": "LogAppendTime", "retention.ms": "86400000"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Work:
    """Topics of their own for claims, progress and results, and how agents write into them."""

    broker: Broker
    program: Program
    claims_config: Mapping[str, str] = field(default_factory=lambda: APPEND)
    topics: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.topics = {
            "claim": self.broker.topic("work-claims", 3, self.claims_config),
            "progress": self.broker.topic("work-progress", 2),
            "result": self.broker.topic("work-results", 2),
        }
        tables = (f'[topics."{name}"]\nrole = "{role}"\n' for role, name in self.topics.items())
        (self.program.folder / "agentctl.toml").write_text("".join(tables))

    def write(
        self,
        role: str,
        item: str,
        agent: str | None,
        *,
        key: bool = True,
        partition: int | None = 0,
        **more: object,
    ) -> str:
        """Write an event; return its token."""
        payload = {"topic": item, "workflow_id": "w1", **({} if agent is None else {"agent": agent}), **more}
        value = json.dumps(payload).encode()
        message: Message5 = (item.encode() if key else None, value, None, now_ms(), partition)
        [place] = self.broker.produce(self.topics[role], [message])
        return f"{place.partition}@{place.offset}"

    def __call__(self, *words: str, **more: int) -> Answer:
        """Run a command on these topics."""
        return self.program(*self.words(*words), **more)  # type: ignore[arg-type]

    def words(self, *words: str) -> list[str]:
        """The words of a command on these topics."""
        topic = [] if words[0] == "agents" else ["--claims-topic", self.topics["claim"]]
        scanned = [word for name in self.topics.values() for word in ("-t", name)]
        return [*words, "-b", self.broker.bootstrap, *topic, *(scanned if words[0] == "agents" else ())]


@pytest.fixture
def work(broker: Broker, agentctl: Program) -> Work:
    return Work(broker, agentctl)


def test_the_list_the_referee_and_the_races_agree(work: Work) -> None:
    first = work.write("claim", "k8s", "marketing", ttl="30m")
    second = work.write("claim", "k8s", "sales", ttl="30m")
    work.write("claim", "rag", "seo", ttl="30m", partition=1)
    work.write("progress", "k8s", "sales", step=1, total=5)
    listed = work("claims", "-o", "json")
    assert listed.exit_code == 0, listed.stderr
    conflict, calm = listed.json["rows"]
    assert (conflict["state"], conflict["holder"], conflict["token"]) == ("CONFLICT", "marketing", first)
    assert [(one["agent"], one["token"], one["still_working"]) for one in conflict["rivals"]] == [
        ("sales", second, True)
    ]
    assert calm["state"] == "claimed"
    assert 29 * 60_000 < calm["lease_left_ms"] <= 30 * 60_000
    shown = work("claims", "show", "k8s", "-o", "json")
    assert [(row["token"], row["verdict"]) for row in shown.json["rows"]] == [
        (first, "holds"),
        (second, "lost"),
    ]
    assert shown.json["findings"][0]["code"] == "claim-conflict"
    [races] = work("claims", "races", "-o", "json").json["rows"]
    assert (races["claims"], races["conflicts"], races["contended_items"]) == (3, 1, 1)


def test_every_row_has_the_fields_of_the_contract(work: Work) -> None:
    work.write("claim", "k8s", "marketing", ttl="30m")
    assert set(work("claims", "-o", "json").json["rows"][0]) >= {
        *("work_item", "workflow_id", "holder", "token", "format", "claimed_at", "age_ms", "lease_left_ms"),
        *("last_sign_at", "step", "total", "status", "state", "read_age_ms", "rivals"),
    }
    assert set(work("claims", "show", "k8s", "-o", "json").json["rows"][0]) >= {
        *("token", "agent", "at", "verdict", "saw_to", "gap_ms", "steps_since", "results_since"),
    }


def test_a_topic_that_is_empty_or_not_there_is_exit_4(work: Work) -> None:
    empty = work("claims", "-o", "json")
    assert (empty.exit_code, empty.json["rows"]) == (4, [])
    assert f"No claim stands in {work.topics['claim']}." in empty.stderr
    absent = work.program("claims", "-b", work.broker.bootstrap, "--claims-topic", "work-clams")
    assert absent.exit_code == 4
    assert "there is no topic work-clams" in absent.stderr


def test_reading_claims_and_agents_joins_no_group(work: Work) -> None:
    work.write("claim", "k8s", "marketing", ttl="30m")
    before = groups(work.broker)
    for words in (["claims"], ["claims", "show", "k8s"], ["agents"]):
        assert work(*words).exit_code == 0
    assert {one for one in groups(work.broker) - before if "agentctl" in one} == set()


def groups(broker: Broker) -> set[str]:
    return {group.group_id for group in broker.admin.list_consumer_groups().result(30).valid}


def test_agents_are_at_work_or_idle_with_the_lag_of_their_groups(work: Work) -> None:
    name = f"mkt{now_ms()}"
    work.write("claim", "k8s", name, ttl="30m")
    work.write("progress", "k8s", name, step=3, total=5, status="Writing draft")
    work.write("progress", "x", name, step=3, total=5, status="Writing draft")
    work.write("result", "x", name)
    work.write("result", "rag", "sales")
    commit(work, f"{name}-agents", {"progress": 1})
    answer = work("agents", "-o", "json")
    assert answer.exit_code == 0, answer.stderr
    rows = {row["agent"]: row for row in answer.json["rows"]}
    assert (rows[name]["state"], rows[name]["work_item"]) == ("working", "k8s")
    assert (rows[name]["status"], rows[name]["step"], rows[name]["total"]) == ("Writing draft", 3, 5)
    lag = rows[name]["lag"]
    assert (lag["group"], lag["records"]) == (f"{name}-agents", 1)
    assert 0 <= lag["seconds"] < 600
    assert (rows["sales"]["state"], rows["sales"]["lag"]) == ("idle", None)
    assert set(rows["sales"]) >= {
        *("agent", "state", "status", "step", "total", "work_item", "workflow_id", "since", "last_seen_at"),
    }


def commit(work: Work, group: str, offsets: Mapping[str, int]) -> None:
    consumer = Consumer({"bootstrap.servers": work.broker.bootstrap, "group.id": group, "log_level": 0})
    places = [TopicPartition(work.topics[role], 0, offset) for role, offset in offsets.items()]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()


def test_the_doctor_finds_what_is_wrong_with_a_topic(broker: Broker, agentctl: Program) -> None:
    bad = {"cleanup.policy": "compact", "message.timestamp.type": "CreateTime", "retention.ms": "600000"}
    work = Work(broker, agentctl, bad)
    work.write("claim", "k8s", "marketing", ttl="30m", partition=0)
    work.write("claim", "k8s", "sales", ttl="30m", partition=1)
    answer = work("doctor", "claims", "-o", "json")
    assert answer.exit_code == 3, answer.stderr
    states = {row["check"]: row["state"] for row in answer.json["rows"]}
    problems = {name for name, state in states.items() if state == "problem"}
    assert {"split keys", "compaction", "retention", "timestamps"} <= problems
    assert states["replication"] == "warning"
    mends = {row["check"]: row["mend"] for row in answer.json["rows"]}
    assert f"--entity-name {work.topics['claim']} --add-config cleanup.policy=delete" in mends["compaction"]


def test_the_doctor_has_nothing_against_a_topic_that_is_right(work: Work) -> None:
    for item in ("k8s", "rag", "agents"):
        work.write("claim", item, "marketing", ttl="30m", partition=None)
    answer = work("doctor", "-o", "json")
    assert answer.exit_code == 0, answer.stdout
    assert {row["check"] for row in answer.json["rows"] if row["state"] != "ok"} <= {"replication"}


def test_watched_in_a_pipe_each_change_is_a_line_also_by_time_alone(work: Work) -> None:
    work.write("claim", "calm", "seo", ttl="30m", partition=1)
    with watched(
        work.program, *work.words("claims", "--watch", "--interval", "200ms", "-o", "ndjson")
    ) as run:
        run.until('"calm"')
        work.write("claim", "k8s", "marketing", ttl="6s")
        run.until('"state":"claimed"', times=2)
        work.write("progress", "k8s", "marketing", step=1, total=2)
        run.until('"state":"working"')
        token = work.write("claim", "k8s", "sales", ttl="6s")
        run.until('"state":"CONFLICT"')
        run.until("claim-conflict")
        run.until('"state":"ORPHANED"')
        run.until("orphaned-claim")
        code, seconds = run.end()
    assert (code, seconds < 1) == (130, True)
    rows = [row for row in run.rows if row.get("work_item") == "k8s"]
    assert [(row["was"], row["state"]) for row in rows] == [
        (None, "claimed"),
        ("claimed", "working"),
        ("working", "CONFLICT"),
        ("CONFLICT", "ORPHANED"),
    ]
    assert [one["token"] for one in rows[2]["rivals"]] == [token]
    codes = [row["code"] for row in run.rows if row["schema"] == "agentctl.finding/1"]
    assert codes == ["claim-conflict", "orphaned-claim"]
    assert "Stopped by Ctrl-C after 4 changes since " in run.stderr
    assert run.stderr.endswith("nothing was changed.\n")


def test_new_problems_are_told_to_a_command_and_its_failures_stop_nothing(work: Work, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    work.write("claim", "old", "marketing", ttl="30m")
    work.write("claim", "old", "sales", ttl="30m")
    words = work.words(
        "claims", "--watch", "--interval", "200ms", "--exec", f"cat >> {seen}; echo told; exit 7"
    )
    with watched(work.program, *words) as run:
        run.until("CONFLICT")
        run.until("1 problem stands already; --exec is run for new ones", "stderr")
        work.write("claim", "new", "marketing", ttl="30m", partition=1)
        work.write("claim", "new", "sales", ttl="30m", partition=1)
        run.until("told", "stderr")
        run.until("--exec exited with 7 (for C2)", "stderr")
        work.write("claim", "later", "seo", ttl="30m", partition=2)
        run.until("later")
        code, _ = run.end()
    assert code == 130
    [finding] = [json.loads(line) for line in seen.read_text().splitlines()]
    assert (finding["schema"], finding["code"]) == ("agentctl.finding/1", "claim-conflict")
    assert finding["evidence"]["work_item"] == "new"
    assert "told" not in run.stdout


def test_a_screen_moves_and_the_terminal_is_as_before_with_the_last_frame(work: Work) -> None:
    work.write("claim", "k8s", "marketing", ttl="30m")
    with watched_on_terminal(work.program, *work.words("claims", "--watch", "--interval", "200ms")) as run:
        run.until("\x1b[?1049h")
        run.until("claimed")
        run.until("Ctrl-C ends")
        work.write("progress", "k8s", "marketing", step=1, total=2)
        run.until("working")
        code, seconds = run.end()
    assert (code, seconds < 1) == (130, True)
    before, entered, rest = run.stdout.partition("\x1b[?1049h")
    moving, left, after = rest.rpartition("\x1b[?1049l")
    assert entered
    assert left
    assert "claimed" not in before
    assert moving.count("\x1b[H") >= 2
    assert "▓▓▓▓▓▓▓▓ 29m left" in after
    assert "working" in after
    assert "Stopped by Ctrl-C after 1 change since " in after


def test_a_terminal_is_restored_when_the_watch_is_terminated(work: Work) -> None:
    work.write("claim", "k8s", "marketing", ttl="30m")
    with watched_on_terminal(work.program, *work.words("claims", "--watch")) as run:
        run.until("Ctrl-C ends")
        code, seconds = run.end(signal.SIGTERM)
    assert (code, seconds < 1) == (-signal.SIGTERM, True)
    assert run.stdout.endswith("\x1b[?25h\x1b[?1049l")


def test_a_reader_that_goes_away_ends_the_watch_quietly(work: Work) -> None:
    work.write("claim", "k8s", "marketing", ttl="30m")
    with watched(work.program, *work.words("claims", "--watch", "--interval", "200ms")) as run:
        run.until("claimed")
        assert run.process.stdout is not None
        run.process.stdout.close()
        assert run.process.wait(30) == 0
    assert "Traceback" not in run.stderr


def test_agents_are_watched_too(work: Work) -> None:
    work.write("claim", "k8s", "marketing", ttl="30m")
    with watched(
        work.program, *work.words("agents", "--watch", "--interval", "200ms", "-o", "ndjson")
    ) as run:
        run.until('"agent":"marketing"')
        work.write("progress", "k8s", "marketing", step=1, total=2, status="Writing draft")
        run.until("Writing draft")
        work.write("result", "k8s", "marketing")
        run.until('"state":"idle"')
        code, _ = run.end()
    assert code == 130
    assert [(row["state"], row["step"]) for row in run.rows] == [
        ("working", None),
        ("working", 1),
        ("idle", None),
    ]
