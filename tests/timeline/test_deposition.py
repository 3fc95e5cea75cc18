"""A story told from its exported file is the story that was exported: same findings, without a broker."""

import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.claims.terms import Terms
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.lag.commits import Owner
from agentctl.lag.history import CommitHistory, Commits, Position, Reach
from agentctl.lag.track import GONE, Track
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event, Role
from agentctl.model.finding import Code
from agentctl.model.query import Query, Window
from agentctl.model.record import Record, TimestampType
from agentctl.model.view import View
from agentctl.render.choose import Output, show
from agentctl.sources.deposition import recorded_in
from agentctl.sources.file import FileSource
from agentctl.surroundings import of_this_process
from agentctl.timeline.deposition import Deposition, Overheard, RecordedWitness
from agentctl.timeline.deposition_rows import COLUMNS, row_members
from agentctl.timeline.order import Gathering
from agentctl.timeline.reads import Reads
from agentctl.timeline.search import search
from agentctl.timeline.story import Knowledge, Story, tell
from agentctl.timeline.verdicts import Claims
from agentctl.timeline.view import story_view
from agentctl.timeline.witness import Witness
from tests.builders import ms
from tests.sources.reading import Silent

MAPPING = field_mapping(
    {}, {"research-events": {"stale_after": "10m"}, "content-claims": {"ttl": "20m"}}, None
)
BARE = field_mapping({}, {}, None)
NOW = ms("14:00")
MINUTE = 60_000


@dataclass
class Cluster:
    """What a cluster would tell beside its records."""

    history: CommitHistory | None = None
    note: str = ""
    log_ends: Mapping[Position, int] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def commits(self, partitions: Collection[Position], since_ms: int | None) -> Commits:
        if self.history is None:
            return Commits(None, self.note)
        tracks = [one for one in self.history.tracks if (one.owner.topic, one.owner.partition) in partitions]
        return Commits(CommitHistory(tracks, self.history.reaches.values()), self.note)

    def ends(self, partitions: Collection[Position], time_ms: int) -> Mapping[Position, int]:
        self.asked.append(time_ms)
        return {one: self.log_ends[one] for one in partitions if one in self.log_ends}

    def retention_ms(self, topics: Collection[str]) -> Mapping[str, int]:
        return dict.fromkeys(topics, 86_400_000)


def story_of(
    events: Sequence[Event], witness: Witness, mapping: FieldMapping, now_ms: int, around: Sequence[Event]
) -> tuple[Story, Mapping[str, Terms]]:
    """Tell a story with all that a witness knows."""
    gathering = Gathering()
    for one in sorted(events, key=lambda one: (one.record.topic, one.record.partition, one.record.offset)):
        gathering.add(one)
    partitions = {(one.record.topic, one.record.partition) for one in events}
    topics = sorted({one.record.topic for one in (*events, *around)})
    retention = witness.retention_ms(topics)
    terms = {
        topic: Terms(mapping.settings(topic).ttl_ms, retention.get(topic), mapping.stale_after_ms(topic))
        for topic in topics
    }
    knowledge = Knowledge(
        stale_after_ms=mapping.stale_after_ms,
        reads=Reads(witness.commits(partitions, None).history),
        ends=witness.ends,
        claims=Claims(terms, now_ms, around),
    )
    return tell(gathering, (), knowledge=knowledge), terms


def exported(records: Sequence[Record], witness: Witness, path: Path, around: Sequence[Record] = ()) -> Story:
    """Tell a story and write its incident file."""
    heard = Overheard(witness)
    events = [MAPPING.event(one) for one in records]
    beside = [MAPPING.event(one) for one in around]
    story, terms = story_of(events, heard, MAPPING, NOW, beside)
    deposition = heard.deposition(NOW, terms, events, beside)
    view = story_view(story, Coverage(), Window(), payload=True)
    members = row_members(story.entries, deposition, beside)
    rows = [{**row, **more} for row, more in zip(view.rows, members, strict=True)]
    surroundings = replace(of_this_process(), stderr=io.StringIO())
    whole: View = replace(view, columns=(*view.columns, *COLUMNS), rows=rows)
    show(whole, Output(export=path), surroundings)
    return story


