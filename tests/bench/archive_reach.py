"""What one workflow out of a million archived events costs: counted by a proxy before the object store."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from agentctl.archive.indexing import ObjectIndex
from agentctl.archive.keys import ObjectKey
from agentctl.archive.object_writer import sealed_object
from agentctl.events.mapping import field_mapping
from agentctl.model.instant import instant
from agentctl.model.record import Record, TimestampType
from agentctl.store.s3 import S3Store
from tests.archive.filled import GENERATION, put_months
from tests.store.faults import Answer, Asked, Forward, Shim, shim
from tests.store.running import admin, new_bucket, opened, running_store

EVENTS = 1_000_000
DAYS = 30
DAY_MS = 86_400_000
FIRST_MS = 1_792_195_200_000
"""2026-10-17T00:00Z: 30 days of two months."""
TOPICS = ("research-events", "content-claims", "content-results", "agent-progress")
PARTITIONS = 3
PROGRAM = (sys.executable, "-m", "agentctl")
LENGTH_MS = 3_600_000
"""How long a workflow takes."""
OF_WORKFLOW = 48


@dataclass(frozen=True, slots=True)
class Reach:
    """What was counted for one way to ask, and what it may be."""

    name: str
    requests: int
    objects: int
    """That hold its records."""
    allowed: int
    """Requests beside one for each of those objects."""
    share: float
    """Bytes of bodies that came back, of all bytes of objects."""

    @property
    def reached(self) -> bool:
        """Whether it stayed within both bounds."""
        return self.requests <= self.allowed + self.objects and self.share <= 0.02


def reach_rows(home: Path, events: int = EVENTS) -> list[Reach]:
    """Fill an archive, then ask for one workflow with a day named, and without any time."""
    with running_store() as endpoint, shim(endpoint) as proxy:
        address = f"s3://{new_bucket(admin(endpoint))}/events"
        store = opened(endpoint, address)
        size = _filled(store, events)
        noon = events // 2 + events // DAYS // 2
        workflow, day = _workflow(noon, events), _time(noon, events) // DAY_MS * DAY_MS
        named = instant(day), instant(day + DAY_MS)
        counted = _Counted(proxy)
        asked = (
            ("with a day named", 3, ("--since", named[0], "--until", named[1])),
            ("with no time", 8, ()),
        )
        return [
            counted.of(f"restore: {name}", home, size, allowed, (workflow, "--from", address, *words))
            for name, allowed, words in asked
        ]


class _Counted:
    """Counts what a run of the program asks of the store, at the proxy."""

    def __init__(self, proxy: Shim) -> None:
        self._proxy = proxy
        self._bytes = 0
        for method in ("GET", "HEAD", "POST"):
            proxy.on(method, "", self._forwarded, always=True)

    def _forwarded(self, asked: Asked, forward: Forward) -> Answer:
        answer = forward(asked)
        self._bytes += len(answer.body)
        return answer

    def of(self, name: str, home: Path, size: int, allowed: int, words: tuple[str, ...]) -> Reach:
        before, self._bytes = len(self._proxy.seen), 0
        environment = {**os.environ, "HOME": str(home), "AGENTCTL_S3_ENDPOINT": self._proxy.url}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "found.ndjson"
            done = subprocess.run(
                (*PROGRAM, "restore", *words, "--to-file", str(file), "-o", "json"),
                env=environment,
                capture_output=True,
                check=True,
            )
            found = len(file.read_bytes().splitlines())
        if found != OF_WORKFLOW:
            raise RuntimeError(f"{found} events were restored instead of {OF_WORKFLOW}")
        objects = len(orjson.loads(done.stdout)["summary"]["objects"])
        return Reach(name, len(self._proxy.seen) - before, objects, allowed, self._bytes / size)


def _filled(store: S3Store, events: int) -> int:
    """Archive the events, an object a day and partition, lookups by month; return the bytes of objects."""
    mapping = field_mapping({}, {}, None)
    ends: dict[tuple[str, int], int] = {}
    indexes: list[ObjectIndex] = []
    size = 0
    for of_day in _days(events):
        for (topic, partition), records in of_day.items():
            position = ends.get((topic, partition), 0)
            until = ends[topic, partition] = position + len(records)
            key = ObjectKey(topic, GENERATION, partition, position)
            placed = (one._replace(offset=position + n) for n, one in enumerate(records))
            sealed = sealed_object(key, until, [mapping.event(one) for one in placed])
            body = sealed.bytes()
            store.put_new(key.name, body, metadata=sealed.metadata)
            store.replace(key.sidecar, sealed.sidecar)
            indexes.append(sealed.index)
            size += len(body)
    put_months(store, indexes)
    return size


def _days(events: int) -> Iterator[dict[tuple[str, int], list[Record]]]:
    """Give the records of each day by topic and partition."""
    a_day = events // DAYS
    for day in range(DAYS):
        found: dict[tuple[str, int], list[Record]] = {}
        for number in range(day * a_day, (day + 1) * a_day if day + 1 < DAYS else events):
            topic = TOPICS[number % len(TOPICS)]
            partition = _lane(number, events) % PARTITIONS
            found.setdefault((topic, partition), []).append(_record(topic, partition, number, events))
        yield found


def _time(number: int, events: int) -> int:
    return FIRST_MS + number * (DAYS * DAY_MS // events)


def _lanes(events: int) -> int:
    """Return how many workflows run at a time, so that each takes an hour at most."""
    return LENGTH_MS * events // (DAYS * DAY_MS) // OF_WORKFLOW


def _lane(number: int, events: int) -> int:
    """Return the lane of an event."""
    return number // len(TOPICS) % _lanes(events)


def _workflow(number: int, events: int) -> str:
    """Return the workflow of an event: those of a lane follow each other."""
    lanes = _lanes(events)
    run = number // (lanes * OF_WORKFLOW)
    return f"workflow_{run * lanes + _lane(number, events):06d}"


def _record(topic: str, partition: int, number: int, events: int) -> Record:
    workflow = _workflow(number, events)
    payload = {
        "event_id": f"{number * 2654435761 % 2**64:016x}",
        "event_type": "progress",
        "workflow_id": workflow,
        "agent": f"agent_{number % 7}",
        "topic": f"item_of_{workflow}",
        "status": "Writing draft",
        "step": number % 5,
        "total": 5,
        "output_path": f"s3://agent-outputs/{workflow}/{number:08x}.json",
    }
    value = orjson.dumps(payload)
    return Record(
        *(topic, partition, 0, _time(number, events), TimestampType.CREATE, workflow.encode(), value)
    )
