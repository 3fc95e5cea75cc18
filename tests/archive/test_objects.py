"""Records become an object file and come back byte for byte; what is damaged is named, with its block."""

import random
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import duckdb
import duckdb_extension_avro
import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.archive.blocks import Codec, records_of_block
from agentctl.archive.checksum import crc32c
from agentctl.archive.damage import DamagedError, FormatError
from agentctl.archive.gaps import Gap, GapReason
from agentctl.archive.object_writer import ObjectWriter, Sealed, sealed_object
from agentctl.archive.objects import content_of, header_of, pieces_of, records_of
from agentctl.errors import ExitCode
from agentctl.model.record import Record, TimestampType
from tests.archive.made import KEY, MAPPING, START_MS, record_lists, sealed, seen, spoken


@given(record_lists, st.sampled_from(Codec))
def test_records_come_back_byte_for_byte(records: list[Record], codec: Codec) -> None:
    assert list(records_of(sealed(records, codec=codec).bytes())) == records


@given(record_lists, st.sampled_from(Codec))
def test_fastavro_alone_reads_the_same(records: list[Record], codec: Codec) -> None:
    rows = list(fastavro.reader(BytesIO(sealed(records, codec=codec).bytes())))
    assert [
        (
            *(row[name] for name in ("topic", "partition", "offset", "timestamp_ms", "timestamp_type")),
            *(row[name] for name in ("key", "value", "leader_epoch")),
            tuple((header["name"], header["value"]) for header in row["headers"]),
        )
        for row in rows
        if isinstance(row, dict)
    ] == [
        (
            *(record.topic, record.partition, record.offset, record.timestamp_ms, record.timestamp_type),
            *(record.key, record.value, record.leader_epoch, record.headers),
        )
        for record in records
    ]


def test_null_is_not_empty_and_headers_keep_order_and_duplicates() -> None:
    headers = (("a", None), ("b", b""), ("a", b"\x00\xff"), ("a", None))
    records = [
        Record(*("research-events", 2, 40, None, TimestampType.NONE), None, b"", headers),
        Record(*("research-events", 2, 41, -1, TimestampType.APPEND), b"", None, ()),
    ]
    first, second = records_of(sealed(records).bytes())
    assert (first.key, first.value, first.headers) == (None, b"", headers)
    assert (second.key, second.value, second.headers) == (b"", None, ())
    assert (first.timestamp_ms, second.timestamp_ms) == (None, -1)


def test_the_mapped_columns_stand_beside_the_record() -> None:
    value = b'{"event_type": "analysis", "workflow_id": "w", "topic": "k8s", "agent": "research"}'
    record = Record("research-events", 2, 41, 1_000, TimestampType.CREATE, b"k8s", value)
    [row] = list(fastavro.reader(BytesIO(sealed([record]).bytes())))
    assert isinstance(row, dict)
    columns = ("event_id", "type", "workflow_id", "work_item", "agent", "schema_version", "event_time_ms")
    assert [row[name] for name in columns] == [
        *("research-events[2]@41", "analysis", "w", "k8s", "research", "1", 1_000)
    ]


def test_what_a_header_says_is_what_was_sealed() -> None:
    gaps = (Gap(40, 50, GapReason.RETENTION), Gap(51, 60, GapReason.TRANSACTION))
    one = sealed_object(KEY, 60, seen([spoken(50, time_ms=START_MS)]), gaps)
    content = content_of(one.bytes())
    assert content == one.content
    assert (content.key, content.next_offset, content.records, content.gaps) == (KEY, 60, 1, gaps)
    assert (content.min_time_ms, content.max_time_ms) == (START_MS, START_MS)
    assert one.crc32c == crc32c(one.bytes())
    assert one.size == len(one.bytes())
    assert one.metadata["next"] == "60"
    assert one.metadata["crc32c"] == f"{one.crc32c:08x}"


def test_an_object_without_a_record_says_so() -> None:
    one = sealed_object(KEY, 44, [], [Gap(40, 44, GapReason.TRANSACTION)])
    assert list(records_of(one.bytes())) == []
    assert (one.content.records, one.content.min_time_ms) == (0, None)
    assert list(fastavro.reader(BytesIO(one.bytes()))) == []


def test_the_same_records_make_the_same_file() -> None:
    records = [spoken(40 + n, workflow=f"w{n}") for n in range(1_500)]
    first, second = sealed(records), sealed(records)
    assert first.bytes() == second.bytes()
    assert first.sidecar == second.sidecar


