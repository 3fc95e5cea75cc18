"""What every Source keeps to: the sentences of ``agentctl.ports``, each as a test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from agentctl.errors import NotFoundError
from agentctl.events.mapping import field_mapping
from agentctl.events.prefilter import raw_filter
from agentctl.model.coverage import Coverage
from agentctl.model.expectation import Expectation
from agentctl.model.query import Match, Query, Window
from agentctl.model.record import Place, Record
from agentctl.ports import LazyHeaders, RawFilter, Scan, Source
from tests.builders import ms
from tests.contracts.adding_up import adds_up
from tests.harness import Message5
from tests.sources.reading import Everything

MAPPING = field_mapping({}, {}, None)
MINUTE = 60_000


class Held(Protocol):
    """A Source that holds what a test wrote."""

    @property
    def source(self) -> Source: ...

    def name(self, hint: str) -> str:
        """Return the name that the topic of that hint was given."""

    def open_handles(self) -> int:
        """Return how many readers of this source are open now."""

    def state(self) -> object:
        """Return everything that reading might change."""


Logs = Mapping[str, tuple[int, Sequence[Message5]]]
"""By hint of a topic's name: the number of partitions, and what was written, each with its partition."""

Hold = Callable[[Logs], Held]


@dataclass(slots=True)
class Told:
    """Progress that adds up what it was told."""

    calls: int = 0
    records: int = 0
    bytes: int = 0
    expected: list[int] = field(default_factory=list)

    def advance(self, records: int, bytes_: int) -> None:
        self.calls += 1
        self.records += records
        self.bytes += bytes_

    def expect(self, coming: Expectation) -> None:
        self.expected.append(coming.records)


def said(text: str, at: int | None = None, partition: int = 0, key: bytes | None = None) -> Message5:
    return (key, text.encode(), [], ms("03:00") if at is None else at, partition)


def read(source: Source, query: Query, wanted: RawFilter | None = None) -> tuple[list[Record], Coverage]:
    """Scan to the end."""
    scan = source.scan(query, wanted or Everything(), Told())
    records = [record for batch in scan for record in batch]
    if wanted is None:
        adds_up(scan.coverage, records, query)
    return records, scan.coverage


def interrupted(scan: Scan) -> None:
    """Press Ctrl-C after the first batch."""
    for _ in scan:
        raise KeyboardInterrupt


def by_partition(records: Sequence[Record]) -> dict[tuple[str, int], list[int]]:
    """Return the offsets of each partition in the order in which they came."""
    found: dict[tuple[str, int], list[int]] = {}
    for record in records:
        found.setdefault((record.topic, record.partition), []).append(record.offset)
    return found


