"""Searching: what matches, what nearly does, what stands only in text, and what Ctrl-C leaves."""

import json
from collections.abc import Callable

import pytest

from agentctl.errors import ExitCode, InterruptedScan, NotFoundError
from agentctl.events.mapping import field_mapping
from agentctl.model.event import Event
from agentctl.model.query import Match, Query, Window
from agentctl.model.record import Record
from agentctl.timeline.search import DAY_MS, Searched, near_ids, search
from tests.builders import ms
from tests.memory import MemorySource, record
from tests.sources.reading import Silent

MAPPING = field_mapping({}, {}, None)
NOW = ms("12:00")


def said(offset: int, at: int | None = None, **payload: object) -> Record:
    """One JSON event of research-events."""
    return record(value=json.dumps(payload).encode(), at_ms=NOW - 1_000 if at is None else at, offset=offset)


def found(source: MemorySource, query: Query) -> tuple[list[str], Searched]:
    taken: list[Event] = []
    searched = search(source, query, MAPPING, Silent(), taken.append)
    return [event.event_id for event in taken], searched


def near(
    source: MemorySource, *ids: str, window: Window | None = None, enough: Callable[[], bool] = lambda: False
) -> tuple[str, ...]:
    return near_ids(source, Query(ids, window=window or Window()), MAPPING, Silent(), NOW, enough)


def test_an_id_is_a_workflow_a_work_item_an_event_or_a_place() -> None:
    source = MemorySource.of(
        said(0, id="e0", workflow_id="wf_1"),
        said(1, id="e1", topic="wf_1"),
        said(2, id="wf_1"),
        said(3, id="e3", agent="wf_1", workflow_id="wf_10"),
    )
    assert found(source, Query(("wf_1",)))[0] == ["e0", "e1", "wf_1"]
    assert found(source, Query(("research-events[0]@3",)))[0] == ["e3"]


def test_an_id_never_matches_a_longer_one() -> None:
    source = MemorySource.of(said(0, id="e0", workflow_id="workflow_10"))
    assert found(source, Query(("workflow_1",)))[0] == []


def test_what_holds_the_id_only_in_its_text_is_counted_as_elsewhere() -> None:
    source = MemorySource.of(
        said(0, id="e0", note="see wf_1"),
        said(1, id="e1", workflow_id="wf_10"),
        said(2, id="e2", workflow_id="wf_2"),
        record(value=b"{}", key=b"of wf_1", offset=3),
        record(value=b"{}", headers=[("h", b"wf_1")], offset=4),
    )
    taken, searched = found(source, Query(("wf_1",)))
    assert taken == []
    assert (searched.matched, searched.elsewhere, searched.left_out) == (0, 4, 0)
    assert searched.coverage.records_scanned == 5


def test_elsewhere_is_exactly_what_match_anywhere_finds_besides() -> None:
    source = MemorySource.of(
        said(0, id="e0", workflow_id="wf_1", agent="seo"),
        said(1, id="e1", note="wf_1", agent="seo"),
        said(2, id="e2", note="wf_1", agent="sales"),
    )
    query = Query(("wf_1",), agents=("seo",))
    taken, searched = found(source, query)
    anywhere, _ = found(source, Query(("wf_1",), agents=("seo",), match=Match.ANYWHERE))
    assert taken == ["e0"]
    assert anywhere == ["e0", "e1"]
    assert searched.elsewhere == 1


def test_events_of_the_id_that_other_words_leave_out_are_counted() -> None:
    source = MemorySource.of(
        said(0, workflow_id="wf_1", agent="seo", type="audit"),
        said(1, workflow_id="wf_1", agent="sales", type="audit"),
        said(2, workflow_id="wf_2", agent="sales", type="audit"),
    )
    _, searched = found(source, Query(("wf_1",), agents=("content",)))
    assert (searched.matched, searched.left_out, searched.elsewhere) == (0, 2, 0)
    assert found(source, Query(("wf_1",), types=("done",)))[1].left_out == 2
    assert found(source, Query(agents=("content",)))[1].left_out == 0


