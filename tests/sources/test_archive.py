"""Finding and reading archived records: in few requests, and whatever is wrong with some of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agentctl.archive.damage import FormatError
from agentctl.archive.indexing import ObjectIndex
from agentctl.archive.keys import ObjectKey
from agentctl.archive.sidecar import index_of
from agentctl.errors import UnreachableError
from agentctl.events.prefilter import raw_filter
from agentctl.model.coverage import Coverage
from agentctl.model.query import Match, Query, Window
from agentctl.model.record import FrozenRecord, Record
from agentctl.sources.archive import ArchiveSource
from tests.archive.filled import GENERATION, MAPPING, fill, object_of, put_lookups, put_months, put_object
from tests.archive.memory_store import MemoryStore
from tests.builders import ms
from tests.contracts.source import Told
from tests.memory import record

DAY_MS = 86_400_000
START_MS = ms("00:00", "2026-10-01")
TOPICS = ("research-events", "content-claims", "content-results", "agent-progress")
EVENTS_A_DAY = 480


def said(number: int) -> Record:
    """One of many events, 3 minutes apart: 20 follow each other in a workflow, over all topics."""
    workflow = number // 20
    text = f'{{"workflow_id": "workflow_{workflow}", "topic": "item_{workflow}", "agent": "a{number % 7}"}}'
    return record(
        TOPICS[number % 4], text.encode(), at_ms=START_MS + number * 180_000, offset=number // 4, key=b"k"
    )


@pytest.fixture(scope="module")
def month() -> list[Record]:
    return [said(number) for number in range(30 * EVENTS_A_DAY)]


@pytest.fixture
def store(month: list[Record]) -> MemoryStore:
    """30 days in four topics, an object a week, a lookup a month."""
    store = MemoryStore()
    fill(store, month, object_records=7 * EVENTS_A_DAY // 4, block_records=100, lookups=False)
    put_months(store, indexes(store))
    store.asked.clear()
    store.requests.bytes_read = 0
    return store


def indexes(store: MemoryStore) -> list[ObjectIndex]:
    return [index_of(body, name) for name, body in store.bodies.items() if name.endswith(".idx")]


def read(store: MemoryStore, query: Query) -> tuple[list[Record], Coverage]:
    scan = ArchiveSource(store).scan(query, raw_filter(query, MAPPING), Told())
    records = [one for batch in scan for one in batch]
    return records, scan.coverage


def of_workflow(records: Sequence[Record], workflow: str) -> list[tuple[str, int]]:
    return sorted(
        (one.topic, one.offset) for one in records if f'"{workflow}"'.encode() in (one.value or b"")
    )


def test_a_workflow_is_found_in_a_month_by_a_list_a_lookup_a_page_and_its_objects(
    store: MemoryStore, month: list[Record]
) -> None:
    records, coverage = read(store, Query(("workflow_300",)))
    assert of_workflow(records, "workflow_300") == of_workflow(month, "workflow_300")
    assert len(of_workflow(records, "workflow_300")) == 20
    assert coverage.complete
    objects = {key for kind, key in store.asked if key.endswith(".avro")}
    assert len(objects) == 4
    assert len(store.asked) <= 3 + len(objects)
    everything = sum(len(body) for name, body in store.bodies.items() if name.endswith(".avro"))
    assert sum(len(store.bodies[key]) for key in objects) < everything


def test_a_day_that_is_named_asks_the_lookups_of_that_day_alone(month: list[Record]) -> None:
    store = MemoryStore()
    fill(store, month, object_records=7 * EVENTS_A_DAY // 4, block_records=100)
    store.asked.clear()
    day = START_MS + 12 * DAY_MS
    records, coverage = read(store, Query(("workflow_300",), window=Window(day, day + DAY_MS)))
    assert of_workflow(records, "workflow_300") == of_workflow(month, "workflow_300")
    assert coverage.complete
    assert {key for _, key in store.asked if "day=" in key} == {
        key for key in store.bodies if "day=2026-10-13" in key
    }
    assert len(store.asked) <= 3 + 4


def test_an_id_that_is_not_there_reads_no_object(store: MemoryStore) -> None:
    records, coverage = read(store, Query(("workflow_x",)))
    assert records == []
    assert coverage.complete
    assert not [key for _, key in store.asked if key.endswith(".avro")]
    assert {part.source for part in coverage.partitions} == {"archive"}
    assert coverage.topics == tuple(sorted(TOPICS))


def test_a_window_reads_the_blocks_that_meet_it(store: MemoryStore, month: list[Record]) -> None:
    window = Window(START_MS + 5 * DAY_MS, START_MS + 6 * DAY_MS)
    records, coverage = read(store, Query(window=window))
    assert sorted(one.place for one in records) == sorted(
        one.place for one in month if (one.timestamp_ms or 0) in window
    )
    assert coverage.complete
    assert coverage.records_scanned < 1_200


def test_text_anywhere_is_looked_for_in_everything(store: MemoryStore, month: list[Record]) -> None:
    records, coverage = read(store, Query(("orkflow_300",), match=Match.ANYWHERE))
    assert of_workflow(records, "workflow_300") == of_workflow(month, "workflow_300")
    assert coverage.records_scanned == len(month)


def test_a_place_is_found_by_the_names_of_objects(store: MemoryStore) -> None:
    records, coverage = read(store, Query(("content-claims[0]@1234",)))
    assert [str(one.place) for one in records if one.offset == 1234] == ["content-claims[0]@1234"]
    assert coverage.records_scanned == 100


def test_what_no_lookup_knows_yet_is_asked_by_its_own_sidecar(store: MemoryStore) -> None:
    position = 30 * EVENTS_A_DAY // 4
    key = ObjectKey(TOPICS[0], GENERATION, 0, position)
    late = [replace_offset(said(400 * 4), position)]
    store.replace(key.pending, b"")
    put_object(store, key, object_of(key, late))
    absent = ObjectKey(TOPICS[1], GENERATION, 0, position)
    store.replace(absent.pending, b"")
    records, coverage = read(store, Query(("workflow_80",)))
    assert (TOPICS[0], position) in of_workflow(records, "workflow_80")
    assert coverage.complete


def replace_offset(one: Record, offset: int) -> Record:
    return one._replace(offset=offset)


def test_without_lookups_every_sidecar_is_asked_and_that_is_said(month: list[Record]) -> None:
    store = MemoryStore()
    fill(store, month, object_records=2_000, block_records=100, lookups=False)
    records, coverage = read(store, Query(("workflow_300",)))
    assert of_workflow(records, "workflow_300") == of_workflow(month, "workflow_300")
    assert any("agentctl archive index" in remark for remark in coverage.remarks)


def test_a_damaged_lookup_is_named_and_the_sidecars_answer(store: MemoryStore, month: list[Record]) -> None:
    [name] = [key for key in store.bodies if key.endswith(".kidx")]
    store.bodies[name] = store.bodies[name][:-1] + bytes([store.bodies[name][-1] ^ 1])
    records, coverage = read(store, Query(("workflow_300",)))
    assert of_workflow(records, "workflow_300") == of_workflow(month, "workflow_300")
    assert any(name in remark for remark in coverage.remarks)


def test_a_flipped_bit_loses_one_block_that_is_named_with_its_object(
    store: MemoryStore, month: list[Record]
) -> None:
    [key] = [
        name for name in objects_of(store) if name.startswith("topic=content-claims") and "0" * 20 in name
    ]
    body = bytearray(store.bodies[key])
    body[-40] ^= 1
    store.bodies[key] = bytes(body)
    records, coverage = read(store, Query(topics=("content-claims",)))
    assert len(records) == len(month) // 4 - 40
    assert not coverage.complete
    [reason] = coverage.reasons
    assert key in reason
    assert "block 8 of" in reason
    assert sum(part.lost for part in coverage.partitions) == 40


def test_a_truncated_object_gives_what_is_left(store: MemoryStore, month: list[Record]) -> None:
    [key] = [
        name for name in objects_of(store) if name.startswith("topic=content-claims") and "0" * 20 in name
    ]
    store.bodies[key] = store.bodies[key][: len(store.bodies[key]) // 2]
    records, coverage = read(store, Query(topics=("content-claims",)))
    assert len(month) // 4 - 840 < len(records) < len(month) // 4
    assert not coverage.complete
    assert all(key in reason for reason in coverage.reasons)


def test_an_object_that_is_gone_is_named_and_the_others_are_read(store: MemoryStore) -> None:
    key = next(name for name in objects_of(store) if name.startswith("topic=content-claims"))
    del store.bodies[key]
    records, coverage = read(store, Query(("workflow_1",)))
    assert {one.topic for one in records} == set(TOPICS) - {"content-claims"}
    assert not coverage.complete
    assert key in coverage.reasons[0]


def test_a_hole_between_objects_makes_the_answer_partial(month: list[Record]) -> None:
    store = MemoryStore()
    claims = [one for one in month if one.topic == "content-claims"]
    first = ObjectKey("content-claims", GENERATION, 0, 0)
    third = ObjectKey("content-claims", GENERATION, 0, 200)
    made = [
        put_object(store, first, object_of(first, claims[:100])),
        put_object(store, third, object_of(third, claims[200:300])),
    ]
    put_lookups(store, made)
    _, coverage = read(store, Query(("workflow_1",)))
    assert coverage.reasons == ("offsets 100 to 199 of content-claims[0] are in no object",)


def test_frozen_objects_give_what_their_sidecars_know(store: MemoryStore, month: list[Record]) -> None:
    for key in objects_of(store):
        store.freeze(key)
    records, coverage = read(store, Query(("workflow_300",)))
    events = [MAPPING.event(one) for one in records]
    own = [event for event in events if event.workflow_id == "workflow_300"]
    assert all(isinstance(one, FrozenRecord) for one in records)
    assert sorted((one.record.topic, one.record.offset) for one in own) == of_workflow(month, "workflow_300")
    assert {event.work_item for event in own} == {"item_300"}
    assert not coverage.complete
    assert "4 objects are frozen" in coverage.reasons[0]


def test_foreign_files_are_passed_over_and_counted(store: MemoryStore) -> None:
    store.replace("topic=content-claims/readme.txt", b"hello")
    store.replace("something/else", b"hello")
    records, coverage = read(store, Query())
    assert len(records) == 30 * EVENTS_A_DAY
    assert coverage.complete
    assert any("1 file in the archive" in remark for remark in coverage.remarks)


def test_a_lookup_of_a_newer_format_is_refused_in_words(store: MemoryStore) -> None:
    [name] = [key for key in store.bodies if key.endswith(".kidx")]
    tail = int(name.removesuffix(".kidx").rpartition("-")[2])
    body = bytearray(store.bodies[name])
    body[-tail + 8] = 9
    store.bodies[name] = bytes(body)
    with pytest.raises(FormatError, match="format 9") as refused:
        read(store, Query(("workflow_300",)))
    assert "update" in (refused.value.hint or "")


def test_an_empty_archive_holds_nothing(month: list[Record]) -> None:
    records, coverage = read(MemoryStore(), Query(("workflow_300",)))
    assert (records, coverage.partitions, coverage.complete) == ([], (), True)


def test_a_topic_that_was_made_again_gives_both_generations_the_older_first() -> None:
    store = MemoryStore()
    old, new = "z" * 22, "a" * 22
    made = []
    for generation, at_ms in ((new, START_MS + DAY_MS), (old, START_MS)):
        key = ObjectKey("content-claims", generation, 0, 0)
        row = record("content-claims", b'{"workflow_id": "w"}', at_ms=at_ms)
        made.append(put_object(store, key, object_of(key, [row])))
    put_lookups(store, made)
    records, _ = read(store, Query(("w",)))
    assert [one.timestamp_ms for one in records] == [START_MS, START_MS + DAY_MS]


def test_trouble_with_the_store_is_raised_before_anything_is_said(store: MemoryStore) -> None:
    def fail(kind: str, _key: str) -> None:
        raise UnreachableError(f"no answer to {kind}")

    store.failing = fail
    with pytest.raises(UnreachableError):
        read(store, Query(("workflow_300",)))


def test_what_was_asked_once_is_not_asked_again(store: MemoryStore) -> None:
    source = ArchiveSource(store)
    source.find(Query(("workflow_300",)))
    asked = len(store.asked)
    source.find(Query(("workflow_300",)))
    source.find(replace(Query(("workflow_300",)), agents=("a1",)))
    assert len(store.asked) == asked


def objects_of(store: MemoryStore) -> list[str]:
    return [key for key in store.bodies if key.endswith(".avro")]
