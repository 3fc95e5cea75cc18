"""A story told from its exported file is the story that was exported: same findings, without a broker."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentctl.lag.commits import Owner
from agentctl.lag.history import CommitHistory, Reach
from agentctl.lag.position import Position
from agentctl.lag.track import GONE, Track
from agentctl.model.event import Role
from agentctl.model.finding import Code
from agentctl.model.record import Record
from agentctl.sources.deposition import recorded_in
from tests.builders import ms
from tests.timeline.incidents import (
    MAPPING,
    MINUTE,
    Cluster,
    exported,
    late,
    record,
    replayed,
)

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