def test_undecodable_events_are_counted_and_named_without_making_the_answer_partial() -> None:
    source = MemorySource.of(
        said(0, workflow_id="wf_1"), record(value=b"\xff wf_1", offset=1), record(value=b"\xfe", offset=2)
    )
    _, searched = found(source, Query())
    assert searched.coverage.undecodable == 2
    assert searched.coverage.reasons == ()
    assert searched.coverage.remarks == ("2 undecodable events among what was decoded",)
    assert searched.coverage.complete
    taken, one = found(source, Query(("wf_1",)))
    assert len(taken) == 2
    assert one.coverage.remarks == ("1 undecodable event among what was decoded",)
    assert found(MemorySource.of(said(0)), Query())[1].coverage.reasons == ()


def test_ctrl_c_says_what_was_done_until_then() -> None:
    def press(batch: int) -> None:
        if batch == 2:
            raise KeyboardInterrupt

    records = [said(0, workflow_id="wf_1"), said(1, workflow_id="wf_2"), said(2, workflow_id="wf_1")]
    source = MemorySource([[one] for one in records], press)
    with pytest.raises(InterruptedScan) as stopped:
        found(source, Query(("wf_1",)))
    assert stopped.value.message == (
        "Stopped by Ctrl-C after 2 records, 1 of which matched; nothing was changed."
    )
    assert stopped.value.hint == "narrow the search with --since, --until or --topic"
    assert stopped.value.exit_code is ExitCode.INTERRUPTED


def test_what_the_source_raises_goes_through() -> None:
    with pytest.raises(NotFoundError):
        found(MemorySource.of(said(0)), Query(topics=("gone",)))


def test_near_ids_are_workflows_and_work_items_that_look_alike() -> None:
    source = MemorySource.of(
        said(0, workflow_id="workflow_10", topic="kubernetes"),
        said(1, workflow_id="workflow_2", topic="other"),
        said(2, workflow_id="entirely-different"),
    )
    assert "workflow_10" in near(source, "workflow_1")
    assert "entirely-different" not in near(source, "workflow_1")
    assert near(source, "kubernets") == ("kubernetes",)
    assert near(source, "zzz") == ()


def test_the_last_day_is_looked_at_first_and_all_of_it_only_in_vain() -> None:
    lately = said(1, workflow_id="workflow_10")
    source = MemorySource.of(said(0, NOW - 3 * DAY_MS, workflow_id="workflow_11"), lately)
    assert near(source, "workflow_1") == ("workflow_10",)
    assert [query.window for query in source.scans] == [Window(NOW - DAY_MS, None)]
    old = MemorySource.of(said(0, NOW - 3 * DAY_MS, workflow_id="workflow_11"))
    assert near(old, "workflow_1") == ("workflow_11",)
    assert [query.window for query in old.scans] == [Window(NOW - DAY_MS, None), Window()]


def test_near_ids_come_out_of_the_window_that_was_asked_for() -> None:
    source = MemorySource.of(
        said(0, ms("03:00"), workflow_id="workflow_10"), said(1, ms("05:00"), workflow_id="workflow_12")
    )
    window = Window(ms("02:00"), ms("04:00"))
    assert near(source, "workflow_1", window=window) == ("workflow_10",)
    assert near(source, "zzz", window=window) == ()
    # A window of less than a day is looked through once.
    assert [query.window for query in source.scans] == [window, window]


def test_neither_agents_nor_types_limit_what_is_near() -> None:
    source = MemorySource.of(said(0, workflow_id="workflow_10", agent="seo", type="x"))
    query = Query(("workflow_1",), agents=("sales",), types=("y",))
    assert near_ids(source, query, MAPPING, Silent(), NOW, lambda: False) == ("workflow_10",)


def test_an_id_that_is_there_is_not_near_itself() -> None:
    source = MemorySource.of(said(0, workflow_id="workflow_1"), said(1, workflow_id="workflow_10"))
    assert near(source, "workflow_1") == ("workflow_10",)


def test_looking_for_near_ids_ends_when_it_is_enough() -> None:
    source = MemorySource.of(*(said(n, workflow_id=f"other-{n}") for n in range(5)))
    looked: list[int] = []
    source.before = looked.append
    assert near(source, "zzz", enough=lambda: len(looked) >= 3) == ()
    assert looked == [0, 1, 2]
    assert len(source.scans) == 1
