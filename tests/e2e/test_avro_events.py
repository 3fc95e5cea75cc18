"""Avro events of a registry, from the producer's own serialiser to every command that reads events."""

import io
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import fastavro
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.builders import ms
from tests.harness import Broker, Program
from tests.registry.front import LOGIN, front
from tests.store.running import admin, new_bucket

pytestmark = pytest.mark.xdist_group("registry")

GUID = UUID("5b1cbd4e-5c59-4f8d-a3f9-0d2e7c0a0a11")
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Finding",
    "fields": [
        {"name": "event_id", "type": "string"},
        {"name": "workflow_id", "type": "string"},
        {"name": "agent", "type": {"type": "enum", "name": "Agent", "symbols": ["research", "seo"]}},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
    ],
}


@pytest.fixture
def serialise(registry: str) -> Iterator[AvroSerializer]:
    """The official serialiser, with the registry behind it."""
    with SchemaRegistryClient({"url": registry}) as client:
        yield AvroSerializer(client, json.dumps(SCHEMA))


def value(number: int) -> dict[str, object]:
    return {
        "event_id": f"e{number}",
        "workflow_id": "w_avro",
        "agent": "research",
        "timestamp": ms("03:00") + number,
        "price": "1.25",
    }


def in_avro(number: int) -> dict[str, object]:
    return {**value(number), "price": Decimal("1.25")}


def written(embedded_broker: Broker, serialise: AvroSerializer) -> str:
    """Write events of the topic: framed Avro twice, Avro with a GUID in a header, and JSON."""
    topic = embedded_broker.topic("research-events")
    context = SerializationContext(topic, MessageField.VALUE)
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(SCHEMA), in_avro(3))
    headers = [("__value_schema_id", b"\x01" + GUID.bytes)]
    json_too = json.dumps({"event_id": "e4", "workflow_id": "w_avro", "agent": "seo"}).encode()
    messages = [
        *((None, serialise(in_avro(number), context), None, ms("03:00") + number, 0) for number in (1, 2)),
        (None, stream.getvalue(), headers, ms("03:00") + 3, 0),
        (None, json_too, None, ms("03:00") + 4, 0),
        (None, b"\x00\x00\x0f\x42\x3f\x02a w_avro", None, ms("03:00") + 5, 0),
    ]
    embedded_broker.produce(topic, messages)
    return topic


def by_guid() -> Mapping[str, tuple[int, Any]]:
    """What Confluent's registry answers for a GUID, which Apicurio does not know."""
    return {f"/schemas/guids/{GUID}": (200, {"schema": json.dumps(SCHEMA), "id": 1, "guid": str(GUID)})}


def test_avro_events_are_replayed_beside_json_and_each_schema_is_asked_for_once(
    agentctl: Program, embedded_broker: Broker, registry: str, serialise: AvroSerializer
) -> None:
    topic = written(embedded_broker, serialise)
    with front(registry, login=LOGIN, made_up=by_guid()) as before:
        environment = {
            "AGENTCTL_SCHEMA_REGISTRY_URL": before.address,
            "AGENTCTL_SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO": LOGIN,
        }
        words = ("-b", embedded_broker.bootstrap, "-t", topic, "-o", "ndjson", "--payload")
        answer = agentctl("replay", "w_avro", *words, environment=environment)
        by_agent = agentctl("replay", "--agent", "research", *words, environment=environment)
        asked = [one for one in before.asked if one.startswith("GET /schemas")]
    assert answer.exit_code == 0, answer.stderr
    rows = answer.rows
    first = {**value(1), "timestamp": "2026-11-23T03:00:00.001Z"}
    assert rows[0]["payload"] == first
    assert [(row["event_id"], row["agent"]) for row in rows[:4]] == [
        ("e1", "research"),
        ("e2", "research"),
        ("e3", "research"),
        ("e4", "seo"),
    ]
    assert rows[0]["event_time"] == first["timestamp"]
    assert rows[4]["undecodable"].endswith("the schema registry has none of that id")
    # An enum's text stands nowhere in the bytes.
    assert [row["event_id"] for row in by_agent.rows] == ["e1", "e2", "e3"]
    assert len(asked) == len(set(asked)) * 2 == 6


def test_without_its_registry_the_answer_is_partial_and_says_so_once(
    agentctl: Program, embedded_broker: Broker, serialise: AvroSerializer
) -> None:
    topic = written(embedded_broker, serialise)
    words = (
        "-b",
        embedded_broker.bootstrap,
        "-t",
        topic,
        "-o",
        "json",
        "-X",
        "schema.registry.url=http://127.0.0.1:1",
    )
    for command in (("replay", "w_avro"), ("workflows",)):
        answer = agentctl(*command, *words)
        assert answer.exit_code == 7
        coverage = answer.json["coverage"]
        assert (coverage["complete"], coverage["undecodable"]) == (False, 4)
        (reason,) = [one for one in coverage["reasons"] if "registry" in one]
        assert reason.endswith("the schema registry http://127.0.0.1:1 is not reachable")


