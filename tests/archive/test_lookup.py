"""A search in lookups finds what a look at every record finds, by two requests a lookup."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.archive.blocks import records_of_block
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.ids import day_name, id_hash
from agentctl.archive.keys import UNDATED, LookupKey, ObjectKey, month_of
from agentctl.archive.lookup import Found, Part, day_lookups, lookup_of, merged, part_of
from agentctl.archive.object_writer import Sealed
from agentctl.archive.postings import PAGE, Entries, Fence, Stretch, entry, paged
from agentctl.model.record import Record
from tests.archive.made import DAY_MS, GENERATION, START_MS, sealed, seen, spoken

IDS = [f"id{n}" for n in range(12)]
KEYS = [ObjectKey(topic, GENERATION, 0, 0) for topic in ("claims", "results", "tasks")]


def written(seed: int, records: int = 60) -> list[Sealed]:
    """Return one object a topic, whose records lie on four days, or on none."""
    dice = random.Random(seed)
    return [
        sealed(
            [
                spoken(
                    n,
                    key=key,
                    time_ms=dice.choice([None, START_MS + dice.randrange(4 * DAY_MS)]),
                    workflow=dice.choice(IDS),
                    item=dice.choice([None, *IDS]),
                    event=dice.choice([None, *IDS]),
                    filling="x" * 12_000,  # so that a block has few records
                )
                for n in range(records)
            ],
            key,
        )
        for key in KEYS
    ]


def held(record: Record) -> set[str]:
    [event] = seen([record])
    return {text for text in (event.workflow_id, event.work_item, event.event_id) if text is not None}


def day_of_record(record: Record) -> str:
    return day_name(None if record.timestamp_ms is None else record.timestamp_ms // DAY_MS)


def by_force(objects: Iterable[Sealed], id_: str, periods: Sequence[str]) -> set[tuple[ObjectKey, int]]:
    """Return the blocks that hold the id on those days, by a look at every record."""
    found = set()
    for one in objects:
        data = one.bytes()
        for block in one.index.blocks:
            for record in records_of_block(data[block.offset : block.end], block, one.key.name):
                day = day_of_record(record)
                if id_ in held(record) and (day in periods or month_of(day) in periods):
                    found.add((one.key, block.number))
    return found


@dataclass
class Files:
    """Lookups as a store would give them, request by request."""

    bodies: dict[LookupKey, bytes]
    asked: list[Stretch] = field(default_factory=list)

    def get(self, key: LookupKey, at: Stretch) -> bytes:
        self.asked.append(at)
        return self.bodies[key][at.start : at.start + at.length]

    def search(self, key: LookupKey, id_: str) -> tuple[Found, ...]:
        size = len(self.bodies[key])
        lookup = lookup_of(self.get(key, Stretch(size - key.tail, key.tail)), key)
        assert lookup.size == size
        stretch = lookup.pages(id_hash(id_))
        return () if stretch is None else lookup.find(id_hash(id_), self.get(key, stretch))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_each_day_finds_what_a_look_at_every_record_finds(seed: int) -> None:
    objects = written(seed)
    files = Files(dict(day_lookups([one.index for one in objects])))
    assert [key.period for key in files.bodies] == [
        *("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"),
        UNDATED,
    ]
    for key in files.bodies:
        for id_ in IDS:
            found = files.search(key, id_)
            assert {one.place for one in found} == by_force(objects, id_, [key.period])
            assert len({one.place for one in found}) == len(found)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_month_finds_what_its_days_find(seed: int) -> None:
    objects = written(seed)
    # As writers make them: each object its own lookups, and one of them twice.
    parts = [part_of(body, key) for one in (*objects, objects[0]) for key, body in day_lookups([one.index])]
    dated = [part for part in parts if part.lookup.key.period != UNDATED]
    file = BytesIO()
    key = merged("2026-11", dated, file)
    files = Files({key: file.getvalue()})
    for id_ in IDS:
        found = files.search(key, id_)
        assert {one.place for one in found} == by_force(objects, id_, ["2026-11"])
        assert len({one.place for one in found}) == len(found)
    assert [ref.key for ref in lookup_of(file.getvalue(), key).objects] == KEYS


def test_a_search_is_two_requests_and_gives_the_place_of_every_block() -> None:
    objects = {one.key: one for one in written(1)}
    [(key, body), *_] = day_lookups([one.index for one in objects.values()])
    files = Files({key: body})
    found = files.search(key, "id3")
    assert len(files.asked) == 2
    for one in found:
        data = objects[one.object.key].bytes()
        assert one.object.size == len(data)
        fetched = data[one.block.offset :][: one.block.size]
        records = records_of_block(fetched, one.block, one.object.key.name)
        assert any("id3" in held(record) for record in records)


def test_merging_is_the_same_however_it_is_done() -> None:
    parts = [part_of(body, key) for one in written(5) for key, body in day_lookups([one.index])]
    at_once, first, second = BytesIO(), BytesIO(), BytesIO()
    key = merged("2026-11", parts, at_once)
    half = merged("2026-11", parts[:7], first)
    assert merged("2026-11", [*parts[7:], part_of(first.getvalue(), half)], second) == key
    assert second.getvalue() == at_once.getvalue()


def test_objects_that_are_no_more_are_left_out() -> None:
    objects = written(3)
    parts = [part_of(body, key) for key, body in day_lookups([one.index for one in objects])]
    file = BytesIO()
    key = merged("2026-11", parts, file, without={KEYS[0]})
    lookup = lookup_of(file.getvalue(), key)
    assert [ref.key for ref in lookup.objects] == KEYS[1:]
    files = Files({key: file.getvalue()})
    for id_ in IDS:
        found = {one.place for one in files.search(key, id_)}
        assert found == {
            place
            for period in ("2026-11", UNDATED)
            for place in by_force(objects, id_, [period])
            if place[0] != KEYS[0]
        }


def test_a_merge_holds_one_page_of_a_part_at_a_time() -> None:
    [one] = [sealed([spoken(40 + n, event=f"evt-{n}") for n in range(3 * PAGE)])]
    [(key, body)] = day_lookups([one.index])
    files = Files({key: body})
    lookup = lookup_of(body, key)
    merged("2026-11", [Part(lookup, lambda at: files.get(key, at))], BytesIO())
    assert len(files.asked) == len(lookup.fence) == 3
    assert sum(at.length for at in files.asked) == len(body) - key.tail


def test_blocks_of_a_window_are_known_without_a_page() -> None:
    objects = written(2)
    [(key, body), *_] = day_lookups([one.index for one in objects])
    lookup = lookup_of(body[-key.tail :], key)
    since, until = START_MS + DAY_MS // 4, START_MS + DAY_MS // 2
    found = {one.place for one in lookup.within(since, until)}
    for one in objects:
        data = one.bytes()
        for block in one.index.blocks:
            records = records_of_block(data[block.offset : block.end], block, one.key.name)
            if any(since <= (record.timestamp_ms or 0) < until for record in records):
                assert (one.key, block.number) in found


def test_a_record_of_no_calendar_day_stands_among_the_undated() -> None:
    times = [None, -(2**63), 2**63 - 1, START_MS]
    one = sealed([spoken(40 + n, time_ms=time_ms, workflow=f"w{n}") for n, time_ms in enumerate(times)])
    files = Files(dict(day_lookups([one.index])))
    assert [key.period for key in files.bodies] == ["2026-11-23", UNDATED]
    found = {key.period: [len(files.search(key, f"w{n}")) for n in range(4)] for key in files.bodies}
    assert found == {"2026-11-23": [0, 0, 0, 1], UNDATED: [1, 1, 1, 0]}


@given(st.data())
def test_one_flipped_bit_is_noticed(data: st.DataObject) -> None:
    [(key, body)] = day_lookups([sealed([spoken(40 + n, workflow=f"w{n}") for n in range(30)]).index])
    spoiled = bytearray(body)
    at = data.draw(st.integers(0, len(body) - 1))
    spoiled[at] ^= 1 << data.draw(st.integers(0, 7))

    def entries() -> list[object]:
        part = part_of(bytes(spoiled), key)
        return list(part.lookup.entries(part.fetch))

    with pytest.raises((DamagedError, FormatError)) as caught:
        entries()
    assert key.name in caught.value.message


def test_another_format_is_refused_in_words() -> None:
    [(key, body)] = day_lookups([sealed([spoken(40, workflow="w")]).index])
    at = len(body) - key.tail + 8
    with pytest.raises(FormatError, match=r"is written in format 3.*reads format 2"):
        lookup_of(body[:at] + b"\x03" + body[at + 1 :], key)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(0, 4))
def test_an_id_of_many_blocks_may_go_over_pages(ids: list[int], wanted: int) -> None:
    entries = sorted({entry(id_, block) for block, id_ in enumerate(id_ for id_ in ids for _ in range(700))})
    *pages, fence = paged(entries)
    assert isinstance(fence, Fence)
    data = b"".join(page for page in pages if isinstance(page, bytes))
    found: tuple[int, ...] = ()
    if numbers := fence.pages(wanted):
        at = fence.stretch(numbers)
        read = fence.read(data[at.start : at.start + at.length], numbers, "x")
        assert isinstance(read, Entries)
        found = read.blocks_of(wanted)
    assert list(found) == [one & 0xFFFF_FFFF for one in entries if one >> 32 == wanted]
