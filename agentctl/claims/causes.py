"""When the events happened that claims name as their causes."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass

from agentctl.model.event import Event
from agentctl.model.record import Place


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that made an agent claim."""

    time_ms: int
    """Its record's timestamp."""
    place: Place
    inferred: bool = False
    """Whether the claim states it, or somebody concluded it."""


class SeenEvents:
    """Remembers when events happened, by id and by place, in few bytes each.

    Of several events with one id the earliest counts, in whatever order they come.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._times = array("q")
        self._offsets = array("q")
        self._partitions = array("i")
        self._names: list[tuple[str, int]] = []
        self._rows: dict[tuple[str, int], tuple[int, array[int]]] = {}

    def add(self, event: Event) -> None:
        """Remember an event; those of a partition come in offset order. One without a time dates nothing."""
        record = event.record
        if record.timestamp_ms is None:
            return
        name = (record.topic, record.partition)
        found = self._rows.get(name)
        if found is None:
            found = self._rows[name] = (len(self._names), array("q"))
            self._names.append(name)
        number, rows = found
        row = len(self._times)
        self._times.append(record.timestamp_ms)
        self._offsets.append(record.offset)
        self._partitions.append(number)
        rows.append(row)
        if event.event_id != f"{record.topic}[{record.partition}]@{record.offset}":
            before = self._ids.setdefault(event.event_id, row)
            if before != row and self._rank(row) < self._rank(before):
                self._ids[event.event_id] = row

    def _rank(self, row: int) -> tuple[int, str, int, int]:
        topic, partition = self._names[self._partitions[row]]
        return self._times[row], topic, partition, self._offsets[row]

    def find(self, text: str) -> Cause | None:
        """Return the event that a cause names, by id or as ``topic[partition]@offset``; None when unknown."""
        row = self._ids.get(text)
        if row is None:
            place = Place.parse(text)
            row = None if place is None else self._at(place)
        if row is None:
            return None
        topic, partition = self._names[self._partitions[row]]
        return Cause(self._times[row], Place(topic, partition, self._offsets[row]))

    def _at(self, place: Place) -> int | None:
        found = self._rows.get((place.topic, place.partition))
        if found is None:
            return None
        rows = found[1]
        at = bisect_left(rows, place.offset, key=self._offsets.__getitem__)
        return rows[at] if at < len(rows) and self._offsets[rows[at]] == place.offset else None
