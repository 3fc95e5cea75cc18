"""What a restored record says of itself, in headers behind its own."""

from collections.abc import Sequence

from agentctl.model.record import Record

ID, ORIGIN, ORIGIN_TIME = "x-agentctl-restore-id", "x-agentctl-origin", "x-agentctl-origin-timestamp"
_GAINED = (ID, ORIGIN, ORIGIN_TIME)
_NUMBERS_BYTES = 60
"""An offset, a time, and how long everything is."""
GAINED_BYTES = sum(map(len, _GAINED)) + 400
"""No record grows by more: a topic's name has up to 249 characters, an id up to 64."""


class Provenance:
    """Where the records of one log come from, and which restore brings them."""

    def __init__(self, restore_id: str, topic: str, partition: int) -> None:
        self._id = (ID, restore_id.encode())
        self._log = f"{topic}[{partition}]@".encode()
        self.most_bytes = sum(map(len, _GAINED)) + len(self._log) + len(self._id[1]) + _NUMBERS_BYTES
        """How many bytes a record grows by at most."""

    def headers(self, record: Record) -> list[tuple[str, str | bytes | None]]:
        """Return a record's own headers, in order, and then where it comes from.

        A record that had no time says so by a null.
        """
        time_ms = record.timestamp_ms
        return [
            *record.headers,
            self._id,
            (ORIGIN, b"%b%d" % (self._log, record.offset)),
            (ORIGIN_TIME, None if time_ms is None else b"%d" % time_ms),
        ]


def restore_id_of(headers: Sequence[tuple[str, bytes | None]]) -> str | None:
    """Return which restore wrote a record; None for one that none has written.

    The last headers count: what was restored may have been archived, and restored again.
    """
    if len(headers) < len(_GAINED):
        return None
    (first, value), (second, _), (third, _) = headers[-3:]
    if value is None or (first, second, third) != _GAINED:
        return None
    return value.decode("utf-8", "replace")
