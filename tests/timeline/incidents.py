"""Incidents as tests tell, export and replay them, with what a cluster would know beside the records."""

import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentctl.claims.terms import Terms
from agentctl.events.mapping import FieldMapping, field_mapping
from agentctl.lag.commits import Owner
from agentctl.lag.history import CommitHistory, Commits, Reach
from agentctl.lag.position import Position
from agentctl.lag.track import Track
from agentctl.model.coverage import Coverage
from agentctl.model.event import Event
from agentctl.model.query import Query, Window
from agentctl.model.record import Record, TimestampType
from agentctl.render.choose import Output, show
from agentctl.sources.deposition import recorded_in
from agentctl.sources.file import FileSource
from agentctl.surroundings import of_this_process
from agentctl.timeline.deposition import Overheard, RecordedWitness
from agentctl.timeline.deposition_rows import carrying
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
    surroundings = replace(of_this_process(), stderr=io.StringIO())
    whole = carrying(view, story.entries, deposition, beside)
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
