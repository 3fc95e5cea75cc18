"""From a Source to the View: exit codes, what is said in vain, and one timeline however it is read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.errors import ExitCode, InterruptedScan
from agentctl.events.mapping import field_mapping
from agentctl.model.coverage import Coverage, PartitionCoverage, Pruned
from agentctl.model.query import Match, Query
from agentctl.model.record import Record
from agentctl.model.view import View
from agentctl.ports import Progress, RawFilter, Source
from agentctl.timeline import replay
from agentctl.timeline.replay import Wish, replayed
from tests.builders import ms
from tests.memory import Batches, MemoryScan, MemorySource, record
from tests.sources.reading import Silent

MAPPING = field_mapping({}, {}, None)
NOW = ms("12:00")
TOPICS = ("agent-progress", "content-claims", "content-results", "research-events")


def said(n: int, **payload: object) -> Record:
    """The n-th event of research-events, a second after the one before."""
    return record(value=json.dumps(payload).encode(), at_ms=ms("03:00") + n * 1_000, offset=n)


def answered(source: Source, *ids: str, wish: Wish = Wish(), **query: Any) -> View:  # noqa: B008
    return replayed(source, Query(ids, **query), MAPPING, Silent(), lambda: NOW, wish)


NIGHT = MemorySource.of(
    said(0, id="e0", workflow_id="workflow_10", agent="research"),
    said(1, id="e1", workflow_id="workflow_10", agent="sales", cause="e0"),
    said(2, id="e2", workflow_id="workflow_2", agent="seo", note="as in workflow_1, which is gone"),
)


def test_what_was_found_is_exit_0() -> None:
    view = answered(NIGHT, "workflow_10")
    assert view.exit_code is ExitCode.FINE
    assert [row["event_id"] for row in view.rows] == ["e0", "e1"]
    assert view.title == "workflow_10"


def test_nothing_is_exit_4_with_what_was_searched_what_is_near_and_where_else_it_stands() -> None:
    view = answered(NIGHT, "workflow_1")
    assert view.exit_code is ExitCode.NOTHING
    assert list(view.rows) == []
    assert view.nothing == (
        "Nothing matched workflow_1 in 3 records of research-events.\n"
        "Near: workflow_10, workflow_2\n"
        "3 events hold it elsewhere in the text: --match anywhere shows them"
    )


def test_anywhere_shows_what_was_said_to_stand_elsewhere() -> None:
    view = answered(NIGHT, "workflow_1", match=Match.ANYWHERE)
    assert [row["event_id"] for row in view.rows] == ["e0", "e1", "e2"]


def test_what_other_words_left_out_is_said() -> None:
    assert answered(NIGHT, "workflow_10", agents=("content",)).nothing == (
        "Nothing matched workflow_10 in 3 records of research-events.\n"
        "Near: workflow_2\n"
        "2 events have it, but --agent or --type leaves them out"
    )
    assert (answered(NIGHT, "workflow_2", types=("x",)).nothing or "").splitlines()[-1] == (
        "1 event has it, but --agent or --type leaves it out"
    )


def test_of_an_empty_log_no_near_id_is_looked_for() -> None:
    source = MemorySource([])
    view = answered(source, "w")
    assert view.exit_code is ExitCode.NOTHING
    assert view.nothing == "Nothing matched w in 0 records of no topic."
    assert len(source.scans) == 1


def test_without_an_id_nothing_is_near() -> None:
    view = answered(NIGHT, agents=("content",))
    assert view.nothing == "Nothing matched the query in 3 records of research-events."
    assert view.exit_code is ExitCode.NOTHING


def test_near_ids_are_looked_for_no_longer_than_three_seconds() -> None:
    clock = iter(range(NOW, NOW + 10_000_000, 2_000))
    source = MemorySource.of(*(said(n, workflow_id=f"other-{n}") for n in range(50)))
    batches: list[int] = []
    source.before = batches.append
    replayed(source, Query(("zzz",)), MAPPING, Silent(), lambda: next(clock), Wish())
    assert batches == [*range(50), 0, 1]


def test_ids_that_had_no_event_beside_others_that_had_are_named() -> None:
    view = answered(NIGHT, "workflow_9", "workflow_10", "e7")
    assert view.exit_code is ExitCode.FINE
    assert "no event of workflow_9, e7" in view.notes
    assert view.summary["not_found"] == ["workflow_9", "e7"]


@pytest.mark.parametrize("ids", [("workflow_10",), ("workflow_10", "workflow_2"), ()])
def test_where_every_id_had_an_event_nothing_is_said_of_it(ids: tuple[str, ...]) -> None:
    view = answered(NIGHT, *ids)
    assert view.summary["not_found"] == []
    assert not [note for note in view.notes if note.startswith("no event of")]


@dataclass
class Keyed:
    """A log of which one partition is read when an id is asked for, as if the id were its key."""

    whole: MemorySource

    def topics(self) -> Sequence[str]:
        return self.whole.topics()

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "KeyedScan":
        if query.keyed is False:
            return KeyedScan(self.whole.scan(query, wanted, progress), ())
        kept = replace(query, partitions=(("research-events", 1),))
        left_out = sorted(place for place in self.whole.ends() if place not in kept.partitions)
        return KeyedScan(self.whole.scan(kept, wanted, progress), left_out)


@dataclass
class KeyedScan:
    read: MemoryScan
    left_out: Sequence[tuple[str, int]]

    def __iter__(self) -> Iterator[Sequence[Record]]:
        return iter(self.read)

    @property
    def coverage(self) -> Coverage:
        found = self.read.coverage
        pruned = (PartitionCoverage(*place, "kafka", pruned=Pruned.KEY) for place in self.left_out)
        return replace(
            found,
            partitions=(*found.partitions, *pruned),
            remarks=("the id is its key",) * bool(self.left_out),
        )


def in_partition(n: int, partition: int, key: str, **payload: object) -> Record:
    return said(n, **payload)._replace(partition=partition, offset=n, key=key.encode())


SPREAD = [
    in_partition(0, 1, "w", id="a", workflow_id="w"),
    in_partition(1, 0, "x", id="b", workflow_id="x", topic="item"),
    in_partition(2, 2, "v", id="c", workflow_id="v", topic="item"),
    in_partition(3, 1, "w", id="d", workflow_id="w"),
]


def test_an_id_that_is_the_key_is_looked_for_in_its_partition_only() -> None:
    source = Keyed(MemorySource.of(*SPREAD))
    view = answered(source, "w")
    assert [row["event_id"] for row in view.rows] == ["a", "d"]
    assert len(source.whole.scans) == 1
    assert view.coverage is not None
    assert view.coverage.remarks == ("the id is its key",)
    assert [part.pruned for part in view.coverage.partitions] == [None, Pruned.KEY, Pruned.KEY]


@pytest.mark.parametrize(("ids", "found"), [(("item",), ["b", "c"]), (("w", "c"), ["a", "c", "d"])])
def test_an_id_that_is_not_the_key_is_looked_for_in_the_partitions_that_were_left_out_and_no_other(
    ids: tuple[str, ...], found: list[str]
) -> None:
    source = Keyed(MemorySource.of(*SPREAD))
    view = answered(source, *ids)
    assert [row["event_id"] for row in view.rows] == found
    first, second = source.whole.scans
    assert first.partitions == (("research-events", 1),)
    assert second.partitions == (("research-events", 0), ("research-events", 2))
    plain = answered(MemorySource.of(*SPREAD), *ids)
    assert list(view.rows) == list(plain.rows)
    assert view.findings == plain.findings
    assert view.coverage is not None
    assert plain.coverage is not None
    assert sorted(view.coverage.partitions, key=lambda part: part.place) == list(plain.coverage.partitions)
    assert replace(view.coverage, partitions=()) == replace(plain.coverage, partitions=())


def test_ctrl_c_in_the_second_scan_counts_the_first() -> None:
    memory = MemorySource.of(*SPREAD)

    def ctrl_c(batch: int) -> None:
        if len(memory.scans) == 2 and batch == 2:
            raise KeyboardInterrupt

    memory.before = ctrl_c
    with pytest.raises(InterruptedScan, match="after 3 records, 1 of which matched"):
        answered(Keyed(memory), "item")


@dataclass
class HalfRead:
    """A log of which the end could not be read."""

    whole: MemorySource

    def topics(self) -> Sequence[str]:
        return self.whole.topics()

    def scan(self, query: Query, wanted: RawFilter, progress: Progress) -> "HalfScan":
        return HalfScan(self.whole.scan(query, wanted, progress))


@dataclass
class HalfScan:
    read: MemoryScan

    def __iter__(self) -> Iterator[Sequence[Record]]:
        return iter(self.read)

    @property
    def coverage(self) -> Coverage:
        return replace(self.read.coverage, complete=False, reasons=("research-events[1] had no leader",))


@pytest.mark.parametrize("wanted", ["workflow_10", "zzz"])
def test_what_was_not_read_to_its_end_is_exit_7_whether_something_was_found_or_not(wanted: str) -> None:
    view = answered(HalfRead(NIGHT), wanted)
    assert view.exit_code is ExitCode.PARTIAL
    assert view.coverage is not None
    assert view.coverage.reasons == ("research-events[1] had no leader",)


def test_a_limit_that_was_asked_for_is_exit_0_and_counts_what_follows() -> None:
    view = answered(NIGHT, wish=Wish(limit=1))
    assert view.exit_code is ExitCode.FINE
    assert [row["event_id"] for row in view.rows] == ["e0"]
    assert view.summary["more"] == 2


def test_a_limit_nobody_asked_for_makes_the_answer_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "MOST_EVENTS", 2)
    view = answered(NIGHT)
    assert [row["event_id"] for row in view.rows] == ["e0", "e1"]
    assert view.exit_code is ExitCode.PARTIAL
    assert view.coverage is not None
    assert view.coverage.reasons == ("1 event beyond the first 2 was left out; --limit N keeps more",)
    assert answered(NIGHT, wish=Wish(limit=3)).exit_code is ExitCode.FINE
    assert answered(NIGHT, "workflow_10").exit_code is ExitCode.FINE


def test_problems_decide_the_exit_code_only_where_that_was_asked_for() -> None:
    assert not answered(NIGHT).fail_on_problems
    assert answered(NIGHT, wish=Wish(fail_on_problems=True)).fail_on_problems


@dataclass(frozen=True)
class Told:
    """One event before it is written anywhere."""

    n: int
    topic: str
    workflow_id: str
    gap_ms: int
    cause: int | None

    @property
    def payload(self) -> bytes:
        words: Mapping[str, object] = {"id": f"e{self.n}", "workflow_id": self.workflow_id}
        return json.dumps({**words, **({} if self.cause is None else {"cause": f"e{self.cause}"})}).encode()


@st.composite
def stories(draw: st.DrawFn, gaps: st.SearchStrategy[int], any_cause: bool) -> list[Told]:
    """Events in the order in which they happened, of two workflows."""
    told = []
    size = draw(st.integers(0, 14))
    for n in range(size):
        last = size - 1 if any_cause else n - 1
        cause = draw(st.none() | st.integers(0, last)) if last >= 0 else None
        workflow = draw(st.sampled_from(["wf_1", "wf_1", "wf_10"]))
        told.append(Told(n, draw(st.sampled_from(TOPICS)), workflow, draw(gaps), cause))
    return told


@st.composite
def logs(draw: st.DrawFn, told: Sequence[Told], most: int = 3) -> list[list[Record]]:
    """Write the events into partitions drawn by lot; return each partition's records."""
    partitions: dict[tuple[str, int], list[Record]] = {}
    at_ms = ms("03:00")
    for one in told:
        at_ms += one.gap_ms
        place = (one.topic, draw(st.integers(0, most - 1)))
        log = partitions.setdefault(place, [])
        log.append(record(one.topic, one.payload, at_ms=at_ms, partition=place[1], offset=len(log)))
    return list(partitions.values())