@pytest.mark.parametrize(
    ("offsets", "until"), [([41, 41], 50), ([41, 40], 50), ([39], 50), ([41], 41), ([], 40)]
)
def test_offsets_rise_from_the_position_to_the_end(offsets: list[int], until: int) -> None:
    with pytest.raises(ValueError, match="research-events"):
        sealed([spoken(offset) for offset in offsets], until=until)


def test_a_record_of_elsewhere_is_refused() -> None:
    writer = ObjectWriter(KEY, BytesIO(), BytesIO())
    with pytest.raises(ValueError, match="does not follow"):
        writer.add(MAPPING.event(spoken(41)._replace(partition=1)))


# -- blocks


@pytest.fixture(scope="module")
def blocky() -> Sealed:
    """2,600 records in three blocks."""
    return sealed([spoken(40 + n, time_ms=START_MS + n, workflow=f"w{n // 10}") for n in range(2_600)])


def test_a_block_holds_up_to_1000_records_and_256_kib() -> None:
    dice = random.Random(7)
    records = [spoken(40 + n, filling="x" * dice.randrange(2_000)) for n in range(3_000)]
    one = sealed([*records, spoken(4_000, filling="y" * 300_000), spoken(4_001)])
    stored = fastavro.block_reader(BytesIO(one.bytes()))
    sizes = [(block.num_records, len(cast("Any", block).bytes_.getvalue())) for block in stored]
    assert sum(count for count, _ in sizes) == 3_002
    assert max(count for count, _ in sizes) <= 1_000
    assert [size for count, size in sizes if size > 256 * 1024 and count > 1] == []
    assert any(count == 1 and size > 300_000 for count, size in sizes)


def test_each_block_can_be_read_alone(blocky: Sealed) -> None:
    data, found = blocky.bytes(), []
    for block in blocky.index.blocks:
        records = records_of_block(data[block.offset : block.end], block, KEY.name)
        assert (records[0].offset, len(records)) == (block.first_offset, block.records)
        assert [records[0].timestamp_ms, records[-1].timestamp_ms] == [block.min_time_ms, block.max_time_ms]
        found += records
    assert found == list(records_of(data))


def test_the_header_and_any_block_are_an_avro_file(blocky: Sealed) -> None:
    data, block = blocky.bytes(), blocky.index.blocks[1]
    alone = data[: header_of(data).length] + data[block.offset : block.end]
    rows = list(fastavro.reader(BytesIO(alone)))
    assert [row["offset"] for row in rows if isinstance(row, dict)] == list(range(1_040, 2_040))


def test_a_body_can_be_read_in_pieces_and_again(blocky: Sealed) -> None:
    body = blocky.body
    for size in (1, 100, 5_000, 1 << 20):
        body.seek(0)
        assert b"".join(iter(partial(body.read, size), b"")) == blocky.bytes()
    body.seek(-10, 2)
    assert body.read() == blocky.bytes()[-10:]


# -- damage


