"""Takes records, finds the events of one type among them, and has each judged by what it is written in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from agentctl.events.mapping import FieldMapping, TopicReader
from agentctl.model.event import Event
from agentctl.model.record import FrozenRecord, Record
from agentctl.schemas.proving import Fate, Issue, Judge, Tally, UnreadableError

_GUID_HEADER = "__value_schema_id"
_GLUE = "they are in Glue's wire format, which needs its registry"
_VERSION = "schema_version"
_WANTED = frozenset({"type", _VERSION})


@dataclass(frozen=True, slots=True)
class Bench:
    """Who judges in one direction."""

    direction: str
    judge: Judge


@dataclass(frozen=True, slots=True)
class Writer:
    """A schema that events were written with, and who judges them."""

    names: frozenset[str]
    """What it calls them: the record's full and its plain name."""
    benches: tuple[Bench, ...]


WriterOf = Callable[[int | UUID | None], Writer | str]
"""Gives who wrote, by the schema's id or by None for values without one; a text is why that is not known."""


@dataclass(slots=True)
class Prover:
    """Judges the events of one type."""

    json: tuple[Bench, ...]
    """Who judges what JSON says."""
    avro: WriterOf
    mapping: FieldMapping
    type: str | None
    """Only events of that type; None takes all."""
    tally: Tally
    _writers: dict[int | UUID | None, Writer | str] = field(default_factory=dict)
    _readers: dict[str, TopicReader] = field(default_factory=dict)

    def take(self, records: Sequence[Record]) -> None:
        """Judge those of some records that are events of the type. A null value is no event."""
        times_ms: list[int] = []
        readers = self._readers
        for record in records:
            value, headers = record[6], record[7]
            if value is None or isinstance(record, FrozenRecord):
                continue
            bare = None if value[:1] == b"{" and not headers else _avro_of(record)
            if bare is not None:
                proved = self._avro(record, *bare)
            else:
                reader = readers.get(record[0]) or self._reader(record[0])
                event = reader.event(record)
                if self.type is not None and not self._is_of_type(event):
                    continue
                proved = self._json(event)
            if proved and record[3] is not None:
                times_ms.append(record[3])
        self.tally.seen(times_ms)

    def take_values(self, name: str, values: Iterator[Any], first: int = 0) -> None:
        """Judge events that a file holds as values, decoded already, one after the other."""
        writer = self._writer(None)
        assert isinstance(writer, Writer)
        for number, value in enumerate(values, start=first):
            self._judged((name, -1, number), value, writer)

    def _reader(self, topic: str) -> TopicReader:
        """Return what finds the type and the version alone: other fields would cost more than the proof."""
        known = self.mapping
        fields = {name: locators if name in _WANTED else () for name, locators in known.fields(topic).items()}
        found = TopicReader(known.role(topic)[0], known.settings(topic), fields, known.writers)
        self._readers[topic] = found
        return found

    def _writer(self, name: int | UUID | None) -> Writer | str:
        if name not in self._writers:
            self._writers[name] = self.avro(name)
        return self._writers[name]

    def _is_of_type(self, event: Event) -> bool:
        """Whether it is; of one that is broken, whether the type's name stands in its bytes."""
        wanted = self.type
        assert wanted is not None
        if event[3] == wanted:
            return True
        value = event[0][6]
        if value is None or wanted.encode() not in value:
            return False
        # What begins like JSON and is text was cut off.
        return event[16] is not None or (type(event[14]) is str and value[:1] == b"{")

    def _avro(self, record: Record, name: int | UUID, data: bytes) -> bool:
        writer, tally = self._writer(name), self.tally
        if isinstance(writer, str):
            tally.unread[writer] += 1
            return False
        if self.type is not None and self.type not in writer.names:
            return False
        tally.ids[str(name)] += 1
        place = record[0], record[1], record[2]
        try:
            value = writer.benches[0].judge.decoded(data)
        except UnreadableError as error:
            self._broken(place, "1", f"its bytes do not follow the schema that it was written with: {error}")
            return True
        self._judged(place, value, writer)
        return True

    def _judged(self, place: tuple[str, int, int], value: Any, writer: Writer) -> None:
        said = value.get(_VERSION) if type(value) is dict else None
        version = str(said) if type(said) in (int, str) else "1"
        self._note(place, version, value, writer.benches)

    def _note(
        self, place: tuple[str, int, int], version: str, value: Any, benches: tuple[Bench, ...]
    ) -> None:
        """Count an event, and the worst that becomes of it in any direction."""
        tally = self.tally
        tally.events += 1
        tally.versions[version] += 1
        worst, judged = 0, benches[0]
        for bench in benches:
            fate = bench.judge.fate(value)
            if fate > worst:
                worst, judged = fate, bench
        if worst:
            tally.note(place, version, worst, partial(judged.judge.issues, value), judged.direction)

    def _json(self, event: Event) -> bool:
        tally, record = self.tally, event[0]
        place = record[0], record[1], record[2]
        version = str(event[12])
        if event[16] is not None:
            value = record[6]
            assert value is not None
            if value[:1] == b"\3":
                tally.unread[_GLUE] += 1
                return False
            self._broken(place, version, event[16])
            return True
        self._note(place, version, event[14], self.json)
        return True

    def _broken(self, place: tuple[str, int, int], version: str, reason: str) -> None:
        self.tally.events += 1
        self.tally.versions[version] += 1
        self.tally.note(place, version, Fate.FAILED, _once(Issue(Fate.FAILED, "", None, None, reason)))


def _once(issue: Issue) -> Callable[[], Iterator[Issue]]:
    return lambda: iter((issue,))


def _avro_of(record: Record) -> tuple[int | UUID, bytes] | None:
    """Return the schema's id and Avro's bytes of a value in Confluent's wire format; None of others.

    What its serialiser of JSON Schema frames is JSON, and no Avro.
    """
    value = record[6]
    if not value:
        return None
    for name, said in record[7]:
        if name == _GUID_HEADER and said is not None and len(said) == 17 and said[0] == 1:
            return None if value[:1] == b"{" else (UUID(bytes=said[1:]), value)
    # UTF-16 begins like this, too: a zero before each letter. No registry has counted that far.
    if value[0] or len(value) < 5 or (value[1] and not value[2]):
        return None
    schema_id = int.from_bytes(value[1:5], "big")
    if not 0 < schema_id < 2**31:
        return None
    if value[5:6] == b"{" and value[-1:] == b"}":
        return None
    return schema_id, value[5:]
