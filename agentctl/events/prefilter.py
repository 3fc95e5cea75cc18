"""Which records may match, decided from their bytes before anything is decoded; and which events do.

A mapped field holds text of the record: of its key, of a header, or of JSON. So a record whose bytes do
not hold an id cannot have it in a field, with two exceptions. JSON may write any letter as an escape, so
a value with one is decoded. And the mapping can give what stands in no record: literals, a topic's name or
agent, a role; the mapping knows those. Where a schema registry is configured there is a third: Avro writes
numbers, enums and times in other bytes than their text, so what bears a schema's id is decoded.
"""

from collections.abc import Callable, Iterable

from agentctl.events.decoding import GUID_HEADER
from agentctl.events.mapping import FieldMapping
from agentctl.model.event import Event
from agentctl.model.query import Match, Query
from agentctl.model.record import Place, Record
from agentctl.ports import LazyHeaders, RawFilter

ID_FIELDS = ("workflow_id", "work_item", "event_id")
"""The fields that an id is compared with; beside them, the place of a record is an id."""

_GUID_HEADER = GUID_HEADER.encode()
_BACKSLASH = 0x5C
_UNICODE_ESCAPE = b"\\u"
_ESCAPED_SHORTLY = frozenset('"\\/\b\f\n\r\t')


def matcher(query: Query) -> Callable[[Event], bool]:
    """Return a function that says whether an event matches: one of the ids, the agents, and the types.

    Of an undecodable event the fields are not known, so what stands anywhere in its bytes counts.
    """
    ids, agents, types = frozenset(query.ids), frozenset(query.agents), frozenset(query.types)
    raw_ids, raw_agents, raw_types = BytesFilter(ids), BytesFilter(agents), BytesFilter(types)
    places = _places(query)
    anywhere = query.match is Match.ANYWHERE

    def has_id(event: Event) -> bool:
        if places and event.record.place in places:
            return True
        if anywhere:
            return raw_ids.holds(event.record)
        return (
            event.workflow_id in ids
            or event.work_item in ids
            or event.event_id in ids
            or (event.undecodable is not None and raw_ids.holds(event.record))
        )

    def matches(event: Event) -> bool:
        broken = event.undecodable is not None
        if agents and event.agent not in agents and not (broken and raw_agents.holds(event.record)):
            return False
        if types and event.type not in types and not (broken and raw_types.holds(event.record)):
            return False
        return not ids or has_id(event)

    return matches


def raw_filter(query: Query, mapping: FieldMapping) -> RawFilter:
    """Return the filter for a query: it lets through every record whose event ``matcher`` accepts."""
    places = _places(query)
    if query.ids and query.match is Match.ANYWHERE:
        return BytesFilter(query.ids, places=places)
    asked = ((query.ids, ID_FIELDS), (query.agents, ("agent",)), (query.types, ("type",)))
    for texts, fields in asked:
        if not texts:
            continue
        found = _rarest(mapping, fields, texts)
        if found is not None:
            short = any(_ESCAPED_SHORTLY & set(text) for text in found)
            here = places if fields is ID_FIELDS else frozenset[Place]()
            escape = b"\\" if short else _UNICODE_ESCAPE
            return BytesFilter(found, escape, here, by_schema=mapping.writers is not None)
    return Everything()


def _rarest(mapping: FieldMapping, fields: tuple[str, ...], texts: Iterable[str]) -> tuple[str, ...] | None:
    """Return one text for each asked for, without which it cannot be in the fields; None for no such."""
    found: dict[str, None] = {}
    for text in texts:
        for field in fields:
            needles = mapping.needles(field, text)
            if needles is None:
                return None
            found[max(needles, key=len)] = None
    return tuple(found)


class Everything:
    """The filter of a query that bytes cannot answer."""

    places: frozenset[Place] = frozenset()

    def __call__(self, key: bytes | None, value: bytes | None, headers: LazyHeaders) -> bool:
        """Every record may match."""
        return True

    def any_of(self, text: bytes) -> bool:
        """Every record may match."""
        return True


class BytesFilter:
    """Lets a record through that holds one of some texts, or an escape that may stand for a letter of one."""

    __slots__ = ("_by_schema", "_escape", "_needles", "_texts", "places")

    def __init__(
        self,
        texts: Iterable[str],
        escape: bytes | None = None,
        places: frozenset[Place] = frozenset(),
        *,
        by_schema: bool = False,
    ) -> None:
        """``by_schema``: what bears the id of a schema is let through, whatever else it holds."""
        self._by_schema = by_schema
        self._texts = tuple(dict.fromkeys(texts))
        # Half a character can be in a text of JSON, where it stands as an escape; no UTF-8 holds it.
        self._needles = tuple(text.encode("utf-8", "surrogatepass") for text in self._texts)
        self._escape = escape
        self.places = places

    def __call__(self, key: bytes | None, value: bytes | None, headers: LazyHeaders) -> bool:
        """Whether the record may match."""
        needles = self._needles
        if value is not None:
            if self._by_schema and value[:1] == b"\0":
                return True
            for needle in needles:
                if needle in value:
                    return True
            # Nearly no value has a backslash, and one byte is found many times faster than two.
            if self._escape is not None and _BACKSLASH in value and self._escape in value:
                return True
        if key is not None:
            for needle in needles:
                if needle in key:
                    return True
        for name, content in headers() or ():
            if content is not None:
                for needle in needles:
                    if needle in content:
                        return True
            if self._by_schema and name == GUID_HEADER:
                return True
            for text in self._texts:
                if text in name:
                    return True
        return False

    def any_of(self, text: bytes) -> bool:
        """Whether any record may match of which ``text`` holds everything."""
        escape = self._escape
        # Behind the first one, a value that begins with a zero byte stands behind the one between values.
        if self._by_schema and (text[:1] == b"\0" or b"\0\0" in text or _GUID_HEADER in text):
            return True
        return any(needle in text for needle in self._needles) or (
            escape is not None and _BACKSLASH in text and escape in text
        )

    def holds(self, record: Record) -> bool:
        """Whether a record at hand is let through."""
        return self(record.key, record.value, lambda: record.headers)


def _places(query: Query) -> frozenset[Place]:
    return frozenset(place for text in query.ids if (place := Place.parse(text)) is not None)