@given(st.data())
def test_one_flipped_bit_anywhere_is_noticed(blocky: Sealed, data: st.DataObject) -> None:
    whole = bytearray(blocky.bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((DamagedError, FormatError)) as caught:
        list(records_of(bytes(whole), KEY.name))
    hit = next((one.number for one in blocky.index.blocks if one.offset <= at < one.end), None)
    assert KEY.name in caught.value.message
    if isinstance(caught.value, DamagedError) and hit is not None:
        assert caught.value.block == hit
        assert f"Block {hit} of {KEY.name} is damaged" in caught.value.message
        assert caught.value.exit_code is ExitCode.PARTIAL


@given(st.data())
def test_a_file_that_was_cut_off_is_noticed_and_the_rest_is_read(blocky: Sealed, data: st.DataObject) -> None:
    whole = blocky.bytes()
    cut = data.draw(st.integers(header_of(whole).length, len(whole) - 1))
    pieces = list(pieces_of(whole[:cut], KEY.name))
    good = [one.number for one in blocky.index.blocks if one.end <= cut]
    assert [one.number for one in pieces if one.fault is None] == good
    assert [one.number for one in pieces] == [0, 1, 2]
    assert all(one.fault.block == one.number for one in pieces if one.fault)


def test_what_is_damaged_hides_no_other_block(blocky: Sealed) -> None:
    whole, block = bytearray(blocky.bytes()), blocky.index.blocks[1]
    for at in (block.offset, block.offset + 5, block.end - 1):
        damaged = whole.copy()
        damaged[at] ^= 0xFF
        pieces = list(pieces_of(bytes(damaged), KEY.name))
        assert [(one.number, one.fault is None) for one in pieces][:2] == [(0, True), (1, False)]
        # A wrong mark takes the block behind it along, as it begins nowhere.
        assert (pieces[2].fault is None) == (at != block.end - 1)


def test_bytes_behind_the_last_block_are_damage(blocky: Sealed) -> None:
    with pytest.raises(DamagedError, match="left behind"):
        list(records_of(blocky.bytes() + b"x", KEY.name))


def test_a_block_whose_bytes_are_not_those_is_named(blocky: Sealed) -> None:
    data, block = blocky.bytes(), blocky.index.blocks[2]
    stored = data[block.offset : block.end]
    with pytest.raises(DamagedError, match=f"Block 2 of {KEY.name} is damaged: its CRC32C"):
        records_of_block(stored[:-1] + b"\x00", block, KEY.name)
    with pytest.raises(DamagedError, match=rf"Block 2 .* {len(stored) - 1} of its {len(stored)} bytes"):
        records_of_block(stored[:-1], block, KEY.name)


@pytest.mark.parametrize(
    "data", [b"", b"Obj", b"Obj\x01", b"PAR1" * 100, b"\x00" * 100, b"Obj\x01" + b"\xff" * 50]
)
def test_a_foreign_file_is_none(data: bytes) -> None:
    with pytest.raises(DamagedError, match=r"notes.avro is damaged: its header cannot be read"):
        content_of(data, "notes.avro")


def test_an_avro_file_of_others_is_none() -> None:
    file = BytesIO()
    fastavro.writer(file, {"type": "record", "name": "R", "fields": []}, [])
    with pytest.raises(DamagedError, match="agentctl did not write it"):
        content_of(file.getvalue(), "others.avro")


@pytest.mark.parametrize(("written", "hint"), [("3", "a newer agentctl"), ("1", "archive index")])
def test_another_format_is_refused_in_words(blocky: Sealed, written: str, hint: str) -> None:
    data = blocky.bytes().replace(b"agentctl.format\x022", f"agentctl.format\x02{written}".encode())
    with pytest.raises(FormatError, match=f"a.avro is written in format {written}.*reads format 2") as caught:
        content_of(data, "a.avro")
    assert hint in (caught.value.hint or "")


# -- others' engines


# DuckDB knows no zstandard in Avro. Its extension for Avro, which it would download, is brought by a package.
[EXTENSION] = Path(duckdb_extension_avro.__file__).parent.rglob("avro.duckdb_extension")


def test_duckdb_queries_the_mapped_columns(tmp_path: Path) -> None:
    records = [spoken(40 + n, time_ms=START_MS + n, workflow=f"w{n // 10}") for n in range(2_600)]
    (tmp_path / "0.avro").write_bytes(sealed(records, codec=Codec.DEFLATE).bytes())
    query = """
        select workflow_id, count(*), min("offset"), max(timestamp_ms), any_value(agent), any_value(topic)
        from read_avro(?) where workflow_id in ('w7', 'w259') group by workflow_id order by workflow_id desc
    """
    with duckdb.connect() as connection:
        connection.load_extension(str(EXTENSION))
        assert connection.execute(query, [str(tmp_path / "0.avro")]).fetchall() == [
            ("w7", 10, 110, START_MS + 79, "research", "research-events"),
            ("w259", 10, 2_630, START_MS + 2_599, "research", "research-events"),
        ]


def test_duckdb_sees_bytes_as_they_are(tmp_path: Path) -> None:
    record = Record(
        *(KEY.topic, KEY.partition, 40, START_MS, TimestampType.CREATE, b"\x00\xff", None),
        (("a", b"\x01"), ("a", None)),
    )
    (tmp_path / "0.avro").write_bytes(sealed([record], codec=Codec.DEFLATE).bytes())
    with duckdb.connect() as connection:
        connection.load_extension(str(EXTENSION))
        found = connection.execute("select key, value, headers from read_avro(?)", [str(tmp_path / "0.avro")])
        assert found.fetchall() == [
            (b"\x00\xff", None, [{"name": "a", "value": b"\x01"}, {"name": "a", "value": None}])
        ]
