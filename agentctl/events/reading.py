"""A record while its fields are looked for: what was decoded of it, and its headers by name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agentctl.events.decoding import Decoded, decode
from agentctl.model.record import Record

if TYPE_CHECKING:
    from agentctl.events.writers import Writers

_NO_HEADERS: Mapping[str, bytes | None] = {}


class Reading:
    """One record, decoded once. A class of its own without ceremony, as one is made for every event."""

    __slots__ = (
        "_looked_into",
        "_promise",
        "_writers",
        "decoded",
        "fields",
        "has_headers",
        "headers",
        "payload",
        "record",
    )

    def __init__(
        self,
        record: Record,
        promise: str | None,
        looked_into: frozenset[str],
        writers: "Writers | None" = None,
        *,
        exact: bool = False,
        decoded: Decoded | None = None,
    ) -> None:
        """``decoded`` is what the record's value says, where that is known already."""
        self.record = record
        self._promise = promise
        self._writers = writers
        self._looked_into = looked_into
        # Of duplicates the last counts.
        self.headers = headers = dict(record.headers) if record.headers else _NO_HEADERS
        if decoded is None:
            decoded = decode(record.value, headers, promise, writers, exact=exact)
        self.decoded = decoded
        self.payload: object = decoded.payload
        self.fields: Mapping[str, object] = decoded.fields
        self.has_headers = bool(decoded.attributes) or not (not headers or looked_into.isdisjoint(headers))
        """Whether there is anything that a locator could find in headers."""

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
        return Reading(self.record, self._promise, self._looked_into, self._writers, exact=True)
