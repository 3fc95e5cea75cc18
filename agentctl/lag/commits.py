"""The bytes of ``__consumer_offsets``: how Apache Kafka's group coordinators write commits down, and where.

The layouts are those of the message files OffsetCommitKey and OffsetCommitValue of Kafka 4.x: keys of
version 0 and 1 are alike, values exist in versions 0 to 4. A key's version tells what kind of record it is:
2 is a group's metadata, from 3 on the newer protocols of groups keep their members and assignments. A value
that is null says that the position is no longer kept: it expired, or it or its topic was deleted.
"""

import struct
from dataclasses import dataclass
from sys import intern
from uuid import UUID

TOPIC = "__consumer_offsets"

_COMMIT_KEYS = frozenset({0, 1})
NEWEST_KIND = 23
"""The highest version of a key in Kafka 4.3; a coordinator may write others one day."""
_FLEXIBLE = 4
"""The first version of values with lengths of variable size and with tagged fields."""
_TOPIC_ID = 0
_NO_EPOCH = -1
_NO_EXPIRY = -1
_MOST_TAGS = 64
"""More tagged fields than any version could have: such bytes were written by nobody's coordinator."""

_INT16, _INT32, _INT64 = struct.Struct(">h"), struct.Struct(">i"), struct.Struct(">q")
_OFFSET, _OFFSET_EPOCH = struct.Struct(">hq"), struct.Struct(">hqi")


class UnreadableError(ValueError):
    """These bytes are not what a coordinator writes. Whoever reads many records counts it and goes on."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose position: that of a group in a partition."""

    group: str
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A group says at ``time_ms``, by the broker's clock, that ``offset`` is the next that it will read."""

    group: str
    topic: str
    partition: int
    offset: int
    time_ms: int
    leader_epoch: int | None = None
    metadata: str | None = None
    """What the client wanted to be kept with it; None where that was not asked for."""
    topic_id: UUID | None = None

    @property
    def owner(self) -> Owner:
        """Whose position it is."""
        return Owner(self.group, self.topic, self.partition)


def version_of(data: bytes | None) -> int:
    """Return the version that the bytes of a key or value begin with. Raises UnreadableError."""
    if data is None or len(data) < _INT16.size:
        raise UnreadableError("no version")
    return int(_INT16.unpack_from(data)[0])


def owner_of(key: bytes | None) -> Owner | None:
    """Return whose position a record is about; None when it is of another kind. Raises UnreadableError."""
    if version_of(key) not in _COMMIT_KEYS:
        return None
    assert key is not None
    try:
        group, at = _text(key, _INT16.size)
        topic, at = _text(key, at)
        (partition,) = _INT32.unpack_from(key, at)
    except (struct.error, UnicodeDecodeError) as error:
        raise UnreadableError(str(error)) from None
    if at + _INT32.size != len(key) or partition < 0:
        raise UnreadableError("not a key of a commit")
    # Each name stands in many keys: it is kept once.
    return Owner(intern(group), intern(topic), partition)


def position_of(value: bytes) -> tuple[int, int]:
    """Return offset and time of a commit: all of its value that a history needs. Raises UnreadableError."""
    offset, _, _, _, time_ms, _ = _parts(value)
    return offset, time_ms


def commit_of(owner: Owner, value: bytes) -> Commit:
    """Return all that a value says. Raises UnreadableError."""
    offset, leader_epoch, begins, ends, time_ms, rest = _parts(value)
    try:
        metadata = value[begins:ends].decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(str(error)) from None
    return Commit(
        *(owner.group, owner.topic, owner.partition, offset, time_ms),
        leader_epoch=None if leader_epoch == _NO_EPOCH else leader_epoch,
        metadata=metadata,
        topic_id=_topic_id(value, rest),
    )


def key_bytes(owner: Owner, version: int = 1) -> bytes:
    """Return the key under which the coordinator keeps a position."""
    return b"".join(
        (
            _INT16.pack(version),
            _sized(owner.group),
            _sized(owner.topic),
            _INT32.pack(owner.partition),
        )
    )


