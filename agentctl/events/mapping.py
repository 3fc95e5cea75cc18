"""Record to Event: the field mapping of every topic, resolved once and then fast."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from agentctl.events.decoding import of_object, plain_object
from agentctl.events.finders import Meaning, text_finder, value_finder
from agentctl.events.locators import Locator, literal, parse_locators
from agentctl.events.profiles import TEXT_FIELDS
from agentctl.events.reading import Reading
from agentctl.events.shapes import Found, Plan, Shapes, Wanted
from agentctl.events.topics import (
    Fields,
    TopicSettings,
    guessed_role,
    must_be_profile,
    parse_profiles,
    parse_topics,
)
from agentctl.events.values import as_duration_ms, as_moment_ms, as_version, as_whole
from agentctl.model.event import Event, Role
from agentctl.model.record import FrozenRecord, Record

if TYPE_CHECKING:
    from agentctl.events.writers import Writers

MEANINGS: Mapping[str, Meaning] = {
    "event_time": as_moment_ms,
    "step": as_whole,
    "total": as_whole,
    "ttl": as_duration_ms,
}

FROZEN = "frozen"
"""The encoding of a value that is out of reach until it is thawed."""

_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_NUMBER = re.compile(r"-?[0-9]+")


class FieldMapping:
    """How the records of every topic are read as events."""

    def __init__(
        self,
        profiles: Mapping[str, Fields],
        topics: Mapping[str, TopicSettings],
        unconfigured: TopicSettings,
        writers: "Writers | None" = None,
    ) -> None:
        self.writers = writers
        """Who knows the schemas that events were written with; None where no registry is configured."""
        self._profiles = profiles
        self._topics = topics
        self._unconfigured = unconfigured
        self._readers: dict[str, TopicReader] = {}

    def recalling(self, known: Mapping[str, TopicSettings]) -> "FieldMapping":
        """Return this mapping with the role, ttl and stale_after of topics that are not configured here."""
        recalled = {
            topic: replace(
                self._unconfigured, role=one.role, ttl_ms=one.ttl_ms, stale_after_ms=one.stale_after_ms
            )
            for topic, one in known.items()
        }
        return FieldMapping(self._profiles, {**recalled, **self._topics}, self._unconfigured, self.writers)

    def event(self, record: Record) -> Event:
        """See a record as an event. Never raises, whatever key, value and headers hold."""
        reader = self._readers.get(record.topic) or self.reader(record.topic)
        return reader.event(record)

    def reader(self, topic: str) -> "TopicReader":
        """Return what reads one topic; made at its first record."""
        found = self._readers.get(topic)
        if found is None:
            found = self._readers[topic] = TopicReader(
                self.role(topic)[0], self.settings(topic), self.fields(topic), self.writers
            )
        return found

    def reader_without(self, topic: str, fields: Collection[str]) -> "TopicReader":
        """Return what reads one topic and leaves some fields unknown, as looking for them takes time."""
        own = self.role(topic)[0], self.settings(topic), self.fields(topic), self.writers
        return TopicReader(*own, without=fields)

    def settings(self, topic: str) -> TopicSettings:
        """Return what is configured for a topic."""
        return self._topics.get(topic, self._unconfigured)

    def role(self, topic: str) -> tuple[Role, bool]:
        """Return a topic's role, and whether it was guessed from its name."""
        role = self.settings(topic).role
        return (guessed_role(topic), True) if role is None else (role, False)

    def topics_with_role(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those topics that are for something: all roles but ``other``."""
        return tuple(name for name in names if self.role(name)[0] is not Role.OTHER)

    def key_field(self, topic: str) -> str | None:
        """Return the field that the topic's record key is promised to be; None without a promise."""
        return self.settings(topic).key

    def stale_after_ms(self, topic: str) -> int:
        """Return the age from which acting on an event of that topic is acting on old news."""
        return self.settings(topic).stale_after_ms

    def fields(self, topic: str) -> Fields:
        """Return the locators of each field for one topic, its own last resorts included."""
        settings, (role, _) = self.settings(topic), self.role(topic)
        fields = dict(self._profiles[settings.profile])
        if settings.key not in (None, "work_item"):
            fields["work_item"] = tuple(one for one in fields["work_item"] if one.text != "$key")
        if settings.work_item is not None:
            fields["work_item"] = settings.work_item
        if settings.key is not None and all(one.text != "$key" for one in fields[settings.key]):
            fields[settings.key] = (*fields[settings.key], *parse_locators("$key", settings.key))
        fields["type"] = (*fields["type"], literal(role.value, "the topic's role"))
        fields["event_time"] = (*fields["event_time"], *parse_locators("$timestamp", "event_time"))
        fields["schema_version"] = (*fields["schema_version"], literal("1", "1, as nothing says"))
        if settings.agent is not None:
            fields["agent"] = (*fields["agent"], literal(settings.agent, "the topic's agent"))
        if settings.ttl_ms is not None:
            fields["ttl"] = (*fields["ttl"], literal(f"{settings.ttl_ms}ms", "the topic's ttl"))
        return fields

    def needles(self, field: str, text: str) -> tuple[str, ...] | None:
        """Return texts that all stand in the bytes of a record whose field is ``text``.

        Bytes may write them with JSON's escapes. None when the field can be that text although nothing of
        it stands in the record: it is a topic's name, its agent, a role, a literal.
        """
        locators = tuple(self._all_locators(field))
        if field == "type" and text in tuple(Role):
            return None
        if _unseen(text, locators):
            return None
        if "/" not in text or not any(locator.composite for locator in locators):
            return (text,)
        seen = tuple(part for part in text.split("/") if part and not _unseen(part, locators))
        return seen or None

    def _all_locators(self, field: str) -> Iterator[Locator]:
        for topic in self._topics:
            yield from self.fields(topic)[field]
        # And all topics without settings of their own.
        yield from self.fields("")[field]


def _unseen(text: str, locators: Iterable[Locator]) -> bool:
    return any(
        text in one.literals
        or (one.topic and _TOPIC_NAME.fullmatch(text) is not None)
        or (one.timestamp and _NUMBER.fullmatch(text) is not None)
        for one in locators
    )


class TopicReader:
    """Reads the records of one topic."""

    __slots__ = ("_headers", "_promise", "_role", "_shapes", "_wanted", "_writers", "fields")

    def __init__(
        self,
        role: Role,
        settings: TopicSettings,
        fields: Fields,
        writers: "Writers | None" = None,
        without: Collection[str] = (),
    ) -> None:
        self._role = role
        self._writers = writers
        self._promise = settings.format
        self.fields = fields
        self._headers = frozenset(
            name for locators in fields.values() for one in locators for name in one.headers
        )
        looked_for = {name: () if name in without else fields[name] for name in (*TEXT_FIELDS, *MEANINGS)}
        self._wanted = (
            *(Wanted(looked_for[name], text_finder(looked_for[name]), None) for name in TEXT_FIELDS),
            *(
                Wanted(looked_for[name], value_finder(looked_for[name], how), how)
                for name, how in MEANINGS.items()
            ),
        )
        self._shapes = Shapes(self._wanted)

    def reading(self, record: Record) -> Reading:
        """Decode a record, for those who look for its fields one by one."""
        return Reading(record, self._promise, self._headers, self._writers)

    def event(self, record: Record) -> Event:
        """See a record as an event: by the plan for objects of its shape, or by a search for each field."""
        value = record.value
        payload = None if value is None or record.headers else plain_object(value)
        plan = None if payload is None else self._shapes.plan(payload)
        if payload is None or plan is None:
            return self.searched(record)
        return self._event(record, self._planned(record, payload, plan), payload, "json", None)

    def searched(self, record: Record) -> Event:
        """See a record as an event, whatever its key, value and headers hold."""
        if isinstance(record, FrozenRecord):
            return _hinted(record)
        reading = self.reading(record)
        decoded = reading.decoded
        found = [one.find(reading) for one in self._wanted]
        return self._event(record, found, decoded.payload, decoded.encoding, decoded.undecodable)

    def _planned(self, record: Record, payload: dict[str, object], plan: Plan) -> list[Found]:
        reading: Reading | None = None  # as most records need none, it is made for the first field that does
        found = [*plan.settled]
        for number, name, find in plan.texts:
            text = payload[name]
            if type(text) is str and text:
                found[number] = text
            elif type(text) is int:
                found[number] = str(text)
            else:
                reading = reading or self._of_object(record, payload)
                found[number] = find(reading)
        for number, name, meaning, find in plan.values:
            value = found[number] = meaning(payload[name])
            if value is None:
                reading = reading or self._of_object(record, payload)
                found[number] = find(reading)
        for number, find in plan.others:
            reading = reading or self._of_object(record, payload)
            found[number] = find(reading)
        return found

    def _of_object(self, record: Record, payload: dict[str, object]) -> Reading:
        return Reading(record, self._promise, self._headers, decoded=of_object(payload))

    def _event(
        self, record: Record, found: list[Found], payload: object, encoding: str, undecodable: str | None
    ) -> Event:
        # Mypy cannot know which of them are texts.
        event_id, type_, workflow_id, work_item, agent, cause, status, version, *values = cast("Any", found)
        return Event(
            record,
            self._role,
            event_id or f"{record.topic}[{record.partition}]@{record.offset}",
            type_ or self._role.value,
            workflow_id,
            work_item,
            agent,
            cause,
            values[0],
            values[1],
            values[2],
            status,
            1 if version == "1" or not version else as_version(version),
            values[3],
            payload,
            encoding,
            undecodable,
        )


def _hinted(record: FrozenRecord) -> Event:
    """See a record as its index tells of it; without a role, as half of what was said judges nobody."""
    hint = record.hint
    event_id = hint.event_id or str(record.place)
    texts = (event_id, hint.type or Role.OTHER.value, hint.workflow_id, hint.work_item, hint.agent, None)
    return Event(
        *(record, Role.OTHER, *texts, record.timestamp_ms, None, None, None, 1, None, None, FROZEN),
    )


def field_mapping(
    profiles: Mapping[str, object],
    topics: Mapping[str, object],
    override: str | None = None,
    writers: "Writers | None" = None,
) -> FieldMapping:
    """Build the mapping from the ``[profile.NAME]`` and ``[topics.NAME]`` tables as they were written.

    ``override`` is the profile of ``--fields``: for this call it takes the place of every topic's own.
    ``writers`` know the schemas of what is not JSON.
    Raises UsageError for what cannot be meant, naming table and key.
    """
    known = parse_profiles(profiles)
    settings, unconfigured = parse_topics(topics, known), TopicSettings()
    if override is not None:
        must_be_profile(override, known, "--fields names")
        settings = {topic: replace(one, profile=override) for topic, one in settings.items()}
        unconfigured = replace(unconfigured, profile=override)
    return FieldMapping(known, settings, unconfigured, writers)
