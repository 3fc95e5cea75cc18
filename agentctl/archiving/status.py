"""How far the archive is, against what Kafka has and for how long."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agentctl.archive.keys import ObjectKey
from agentctl.archive.metadata import beside
from agentctl.archive.store import Store, Stored
from agentctl.archiving.generations import Generation
from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Partition
from agentctl.lag.groups import Bounds
from agentctl.ports import Progress
from agentctl.sources.first_unread import RecordUnread
from agentctl.store.looking import looked_at

_RETENTION = "retention.ms"


@dataclass(frozen=True, slots=True)
class Held:
    """The objects of one partition."""

    objects: int = 0
    size_bytes: int = 0
    next_offset: int | None = 0
    """The first offset that none covers; None when the last one does not say it."""
    from_ms: int | None = None
    """Of the first object's records."""
    until_ms: int | None = None
    """Of the last object's."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A partition: in Kafka, and in the archive. None is unknown."""

    place: Partition
    held: Held
    log_start: int | None = None
    log_end: int | None = None
    leaves_ms: int | None = None
    """When retention may take the oldest record that is not archived; None: never, or there is none."""
    reason: str | None = None
    """Why Kafka's part is not known."""

    @property
    def lost(self) -> int:
        """Offsets that left Kafka before they were archived."""
        if self.log_start is None or self.held.next_offset is None:
            return 0
        return max(self.log_start - self.held.next_offset, 0)


@dataclass(frozen=True, slots=True)
class Status:
    """An archive against a cluster."""

    address: str
    partitions: Sequence[Standing]
    now_ms: int
    remarks: tuple[str, ...] = field(default=())


def archived_topics(store: Store) -> list[str]:
    """Return the topics of which anything is archived."""
    begin = "topic="
    return [part.removeprefix(begin).rstrip("/") for part in store.folders() if part.startswith(begin)]


def standings(
    connection: Connection, store: Store, topics: Mapping[str, Generation], progress: Progress
) -> list[Standing]:
    """Return where each partition of topics stands, of the generation that is in Kafka now."""
    places = [(one.name, number) for one in topics.values() for number in one.topic.partitions]
    held = _held(store, topics.values())
    high = offsets.high_watermark(connection, places)
    stable = offsets.last_stable(connection, high.found)
    start = offsets.log_start(connection, stable.found)
    bounds = {
        place: Bounds(found.offset, high.found[place].offset, stable.found[place].offset)
        for place, found in start.found.items()
    }
    oldest = _oldest(connection, held, bounds, progress)
    failed = {**high.failed, **stable.failed, **start.failed}
    rows = []
    for place in places:
        known = bounds.get(place)
        kept_ms = retention_ms(topics[place[0]])
        waiting = oldest.get(place)
        rows.append(
            Standing(
                place,
                held.get(place, Held()),
                None if known is None else known.log_start,
                None if known is None else known.high_watermark,
                None if kept_ms is None or waiting is None else waiting + kept_ms,
                failed.get(place),
            )
        )
    return rows


def retention_ms(one: Generation) -> int | None:
    """Return for how long a topic's records are kept at least; None: for ever, or not known."""
    text = (one.settings or {}).get(_RETENTION, "")
    return int(text) if text.isdigit() else None


def _held(store: Store, topics: Iterable[Generation]) -> dict[Partition, Held]:
    found: dict[Partition, list[Stored]] = {}
    for one in topics:
        for stored in store.list(f"topic={one.name}/gen={one.id}/p="):
            key = ObjectKey.parse(stored.key)
            if key is not None:
                found.setdefault((key.topic, key.partition), []).append(stored)
    ends = {stored.key for own in found.values() for stored in (own[0], own[-1])}
    said = {stored.key: beside(stored.metadata) for stored in looked_at(store, sorted(ends))}
    return {
        place: Held(
            len(own),
            sum(stored.size for stored in own),
            said[own[-1].key].next_offset if own[-1].key in said else None,
            said[own[0].key].min_time_ms if own[0].key in said else None,
            said[own[-1].key].max_time_ms if own[-1].key in said else None,
        )
        for place, own in found.items()
    }


def _oldest(
    connection: Connection,
    held: Mapping[Partition, Held],
    bounds: Mapping[Partition, Bounds],
    progress: Progress,
) -> dict[Partition, int]:
    """Return the time of the first record of each partition that is not archived."""
    standpoints: dict[Partition, Collection[int]] = {}
    for place, known in bounds.items():
        position = held.get(place, Held()).next_offset
        if position is not None and position < known.high_watermark:
            standpoints[place] = (max(position, known.log_start),)
    wanted = {place: tuple(own) for place, own in standpoints.items()}
    answers = RecordUnread(connection, progress)(wanted, {place: bounds[place] for place in wanted})
    return {
        (topic, partition): unread.timestamp_ms
        for (topic, partition, _), unread in answers.items()
        if unread.timestamp_ms is not None
    }
