"""CRC32C, the checksum of every part of the archive; S3 knows it, too."""

from collections.abc import Iterator
from typing import BinaryIO

import google_crc32c

_CHUNK = 1 << 20


def crc32c(data: bytes, before: int = 0) -> int:
    """Return the CRC32C of ``data``, behind bytes whose CRC32C was ``before``."""
    return int(google_crc32c.extend(before, data))


def crc32c_of_file(file: BinaryIO) -> int:
    """Return the CRC32C of what is left to read of a file."""
    found = 0
    for chunk in chunks(file):
        found = crc32c(chunk, found)
    return found


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """Give what is left to read of a file, a MiB at a time."""
    while chunk := file.read(_CHUNK):
        yield chunk
