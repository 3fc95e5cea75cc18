"""``archive verify``: every class of fault is named with its key and block, and nothing else is."""

import pytest

from agentctl.archive.gaps import Gap, GapReason
from agentctl.archive.lookup import day_lookups
from agentctl.archive.object_writer import sealed_object
from agentctl.archiving.verifying import Verified
from agentctl.errors import NotFoundError
from tests.archive.made import START_MS, sealed, seen, spoken
from tests.archiving.wholes import OBJECTS, PARTITIONS, RECORDS, Whole, flipped, object_at, put
from tests.store.running import admin, new_bucket

BOTH = pytest.mark.parametrize("deep", [False, True], ids=["plain", "deep"])


@BOTH
def test_nothing_is_wrong_with_what_a_writer_wrote(whole: Whole, deep: bool) -> None:
    found = whole.verified(deep=deep)
    assert not found.faults
    assert (found.objects, found.lookups) == (6, 6)
    assert found.records == PARTITIONS * OBJECTS * RECORDS
    assert found.size_bytes > sum(one.size for one in whole.objects)


@BOTH
def test_a_truncated_object_lacks_the_blocks_at_its_end(whole: Whole, deep: bool) -> None:
    key = whole.key(0, 1)
    one = whole.sealed(key)
    whole.spoil(key.name, one.bytes()[: one.index.blocks[1].end])
    assert whole.faults(deep=deep) == [(key.name, 2, "block-missing")]
    whole.spoil(key.name, one.bytes()[: one.index.blocks[1].end - 5])
    assert whole.faults(deep=deep) == [(key.name, 1, "block-damaged"), (key.name, 2, "block-damaged")]


