"""The bytes of commits: as Kafka's own classes write them, and as nobody does."""

from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentctl.lag.commits import (
    Commit,
    Owner,
    UnreadableError,
    commit_of,
    coordinator_partition,
    key_bytes,
    owner_of,
    position_of,
    value_bytes,
    version_of,
)

OWNER = Owner("grp", "x-9048-1", 0)
KEY = b"\x00\x01\x00\x03grp\x00\x08x-9048-1\x00\x00\x00\x00"
TIME_MS = 1_795_551_858_987
TOPIC_ID = UUID("01020304-0506-0708-090a-0b0c0d0e0f10")
# Written by Kafka 4.3.1's OffsetCommitValue: offset 8841, metadata "mé", from version 3 on leader epoch 7;
# version 1 with the time of expiry that it then had.
VALUES = {
    0: "0000000000000000228900036dc3a9000001a20f3b112b",
    1: "0001000000000000228900036dc3a9000001a20f3b112b000001a20f3b1513",
    2: "0002000000000000228900036dc3a9000001a20f3b112b",
    3: "000300000000000022890000000700036dc3a9000001a20f3b112b",
    4: "0004000000000000228900000007046dc3a9000001a20f3b112b0100100102030405060708090a0b0c0d0e0f10",
}
each_value = pytest.mark.parametrize(("version", "text"), VALUES.items())

encodable = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
owners = st.builds(Owner, encodable, encodable, st.integers(0, 2**31 - 1))
commits = st.builds(
    Commit,
    encodable,
    encodable,
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1),
    leader_epoch=st.none() | st.integers(0, 2**31 - 1),
    metadata=encodable,
    topic_id=st.none() | st.uuids(),
)


def test_a_key_says_whose_position_it_is() -> None:
    assert owner_of(KEY) == OWNER
    assert owner_of(b"\x00\x00" + KEY[2:]) == OWNER
    assert key_bytes(OWNER) == KEY


@each_value
def test_a_value_says_the_position_its_time_and_what_its_version_can(version: int, text: str) -> None:
    value = bytes.fromhex(text)
    assert position_of(value) == (8_841, TIME_MS)
    assert commit_of(OWNER, value) == Commit(
        *("grp", "x-9048-1", 0, 8_841, TIME_MS),
        leader_epoch=7 if version >= 3 else None,
        metadata="mé",
        topic_id=TOPIC_ID if version == 4 else None,
    )


@each_value
def test_values_are_written_as_kafka_writes_them(version: int, text: str) -> None:
    # When a position expires is not for this program to say: it writes that the broker's rule holds.
    known = text if version != 1 else text[: -2 * 8] + "ff" * 8
    commit = Commit("grp", "x-9048-1", 0, 8_841, TIME_MS, 7, "mé", TOPIC_ID)
    assert value_bytes(commit, version).hex() == known


@given(owner=owners, version=st.sampled_from([0, 1]))
def test_every_key_that_is_written_is_read(owner: Owner, version: int) -> None:
    assert owner_of(key_bytes(owner, version)) == owner


@given(commit=commits, version=st.integers(0, 4))
def test_every_value_that_is_written_is_read(commit: Commit, version: int) -> None:
    value = value_bytes(commit, version)
    known = replace(
        commit,
        leader_epoch=commit.leader_epoch if version >= 3 else None,
        topic_id=commit.topic_id if version >= 4 else None,
    )
    assert commit_of(commit.owner, value) == known
    assert position_of(value) == (commit.offset, commit.time_ms)


@pytest.mark.parametrize("version", [2, 3, 8, 23, 24, 32_767, -1])
def test_a_key_of_another_version_is_a_record_of_another_kind(version: int) -> None:
    assert owner_of(version.to_bytes(2, "big", signed=True) + b"\x00\x03grp") is None


@pytest.mark.parametrize("key", [None, b"", b"\x00"], ids=["null", "empty", "one byte"])
def test_a_key_without_a_version(key: bytes | None) -> None:
    with pytest.raises(UnreadableError):
        owner_of(key)


@pytest.mark.parametrize("length", range(2, len(KEY)))
def test_a_key_that_is_cut_off(length: int) -> None:
    with pytest.raises(UnreadableError):
        owner_of(KEY[:length])


@each_value
def test_a_value_that_is_cut_off_or_too_long(version: int, text: str) -> None:
    value = bytes.fromhex(text)
    for length in range(len(value)):
        with pytest.raises(UnreadableError):
            commit_of(OWNER, value[:length])
    with pytest.raises(UnreadableError):
        commit_of(OWNER, value + b"\0")


@pytest.mark.parametrize(
    "key",
    [
        b"\x00\x01\xff\xff" + KEY[7:],
        b"\x00\x01\x80\x00" + KEY[4:],
        b"\x00\x01\x7f\xff" + KEY[4:],
        KEY + b"\x00",
        KEY.replace(b"grp", b"g\xffp"),
        KEY[:-4] + b"\xff\xff\xff\xff",
    ],
    ids=[
        "no group",
        "a length below 0",
        "a length behind the end",
        "more bytes",
        "not UTF-8",
        "a partition below 0",
    ],
)
def test_a_key_that_no_coordinator_writes(key: bytes) -> None:
    with pytest.raises(UnreadableError):
        owner_of(key)


@pytest.mark.parametrize(
    "text",
    [
        "0005" + VALUES[3][4:],
        "ffff" + VALUES[3][4:],
        "0003" + "ff" * 8 + VALUES[3][20:],
        VALUES[3][:28] + "ffff" + VALUES[3][32:],
        VALUES[4][:28] + "ffffffffff" + VALUES[4][30:],
        VALUES[4][:28] + "00" + VALUES[4][36:],
        VALUES[4][:52] + "ff01" + VALUES[4][54:],
        VALUES[4][:56] + "05" + VALUES[4][58:],
        VALUES[3].replace("6dc3a9", "6dc3ff"),
    ],
    ids=[
        "version 5",
        "version -1",
        "an offset below 0",
        "a length below 0",
        "a length without an end",
        "no metadata, not even empty",
        "255 tagged fields",
        "an id of 5 bytes",
        "not UTF-8",
    ],
)
def test_a_value_that_no_coordinator_writes(text: str) -> None:
    with pytest.raises(UnreadableError):
        commit_of(OWNER, bytes.fromhex(text))


@given(data=st.binary(max_size=60))
@example(data=bytes.fromhex(VALUES[4]))
@example(data=KEY)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (owner_of, position_of, version_of, lambda value: commit_of(OWNER, value)):
        with suppress(UnreadableError):
            read(data)


@given(at=st.integers(0, 44), byte=st.integers(0, 255), version=st.integers(0, 4))
def test_one_wrong_byte_is_survived(at: int, byte: int, version: int) -> None:
    value = bytearray(bytes.fromhex(VALUES[version]))
    value[at % len(value)] = byte
    try:
        offset, _ = position_of(bytes(value))
    except UnreadableError:
        return
    assert offset >= 0


@pytest.mark.parametrize(
    ("group", "java_hash"),
    [
        ("", 0),
        ("abc", 96_354),
        ("polygenelubricants", -(2**31)),
        ("dashboard", -1_047_860_588),
        # Java sees two units where Python sees one letter.
        ("\U0001f980", 1_772_802),
    ],
)
def test_a_group_is_kept_where_javas_hash_of_its_name_says(group: str, java_hash: int) -> None:
    positive = 0 if java_hash == -(2**31) else abs(java_hash)
    assert coordinator_partition(group, 50) == positive % 50
