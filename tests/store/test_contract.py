"""What the archive asks of an object store, kept by S3."""

from io import BytesIO

import pytest

from agentctl.archive.store import Requests, Stored
from agentctl.errors import NotFoundError
from tests.store.conftest import Ground


def test_what_was_put_is_read_as_a_whole_and_in_stretches(ground: Ground) -> None:
    store = ground.store
    assert store.put_new("a.avro", b"0123456789")
    assert store.get("a.avro") == b"0123456789"
    assert store.get_range("a.avro", 0, 1) == b"0"
    assert store.get_range("a.avro", 3, 4) == b"3456"
    assert store.get_range("a.avro", 8, 100) == b"89", "shorter where the object ends"
    assert store.get_range("a.avro", -3, 3) == b"789", "from the end"
    assert store.get_range("a.avro", -3, 2) == b"78"
    assert store.get_range("a.avro", -100, 100) == b"0123456789"
    assert store.get_range("a.avro", 10, 5) == b""
    assert store.get_range("a.avro", 5, 0) == b""


def test_it_lies_under_the_prefix_and_keys_do_not_name_that(ground: Ground) -> None:
    ground.store.put_new("topic=a/1.avro", b"x")
    assert ground.body("events/topic=a/1.avro") == b"x"
    assert [one.key for one in ground.store.list()] == ["topic=a/1.avro"]
    root = ground.opened(prefix="")
    assert [one.key for one in root.list()] == ["events/topic=a/1.avro"]
    assert ground.store.address == f"s3://{ground.bucket}/events"
    assert root.address == f"s3://{ground.bucket}"


def test_what_the_writer_said_of_an_object_is_told_by_a_look_at_it(ground: Ground) -> None:
    said = {"next": "17", "min-time-ms": "1795000000000"}
    ground.store.put_new("a.avro", b"xyz", storage_class="STANDARD_IA", metadata=said)
    assert ground.store.head("a.avro") == Stored("a.avro", 3, "STANDARD_IA", metadata=said)
    assert list(ground.store.list()) == [Stored("a.avro", 3, "STANDARD_IA")]


def test_lists_give_all_pages_in_the_order_of_keys(ground: Ground) -> None:
    keys = [f"p={number}/{n:02d}" for number in (0, 1, 10, 2) for n in range(4)]
    for key in reversed(keys):
        ground.store.replace(key, b"x")
    before = ground.store.requests.list
    assert [one.key for one in ground.store.list()] == sorted(keys)
    assert ground.store.requests.list - before == 4, "16 objects, 5 on a page"
    assert [one.key for one in ground.store.list("p=1/")] == keys[4:8]
    assert [one.key for one in ground.store.list("p=1", after="p=1/02")] == ["p=1/03", *keys[8:12]]
    assert list(ground.store.list("p=3")) == []


def test_folders_are_the_next_parts_of_keys(ground: Ground) -> None:
    for key in (
        "topic=b/gen=x/1",
        "topic=a/gen=x/1",
        "topic=a/gen=y/1",
        "topic=a/gen=y/2",
        "lookup/1",
        "file",
    ):
        ground.store.replace(key, b"x")
    assert list(ground.store.folders()) == ["lookup/", "topic=a/", "topic=b/"]
    assert list(ground.store.folders("topic=")) == ["a/", "b/"]
    assert list(ground.store.folders("topic=a/")) == ["gen=x/", "gen=y/"]


def test_what_is_derived_is_replaced(ground: Ground) -> None:
    ground.store.replace("a.idx", b"1")
    ground.store.replace("a.idx", b"2")
    assert ground.store.get("a.idx") == b"2"


@pytest.mark.parametrize("size", [0, 5, 11 << 20])
def test_a_file_is_put_from_where_it_stands_and_stands_there_again(ground: Ground, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    file = BytesIO(b"header" + content[:size])
    file.seek(6)
    assert ground.store.put_new("a.avro", file)
    assert file.tell() == 6
    assert ground.body("events/a.avro") == content[:size]
    assert not ground.store.put_new("a.avro", file)
    assert file.tell() == 6


def test_an_empty_object_has_no_stretches(ground: Ground) -> None:
    ground.store.put_new("a.avro", b"")
    assert ground.store.get("a.avro") == b""
    assert ground.store.get_range("a.avro", 0, 5) == b""
    assert ground.store.get_range("a.avro", -5, 5) == b""


def test_what_is_not_there_is_said(ground: Ground) -> None:
    for asked in (ground.store.get, ground.store.head, lambda key: ground.store.get_range(key, 0, 5)):
        with pytest.raises(NotFoundError, match=f"s3://{ground.bucket}/events/no: there is no such object"):
            asked("no")
    assert ground.faults.count("GET") == 2, "no waiting brings it"


def test_every_request_is_counted_by_its_kind(ground: Ground) -> None:
    store = ground.store
    store.put_new("a.avro", b"12345")
    store.replace("b", b"1")
    store.get("a.avro")
    store.get_range("a.avro", 1, 2)
    list(store.list())
    list(store.folders())
    store.head("b")
    assert store.requests == Requests(get=2, put=2, list=2, head=1, post=0, bytes_read=7)
    assert len(ground.faults.seen) == 7


def test_objects_in_parts_are_counted_too(ground: Ground) -> None:
    ground.store.put_new("a.avro", bytes(11 << 20))
    assert ground.store.requests == Requests(put=3, post=2)
    assert len(ground.faults.seen) == 5
