"""How a writer turns a key into a partition: the two ways that real systems mix."""

import zlib
from enum import StrEnum

_SEED, _FACTOR, _WORD = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


class Partitioner(StrEnum):
    """Which client's default wrote a topic."""

    CRC32 = "crc32"
    """librdkafka, and so every client in Python, Go or C# that stands on it."""
    MURMUR2 = "murmur2"
    """The Java client."""

    def place(self, key: bytes, partitions: int) -> int:
        """Return the partition of a key."""
        number = zlib.crc32(key) if self is Partitioner.CRC32 else _murmur2(key)
        return number % partitions


def _murmur2(data: bytes) -> int:
    """Return Austin Appleby's 32-bit MurmurHash2 with its top bit cleared, as the Java client does."""
    whole = len(data) & ~3
    number = (_SEED ^ len(data)) & _WORD
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _FACTOR & _WORD
        word = (word ^ word >> 24) * _FACTOR & _WORD
        number = number * _FACTOR & _WORD ^ word
    if whole < len(data):
        number = (number ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _WORD
    number = (number ^ number >> 13) * _FACTOR & _WORD
    return (number ^ number >> 15) & 0x7FFFFFFF