class SourceContract:
    """Give a ``hold`` fixture; the rest follows."""

    @pytest.fixture
    def hold(self) -> Hold:
        """Return a function that makes a Source of what was written."""
        raise NotImplementedError

    @pytest.fixture
    def many(self, hold: Hold) -> Held:
        """4,000 records in four partitions: more than any batch."""
        return hold({"many": (4, [said(f"{n}", ms("03:00") + n, n % 4) for n in range(4_000)])})

    def test_it_names_its_topics_sorted_and_no_internal_one(self, hold: Hold) -> None:
        held = hold({hint: (1, [said("x")]) for hint in ("zebra", "ant", "mole")})
        names = list(held.source.topics())
        assert names == sorted(names)
        assert {held.name(hint) for hint in ("zebra", "ant", "mole")} <= set(names)
        assert not [name for name in names if name.startswith("__")]

    def test_a_topic_that_is_not_there_is_refused_at_once_with_near_names(self, hold: Hold) -> None:
        held = hold({"research-events": (1, [said("x")])})
        name = held.name("research-events")
        wrong = name.replace("research", "reserch")
        with pytest.raises(NotFoundError) as refused:
            held.source.scan(Query(topics=(name, wrong)), Everything(), Told())
        assert wrong in refused.value.message
        assert name in (refused.value.hint or "")

    def test_a_record_comes_byte_for_byte(self, hold: Hold) -> None:
        headers = [("h", b"1"), ("h", None), ("h", b""), ("", b"\xff")]
        written: list[Message5] = [
            (b"key", b'{"id": "\xc3\xa9"}', headers, ms("03:00"), 0),
            (None, None, [], ms("03:01"), 0),
            (b"", b"", [], ms("03:02"), 0),
            (b"\xff\xfe", b"\x00\x1b[31m\x80", [], ms("03:03"), 0),
        ]
        held = hold({"bytes": (1, written)})
        records, _ = read(held.source, Query(topics=(held.name("bytes"),)))
        assert [(r.key, r.value, list(r.headers), r.timestamp_ms, r.partition) for r in records] == written
        assert [r.place for r in records] == [Place(held.name("bytes"), 0, n) for n in range(4)]

    def test_within_a_partition_records_come_in_offset_order_and_each_once(self, many: Held) -> None:
        records, _ = read(many.source, Query(topics=(many.name("many"),)))
        assert by_partition(records) == {(many.name("many"), n): list(range(1_000)) for n in range(4)}

    def test_timestamps_that_run_backwards_change_no_order(self, hold: Hold) -> None:
        times = [ms("03:05"), ms("03:01"), ms("03:09"), ms("03:00")]
        held = hold({"back": (1, [said(str(at), at) for at in times])})
        records, _ = read(held.source, Query(topics=(held.name("back"),)))
        assert [record.timestamp_ms for record in records] == times

    def test_a_batch_is_never_empty(self, many: Held) -> None:
        scan = many.source.scan(Query(topics=(many.name("many"),)), Values(b"7"), Told())
        sizes = [len(batch) for batch in scan]
        assert sum(sizes) == 1
        assert 0 not in sizes

    def test_topics_that_were_not_asked_for_are_not_read(self, hold: Hold) -> None:
        held = hold({"in": (1, [said("in")]), "out": (1, [said("out")])})
        records, coverage = read(held.source, Query(topics=(held.name("in"),)))
        assert [record.value for record in records] == [b"in"]
        assert coverage.topics == (held.name("in"),)

    def test_partitions_that_were_not_asked_for_are_neither_read_nor_told(self, many: Held) -> None:
        name = many.name("many")
        query = Query(topics=(name,), partitions=((name, 1), (name, 3)))
        records, coverage = read(many.source, query)
        assert by_partition(records) == {(name, n): list(range(1_000)) for n in (1, 3)}
        assert [part.place for part in coverage.partitions] == [(name, 1), (name, 3)]
        assert coverage.records_scanned == 2_000
        assert coverage.complete

    def test_a_window_is_half_open(self, hold: Hold) -> None:
        at = ms("03:00")
        held = hold({"window": (1, [said(str(n), at + n) for n in range(5)])})
        topics = (held.name("window"),)

        def values(since_ms: int | None, until_ms: int | None) -> list[bytes | None]:
            records, coverage = read(held.source, Query(topics=topics, window=Window(since_ms, until_ms)))
            assert coverage.complete
            return [record.value for record in records]

        assert values(at + 1, at + 3) == [b"1", b"2"]
        assert values(at + 4, None) == [b"4"]
        assert values(None, at + 1) == [b"0"]
        assert values(at + 5, None) == []
        assert values(None, at) == []

    def test_only_what_the_filter_lets_through_is_given_and_all_of_it_is_counted(self, many: Held) -> None:
        records, coverage = read(many.source, Query(topics=(many.name("many"),)), Values(b"17", b"3999"))
        assert sorted(record.value or b"" for record in records) == [b"17", b"3999"]
        assert coverage.records_scanned == 4_000

    def test_a_place_that_is_asked_for_is_given_whatever_its_bytes(self, many: Held) -> None:
        place = Place(many.name("many"), 2, 41)
        query = Query(ids=(str(place),), topics=(many.name("many"),))
        records, _ = read(many.source, query, raw_filter(query, MAPPING))
        assert place in [record.place for record in records]
        assert len(records) < 10

    def test_a_filter_finds_what_grep_would_find_in_key_value_and_headers(self, hold: Hold) -> None:
        written: list[Message5] = [
            (b"of needle", b"a", [], ms("03:00"), 0),
            (None, b"b", [], ms("03:00"), 0),
            (None, b"the needle", [], ms("03:00"), 0),
            (None, b"c", [("needle", None)], ms("03:00"), 0),
            (None, None, [("h", b"needle")], ms("03:00"), 0),
            (b"need", b"le", [], ms("03:00"), 0),
        ]
        held = hold({"hay": (1, written)})
        query = Query(ids=("needle",), topics=(held.name("hay"),), match=Match.ANYWHERE)
        records, _ = read(held.source, query, raw_filter(query, MAPPING))
        assert [record.offset for record in records] == [0, 2, 3, 4]

    def test_the_coverage_adds_up(self, many: Held) -> None:
        told = Told()
        scan = many.source.scan(Query(topics=(many.name("many"),)), Everything(), told)
        assert sum(len(batch) for batch in scan) == 4_000
        coverage = scan.coverage
        assert coverage.complete
        assert coverage.reasons == ()
        assert sum(part.scanned for part in coverage.partitions) == 4_000
        assert coverage.records_scanned == told.records == 4_000
        assert coverage.bytes_scanned == told.bytes > 0
        assert [(p.topic, p.partition, p.first, p.last, p.scanned) for p in coverage.partitions] == [
            (many.name("many"), n, 0, 999, 1_000) for n in range(4)
        ]
        assert told.calls < 400, "progress is told once a batch, not once a record"

    def test_leaving_early_is_allowed_says_so_and_leaves_nothing_open(self, many: Held) -> None:
        before = many.open_handles()
        scan = many.source.scan(Query(topics=(many.name("many"),)), Everything(), Told())
        for batch in scan:
            assert batch
            break
        assert many.open_handles() == before
        assert not scan.coverage.complete
        assert scan.coverage.reasons

    def test_a_failure_of_the_reader_of_records_leaves_nothing_open(self, many: Held) -> None:
        before = many.open_handles()
        scan = many.source.scan(Query(topics=(many.name("many"),)), Everything(), Told())
        with pytest.raises(KeyboardInterrupt):
            interrupted(scan)
        assert many.open_handles() == before

    def test_a_scan_that_ended_leaves_nothing_open(self, many: Held) -> None:
        before = many.open_handles()
        read(many.source, Query(topics=(many.name("many"),)))
        assert many.open_handles() == before

    def test_it_can_be_scanned_again_and_says_the_same(self, many: Held) -> None:
        query = Query(topics=(many.name("many"),))
        (first, one), (second, other) = read(many.source, query), read(many.source, query)
        assert by_partition(first) == by_partition(second)
        assert one == other

    def test_a_tail_is_the_last_offsets_of_each_partition(self, many: Held) -> None:
        records, _ = read(many.source, Query(topics=(many.name("many"),), tail=3))
        assert by_partition(records) == {(many.name("many"), n): [997, 998, 999] for n in range(4)}

    def test_reading_changes_nothing(self, many: Held) -> None:
        before = many.state()
        read(many.source, Query(topics=(many.name("many"),)))
        for _ in many.source.scan(Query(topics=(many.name("many"),)), Everything(), Told()):
            break
        with pytest.raises(NotFoundError):
            many.source.scan(Query(topics=("never-made",)), Everything(), Told())
        assert many.state() == before


class Values:
    """Lets records of exactly these values through."""

    places: frozenset[Place] = frozenset()

    def __init__(self, *values: bytes) -> None:
        self._values = values

    def __call__(self, key: bytes | None, value: bytes | None, headers: LazyHeaders) -> bool:
        return value in self._values

    def any_of(self, text: bytes) -> bool:
        return any(value in text for value in self._values)