def test_with_no_registry_at_all_nothing_is_missing_that_could_be_had(
    agentctl: Program, embedded_broker: Broker, serialise: AvroSerializer
) -> None:
    topic = written(embedded_broker, serialise)
    answer = agentctl("replay", "w_avro", "-b", embedded_broker.bootstrap, "-t", topic, "-o", "json")
    assert answer.exit_code == 0
    assert answer.json["coverage"]["undecodable"] == 4
    assert answer.json["rows"][0]["undecodable"].endswith("no schema registry is configured")


def test_a_context_names_its_registry_and_the_login_is_masked(agentctl: Program, tmp_path: Path) -> None:
    config = Path(agentctl.environment["XDG_CONFIG_HOME"]) / "agentctl"
    config.mkdir(parents=True)
    config.joinpath("config.toml").write_text(
        '[context.lab.registry]\nurl = "https://registry:8081"\n"basic.auth.user.info_env" = "LOGIN"\n'
    )
    rows = {
        row["setting"]: row["value"]
        for row in agentctl(
            *("context", "show", "--context", "lab", "-o", "json"), environment={"LOGIN": LOGIN}
        ).json["rows"]
    }
    assert rows["schema.registry.url"] == "https://registry:8081"
    assert rows["schema.registry.basic.auth.user.info"] == "•••••• from $LOGIN"


CLAIM: dict[str, Any] = {
    "type": "record",
    "name": "Claim",
    "fields": [
        {"name": "workflow_id", "type": "string"},
        {"name": "topic", "type": "string"},
        {"name": "agent", "type": {"type": "enum", "name": "Who", "symbols": ["seo", "marketing"]}},
    ],
}


def test_claims_in_avro_are_judged_like_any(
    agentctl: Program, embedded_broker: Broker, registry: str
) -> None:
    topic = embedded_broker.topic("content-claims")
    with SchemaRegistryClient({"url": registry}) as client:
        serialiser = AvroSerializer(client, json.dumps(CLAIM))
        context = SerializationContext(topic, MessageField.VALUE)
        claims = [
            serialiser({"workflow_id": "w", "topic": "item", "agent": agent}, context)
            for agent in ("marketing", "seo")
        ]
    embedded_broker.produce(topic, [(b"item", claim, None, None, 0) for claim in claims])
    words = ("-b", embedded_broker.bootstrap, "-X", f"schema.registry.url={registry}", "-o", "json")
    answer = agentctl("claims", "list", "--claims-topic", topic, *words)
    assert answer.stdout, answer.stderr
    (row,) = answer.json["rows"]
    assert (row["work_item"], row["holder"], row["token"]) == ("item", "marketing", "0@0")
    assert [rival["agent"] for rival in row["rivals"]] == ["seo"]


def test_avro_events_are_found_in_the_archive_by_what_stands_in_them(
    agentctl: Program, embedded_broker: Broker, registry: str, serialise: AvroSerializer, endpoint: str
) -> None:
    topic = written(embedded_broker, serialise)
    bucket = new_bucket(admin(endpoint))
    address = f"s3://{bucket}/events"
    with front(registry, made_up=by_guid()) as before:
        environment = {
            "AGENTCTL_SCHEMA_REGISTRY_URL": before.address,
            "AGENTCTL_S3_ENDPOINT": endpoint,
            "AGENTCTL_BROKERS": embedded_broker.bootstrap,
        }
        run = agentctl("archive", "run", "-t", topic, "--to", address, "--once", environment=environment)
        words = ("restore", "e2", "--from", address, "-o", "json")
        found = agentctl(*words, environment=environment)
    silent = agentctl(
        *words, environment={**environment, "AGENTCTL_SCHEMA_REGISTRY_URL": "http://127.0.0.1:1"}
    )
    del environment["AGENTCTL_SCHEMA_REGISTRY_URL"]
    without = agentctl(*words, environment=environment)
    assert run.exit_code == 0, run.stderr
    # The schemas travel with the events. What the registry did not know then is asked for once more.
    for answer, code in ((found, 0), (silent, 7), (without, 0)):
        assert answer.exit_code == code
        assert [(row["event_id"], row["agent"]) for row in answer.json["rows"]] == [("e2", "research")]
    schemas = [one["Key"] for one in admin(endpoint).list_objects_v2(Bucket=bucket)["Contents"]]
    assert sorted(key for key in schemas if "/schema/" in key)[-1] == f"events/schema/{GUID}.json"
    verified = agentctl("archive", "verify", "--from", address, environment=environment)
    assert (verified.exit_code, "foreign" in verified.stderr) == (0, False)
