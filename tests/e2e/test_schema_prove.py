"""`agentctl schema prove` as a user runs it: on a cluster, an archive, exported events and Avro files."""

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest

from agentctl.model.record import Record
from tests.archive.filled import fill
from tests.builders import ms
from tests.harness import Broker, Program
from tests.memory import record
from tests.store.running import admin, new_bucket, opened

AT_MS = ms("09:00", "2026-09-24")
OLD: dict[str, Any] = {
    "type": "record",
    "name": "Done",
    "fields": [
        {"name": "agent", "type": "string"},
        {"name": "schema_version", "type": "int"},
        {"name": "words", "type": ["null", "long"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ],
}
NARROWER = {**OLD, "fields": [*OLD["fields"][:2], {"name": "words", "type": "long"}, OLD["fields"][3]]}
MICROS = {
    **OLD,
    "fields": [
        *OLD["fields"][:3],
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}
OF_JSON = {
    "type": "record",
    "name": "done",
    "fields": [{"name": "event_type", "type": "string"}, {"name": "words", "type": "int"}],
}


def written(folder: Path, **schemas: Any) -> None:
    for name, schema in schemas.items():
        (folder / f"{name}.avsc").write_text(json.dumps(schema), encoding="utf-8")


def value(words: int | None, version: int = 1) -> dict[str, Any]:
    return {"agent": "research", "schema_version": version, "words": words, "at": 1_790_000_000_000}


def framed(words: int | None) -> bytes:
    file = io.BytesIO()
    fastavro.schemaless_writer(file, fastavro.parse_schema(OLD), value(words))
    return b"\0\0\0\0\7" + file.getvalue()


def said(number: int) -> bytes:
    """One in ten events is of another type, and one in fifty is broken in its words."""
    words: object = "many" if number % 50 == 7 else number
    kind = "other" if number % 10 == 0 else "done"
    return json.dumps({"event_type": kind, "words": words, "schema_version": 1 + number % 2}).encode()


def avro_file(path: Path, values: list[dict[str, Any]], codec: str = "deflate") -> None:
    with path.open("wb") as file:
        fastavro.writer(file, fastavro.parse_schema(OLD), values, codec=codec)


def test_an_avro_file_is_proved_by_its_own_schema(agentctl: Program) -> None:
    written(agentctl.folder, narrower=NARROWER, micros=MICROS)
    avro_file(agentctl.folder / "all.avro", [value(1), value(None), value(3, 2)])
    avro_file(agentctl.folder / "fine.avro", [value(1), value(3, 2)])
    found = agentctl("schema", "prove", "--candidate", "narrower.avsc", "--source", "all.avro", "-o", "json")
    assert found.exit_code == 3
    assert [(row["place"], row["class"], row["path"]) for row in found.json["rows"]] == [
        ("all.avro@1", "failed", "/words")
    ]
    summary = found.json["summary"]
    assert (summary["events"], summary["failed"], summary["value_changed"]) == (3, 1, 0)
    assert summary["versions"] == {"1": 2, "2": 1}
    fine = agentctl("schema", "prove", "--candidate", "narrower.avsc", "--source", "fine.avro", "-o", "table")
    assert fine.exit_code == 0
    assert "never happened in 2 events" in " ".join(fine.stdout.split())
    for fail_on, code in (("breaking", 0), ("data", 3)):
        words = ("--candidate", "micros.avsc", "--source", "fine.avro", "--fail-on", fail_on, "-o", "json")
        changed = agentctl("schema", "prove", *words)
        assert changed.exit_code == code
        assert changed.json["summary"]["value_changed"] == 2
        assert changed.json["rows"][0]["was"] == "2026-09-21T14:13:20.000Z"
        assert changed.json["rows"][0]["becomes"] == "1970-01-21T17:13:20.000Z"


def test_a_damaged_avro_file_is_proved_as_far_as_it_is_whole(agentctl: Program) -> None:
    written(agentctl.folder, narrower=NARROWER)
    path = agentctl.folder / "cut.avro"
    avro_file(path, [value(1)], codec="null")
    path.write_bytes(path.read_bytes()[:-20])
    found = agentctl("schema", "prove", "--candidate", "narrower.avsc", "--source", "cut.avro", "-o", "json")
    assert found.exit_code == 7
    assert "cut.avro could not be read behind its record 0" in found.stderr


def test_a_file_without_events_is_nothing(agentctl: Program) -> None:
    written(agentctl.folder, narrower=NARROWER)
    avro_file(agentctl.folder / "none.avro", [])
    assert agentctl("schema", "prove", "--candidate", "narrower.avsc", "--source", "none.avro").exit_code == 4


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--candidate", "new.avsc"), 2, "which events?"),
        (("Done", "--candidate", "gone.avsc"), 4, "there is no schema"),
        (("Done", "--candidate", "broken.avsc"), 1, "broken.avsc is no valid schema"),
        (("Done", "--candidate", "new.avsc", "--direction", "forward"), 2, "--old FILE"),
        (
            ("--candidate", "new.avsc", "--source", "e.avro", "--since", "-1h"),
            2,
            "says nothing of an Avro file",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_read(
    agentctl: Program, words: tuple[str, ...], code: int, told: str
) -> None:
    written(agentctl.folder, new=NARROWER, broken={"type": "record", "name": "x"})
    avro_file(agentctl.folder / "e.avro", [value(1)])
    found = agentctl("schema", "prove", *words)
    assert (found.exit_code, told in found.stderr) == (code, True)


def test_events_in_a_cluster_are_proved_by_several_workers_and_from_an_export_alike(
    agentctl: Program, broker: Broker
) -> None:
    topic = broker.topic("events", 3)
    broker.produce(topic, [(b"k", said(n), None, AT_MS + n, n % 3) for n in range(300)])
    written(agentctl.folder, new=OF_JSON)
    words = ("schema", "prove", "done", "--candidate", "new.avsc", "-b", broker.bootstrap, "-t", topic)
    one = agentctl(*words, "-o", "json", "--workers", "1")
    two = agentctl(*words, "-o", "json", "--workers", "2")
    assert (one.exit_code, two.exit_code) == (3, 3)
    assert one.json["rows"] == two.json["rows"]
    assert one.json["summary"] == two.json["summary"]
    summary = one.json["summary"]
    assert (summary["events"], summary["failed"]) == (270, 6)
    parts = summary["covered"]["partitions"]
    assert {(part["partition"], part["first"], part["last"]) for part in parts} == {
        (number, 0, 99) for number in range(3)
    }
    assert {int(row["place"].rpartition("@")[2]) for row in one.json["rows"]} == {
        number // 3 for number in range(300) if number % 50 == 7
    }
    export = ("-b", broker.bootstrap, "-t", topic, "--payload", "--export", "events.ndjson")
    assert agentctl("replay", *export).exit_code == 0
    again = agentctl(
        "schema", "prove", "done", "--candidate", "new.avsc", "--source", "events.ndjson", "-o", "json"
    )
    assert again.json["rows"] == one.json["rows"]
    sample = agentctl(*words, "-o", "json", "--sample", "10")
    assert sample.json["summary"]["covered"]["sample"] == 10
    assert sample.json["summary"]["events"] < 30


def test_avro_in_a_cluster_is_read_with_the_old_schema(agentctl: Program, broker: Broker) -> None:
    topic = broker.topic("avro")
    values = [framed(1), framed(None), framed(2) + b"\0", b""]
    broker.produce(topic, [(b"k", one, None, AT_MS, 0) for one in values])
    written(agentctl.folder, old=OLD, new=NARROWER)
    words = ("--candidate", "new.avsc", "-b", broker.bootstrap, "-t", topic, "-o", "json")
    found = agentctl("schema", "prove", "Done", "--old", "old.avsc", *words)
    assert [(row["place"], row["path"]) for row in found.json["rows"]] == [
        (f"{topic}[0]@1", "/words"),
        (f"{topic}[0]@2", ""),
    ]
    assert found.json["summary"]["compared"] == "breaking"
    unknown = agentctl("schema", "prove", "Done", *words)
    assert unknown.exit_code == 7
    assert "3 events were not proved" in unknown.stderr


def test_archived_events_are_proved_too(agentctl: Program, endpoint: str) -> None:
    address = f"s3://{new_bucket(admin(endpoint))}/events"
    fill(opened(endpoint, address), [archived(number) for number in range(200)], object_records=40)
    written(agentctl.folder, new=OF_JSON)
    (agentctl.folder / "agentctl.toml").write_text(f'archive = "{address}"\n', encoding="utf-8")
    words = ("schema", "prove", "done", "--candidate", "new.avsc", "--source", "archive", "-o", "json")
    for workers in ("1", "2"):
        found = agentctl(*words, "--workers", workers, environment={"AGENTCTL_S3_ENDPOINT": endpoint})
        assert found.exit_code == 3, found.stderr
        assert (found.json["summary"]["events"], found.json["summary"]["failed"]) == (180, 4)
        assert {part["source"] for part in found.json["summary"]["covered"]["partitions"]} == {"archive"}


def archived(number: int) -> Record:
    return record("events", said(number), at_ms=AT_MS + number, offset=number // 2, partition=number % 2)
