"""How many events a second a core proves: against fastavro's own resolution, and on a topic end to end."""

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastavro

from agentctl.schemas.avro.parsing import parse
from agentctl.schemas.avro.reading import AvroJudge
from tests.bench.archive_rate import Rate, _rate
from tests.bench.filling import filled
from tests.bench.replay import AGENTCTL, EVENTS, environment, fill

REACH = 100_000
RUNS, COUNT = 5, 100_000
_TEXTS = ("event_type", "agent", "workflow_id", "topic", "output_path", "summary")
CANDIDATE: dict[str, Any] = {
    "type": "record",
    "name": "progress",
    "fields": [
        *({"name": name, "type": "string"} for name in _TEXTS),
        *({"name": name, "type": "long"} for name in ("schema_version", "step", "total", "timestamp")),
        {"name": "status", "type": "string"},
        {"name": "note", "type": "string", "default": ""},
    ],
}
OLD = {
    **CANDIDATE,
    "fields": [
        *({"name": name, "type": "string"} for name in _TEXTS),
        *({"name": name, "type": "int"} for name in ("schema_version", "step", "total")),
        {"name": "timestamp", "type": "long"},
        {"name": "status", "type": ["null", "string"]},
    ],
}


def prove_rates(home: Path) -> Iterator[Rate]:
    """Measure Avro in memory, and JSON in a topic of a million events."""
    own, reference = avro_rates()
    name = f"prove Avro of 290 bytes in memory (fastavro resolves {reference:,.0f})"
    yield Rate(name, own, own, REACH, by_core=True)
    candidate = home / "progress.avsc"
    candidate.write_text(json.dumps(CANDIDATE), encoding="utf-8")
    with filled("bench", fill) as (broker, topic):
        words = (AGENTCTL, "schema", "prove", "progress", "--candidate", str(candidate), "--workers", "1")
        command = (*words, "-b", broker.bootstrap, "-t", topic, "-o", "json")
        yield _rate(f"schema prove, {EVENTS:,} events", [command] * 3, environment(home), REACH, by_core=True)


def avro_rates() -> tuple[float, float]:
    """Return how many events a second a core proves, and how many fastavro resolves."""
    data = _event()
    judge = AvroJudge(parse(json.dumps(OLD), "old"), parse(json.dumps(CANDIDATE), "new"))
    old, new = fastavro.parse_schema(OLD), fastavro.parse_schema(CANDIDATE)

    def proved() -> None:
        judge.fate(judge.decoded(data))

    def resolved() -> None:
        fastavro.schemaless_reader(io.BytesIO(data), old, new)

    pairs = [(_a_second(proved), _a_second(resolved)) for _ in range(RUNS)]
    return max(own for own, _ in pairs), max(other for _, other in pairs)


def _event() -> bytes:
    said = dict.fromkeys(_TEXTS, "workflow_01234") | {"summary": "w" * 200}
    value = {
        **said,
        "schema_version": 2,
        "step": 3,
        "total": 5,
        "timestamp": 1_790_000_000_000,
        "status": "on",
    }
    file = io.BytesIO()
    fastavro.schemaless_writer(file, fastavro.parse_schema(OLD), value)
    return file.getvalue()


def _a_second(work: Callable[[], None]) -> float:
    began = time.process_time()
    for _ in range(COUNT):
        work()
    return COUNT / (time.process_time() - began)
