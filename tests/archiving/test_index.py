"""``archive index``: what finds things is made anew, and an archive is whole after it."""

from collections.abc import Sequence

import pytest

from agentctl.archive.ids import id_hash
from agentctl.archive.index_plan import Why
from agentctl.archive.keys import LookupKey
from agentctl.archive.lookup import day_lookups, part_of
from agentctl.archive.object_writer import Sealed
from tests.archiving.wholes import OBJECTS, PARTITIONS, RECORDS, Whole, flipped, object_at, put
from tests.store.running import admin, new_bucket


@pytest.fixture
def whole(endpoint: str, objects: Sequence[Sealed]) -> Whole:
    """An archive of which only the objects are there."""
    archive = Whole(endpoint, new_bucket(admin(endpoint)), objects)
    for one in objects:
        put(archive.store, one, sidecar=False, lookups=False)
    return archive


def found(whole: Whole, text: str) -> set[tuple[str, int]]:
    """Look an id up in all lookups; return objects and blocks."""
    places = set()
    for name in whole.lookups():
        key = LookupKey.parse(name)
        assert key is not None
        part = part_of(whole.store.get(name), key)
        at = part.lookup.pages(id_hash(text))
        if at is not None:
            places |= {
                (one.object.key.name, one.block.number)
                for one in part.lookup.find(id_hash(text), part.fetch(at))
            }
    return places


def test_a_plan_writes_nothing(whole: Whole) -> None:
    before = whole.names()
    plan = whole.planned()
    assert {item.why for item in plan.items.values()} == {Why.NO_SIDECAR}
    assert len(plan.items) == PARTITIONS * OBJECTS
    assert whole.names() == before


def test_what_is_missing_is_made_as_the_writer_makes_it_and_merged_by_month(whole: Whole) -> None:
    done = whole.indexed()
    assert all(one.trouble is None for one in done.made.values())
    assert [whole.store.get(one.key.sidecar) for one in whole.objects] == [
        one.sidecar for one in whole.objects
    ]
    assert [name.split("/")[1] for name in whole.lookups()] == ["month=2026-11"]
    assert whole.faults(deep=True) == []
    assert found(whole, "w-1-7") == {(whole.key(1, 1).name, 0)}
    assert len(found(whole, "w0")) == PARTITIONS * OBJECTS * RECORDS // 2


def test_a_second_run_finds_nothing_to_do(whole: Whole) -> None:
    whole.indexed()
    plan = whole.planned()
    assert not plan.items
    assert not plan.merges


def test_days_that_a_writer_put_are_merged_into_their_month(whole: Whole) -> None:
    for one in whole.objects:
        whole.store.replace(one.key.sidecar, one.sidecar)
        for name, body in day_lookups([one.index]):
            whole.store.replace(name.name, body)
    assert len(whole.lookups()) == PARTITIONS * OBJECTS
    assert list(whole.planned().merges) == ["2026-11"]
    done = whole.indexed()
    assert not done.made
    assert [name.split("/")[1] for name in whole.lookups()] == ["month=2026-11"]
    assert whole.faults(deep=True) == []


def test_an_object_that_waits_for_its_lookup_gets_it_by_its_sidecar(whole: Whole) -> None:
    whole.indexed()
    late = object_at(1, OBJECTS)
    whole.store.replace(late.key.pending, b"")
    put(whole.store, late, lookups=False)
    # Nobody can read it; nobody has to.
    whole.spoil(late.key.name, late.bytes(), StorageClass="GLACIER")
    done = whole.indexed()
    assert list(done.made) == [late.key]
    assert late.key.pending not in whole.names()
    assert len(whole.lookups()) == 1
    assert whole.faults(deep=True) == []


def test_a_damaged_lookup_goes_and_its_objects_stand_in_a_new_one(whole: Whole) -> None:
    whole.indexed()
    (name,) = whole.lookups()
    whole.spoil(name, flipped(whole.store.get(name), -1))
    assert [key.name for key in whole.planned().useless] == [name]
    whole.indexed()
    assert whole.faults(deep=True) == []
    assert len(whole.lookups()) == 1


def test_all_mends_sidecars_and_lookups_that_tell_of_other_bytes(whole: Whole) -> None:
    whole.indexed()
    wrong = object_at(0, 1, word="other")
    whole.store.replace(wrong.key.sidecar, wrong.sidecar)
    for name, body in day_lookups([wrong.index]):
        whole.store.replace(name.name, body)
    assert {kind for _, _, kind in whole.faults()} >= {"sidecar-stale"}
    whole.indexed(all_=True)
    assert whole.faults(deep=True) == []
    assert found(whole, "other-0-7") == set()
    assert found(whole, "w-0-7") == {(whole.key(0, 1).name, 0)}


def test_what_has_expired_leaves_the_lookups(whole: Whole) -> None:
    whole.indexed()
    for partition in range(PARTITIONS):
        whole.store.delete(whole.key(partition, 0).name)
        whole.store.delete(whole.key(partition, 0).sidecar)
    assert {kind for _, _, kind in whole.faults()} == {"object-missing"}
    whole.indexed()
    assert whole.faults(deep=True) == []
    assert found(whole, "w-0-1") == set()
    assert found(whole, "w-0-7") == {(whole.key(0, 1).name, 0)}


def test_a_frozen_object_is_indexed_by_its_sidecar_and_named_without_one(whole: Whole) -> None:
    known, unknown = whole.key(0, 0), whole.key(1, 1)
    whole.store.replace(known.sidecar, whole.sealed(known).sidecar)
    whole.freeze(known)
    whole.freeze(unknown)
    done = whole.indexed(all_=True)
    assert done.made[known].trouble is None
    assert "frozen" in (done.made[unknown].trouble or "")
    assert unknown.pending in whole.names()
    assert found(whole, "w-0-1") == {(known.name, 0)}


def test_a_damaged_object_is_named_with_its_block_and_asked_itself_from_then_on(whole: Whole) -> None:
    key = whole.key(1, 0)
    one = whole.sealed(key)
    whole.spoil(key.name, flipped(one.bytes(), one.index.blocks[1].offset + 9))
    done = whole.indexed()
    assert (done.made[key].trouble or "").startswith("block 1: ")
    assert key.pending in whole.names()
    assert [(at, block, kind) for at, block, kind in whole.faults()] == [
        (key.name, 1, "block-damaged"),
        (key.sidecar, None, "sidecar-missing"),
    ]


def test_all_needs_no_old_lookup_of_objects_that_are_indexed_anew(whole: Whole) -> None:
    whole.indexed()
    (name,) = whole.lookups()
    whole.spoil(name, flipped(whole.store.get(name), 20))  # in a page: its tail is whole
    assert whole.faults() == [(name, None, "lookup-damaged")]
    assert not whole.planned().useless
    whole.indexed(all_=True)
    assert whole.faults(deep=True) == []
    assert found(whole, "w-0-7") == {(whole.key(0, 1).name, 0)}


def test_a_lookup_of_a_newer_format_is_left_alone(whole: Whole) -> None:
    whole.indexed()
    (name,) = whole.lookups()
    data = whole.store.get(name)
    at = data.index(b"agctlLKP") + 8
    whole.spoil(name, data[:at] + b"\x09" + data[at + 1 :])
    plan = whole.planned()
    assert [key.name for key in plan.foreign] == [name]
    whole.indexed()
    assert name in whole.lookups()
    assert {(key, kind) for key, _, kind in whole.faults()} == {(name, "format-unknown")}