def value_bytes(commit: Commit, version: int = 3) -> bytes:
    """Return the value with which the coordinator keeps a position.

    What a version cannot say is left out: the leader epoch before 3, the topic's id before 4.
    """
    metadata, epoch = commit.metadata or "", commit.leader_epoch
    parts = [_OFFSET.pack(version, commit.offset)]
    if version >= 3:
        parts.append(_INT32.pack(_NO_EPOCH if epoch is None else epoch))
    if version < _FLEXIBLE:
        parts.append(_sized(metadata))
    else:
        data = metadata.encode()
        parts.append(_varint_bytes(len(data) + 1) + data)
    parts.append(_INT64.pack(commit.time_ms))
    if version == 1:
        parts.append(_INT64.pack(_NO_EXPIRY))
    if version >= _FLEXIBLE:
        known = commit.topic_id
        parts.append(b"\0" if known is None else bytes((1, _TOPIC_ID, len(known.bytes))) + known.bytes)
    return b"".join(parts)


def coordinator_partition(group: str, partitions: int) -> int:
    """Return in which of so many partitions a group's commits are: Java's ``hashCode`` of its name."""
    data = group.encode("utf-16-be", "surrogatepass")
    number = 0
    for (unit,) in struct.iter_unpack(">H", data):
        number = (31 * number + unit) & 0xFFFFFFFF
    # Java's Utils.abs of the 32-bit number; of its smallest, which has no counterpart, it is 0.
    number = number if number < 1 << 31 else (1 << 32) - number
    return 0 if number == 1 << 31 else number % partitions


def _parts(value: bytes) -> tuple[int, int, int, int, int, int]:
    """Return offset, leader epoch, where the metadata begins and ends, the time, and where that ends."""
    try:
        version, offset = _OFFSET.unpack_from(value)
        epoch, at = _NO_EPOCH, _OFFSET.size
        if version >= 3:
            _, _, epoch = _OFFSET_EPOCH.unpack_from(value)
            at = _OFFSET_EPOCH.size
        if version < _FLEXIBLE:
            (size,) = _INT16.unpack_from(value, at)
            begins = at + _INT16.size
        else:
            size, begins = _varint(value, at)
            size -= 1
        ends = begins + size
        (time_ms,) = _INT64.unpack_from(value, ends)
    except struct.error as error:
        raise UnreadableError(str(error)) from None
    if not 0 <= version <= _FLEXIBLE or offset < 0 or size < 0:
        raise UnreadableError("not a value of a commit")
    rest = ends + _INT64.size
    if version < _FLEXIBLE and len(value) != rest + (_INT64.size if version == 1 else 0):
        raise UnreadableError("not as long as a value of a commit")
    return offset, epoch, begins, ends, time_ms, rest


def _topic_id(value: bytes, at: int) -> UUID | None:
    """Return the topic's id from the tagged fields that a value may end with."""
    if version_of(value) < _FLEXIBLE:
        return None
    count, at = _varint(value, at)
    if count > _MOST_TAGS:
        raise UnreadableError("too many tagged fields")
    found: UUID | None = None
    for _ in range(count):
        tag, at = _varint(value, at)
        size, at = _varint(value, at)
        data = value[at : at + size]
        if len(data) != size:
            raise UnreadableError("a tagged field is cut off")
        if tag == _TOPIC_ID:
            if size != 16:
                raise UnreadableError("not an id of a topic")
            found = UUID(bytes=data)
        at += size
    if at != len(value):
        raise UnreadableError("more bytes than a commit has")
    return found


def _text(data: bytes, at: int) -> tuple[str, int]:
    """Return a text that follows its length in two bytes, and where it ends."""
    (size,) = _INT16.unpack_from(data, at)
    ends = at + _INT16.size + size
    if size < 0 or ends > len(data):
        raise UnreadableError("a text is cut off")
    return data[at + _INT16.size : ends].decode(), ends


def _sized(text: str) -> bytes:
    data = text.encode()
    return _INT16.pack(len(data)) + data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned number of up to five bytes, and where it ends."""
    number = 0
    for shift in range(0, 35, 7):
        if at >= len(data):
            raise UnreadableError("a number is cut off")
        number |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return number, at
    raise UnreadableError("a number without an end")


def _varint_bytes(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
