"""What a sidecar tells without its object: blocks, ids, lines; and that it is what the object would give."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.archive.blocks import Codec
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.ids import agent_hash, id_hash
from agentctl.archive.indexing import ObjectIndex
from agentctl.archive.lines import Line, pack_lines, unpack_lines
from agentctl.archive.object_writer import Sealed
from agentctl.archive.objects import header_of
from agentctl.archive.sidecar import Sidecar, front_length, index_of, indexed, sidecar_of
from agentctl.model.record import Record
from tests.archive.made import DAY_MS, KEY, START_MS, longs, record_lists, sealed, seen, spoken, texts


def many(number: int, seed: int = 1) -> list[Record]:
    """Return records of five days and some without a time, of few agents and many workflows."""
    dice = random.Random(seed)
    return [
        spoken(
            40 + n * 2,
            time_ms=None
            if n % 97 == 0
            else START_MS + n * 5 * DAY_MS // number + dice.randrange(-1_000, 1_000),
            agent=dice.choice(["research", "sales", None]),
            workflow=dice.choice([None, f"workflow_{n // 20}"]),
            item=dice.choice([None, f"item {dice.randrange(50)}", "workflow_3"]),
            event=dice.choice([None, f"evt-{n}"]),
        )
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return many(4_300)


@pytest.fixture(scope="module")
def whole(records: list[Record]) -> Sealed:
    return sealed(records)


@pytest.fixture(scope="module")
def sidecar(whole: Sealed) -> Sidecar:
    return sidecar_of(whole.sidecar[: front_length(whole.sidecar[:20], KEY.sidecar)], KEY.sidecar)


def comparable(index: ObjectIndex) -> tuple[ObjectIndex, list[tuple[int, int | None, list[int]]]]:
    days = [(part.block, part.day, sorted(part.ids)) for part in index.days]
    return replace(index, days=()), sorted(days, key=lambda day: (day[0], day[1] is None, day[1]))


def test_the_front_tells_the_object_and_its_blocks(whole: Sealed, sidecar: Sidecar) -> None:
    assert sidecar.content == whole.content
    assert (sidecar.size, sidecar.crc32c) == (whole.size, whole.crc32c)
    assert sidecar.blocks == whole.index.blocks
    assert sidecar.header == whole.bytes()[: header_of(whole.bytes()).length]
    assert [block.records for block in sidecar.blocks] == [1_000, 1_000, 1_000, 1_000, 300]


def test_every_id_and_agent_is_found_in_exactly_its_blocks(
    records: list[Record], whole: Sealed, sidecar: Sidecar
) -> None:
    expected: dict[int, set[int]] = {}
    for number, event in enumerate(seen(records)):
        own = [text for text in (event.workflow_id, event.work_item) if text is not None]
        if not event.event_id.startswith(f"{KEY.topic}["):
            own.append(event.event_id)
        hashes = [*map(id_hash, own), *([agent_hash(event.agent)] if event.agent else [])]
        for id_ in hashes:
            expected.setdefault(id_, set()).add(number // 1_000)
    for id_, blocks in expected.items():
        stretch = sidecar.pages(id_)
        assert stretch is not None
        found = sidecar.find(id_, whole.sidecar[stretch.start : stretch.start + stretch.length])
        assert [block.number for block in found] == sorted(blocks)


@given(st.text())
def test_what_is_not_there_is_not_found(whole: Sealed, sidecar: Sidecar, text: str) -> None:
    id_ = id_hash(f"never {text}")
    stretch = sidecar.pages(id_)
    if stretch is not None:
        assert sidecar.find(id_, whole.sidecar[stretch.start : stretch.start + stretch.length]) == ()


def test_lines_show_what_the_records_were(records: list[Record], whole: Sealed, sidecar: Sidecar) -> None:
    shown: list[object] = []
    for first, last in ((0, 0), (1, 3), (4, 4)):
        blocks = sidecar.blocks[first], sidecar.blocks[last]
        stretch = sidecar.lines(*blocks)
        shown += sidecar.read_lines(whole.sidecar[stretch.start : stretch.start + stretch.length], *blocks)
    assert shown == [
        Line(
            *(event.record.offset, event.record.timestamp_ms, event.type, event.agent),
            *(event.workflow_id, event.work_item),
            event.event_id if event.event_id.startswith("evt") else None,
        )
        for event in seen(records)
    ]


@settings(max_examples=40)
@given(record_lists, st.sampled_from(Codec))
def test_the_object_gives_the_same_sidecar_again(records: list[Record], codec: Codec) -> None:
    one = sealed(records, codec=codec)
    made, index = indexed(one.bytes(), KEY.name)
    assert made == one.sidecar
    assert comparable(index) == comparable(one.index)
    assert comparable(index_of(made, KEY.sidecar)) == comparable(one.index)


def test_a_large_object_gives_the_same_sidecar_again(whole: Sealed) -> None:
    made, index = indexed(whole.bytes(), KEY.name)
    assert made == whole.sidecar
    assert comparable(index) == comparable(whole.index) == comparable(index_of(made, KEY.sidecar))


def test_no_sidecar_is_made_of_a_damaged_object(whole: Sealed) -> None:
    with pytest.raises(DamagedError, match=f"Block 4 of {KEY.name}"):
        indexed(whole.bytes()[:-20], KEY.name)


def test_ids_of_a_day_are_those_of_its_records() -> None:
    one = sealed([spoken(40, time_ms=START_MS - 1, workflow="a"), spoken(41, time_ms=START_MS, workflow="b")])
    day = START_MS // DAY_MS
    assert {part.day: set(part.ids) for part in one.index.days} == {
        day - 1: {id_hash("a")},
        day: {id_hash("b")},
    }


def test_an_event_id_that_is_a_place_is_no_id_unless_it_is_anothers_place() -> None:
    own, others = f"{KEY.topic}[2]@40", f"{KEY.topic}[2]@99"
    one = sealed([spoken(40, event=own), spoken(41, event=others)])
    assert [list(part.ids) for part in one.index.days] == [[id_hash(others)]]


@given(st.data())
def test_one_flipped_bit_in_what_is_read_is_noticed(
    whole: Sealed, sidecar: Sidecar, data: st.DataObject
) -> None:
    spoiled = bytearray(whole.sidecar)
    at = data.draw(st.integers(0, len(spoiled) - 1))
    spoiled[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((DamagedError, FormatError)) as caught:
        read_all(bytes(spoiled))
    assert KEY.sidecar in caught.value.message


def read_all(data: bytes) -> None:
    found = sidecar_of(data, KEY.sidecar)
    for number in range(len(found.fence)):
        pages = range(number, number + 1)
        at = found.fence.stretch(pages)
        found.fence.read(data[found.pages_at + at.start :][: at.length], pages, found.name)
    index_of(data, KEY.sidecar)


@pytest.mark.parametrize("length", [0, 7, 19, 100])
def test_a_sidecar_that_was_cut_off_is_noticed(whole: Sealed, length: int) -> None:
    with pytest.raises(DamagedError, match=KEY.sidecar):
        sidecar_of(whole.sidecar[:length], KEY.sidecar)


def test_another_format_is_refused_in_words(whole: Sealed) -> None:
    newer = whole.sidecar[:8] + b"\x03" + whole.sidecar[9:]
    with pytest.raises(FormatError, match="is written in format 3") as caught:
        sidecar_of(newer, KEY.sidecar)
    assert "update this one" in (caught.value.hint or "")


optional = st.none() | texts


@given(st.lists(st.builds(Line, longs, st.none() | longs, texts, optional, optional, optional, optional)))
def test_lines_come_back(lines: list[Line]) -> None:
    assert unpack_lines(pack_lines(lines), "x") == lines


@given(st.binary())
def test_what_are_no_lines_is_damage(data: bytes) -> None:
    with pytest.raises(DamagedError, match="x is damaged"):
        unpack_lines(data, "x")
