"""As what ids show themselves in the events that they find, and whether they were no key after all."""

from dataclasses import replace

from agentctl.events.mapping import FieldMapping
from agentctl.events.prefilter import ID_FIELDS, matcher
from agentctl.model.coverage import Coverage, Pruned
from agentctl.model.event import Event
from agentctl.model.query import Query


class Meant:
    """As what the ids show themselves in the events that they find: as which fields, as whose key, or not."""

    def __init__(self, query: Query) -> None:
        self._missing = {text: matcher(replace(query, ids=(text,))) for text in dict.fromkeys(query.ids)}
        self._ids = frozenset(query.ids)
        self._keys = frozenset(text.encode("utf-8", "surrogatepass") for text in query.ids)
        self._fields: set[str] = set()
        self._keyed_by_others: set[str] = set()

    def add(self, event: Event) -> None:
        """Look at an event that was found."""
        for text in [text for text, finds in self._missing.items() if finds(event)]:
            del self._missing[text]
        self._fields |= {name for name in ID_FIELDS if getattr(event, name) in self._ids}
        if event.record.key not in self._keys:
            self._keyed_by_others.add(event.record.topic)

    @property
    def missing(self) -> tuple[str, ...]:
        """The ids that found no event, in the order they were asked for."""
        return tuple(self._missing)

    def otherwise(self, topic: str, key_field: str | None) -> bool:
        """Whether an id may stand in other partitions of a topic than its key's.

        It may when one was not found, when one was found there beside another key, and when one was found
        anywhere as another field than the one that the topic's key is: a workflow's id is no work item.
        """
        another_field = key_field is not None and bool(self._fields - {key_field})
        return bool(self._missing) or another_field or topic in self._keyed_by_others


def pruned_in_error(query: Query, coverage: Coverage, meant: Meant, mapping: FieldMapping) -> Query | None:
    """Return what to read of the partitions that a key ruled out, when the id is not the key after all."""
    places = tuple(part.place for part in coverage.partitions if part.pruned is Pruned.KEY)
    topics = tuple(dict.fromkeys(topic for topic, _ in places))
    if not any(meant.otherwise(topic, mapping.key_field(topic)) for topic in topics):
        return None
    return replace(query, topics=topics, partitions=places, keyed=False)
