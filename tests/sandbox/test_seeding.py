"""What is seeded stands on a real broker exactly as it was laid, on every kind that this machine has."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import ConfigResource, ResourceType

from agentctl.archive.keys import LookupKey, ObjectKey
from agentctl.archive.objects import records_of
from agentctl.errors import AgentctlError
from agentctl.kafka.connection import Connection
from agentctl.lag.commits import TOPIC as COMMITS
from agentctl.model.record import Place
from agentctl.sandbox import seeding
from agentctl.sandbox.night import DAY_MS
from agentctl.sandbox.seeding import Ground
from agentctl.sandbox.store import BUCKET, client, start_store
from agentctl.sources.commits import read_commits
from agentctl.surroundings import of_this_process
from tests.harness import OUTSIDE, Broker, Watch, hosted, kinds_here

pytestmark = pytest.mark.xdist_group("seeding")

SECONDS = 30.0
AGE_MS = 3 * 60_000


class Seeded:
    """A broker and a store that hold the night, with its ground truth."""

    def __init__(self, broker: Broker, ground: Ground) -> None:
        self.broker = broker
        self.ground = ground
        self.now_ms = of_this_process().now_ms()
        self.anchor_ms = self.now_ms - AGE_MS
        self.truth: Any = self.seed()

    def seed(self) -> Any:
        return seeding.seed(self.ground, self.anchor_ms, 347, self.now_ms, lambda line: None)

    def reader(self, group: str = "reader") -> Consumer:
        return Consumer(
            {
                "bootstrap.servers": self.broker.bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
            }
        )


@pytest.fixture(scope="module", params=kinds_here(), ids=str)
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    folder: Path = tmp_path_factory.mktemp("seeded")
    watch = Watch(folder)
    try:
        with hosted(request.param) as broker:
            store = start_store(folder, OUTSIDE)
            try:
                endpoint = f"http://{store.address}"
                ground = Ground(request.param, broker.bootstrap, endpoint, folder / "ground-truth.json")
                yield Seeded(broker, ground)
            finally:
                store.child.stop()
    finally:
        watch.dismiss()


def test_every_partition_begins_and_ends_where_the_night_says(seeded: Seeded) -> None:
    reader = seeded.reader()
    for topic, facts in seeded.truth["topics"].items():
        found = [
            reader.get_watermark_offsets(TopicPartition(topic, n), timeout=SECONDS)
            for n in range(len(facts["ends"]))
        ]
        assert found == list(zip(facts["log_starts"], facts["ends"], strict=True))
    reader.close()


def test_an_event_stands_at_its_place_with_its_time(seeded: Seeded) -> None:
    reader = seeded.reader()
    for fact in seeded.truth["workflows"]["workflow_3m47"]:
        place = Place.parse(fact["place"])
        assert place is not None
        reader.assign([TopicPartition(place.topic, place.partition, place.offset)])
        [message] = reader.consume(1, timeout=SECONDS)
        assert message.offset() == place.offset
        assert b"workflow_3m47" in (message.value() or b"")
        # 1: by the writer's clock, although claims are dated by the broker from now on.
        assert message.timestamp()[0] == 1
    reader.close()


def test_groups_stand_where_the_night_left_them(seeded: Seeded) -> None:
    for group, own in seeded.truth["groups"].items():
        reader = seeded.reader(group)
        wanted = [Place.parse(f"{text}@{offset}") for text, offset in own.items()]
        asked = [TopicPartition(place.topic, place.partition) for place in wanted if place]
        found = {(one.topic, one.partition): one.offset for one in reader.committed(asked, SECONDS)}
        reader.close()
        assert found == {(place.topic, place.partition): place.offset for place in wanted if place}


def test_the_history_of_commits_is_there_with_the_storys_times_or_is_said_not_to_be(
    seeded: Seeded,
) -> None:
    there = seeded.broker.admin.list_topics(timeout=SECONDS).topics.get(COMMITS)
    told = []
    reader = seeded.reader()
    for n in there.partitions if there is not None else ():
        end = reader.get_watermark_offsets(TopicPartition(COMMITS, n), timeout=SECONDS)[1]
        reader.assign([TopicPartition(COMMITS, n, 0)])
        while len(messages := reader.consume(end, timeout=SECONDS)) < end:
            reader.assign([TopicPartition(COMMITS, n, 0)])
        told += [m.timestamp()[1] for m in messages if m.timestamp()[1] <= seeded.anchor_ms]
    reader.close()
    assert len(told) == seeded.truth["commit_history"]
    if told:
        assert min(told) < seeded.anchor_ms - 12 * 60 * 60_000


def test_the_history_tells_when_oracles_group_passed_the_event_of_0300(seeded: Seeded) -> None:
    truth = seeded.truth["time_travel"]
    place, written_ms = Place.parse(truth["cause"]["place"]), moment(truth["cause"]["time"])
    assert place is not None
    found = read_commits(
        Connection({"bootstrap.servers": seeded.broker.bootstrap}),
        {(place.topic, place.partition)},
        written_ms,
    )
    if not seeded.truth["commit_history"]:
        assert found.history is None
        assert "keeps no history" in found.note
        return
    assert found.history is not None
    assert found.note == ""
    passings = found.history.passed(place.topic, place.partition, place.offset, written_ms)
    late = next(one for one in passings if one.group == truth["group"])
    assert late.at is not None
    assert late.before is not None
    assert late.stood_since_ms is not None
    assert (late.at.time_ms, late.before.offset) == (moment(truth["read_at"]), place.offset)
    assert late.stood_since_ms < written_ms < late.before.time_ms < late.at.time_ms
    assert late.certain
    prompt = [one for one in passings if one is not late]
    assert {one.group for one in prompt} == reading(seeded.truth["groups"], place) - {truth["group"]}
    assert all(one.at and one.at.time_ms - written_ms < AGE_MS * 5 and one.certain for one in prompt)


def moment(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def reading(groups: Mapping[str, Mapping[str, int]], place: Place) -> set[str]:
    return {group for group, own in groups.items() if f"{place.topic}[{place.partition}]" in own}


def test_claims_are_dated_by_the_broker_from_now_on(seeded: Seeded) -> None:
    resource = ConfigResource(ResourceType.TOPIC, "content-claims")
    config = seeded.broker.admin.describe_configs([resource])[resource].result(SECONDS)
    assert config["message.timestamp.type"].value == "LogAppendTime"
    assert config["retention.ms"].value == str(DAY_MS)


def test_the_archive_holds_the_workflow_of_60_days_ago_frozen(seeded: Seeded) -> None:
    store, archive = client(seeded.ground.s3_endpoint), seeded.truth["archive"]
    classes = {one["Key"]: one["StorageClass"] for one in store.list_objects_v2(Bucket=BUCKET)["Contents"]}
    objects = {key: class_ for key, class_ in classes.items() if ObjectKey.parse(key)}
    assert objects == archive["objects"]
    others = classes.keys() - objects.keys()
    assert {str(ObjectKey.of_sidecar(key)) for key in others} - {"None"} == {
        str(ObjectKey.parse(key)) for key in objects
    }
    lookups = [lookup.period for key in sorted(others) if (lookup := LookupKey.parse(key))]
    assert (len(lookups), len(others)) == (4, len(objects) + 4)
    assert {classes[key] for key in others} == {"STANDARD"}
    assert archive["workflow"]["events"] == 41
    for key in archive["workflow"]["objects"]:
        with pytest.raises(store.exceptions.InvalidObjectState):
            store.get_object(Bucket=BUCKET, Key=key)
    warm = next(key for key, class_ in archive["objects"].items() if class_ == "STANDARD")
    data = store.get_object(Bucket=BUCKET, Key=warm)["Body"].read()
    assert sum(1 for _ in records_of(data)) > 0


def test_a_night_is_never_mixed_with_another(seeded: Seeded) -> None:
    with pytest.raises(AgentctlError, match="already"):
        seeded.seed()


def test_what_was_cleared_can_be_seeded_again(seeded: Seeded) -> None:
    seeding.clear(seeded.ground)
    assert not seeded.ground.truth_file.exists()
    before = seeded.truth
    seeded.truth = seeded.seed()
    assert seeded.truth["workflows"] == before["workflows"]