@BOTH
@pytest.mark.parametrize("within", ["count", "bytes", "mark"])
def test_a_flipped_bit_costs_one_block_only(whole: Whole, within: str, deep: bool) -> None:
    key = whole.key(1, 0)
    one = whole.sealed(key)
    block = one.index.blocks[1]
    at = {"count": block.offset, "bytes": block.offset + block.size // 2, "mark": block.end - 3}[within]
    whole.spoil(key.name, flipped(one.bytes(), at))
    assert whole.faults(deep=deep) == [(key.name, 1, "block-damaged")]


@BOTH
def test_a_flipped_header_is_named_and_the_blocks_are_checked_all_the_same(whole: Whole, deep: bool) -> None:
    key = whole.key(1, 1)
    one = whole.sealed(key)
    data = flipped(one.bytes(), one.bytes().index(b"agentctl.records") + 20)
    whole.spoil(key.name, data)
    assert whole.faults(deep=deep) == [(key.name, None, "header-damaged")]
    whole.spoil(key.name, flipped(data, one.index.blocks[2].offset + 9))
    assert whole.faults(deep=deep) == [(key.name, None, "header-damaged"), (key.name, 2, "block-damaged")]


@BOTH
def test_bytes_behind_the_last_block_are_named(whole: Whole, deep: bool) -> None:
    key = whole.key(0, 0)
    whole.spoil(key.name, whole.sealed(key).bytes() + b"more")
    assert (key.name, None, "bytes-behind") in whole.faults(deep=deep)


@BOTH
def test_an_object_that_is_gone_is_named_with_its_offsets(whole: Whole, deep: bool) -> None:
    key = whole.key(0, 1)
    whole.store.delete(key.name)
    found = whole.verified(deep=deep)
    assert [(one.key, one.kind.value) for one in found.faults] == [
        (key.name, "object-missing"),
        (key.name, "offsets-missing"),
    ]
    assert "offsets 6 to 11 are in no object" in found.faults[1].explanation
    whole.store.delete(key.sidecar)
    # Only a lookup knows of it still.
    assert whole.faults(deep=deep) == [
        (key.name, None, "object-missing"),
        (key.name, None, "offsets-missing"),
    ]


@BOTH
def test_a_first_object_that_is_gone_is_told_by_its_sidecar(whole: Whole, deep: bool) -> None:
    key = whole.key(1, 0)
    whole.store.delete(key.name)
    found = whole.verified(deep=deep)
    assert [(one.key, one.kind.value) for one in found.faults] == [(key.name, "object-missing")]
    assert found.begins == [whole.key(1, 1)]


@BOTH
def test_swapped_objects_are_both_out_of_place(whole: Whole, deep: bool) -> None:
    a, b = whole.key(0, 0), whole.key(1, 2)
    whole.spoil(a.name, whole.sealed(b).bytes(), dict(whole.sealed(a).metadata))
    whole.spoil(b.name, whole.sealed(a).bytes(), dict(whole.sealed(b).metadata))
    found = whole.verified(deep=deep)
    assert [(one.key, one.kind.value) for one in found.faults] == [
        (a.name, "object-misplaced"),
        (b.name, "object-misplaced"),
    ]
    assert b.name in found.faults[0].explanation


@BOTH
def test_offsets_that_two_objects_cover_are_named(whole: Whole, deep: bool) -> None:
    key = whole.key(0, 1)
    inner = sealed([spoken(8, key=key, time_ms=START_MS)], type(key)(key.topic, key.generation, 0, 8))
    put(whole.store, inner)
    assert (inner.key.name, None, "offsets-twice") in whole.faults(deep=deep)


@BOTH
def test_metadata_that_says_otherwise_is_named(whole: Whole, deep: bool) -> None:
    key = whole.key(0, 2)
    one = whole.sealed(key)
    whole.spoil(key.name, one.bytes(), {**one.metadata, "next": "99", "crc32c": "00000000"})
    found = whole.verified(deep=deep).faults
    assert [(fault.key, fault.kind.value) for fault in found] == [(key.name, "metadata-wrong")]
    assert f"next 99, not 18, crc32c 00000000, not {one.crc32c:08x}" in found[0].explanation
    whole.spoil(key.name, one.bytes(), {})
    assert whole.faults(deep=deep) == [(key.name, None, "metadata-wrong")]


@BOTH
def test_an_object_of_a_newer_format_is_named_and_read_no_further(whole: Whole, deep: bool) -> None:
    key = whole.key(1, 1)
    newer = whole.sealed(key).bytes().replace(b"\x1eagentctl.format\x022", b"\x1eagentctl.format\x029", 1)
    whole.spoil(key.name, newer)
    found = whole.verified(deep=deep).faults
    assert [(one.key, one.kind.value) for one in found] == [(key.name, "format-unknown")]
    assert "format 9" in found[0].explanation
    assert "update agentctl" in found[0].mend


@BOTH
def test_a_sidecar_that_is_gone_damaged_or_of_another_object_is_named(whole: Whole, deep: bool) -> None:
    gone, damaged, foreign, stale = whole.key(0, 0), whole.key(0, 1), whole.key(0, 2), whole.key(1, 0)
    whole.store.delete(gone.sidecar)
    whole.spoil(damaged.sidecar, flipped(whole.sealed(damaged).sidecar, -1))
    whole.spoil(foreign.sidecar, whole.sealed(gone).sidecar)
    whole.spoil(stale.sidecar, object_at(1, 0, word="other").sidecar)
    found = whole.faults(deep=deep)
    assert found[:3] == [
        (gone.sidecar, None, "sidecar-missing"),
        (damaged.sidecar, None, "sidecar-damaged"),
        (foreign.sidecar, None, "sidecar-stale"),
    ]
    assert {(key, fault) for key, _, fault in found[3:]} == {(stale.sidecar, "sidecar-stale")}


@BOTH
def test_an_object_that_no_lookup_knows_is_named_unless_it_waits_for_one(whole: Whole, deep: bool) -> None:
    key = whole.key(1, 2)
    ((name, _),) = day_lookups([whole.sealed(key).index])
    whole.store.delete(name.name)
    assert whole.faults(deep=deep) == [(key.name, 0, "lookup-missing")]
    whole.store.replace(key.pending, b"")
    found = whole.verified(deep=deep)
    assert not found.faults
    assert found.pending == 1


@BOTH
def test_a_lookup_that_is_damaged_or_tells_of_other_bytes_is_named(whole: Whole, deep: bool) -> None:
    key = whole.key(1, 2)
    ((name, body),) = day_lookups([whole.sealed(key).index])
    whole.spoil(name.name, flipped(body, -1))
    assert (name.name, None, "lookup-damaged") in whole.faults(deep=deep)
    whole.spoil(name.name, flipped(body, 9))  # in a page
    assert whole.faults(deep=deep) == [(name.name, None, "lookup-damaged")]
    whole.spoil(name.name, body)
    ((other, stale),) = day_lookups([object_at(1, 2, word="other").index])
    whole.store.replace(other.name, stale)
    assert {(at, fault) for at, _, fault in whole.faults(deep=deep)} == {(other.name, "lookup-stale")}


def test_only_reading_the_records_shows_ids_that_a_lookup_or_sidecar_lacks(whole: Whole) -> None:
    key = whole.key(0, 0)
    one = whole.sealed(key)
    ((name, _),) = day_lookups([one.index])
    whole.store.delete(name.name)
    days = [
        type(day)(day.block, day.day, day.ids[1:] if day.block == 1 else day.ids) for day in one.index.days
    ]
    lacking = type(one.index)(
        *(key, one.size, one.crc32c, one.content.next_offset, RECORDS, one.index.blocks, tuple(days))
    )
    ((short, body),) = day_lookups([lacking])
    whole.store.replace(short.name, body)
    assert whole.faults() == []
    assert whole.faults(deep=True) == [(short.name, 1, "lookup-stale")]


def test_only_reading_the_records_shows_gaps_that_are_not_told(whole: Whole) -> None:
    key = type(whole.key(0, 0))(*("other", whole.key(0, 0).generation, 0, 0))
    records = [spoken(at, key=key) for at in (0, 1, 5, 6)]
    wrong = sealed_object(
        key, 9, seen(records), [Gap(2, 4, GapReason.TRANSACTION), Gap(7, 9, GapReason.UNKNOWN)]
    )
    put(whole.store, wrong)
    assert whole.faults() == []
    found = whole.verified(deep=True).faults
    assert {(one.key, one.kind.value) for one in found} == {(key.name, "gaps-wrong")}


def test_foreign_files_are_named_and_are_no_fault(whole: Whole) -> None:
    whole.store.replace("README", b"hello")
    whole.store.replace("lookup/notes.txt", b"hello")
    whole.store.replace(f"{whole.key(0, 0).folder}part-0001.avro", b"Obj\x01")
    found = whole.verified()
    assert found.foreign == [
        "README",
        f"{whole.key(0, 0).folder}part-0001.avro",
        "lookup/notes.txt",
    ]
    assert not found.faults


def test_a_frozen_object_is_checked_by_its_sidecar_and_named(whole: Whole) -> None:
    sound, stale = whole.key(0, 0), whole.key(1, 1)
    whole.freeze(sound)
    whole.freeze(stale)
    whole.spoil(stale.sidecar, object_at(1, 1, word="another").sidecar)
    found: Verified = whole.verified(deep=True)
    assert found.frozen == [sound.name, stale.name]
    assert {one.key for one in found.faults} >= {stale.name}
    assert sound.name not in {one.key for one in found.faults}


def test_an_archive_without_an_object_is_nothing_to_check(endpoint: str) -> None:
    empty = Whole(endpoint, new_bucket(admin(endpoint)), ())
    with pytest.raises(NotFoundError, match="there is no object in s3://bucket"):
        empty.verified()
