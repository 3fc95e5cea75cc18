"""`agentctl restore` as a user runs it, against an object store that knows the cold classes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fastavro
import pytest

from agentctl.archive.store import Thaw
from agentctl.model.record import Record
from agentctl.store.s3 import S3Store
from tests.archive.filled import fill
from tests.builders import ms
from tests.harness import Answer, Program
from tests.memory import record
from tests.store.running import admin, new_bucket, opened

AT_MS = ms("09:00", "2026-09-24")
TOPICS = ("research-events", "content-claims", "content-results", "agent-progress")


def said(number: int, at_ms: int) -> Record:
    payload = {
        "workflow_id": f"wf_{number // 8}",
        "event_type": ("analysis", "claim", "result", "progress")[number % 4],
        "agent": "content",
        "topic": f"item_{number // 8}",
    }
    return record(
        TOPICS[number % 4],
        json.dumps(payload).encode(),
        at_ms=at_ms + number * 1_000,
        offset=number // 4,
        key=b"\xff",
        headers=[("h", None), ("h", b"\x00")],
    )


RECORDS = [said(number, AT_MS) for number in range(800)]


@dataclass
class Ground:
    """An archive of 800 events in four objects of cold class, and the program that restores from it."""

    program: Program
    store: S3Store
    endpoint: str
    address: str

    def restore(self, *words: str) -> Answer:
        return self.program("restore", *words, "--from", self.address, environment=self.environment)

    @property
    def environment(self) -> dict[str, str]:
        return {"AGENTCTL_S3_ENDPOINT": self.endpoint}

    def document(self, *words: str) -> dict[str, object]:
        answer = self.restore(*words, "-o", "json")
        summary: dict[str, object] = answer.json["summary"]
        return {**summary, "exit": answer.exit_code, "rows": answer.json["rows"]}


Make = Callable[[str], Ground]


@pytest.fixture
def make(agentctl: Program, endpoint: str) -> Make:
    def made(storage_class: str) -> Ground:
        address = f"s3://{new_bucket(admin(endpoint))}/events"
        store = opened(endpoint, address)
        fill(store, RECORDS, block_records=50, storage_class=storage_class)
        return Ground(agentctl, store, endpoint, address)

    return made


@pytest.fixture
def frozen(make: Make) -> Ground:
    return make("GLACIER")


@pytest.fixture
def hot(make: Make) -> Ground:
    return make("STANDARD")


def of_workflow(workflow: str) -> list[Record]:
    return [one for one in RECORDS if f'"{workflow}"'.encode() in (one.value or b"")]


def test_a_plan_names_objects_and_says_what_is_frozen_and_how_long_that_takes(frozen: Ground) -> None:
    plan = frozen.document("wf_50", "--plan")
    assert plan["exit"] == 0
    assert (plan["matched"], plan["written"], plan["complete"], plan["gaps"]) == (8, 0, True, [])
    rows = plan["rows"]
    assert isinstance(rows, list)
    assert [(row["storage_class"], row["frozen"], row["records"]) for row in rows] == [
        ("GLACIER", True, 2)
    ] * 4
    screen = frozen.program.terminal(
        *("restore", "wf_50", "--plan", "--from", frozen.address), environment=frozen.environment
    )
    assert "to thaw: 4 objects" in screen.stdout
    assert "expedited 1–5 min" in screen.stdout
    assert "offsets continuous, 0 unexplained holes" in screen.stdout
    assert f"agentctl restore wf_50 --from {frozen.address}" in " ".join(screen.stdout.split())
    assert "--thaw standard --wait --execute" in " ".join(screen.stdout.split())


def test_while_it_is_frozen_the_skeleton_is_shown_and_the_exit_code_is_7(frozen: Ground) -> None:
    told = frozen.document("wf_50")
    assert told["exit"] == 7
    rows = told["rows"]
    assert isinstance(rows, list)
    assert [row["type"] for row in rows] == ["analysis", "claim", "result", "progress"] * 2
    assert {row["agent"] for row in rows} == {"content"}
    assert all("frozen" in row["undecodable"] for row in rows)
    assert (told["matched"], told["complete"]) == (8, False)
    assert [gap["reason"] for gap in told["gaps"]] == ["frozen"] * 4  # type: ignore[attr-defined]


def test_nothing_is_thawed_before_it_is_said_twice(frozen: Ground) -> None:
    answer = frozen.restore("wf_50", "--thaw", "bulk")
    assert answer.exit_code == 0
    objects = [one.key for one in frozen.store.list("topic=") if one.key.endswith(".avro")]
    assert [frozen.store.head(key).thaw for key in objects] == [Thaw.FROZEN] * 4


def test_thawed_it_is_restored_as_a_timeline_byte_for_byte(frozen: Ground) -> None:
    answer = frozen.restore(
        *("wf_50", "--thaw", "standard", "--days", "3", "--wait", "--execute", "-o", "ndjson")
    )
    assert answer.exit_code == 0, answer.stderr
    expected = of_workflow("wf_50")
    assert [(row["topic"], row["partition"], row["offset"]) for row in answer.rows] == [
        (one.topic, one.partition, one.offset) for one in expected
    ]
    assert [row["value"] for row in answer.rows] == [(one.value or b"").decode() for one in expected]
    assert answer.rows[0]["key"] == {"base64": "/w=="}
    assert answer.rows[0]["headers"] == [["h", None], ["h", "\x00"]]
    assert {row["source"] for row in answer.rows} == {"archive"}
    again = frozen.document("wf_50", "--plan")
    assert {row["state"][:6] for row in again["rows"]} == {"thawed"}  # type: ignore[attr-defined]


def test_a_file_of_ndjson_can_be_replayed(hot: Ground) -> None:
    answer = hot.restore("wf_50", "--to-file", "incident.ndjson")
    assert answer.exit_code == 0, answer.stderr
    replayed = hot.program("replay", "wf_50", "--source", "incident.ndjson", "-o", "json")
    assert replayed.exit_code == 0, replayed.stderr
    assert [row["offset"] for row in replayed.json["rows"]] == [one.offset for one in of_workflow("wf_50")]


def test_a_file_of_avro_holds_the_records_byte_for_byte(hot: Ground) -> None:
    told = hot.document("wf_50", "--to-file", "incident.avro")
    assert (told["exit"], told["matched"], told["written"], told["target"]) == (0, 8, 8, "incident.avro")
    with (hot.program.folder / "incident.avro").open("rb") as file:
        rows = [row for row in fastavro.reader(file) if isinstance(row, dict)]
    found = sorted((row["topic"], row["offset"], row["key"], row["value"]) for row in rows)
    assert found == sorted((one.topic, one.offset, one.key, one.value) for one in of_workflow("wf_50"))
    assert rows[0]["headers"] == [{"name": "h", "value": None}, {"name": "h", "value": b"\x00"}]
    assert rows[0]["workflow_id"] == "wf_50"


def test_a_file_that_is_there_is_refused_before_the_archive_is_asked(hot: Ground) -> None:
    path = Path(hot.program.folder / "mine.avro")
    path.write_text("mine")
    answer = hot.restore("wf_50", "--to-file", "mine.avro")
    assert answer.exit_code == 1
    assert "there already" in answer.stderr
    assert path.read_text() == "mine"


def test_of_a_frozen_archive_no_file_is_made(frozen: Ground) -> None:
    answer = frozen.restore("wf_50", "--to-file", "incident.ndjson")
    assert answer.exit_code == 7
    assert not (frozen.program.folder / "incident.ndjson").exists()


def test_a_damaged_object_is_named_and_the_rest_is_restored(hot: Ground) -> None:
    key = next(one.key for one in hot.store.list("topic=content-claims") if one.key.endswith(".avro"))
    body = bytearray(hot.store.get(key))
    body[-40] ^= 1
    hot.store.replace(key, bytes(body))
    answer = hot.restore("wf_97", "-o", "json")
    assert answer.exit_code == 7
    assert len(answer.json["rows"]) == 6
    assert any(key in reason and "block 3" in reason for reason in answer.json["coverage"]["reasons"])
    assert [gap["reason"] for gap in answer.json["summary"]["gaps"]] == ["damaged"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("wf_x",), 4, "Nothing matched wf_x"),
        (("wf_x", "--plan"), 4, "holds nothing of wf_x"),
        ((), 2, "nothing says what to restore"),
        (("wf_1", "--wait"), 2, "about a thaw"),
        (("wf_1", "--to-file", "a.txt"), 2, "names no format"),
    ],
)
def test_what_is_not_there_and_what_cannot_be_meant(
    hot: Ground, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = hot.restore(*words)
    assert (answer.exit_code, said in answer.stderr) == (code, True), answer.stderr


def test_a_bucket_that_is_not_there_is_exit_4(hot: Ground) -> None:
    answer = hot.program(
        *("restore", "wf_1", "--from", "s3://never-made-bucket/x"), environment=hot.environment
    )
    assert answer.exit_code == 4
    assert "no such bucket" in answer.stderr


def test_replay_reads_the_archive_of_the_settings(hot: Ground) -> None:
    environment = {**hot.environment, "AGENTCTL_ARCHIVE": hot.address}
    answer = hot.program("replay", "wf_50", "--source", "archive", "-o", "json", environment=environment)
    assert answer.exit_code == 0, answer.stderr
    assert len(answer.json["rows"]) == 8
    assert {part["source"] for part in answer.json["coverage"]["partitions"]} == {"archive"}