@st.composite
def readings(draw: st.DrawFn, partitions: Sequence[Sequence[Record]]) -> Batches:
    """Read the partitions in turns drawn by lot, in batches of any size; each keeps its own order."""
    turns = draw(st.permutations([n for n, log in enumerate(partitions) for _ in log]))
    left = [iter(log) for log in partitions]
    sequence = [next(left[turn]) for turn in turns]
    batches: list[list[Record]] = []
    while sequence:
        size = draw(st.integers(1, len(sequence)))
        batches.append(sequence[:size])
        del sequence[:size]
    return batches


def timeline(batches: Batches, limit: int | None, *columns: str) -> tuple[list[tuple[object, ...]], object]:
    view = answered(MemorySource(batches), "wf_1", wish=Wish(limit=limit))
    return [tuple(row[name] for name in columns) for row in view.rows], view.summary


limits = st.none() | st.integers(1, 6)
HOW_IT_WENT = ("n", "time", "gap_ms", "event_id", "cause", "read_age_ms", "reordered")


@given(st.data(), limits)
def test_the_timeline_is_the_same_for_any_assignment_to_partitions_and_any_batching(
    data: st.DataObject, limit: int | None
) -> None:
    told = data.draw(stories(st.integers(1, 5_000), any_cause=False))
    plain = timeline([[one] for log in data.draw(logs(told, most=1)) for one in log], limit, *HOW_IT_WENT)
    other = data.draw(readings(data.draw(logs(told))))
    assert timeline(other, limit, *HOW_IT_WENT) == plain
    expected = [f"e{one.n}" for one in told if one.workflow_id == "wf_1"]
    assert [row[3] for row in plain[0]] == expected[:limit]


@given(st.data(), limits)
def test_with_clocks_that_run_backwards_and_causes_in_circles_batching_still_changes_nothing(
    data: st.DataObject, limit: int | None
) -> None:
    told = data.draw(stories(st.integers(-3_000, 3_000), any_cause=True))
    written = data.draw(logs(told))
    one, other = (data.draw(readings(written)) for _ in range(2))
    columns = (*HOW_IT_WENT, "topic", "partition", "offset")
    assert timeline(one, limit, *columns) == timeline(other, limit, *columns)
