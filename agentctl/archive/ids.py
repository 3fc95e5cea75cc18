"""Ids as 64-bit hashes, and the days under which they are looked up."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b

from agentctl.archive.keys import UNDATED

_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def id_hash(text: str) -> int:
    """Return the hash under which a workflow id, a work item or an event id is found: one space for all.

    BLAKE2b of its UTF-8 with a digest of 8 bytes, little-endian. Two ids of one hash cost the reading of a
    block too many, no more: what was read is always compared with the id itself.
    """
    return int.from_bytes(id_digest(text), "little")


def id_digest(text: str) -> bytes:
    """Return the 8 bytes of ``id_hash``."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def agent_hash(text: str) -> int:
    """Return the hash of an agent's name; personalised, so that an id of the same text is another one."""
    return int.from_bytes(
        blake2b(text.encode("utf-8", "replace"), digest_size=8, person=b"agent").digest(), "little"
    )


@lru_cache(maxsize=4096)
def day_name(day: int | None) -> str:
    """Return a day, counted from 1970 in UTC, as ``2026-11-23``; UNDATED for None or where no calendar is."""
    if day is None:
        return UNDATED
    try:
        return (_EPOCH + timedelta(days=day)).date().isoformat()
    except OverflowError:
        return UNDATED


def day_of(time_ms: int | None) -> int | None:
    """Return the day of a moment, counted from 1970 in UTC."""
    return None if time_ms is None else time_ms // _DAY_MS
