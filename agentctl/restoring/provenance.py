"""What a restored record says of itself, in headers behind its own."""

from collections.abc import Sequence

from agentctl.model.record import Headers, Record

ID, ORIGIN, ORIGIN_TIME = "x-agentctl-restore-id", "x-agentctl-origin", "x-agentctl-origin-timestamp"
_GAINED = (ID, ORIGIN, ORIGIN_TIME)
GAINED_BYTES = sum(map(len, _GAINED)) + 400
"""No record grows by more: a topic's name has up to 249 characters, an id up to 64."""


def with_provenance(record: Record, restore_id: bytes) -> list[tuple[str, str | bytes | None]]:
    """Return a record's own headers, in order, and then where it comes from.

    A record that had no time says so by a null.
    """
    time_ms = record.timestamp_ms
    return [
        *record.headers,
        (ID, restore_id),
        (ORIGIN, b"%s[%d]@%d" % (record.topic.encode(), record.partition, record.offset)),
        (ORIGIN_TIME, None if time_ms is None else b"%d" % time_ms),
    ]


def restore_id_of(headers: "Headers | Sequence[tuple[str, bytes | None]]") -> str | None:
    """Return which restore wrote a record; None for one that none has written.

    The last headers count: what was restored may have been archived, and restored again.
    """
    if len(headers) < len(_GAINED) or tuple(name for name, _ in headers[-3:]) != _GAINED:
        return None
    value = headers[-3][1]
    return None if value is None else value.decode("utf-8", "replace")
