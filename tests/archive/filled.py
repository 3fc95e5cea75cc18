"""Records put into a store as an archive: objects, their sidecars, and lookups by day or by month."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from itertools import groupby

from agentctl.archive.blocks import BLOCK_RECORDS, stored_block
from agentctl.archive.checksum import crc32c
from agentctl.archive.gaps import gaps_between
from agentctl.archive.indexing import ObjectIndex
from agentctl.archive.keys import ObjectKey
from agentctl.archive.lookup import day_lookups, merged, part_of
from agentctl.archive.objects import ArchiveObject, header_bytes, sync_of
from agentctl.archive.rows import RowEncoder
from agentctl.archive.sidecar import indexed
from agentctl.archive.store import Store
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.model.record import Record

MAPPING = field_mapping({}, {}, None)
GENERATION = "0L80lW8CTK29fnaO9pEYbg"


def object_of(
    key: ObjectKey,
    records: Sequence[Record],
    next_offset: int | None = None,
    *,
    mapping: FieldMapping = MAPPING,
    block_records: int = BLOCK_RECORDS,
) -> bytes:
    """Return the file that holds these records of one partition."""
    encoder, sync = RowEncoder(key.topic, key.partition), sync_of(key)
    blocks = []
    for at in range(0, len(records), block_records):
        part = records[at : at + block_records]
        rows = b"".join(encoder.row(mapping.event(record)) for record in part)
        blocks.append(stored_block(rows, len(part), sync))
    until = next_offset if next_offset is not None else records[-1].offset + 1
    times = [record.timestamp_ms for record in records if record.timestamp_ms is not None]
    offsets = (record.offset for record in records)
    gaps = tuple(gaps_between(key.position, offsets, until, log_start=key.position, compacted=False))
    content = ArchiveObject(
        key, until, len(records), gaps, min(times, default=None), max(times, default=None)
    )
    return header_bytes(content, tuple(map(crc32c, blocks))) + b"".join(blocks)


def put_object(store: Store, key: ObjectKey, data: bytes, *, storage_class: str = "STANDARD") -> ObjectIndex:
    """Put an object and its sidecar; return what lookups are made of."""
    sidecar, index = indexed(data, key.name)
    store.put_new(key.name, data, storage_class=storage_class)
    store.replace(key.sidecar, sidecar)
    return index


def fill(
    store: Store,
    records: Iterable[Record],
    *,
    generations: Mapping[str, str] | None = None,
    object_records: int = 10_000,
    block_records: int = BLOCK_RECORDS,
    storage_class: str = "STANDARD",
    lookups: bool = True,
    mapping: FieldMapping = MAPPING,
) -> list[ObjectKey]:
    """Archive records, those of a partition in the order of offsets; return the objects' names."""
    indexes: list[ObjectIndex] = []
    ordered = sorted(records, key=lambda record: (record.topic, record.partition, record.offset))
    for (topic, partition), own in groupby(ordered, key=lambda record: (record.topic, record.partition)):
        rows, position = list(own), 0
        for at in range(0, len(rows), object_records):
            part = rows[at : at + object_records]
            key = ObjectKey(topic, (generations or {}).get(topic, GENERATION), partition, position)
            data = object_of(key, part, mapping=mapping, block_records=block_records)
            indexes.append(put_object(store, key, data, storage_class=storage_class))
            position = indexes[-1].next_offset
    if lookups:
        put_lookups(store, indexes)
    return [index.key for index in indexes]


def put_lookups(store: Store, indexes: Sequence[ObjectIndex]) -> None:
    """Put one lookup a day, as a writer does."""
    for key, data in day_lookups(indexes):
        store.replace(key.name, data)


def put_months(store: Store, indexes: Sequence[ObjectIndex]) -> None:
    """Put one lookup a month, as ``archive index`` does."""
    days = [part_of(data, key) for key, data in day_lookups(indexes)]
    for month, parts in groupby(days, key=lambda part: part.lookup.key.period[:7]):
        file = BytesIO()
        key = merged(month, list(parts), file)
        store.replace(key.name, file.getvalue())
