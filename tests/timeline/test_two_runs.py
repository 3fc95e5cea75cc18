"""Two runs out of one Source or two: read once where that is enough, whole where a key was a wrong guess."""

import pytest

from agentctl.errors import ExitCode
from agentctl.model.query import Query
from agentctl.ports import Source
from agentctl.timeline import two_runs as module
from agentctl.timeline.two_runs import Run, two_runs
from tests.memory import MemorySource
from tests.sources.reading import Silent
from tests.timeline.test_replay import MAPPING, NOW, SPREAD, Keyed, said

LOG = [
    said(0, id="a", workflow_id="w1", agent="x"),
    said(1, id="b", workflow_id="w2", agent="x"),
    said(2, id="c", workflow_id="w1", agent="y"),
    said(3, id="d", workflow_id="w3", agent="x"),
]


def runs(source: Source, *ids: str, other: Source | None = None) -> tuple[Run, Run]:
    a, b = ids
    return Run(a, source, Query((a,)), MAPPING), Run(b, other or source, Query((b,)), MAPPING)


def test_two_runs_of_one_source_are_read_in_one_pass() -> None:
    source = MemorySource.of(*LOG)
    view = two_runs(runs(source, "w1", "w2"), Silent(), lambda: NOW)
    assert [scan.ids for scan in source.scans] == [("w1", "w2")]
    assert [(row["n_a"], row["n_b"]) for row in view.rows] == [(1, 1), (2, None)]


def test_two_sources_are_read_each_for_its_own() -> None:
    one, other = MemorySource.of(*LOG), MemorySource.of(*LOG)
    view = two_runs(runs(one, "w1", "w2", other=other), Silent(), lambda: NOW)
    assert [scan.ids for scan in (*one.scans, *other.scans)] == [("w1",), ("w2",)]
    assert view.coverage is not None
    assert view.coverage.records_scanned == 2 * len(LOG)


def test_a_run_compared_with_itself_is_the_same() -> None:
    assert two_runs(runs(MemorySource.of(*LOG), "w1", "w1"), Silent(), lambda: NOW).summary["same"] is True


def test_an_id_that_is_not_the_key_it_was_taken_for_is_looked_for_in_all_partitions() -> None:
    keyed, plain = Keyed(MemorySource.of(*SPREAD)), MemorySource.of(*SPREAD)
    view = two_runs(runs(keyed, "w", "v"), Silent(), lambda: NOW)
    assert len(keyed.whole.scans) == 2
    assert list(view.rows) == list(two_runs(runs(plain, "w", "v"), Silent(), lambda: NOW).rows)


def test_each_run_that_is_not_there_is_named_with_what_is_near() -> None:
    view = two_runs(runs(MemorySource.of(*LOG), "w11", "zzz"), Silent(), lambda: NOW)
    assert view.exit_code is ExitCode.NOTHING
    assert view.nothing == (
        "Nothing matched w11 in 4 records of research-events.\n"
        "Near: w1\n"
        "Nothing matched zzz in 4 records of research-events."
    )


def test_more_events_than_are_kept_make_the_answer_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 1)
    view = two_runs(runs(MemorySource.of(*LOG), "w1", "w2"), Silent(), lambda: NOW)
    assert view.exit_code is ExitCode.PARTIAL
    assert view.coverage is not None
    assert view.coverage.reasons == ("of A only the first 1 events were compared",)
