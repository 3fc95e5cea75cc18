"""A record while its fields are looked for: what was decoded of it, and its headers by name."""

from collections.abc import Mapping

from agentctl.events.decoding import Decoded, decode
from agentctl.model.record import Record

_NO_HEADERS: Mapping[str, bytes | None] = {}


class Reading:
    """One record, decoded once. A class of its own without ceremony, as one is made for every event."""

    __slots__ = ("_promise", "decoded", "fields", "headers", "payload", "record")

    def __init__(self, record: Record, promise: str | None, *, exact: bool = False) -> None:
        self.record = record
        self._promise = promise
        # Of duplicates the last counts.
        self.headers = dict(record.headers) if record.headers else _NO_HEADERS
        self.decoded: Decoded = decode(record.value, self.headers, promise, exact=exact)
        self.payload = self.decoded.payload
        self.fields: Mapping[str, object] = self.decoded.fields

    @property
    def has_headers(self) -> bool:
        """Whether there is anything to be found in headers, or in attributes that stand for them."""
        return bool(self.headers or self.decoded.attributes)

    def header(self, name: str) -> object:
        """Return a header as text, or the attribute of a structured CloudEvent that it would be."""
        value = self.headers.get(name)
        if value is None:
            return self.decoded.attributes.get(name)
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None

    def exactly(self) -> "Reading":
        """Return the same with every number as the text that the record holds: 1.0 is not 1, nor 1e0."""
        return Reading(self.record, self._promise, exact=True)
