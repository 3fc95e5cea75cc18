"""Records become an Avro object file and come back byte for byte; its name and its header say the same."""

from io import BytesIO

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from agentctl.archive.keys import ObjectKey
from agentctl.archive.objects import ArchiveObject, content_of, object_bytes, records_of
from agentctl.events.mapping import field_mapping
from agentctl.model.record import Record, SourceKind, TimestampType

KEY = ObjectKey("research-events", "0L80lW8CTK29fnaO9pEYbg", 2, 40)
MAPPING = field_mapping({}, {})

texts = st.text(st.characters(codec="utf-8"))
records = st.builds(
    Record,
    topic=st.just("research-events"),
    partition=st.just(2),
    offset=st.integers(0, 2**63 - 1),
    timestamp_ms=st.none() | st.integers(0, 2**63 - 1),
    timestamp_type=st.sampled_from(TimestampType),
    key=st.none() | st.binary(),
    value=st.none() | st.binary() | st.just(b'{"agent": "\\ud800", "workflow_id": 7}'),
    headers=st.lists(st.tuples(texts, st.none() | st.binary()), max_size=4).map(tuple),
    source=st.just(SourceKind.ARCHIVE),
    leader_epoch=st.none() | st.integers(0, 2**31 - 1),
)


@given(st.lists(records, max_size=5))
def test_records_come_back_byte_for_byte(written: list[Record]) -> None:
    content = ArchiveObject(KEY, 50, len(written))
    data = object_bytes(content, [MAPPING.event(record) for record in written])
    assert list(records_of(data)) == written
    assert content_of(data) == content


def test_the_mapped_columns_can_be_read_by_any_reader_of_avro() -> None:
    value = b'{"event_type": "analysis", "workflow_id": "w", "topic": "k8s", "agent": "research"}'
    record = Record("research-events", 2, 41, 1_000, TimestampType.CREATE, b"k8s", value)
    data = object_bytes(ArchiveObject(KEY, 42, 1), [MAPPING.event(record)])
    [row] = list(fastavro.reader(BytesIO(data)))
    assert isinstance(row, dict)
    columns = ("event_id", "type", "workflow_id", "work_item", "agent", "schema_version", "event_time_ms")
    assert [row[name] for name in columns] == [
        *("research-events[2]@41", "analysis", "w", "k8s", "research", "1", 1_000)
    ]


def test_a_key_is_read_back_below_any_prefix() -> None:
    for prefix in ("", "archive", "a/b/"):
        assert ObjectKey.parse(KEY.under(prefix)) == KEY
    assert KEY.under("cold/") == (
        "cold/topic=research-events/gen=0L80lW8CTK29fnaO9pEYbg/p=2/00000000000000000040.avro"
    )


def test_a_foreign_key_is_none_of_ours() -> None:
    for key in (
        "readme.txt",
        KEY.under("")[:-1],
        KEY.under("").replace("p=2", "p=x"),
        "topic=/gen=/p=0/0.avro",
    ):
        assert ObjectKey.parse(key) is None
