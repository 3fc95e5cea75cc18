"""The bytes of ``__consumer_offsets``, so that a history of commits can be given to Apache Kafka.

A commit is dated by the broker, whoever sends it. A history of hours ago can only be written as the
records that the coordinator itself would have written, and that is allowed to one client id.
"""

import struct

from agentctl.sandbox.groups import Commit

TOPIC = "__consumer_offsets"
ALLOWED_CLIENT_ID = "__admin_client"
"""Apache Kafka takes records for its internal topics from a producer of this name, and from no other."""

_KEY_VERSION, _VALUE_VERSION = 1, 3
_NO_LEADER_EPOCH = -1


def key(commit: Commit) -> bytes:
    """Return the record's key: whose position this is (OffsetCommitKey, version 1)."""
    return (
        struct.pack(">h", _KEY_VERSION)
        + _text(commit.group)
        + _text(commit.topic)
        + struct.pack(">i", commit.partition)
    )


def value(commit: Commit) -> bytes:
    """Return the record's value: the position and its time (OffsetCommitValue, version 3)."""
    return (
        struct.pack(">hqi", _VALUE_VERSION, commit.offset, _NO_LEADER_EPOCH)
        + _text("")
        + struct.pack(">q", commit.time_ms)
    )


def coordinator_partition(group: str, partitions: int) -> int:
    """Return where a group's commits are: Java's ``hashCode`` of its name, made positive."""
    number = 0
    for letter in group:
        number = (31 * number + ord(letter)) & 0xFFFFFFFF
    # Java's Utils.abs of the 32-bit number; of its smallest, which has no counterpart, it is 0.
    number = number if number < 1 << 31 else (1 << 32) - number
    return 0 if number == 1 << 31 else number % partitions


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">h", len(data)) + data
