"""Which locator found a field how often: what ``fields explain TOPIC`` answers, over sampled records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agentctl.events.finders import matched
from agentctl.events.mapping import MEANINGS, FieldMapping
from agentctl.events.profiles import FIELDS
from agentctl.model.coverage import Coverage
from agentctl.model.event import Role
from agentctl.model.query import Window
from agentctl.model.record import Record
from agentctl.model.view import Column, Kind, Row, View

_COLUMNS = (
    Column("field", "FIELD"),
    Column("locator", "FOUND BY"),
    Column("matched", "EVENTS", Kind.NUMBER),
    Column("share", "SHARE", Kind.NUMBER),
    Column("example", "EXAMPLE"),
)


@dataclass(slots=True)
class Sample:
    """Records of one topic, looked at one by one."""

    mapping: FieldMapping
    topic: str
    events: int = 0
    undecodable: int = 0
    encodings: Counter[str] = field(default_factory=Counter)
    _matched: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By field, and the number of its locator."""
    _examples: dict[tuple[str, int], str] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Look at one record of the topic."""
        reader = self.mapping.reader(self.topic)
        reading = reader.reading(record)
        self.events += 1
        self.encodings[reading.decoded.encoding] += 1
        self.undecodable += reading.decoded.undecodable is not None
        for name in FIELDS:
            found = matched(reader.fields[name], reading, MEANINGS.get(name))
            if found is not None:
                number, text = found
                self._matched[name, number] += 1
                self._examples.setdefault((name, number), text)

    def rows(self, *, unmatched: bool = False) -> Sequence[Row]:
        """Return a row for each locator that found something, and one where nothing did (locator None).

        ``unmatched`` adds the locators that found nothing. A share is of all sampled events, 0 to 1.
        """
        rows: list[Row] = []
        for name in FIELDS:
            locators = self.mapping.reader(self.topic).fields[name]
            counts = [self._matched[name, number] for number in range(len(locators))]
            for number, locator in enumerate(locators):
                if counts[number] or unmatched:
                    example = self._examples.get((name, number))
                    rows.append(self._row(name, locator.text, counts[number], example))
            missing = self.events - sum(counts)
            if missing:
                rows.append(self._row(name, None, missing, None))
        return rows

    def _row(self, name: str, locator: str | None, count: int, example: str | None) -> Row:
        return {
            "field": name,
            "locator": locator,
            "matched": count,
            "share": round(count / self.events, 4) if self.events else None,
            "example": example,
        }


def fields_view(sample: Sample, coverage: Coverage, window: Window, *, unmatched: bool = False) -> View:
    """Show how a topic's events are read; ``unmatched`` adds the locators that found nothing."""
    role, guessed = sample.mapping.role(sample.topic)
    settings = sample.mapping.settings(sample.topic)
    return View(
        name="fields",
        title=f"fields of {sample.topic}",
        columns=_COLUMNS,
        rows=sample.rows(unmatched=unmatched) if sample.events else (),
        summary={
            "topic": sample.topic,
            "role": role.value,
            "role_guessed": guessed,
            "profile": settings.profile,
            "key": settings.key,
            "events": sample.events,
            "undecodable": sample.undecodable,
            "encodings": dict(sample.encodings.most_common()),
        },
        facts=(f"{sample.events:,} event{'' if sample.events == 1 else 's'}", f"profile {settings.profile}"),
        notes=(_role_in_words(role, sample.topic, guessed=guessed), *_encodings(sample.encodings)),
        window=window,
        coverage=coverage,
        nothing=f"{sample.topic} has no event to look at.",
    )


def _role_in_words(role: Role, topic: str, *, guessed: bool) -> str:
    if not guessed:
        return f"role: {role.value}, as configured"
    if role is Role.OTHER:
        return f"role: other, as nothing is configured in [topics.{topic}] and the name tells nothing"
    return f"role: {role.value}, guessed from the topic's name; [topics.{topic}] role = … says so for certain"


def _encodings(encodings: Mapping[str, int]) -> tuple[str, ...]:
    named = ", ".join(f"{name} {count:,}" for name, count in encodings.items())
    return (f"encodings: {named}",) if named else ()
