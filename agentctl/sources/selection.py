"""Which topics answer a query that names none."""

from agentctl.events.mapping import FieldMapping
from agentctl.model.query import Query
from agentctl.model.record import Place
from agentctl.ports import Source


def chosen_topics(query: Query, source: Source, mapping: FieldMapping) -> tuple[str, ...]:
    """Return the topics to read: those asked for; else those that have a role, configured or guessed, or,
    when none has, all that are not internal. A place that is asked for brings its topic with it.
    """
    if query.topics:
        return query.topics
    places = [place for place in map(Place.parse, query.ids) if place is not None]
    if places and len(places) == len(query.ids):
        return tuple(dict.fromkeys(place.topic for place in places))
    names = source.topics()
    chosen = mapping.topics_with_role(names) or tuple(names)
    return tuple(dict.fromkeys([*chosen, *(p.topic for p in places if p.topic in names)]))
