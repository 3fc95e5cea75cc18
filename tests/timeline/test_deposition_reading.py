"""Incident files that were cut, joined or written by anybody: what cannot be meant costs itself only."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentctl.lag.history import Commits
from agentctl.model.event import Event
from agentctl.model.query import Query
from agentctl.sources.deposition import recorded_in
from agentctl.sources.file import FileSource
from agentctl.timeline.deposition import Deposition, RecordedWitness
from agentctl.timeline.search import search
from tests.builders import ms
from tests.sources.reading import Silent
from tests.timeline.incidents import BARE, NOW, exported, late, story_of


class TestAFileThatWasCutOrJoined:
    @pytest.fixture
    def rows(self, tmp_path: Path) -> list[str]:
        path = tmp_path / "incident.ndjson"
        exported(*late()[:2], path, late()[2])
        return path.read_text().splitlines(keepends=True)

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "changed.ndjson"

    def commits(self, path: Path) -> Commits:
        found = recorded_in(path).commits
        assert found is not None
        return found

    def test_of_commits_that_are_missing_none_is_believed(self, path: Path, rows: list[str]) -> None:
        first = json.loads(rows[0])
        del first["witness"]["commits"]
        path.write_text(json.dumps(first) + "\n" + "".join(rows[1:]))
        assert self.commits(path) == Commits(
            None,
            "when groups read the events is not known: of the commits in it, only 0 of 1 parts are left",
        )

    def test_without_its_first_row_nothing_is_said_of_commits(self, path: Path, rows: list[str]) -> None:
        path.write_text("".join(rows[1:]))
        assert recorded_in(path).commits is None

    def test_joined_with_itself_it_is_the_same(self, path: Path, rows: list[str]) -> None:
        path.write_text("".join(rows + rows))
        assert self.commits(path).history is not None
        assert recorded_in(path).notes == ()

    def test_joined_with_another_answer_the_commits_are_left_out(self, path: Path, rows: list[str]) -> None:
        first = json.loads(rows[0])
        first["witness"]["history"]["note"] = "another"
        first["as_of"] = "2026-11-23T15:00:00.000Z"
        path.write_text("".join(rows) + json.dumps(first) + "\n")
        assert self.commits(path).note.endswith(
            "the witness of line 9 cannot be used: it is of another answer than that of another row"
        )
        told = recorded_in(path)
        assert told.as_of_ms == ms("15:00")
        assert told.notes == (
            f"{path}: it was put together from several answers: the latest says what is now",
        )


HOSTILE: list[object] = [
    0, -1, True, 2**70, 1.5, "x", "\x1b[2J", [], [[]], {}, {"a": []}, [None], [[None, None]], [["a", 0, -1]],
]  # fmt: skip
WITNESS_MEMBERS = ("history", "commits", "ends")


@pytest.mark.parametrize("bad", HOSTILE, ids=repr)
@pytest.mark.parametrize("name", ["role", "terms", "as_of", "witness", "around", *WITNESS_MEMBERS])
def test_what_cannot_be_meant_costs_itself_only_and_never_the_records(
    tmp_path: Path, name: str, bad: object
) -> None:
    path, changed = tmp_path / "incident.ndjson", tmp_path / "changed.ndjson"
    exported(*late()[:2], path, late()[2])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    (rows[0]["witness"] if name in WITNESS_MEMBERS else rows[0])[name] = bad
    changed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = recorded_in(changed)
    assert isinstance(told, Deposition)
    known = BARE.recalling(told.topic_settings())
    events: list[Event] = []
    assert search(FileSource(changed), Query(), known, Silent(), events.append).coverage.complete
    around = [known.event(one) for one in told.around]
    story, _ = story_of(events, RecordedWitness(told), known, told.as_of_ms or NOW, around)
    assert len(story.entries) == 8
    if bad not in ([], {}, {"a": []}):
        commits = told.commits
        spoilt = commits is not None and commits.history is None and "line 1" in commits.note
        assert spoilt or any("line 1" in note for note in told.notes)


NAMES = st.sampled_from(
    ["history", "commits", "ends", "note", "known", "tracks", "reaches", "group", "topic", "partition"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(NAMES | st.text(max_size=2), one, max_size=4),
    max_leaves=20,
)


@given(anything, st.sampled_from(["role", "terms", "as_of", "witness", "around"]))
def test_whatever_a_member_is_it_is_heard_without_a_failure(
    tmp_path_factory: pytest.TempPathFactory, member: object, name: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.ndjson"
    path.write_text(json.dumps({"topic": "t", name: member}) + "\n")
    assert isinstance(recorded_in(path), Deposition)