def replayed(path: Path, mapping: FieldMapping = BARE) -> Story:
    """Tell the story of a file, by somebody who has configured nothing."""
    deposition = recorded_in(path)
    assert deposition.as_of_ms is not None
    known = mapping.recalling(deposition.topic_settings())
    events: list[Event] = []
    search(FileSource(path), Query(), known, Silent(), events.append)
    around = [known.event(one) for one in deposition.around]
    return story_of(events, RecordedWitness(deposition), known, deposition.as_of_ms, around)[0]


def record(stands_in: str, partition: int, offset: int, at_ms: int | None, /, **payload: object) -> Record:
    kind = TimestampType.NONE if at_ms is None else TimestampType.CREATE
    return Record(stands_in, partition, offset, at_ms, kind, b"k", json.dumps(payload).encode())


TOPICS = ("research-events", "content-claims", "agent-progress", "content-results")
AGENTS = ("oracle", "sales", "research")


@st.composite
def nights(draw: st.DrawFn) -> list[Record]:
    """Agents claim, work and finish on few items, with causes, silences, and clocks that differ."""
    found: list[Record] = []
    offsets: dict[Position, int] = {}
    time_ms = ms("01:00")
    for n in range(draw(st.integers(1, 14))):
        time_ms += draw(st.sampled_from([0, 50, 1_000, MINUTE, 12 * MINUTE, 90 * MINUTE]))
        topic, partition = draw(st.sampled_from(TOPICS)), draw(st.sampled_from([0, 0, 1]))
        offset = offsets.get((topic, partition), 0)
        offsets[topic, partition] = offset + draw(st.integers(1, 3))
        payload: dict[str, object] = {
            "id": f"e{n}",
            "workflow_id": "w",
            "agent": draw(st.sampled_from(AGENTS)),
            "topic": draw(st.sampled_from(["k8s", "rag"])),
        }
        if n and draw(st.booleans()):
            payload["cause"] = f"e{draw(st.integers(0, n))}"
        if topic == "agent-progress":
            payload |= {"step": draw(st.integers(1, 3)), "total": 3, "status": "Drafting"}
        found.append(
            record(topic, partition, offset, time_ms + draw(st.sampled_from([0, 0, -2_000])), **payload)
        )
    return found


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Groups that bear the names of agents, and some that do not, with commits at any pace."""
    if draw(st.integers(0, 4)) == 0:
        return Cluster(None, "when groups read the events is not known: not allowed")
    tracks = []
    for group in ("oracle-audit", "sales", "dashboard"):
        for topic in draw(st.lists(st.sampled_from(TOPICS), unique=True)):
            track, time_ms = Track(Owner(group, topic, 0), draw(st.integers(0, 1))), ms("00:50")
            for _ in range(draw(st.integers(1, 12))):
                time_ms += draw(st.integers(0, 40 * MINUTE))
                track.add(draw(st.integers(GONE, 12)), time_ms)
            tracks.append(track)
    since = st.one_of(st.none(), st.just(0), st.integers(ms("00:00"), ms("05:00")))
    known = [Reach(n, draw(since), unreadable=draw(st.sampled_from([0, 0, 1]))) for n in range(3)]
    ends = draw(st.dictionaries(st.tuples(st.sampled_from(TOPICS), st.integers(0, 1)), st.integers(0, 20)))
    return Cluster(CommitHistory(tracks, known), draw(st.sampled_from(["", "not all could be read"])), ends)


@settings(max_examples=200, deadline=None)
@given(nights(), clusters(), st.data())
def test_the_findings_of_the_file_are_those_of_the_cluster(
    tmp_path_factory: pytest.TempPathFactory, night: list[Record], cluster: Cluster, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("night") / "incident.ndjson"
    own = data.draw(st.lists(st.sampled_from(night), min_size=1, unique_by=lambda one: one.place))
    around = [one for one in night if one not in own and MAPPING.role(one.topic)[0] is not Role.TASK]
    told = exported(own, cluster, path, around)
    again = replayed(path)
    assert again.findings == told.findings
    assert [one.consumed for one in again.entries] == [one.consumed for one in told.entries]
    assert [(one.cause, one.findings, one.downstream) for one in again.entries] == [
        (one.cause, one.findings, one.downstream) for one in told.entries
    ]
    assert (again.silences, again.tenancies, again.doing) == (told.silences, told.tenancies, told.doing)
    assert again.sights == told.sights
    assert recorded_in(path).notes == ()


def late() -> tuple[list[Record], Cluster, list[Record]]:
    """An agent whose group stood for hours acts on old news, after a silence; a rival of another workflow."""
    research = {"workflow_id": "w", "agent": "research", "topic": "k8s"}
    oracle = {"workflow_id": "w", "agent": "oracle", "topic": "k8s"}
    step = {"step": 1, "total": 2, "status": "Drafting"}
    records = [
        *(record("research-events", 0, 10 + n, ms(f"03:0{n}"), id=f"r{n}", **research) for n in range(5)),
        record("content-claims", 0, 4, ms("13:50"), cause="r0", **oracle),
        record("agent-progress", 0, 0, ms("13:51"), **oracle, **step),
        record("agent-progress", 0, 1, ms("13:52"), **oracle, **step),
    ]
    track = Track(Owner("oracle-audit", "research-events", 0), 7)
    for n in range(1_000):
        track.add(9, ms("02:00") + n * 30_000)
    track.add(15, ms("13:49"))
    cluster = Cluster(CommitHistory([track], [Reach(7, ms("00:00"))]), "", {("research-events", 0): 40})
    rival = record("content-claims", 0, 3, ms("13:49:59"), workflow_id="v", agent="sales", topic="k8s")
    return records, cluster, [rival]


def test_old_news_a_silence_and_a_rival_of_another_workflow_are_found_again(tmp_path: Path) -> None:
    path = tmp_path / "incident.ndjson"
    told = exported(*late()[:2], path, late()[2])
    codes = {one.code for one in told.findings}
    assert {Code.TIME_TRAVEL, Code.SILENCE, Code.CLAIM_CONFLICT} <= codes
    assert "oracle-audit stood at research-events[0]@9 since" in told.findings[0].explanation
    assert replayed(path).findings == told.findings
    assert len(path.read_bytes()) < 12_000


def test_without_what_stands_beside_the_rows_less_is_known(tmp_path: Path) -> None:
    path, bare = tmp_path / "incident.ndjson", tmp_path / "bare.ndjson"
    told = exported(*late()[:2], path, late()[2])
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        for name in ("terms", "witness", "around", "role"):
            del row[name]
    bare.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert replayed(bare).findings != told.findings
    assert recorded_in(bare).commits is None


def test_every_line_is_a_row_and_says_what_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "incident.ndjson"
    records, cluster, around = late()
    exported(records, cluster, path, around)
    [moment] = cluster.asked
    first, second, *_, claim, _, _ = rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row["schema"] for row in rows} == {"agentctl.replay/1"}
    assert (first["role"], first["as_of"]) == ("task", "2026-11-23T14:00:00.000Z")
    assert second["witness"] is None
    assert first["terms"]["research-events"] == {
        "ttl_ms": None,
        "retention_ms": 86_400_000,
        "stale_after_ms": 10 * MINUTE,
    }
    [track] = first["witness"]["commits"]
    assert (track["group"], track["kept_in"]) == ("oracle-audit", 7)
    assert track["commits"][0] == [9, ms("02:00")]
    assert claim["witness"]["ends"] == [{"at_ms": moment, "ends": [["research-events", 0, 40]]}]
    assert [one["offset"] for one in first["around"]] == [3]


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
