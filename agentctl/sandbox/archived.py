"""The archive of the 90 days before: the night's records as objects, the old ones in Glacier classes."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from agentctl.archive.keys import ObjectKey, month_of
from agentctl.archive.lookup import Part, day_lookups, merged, part_of
from agentctl.archive.object_writer import Sealed, sealed_object
from agentctl.archive.objects import ArchiveObject
from agentctl.events.mapping import FieldMapping
from agentctl.model.event import Event
from agentctl.model.record import Record, TimestampType
from agentctl.sandbox.clock import StoryClock
from agentctl.sandbox.night import DAY_MS, Laid, Night
from agentctl.sandbox.store import BUCKET
from agentctl.sandbox.traffic import FIRST_DAY

PREFIX = "events"
ARCHIVE = f"s3://{BUCKET}/{PREFIX}"
DAYS_AN_OBJECT = 15
COLD_AFTER_DAYS, COLDEST_AFTER_DAYS = 30, 75
_WRITERS = 4


@dataclass(frozen=True, slots=True)
class Stored:
    """One object, ready to be put."""

    content: ArchiveObject
    storage_class: str
    events: tuple[Event, ...]

    @property
    def name(self) -> str:
        """Its key in the bucket."""
        return self.content.key.under(PREFIX)


def stored(night: Night, generations: Mapping[str, str], mapping: FieldMapping) -> Iterator[Stored]:
    """Give the objects: what was written before the incident's day, half a month in each.

    ``generations`` holds the id of each topic. The objects of a partition follow each other without a
    hole, from offset 0 on.
    """
    clock = StoryClock(night.anchor_ms)
    cuts = [clock.days_before(days) for days in (*range(FIRST_DAY, 0, -DAYS_AN_OBJECT), 0)]
    partitions: dict[tuple[str, int], list[Laid]] = {}
    for laid in night.events:
        if laid.time_ms < cuts[-1]:
            partitions.setdefault((laid.place.topic, laid.place.partition), []).append(laid)
    for (topic, partition), own in partitions.items():
        position = 0
        for until in cuts[1:]:
            part = [laid for laid in own[position:] if laid.time_ms < until]
            if not part:
                continue
            key = ObjectKey(topic, generations[topic], partition, position)
            position += len(part)
            content = ArchiveObject(key, position, len(part))
            age_days = (night.anchor_ms - part[-1].time_ms) / DAY_MS
            yield Stored(content, _storage_class(age_days), tuple(_event(laid, mapping) for laid in part))


def put_all(objects: Sequence[Stored], client: Any) -> int:
    """Put the objects, their sidecars and the lookups of each month into the sandbox's bucket.

    Returns how many objects there were.
    """

    def put(one: Stored) -> Sealed:
        sealed = sealed_object(one.content.key, one.content.next_offset, one.events)
        _put(client, sealed.key.name, sealed.bytes(), one.storage_class, sealed.metadata)
        _put(client, sealed.key.sidecar, sealed.sidecar)
        return sealed

    writers = ThreadPoolExecutor(_WRITERS)
    try:
        sealed = list(writers.map(put, objects))
    finally:
        # After Ctrl-C, what has not begun shall not begin.
        writers.shutdown(cancel_futures=True)
    for name, body in monthly(sealed):
        _put(client, name, body)
    return len(sealed)


def monthly(sealed: Sequence[Sealed]) -> Iterator[tuple[str, bytes]]:
    """Give the lookups of each month, with their names."""
    months: dict[str, list[Part]] = {}
    for key, body in day_lookups([one.index for one in sealed]):
        months.setdefault(month_of(key.period), []).append(part_of(body, key))
    for month, parts in months.items():
        file = BytesIO()
        yield merged(month, parts, file).name, file.getvalue()


def _put(
    client: Any,
    name: str,
    body: bytes,
    storage_class: str = "STANDARD",
    metadata: Mapping[str, str] | None = None,
) -> None:
    client.put_object(
        Bucket=BUCKET,
        Key=f"{PREFIX}/{name}",
        Body=body,
        StorageClass=storage_class,
        Metadata=metadata or {},
        IfNoneMatch="*",
    )


def _storage_class(age_days: float) -> str:
    if age_days > COLDEST_AFTER_DAYS:
        return "DEEP_ARCHIVE"
    return "GLACIER" if age_days > COLD_AFTER_DAYS else "STANDARD"


def _event(laid: Laid, mapping: FieldMapping) -> Event:
    place = laid.place
    return mapping.event(
        Record(
            place.topic,
            place.partition,
            place.offset,
            laid.time_ms,
            TimestampType.CREATE,
            laid.key,
            laid.value,
            laid.headers,
        )
    )
