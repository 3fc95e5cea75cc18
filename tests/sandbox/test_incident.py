"""The seeded night holds what it is said to hold, and nothing that would contradict it."""

from collections import defaultdict

import orjson
import pytest

from agentctl.events.mapping import field_mapping
from agentctl.model.event import Event, Role
from agentctl.model.record import Record, TimestampType
from agentctl.sandbox.incident import night
from agentctl.sandbox.night import AGENTS, Laid, Night
from agentctl.sandbox.story import PLATFORMS, TRAVEL, TRIPLE
from agentctl.sandbox.truth import ground_truth
from agentctl.timeline.workflows import Board
from tests.builders import ms

ANCHOR_MS = ms("14:25:40")
MINUTE = 60_000
MAPPING = field_mapping({}, {})


@pytest.fixture(scope="module")
def told() -> Night:
    """The night, anchored so that the story's clock is the day's."""
    return night(ANCHOR_MS)


@pytest.fixture(scope="module")
def events(told: Night) -> list[Event]:
    """What brokers still hold of it, in the order it is written."""
    return [seen(laid) for laid in told.kept()]


def seen(laid: Laid) -> Event:
    record = Record(
        *(laid.place.topic, laid.place.partition, laid.place.offset, laid.time_ms, TimestampType.CREATE),
        *(laid.key, laid.value, laid.headers),
    )
    return MAPPING.event(record)


def of(events: list[Event], workflow: str, role: Role | None = None) -> list[Event]:
    return [e for e in events if e.workflow_id == workflow and role in (None, e.role)]


def test_the_same_seed_tells_the_same_night(told: Night) -> None:
    assert night(ANCHOR_MS).events == told.events
    assert night(ANCHOR_MS, 1).events != told.events


def test_a_night_anchored_elsewhere_shifts_every_time_alike(told: Night) -> None:
    day = 24 * 60 * MINUTE
    later = night(ANCHOR_MS + day)
    labels = ("3m47/analysis", "7k2p/oracle/result", "orphan/claim")
    for label in labels:
        assert later.labelled[label].time_ms - told.labelled[label].time_ms == day


def test_offsets_have_no_holes_and_clocks_never_run_backwards(told: Night) -> None:
    nexts: dict[tuple[str, int], int] = defaultdict(int)
    times: dict[tuple[str, int], int] = defaultdict(int)
    for laid in told.events:
        partition = (laid.place.topic, laid.place.partition)
        assert laid.place.offset == nexts[partition]
        assert laid.time_ms >= times[partition]
        nexts[partition] += 1
        times[partition] = laid.time_ms
    assert nexts == told.ends()


def test_three_agents_claim_one_item_within_300_ms_and_all_publish_by_0347(events: list[Event]) -> None:
    claims = of(events, TRIPLE, Role.CLAIM)
    assert [claim.agent for claim in claims] == ["marketing", "sales", "content"]
    assert {claim.work_item for claim in claims} == {PLATFORMS}
    times = [claim.record.timestamp_ms or 0 for claim in claims]
    assert ms("03:30:15") <= times[0]
    assert times[-1] - times[0] < 300
    results = of(events, TRIPLE, Role.RESULT)
    assert len(results) == 3
    assert max(result.record.timestamp_ms or 0 for result in results) < ms("03:48")
    steps = of(events, TRIPLE, Role.PROGRESS)
    for agent in ("marketing", "sales", "content"):
        assert [step.step for step in steps if step.agent == agent] == [1, 2, 3, 4, 5]


def test_oracle_acts_in_the_afternoon_on_the_event_of_the_night(events: list[Event]) -> None:
    cause, *_ = of(events, TRAVEL, Role.TASK)
    effect = next(e for e in of(events, TRAVEL, Role.RESULT) if e.agent == "oracle")
    assert effect.cause == str(cause.place)
    assert (effect.record.timestamp_ms or 0) - (cause.record.timestamp_ms or 0) > 11 * 60 * MINUTE
    assert cause.schema_version == 1


def test_ordinary_traffic_is_hundreds_of_workflows_by_all_agents(events: list[Event]) -> None:
    board = Board()
    for event in events:
        board.add(event)
    found = board.workflows(ANCHOR_MS, 15 * MINUTE)
    assert len(found) >= 300
    assert {agent for one in found for agent in one.agents} == set(AGENTS)
    assert {one.workflow_id for one in found} >= {TRIPLE, TRAVEL}


def test_no_ordinary_item_is_claimed_by_two(events: list[Event]) -> None:
    claimants: dict[tuple[str | None, str | None], set[str | None]] = defaultdict(set)
    for event in events:
        if event.role is Role.CLAIM:
            claimants[event.workflow_id, event.work_item].add(event.agent)
    rivals = {workflow for (workflow, _), agents in claimants.items() if len(agents) > 1}
    assert rivals == {TRIPLE, ground_truth_takeover()}


def ground_truth_takeover() -> object:
    takeover = ground_truth(night(ANCHOR_MS), [], history=False)["takeover"]
    assert isinstance(takeover, dict)
    return takeover["workflow_id"]


def test_one_hot_key_carries_about_sixty_percent_of_its_partition(told: Night) -> None:
    hot = ground_truth(told, [], history=False)["hot_key"]
    assert isinstance(hot, dict)
    around = [
        laid
        for laid in told.kept()
        if (laid.place.topic, laid.place.partition) == (hot["topic"], hot["partition"])
    ]
    share = sum(laid.key.decode() == hot["key"] for laid in around) / len(around)
    assert 0.55 < share < 0.65


def test_one_event_is_undecodable_and_versions_are_mixed(events: list[Event]) -> None:
    [broken] = [event for event in events if event.undecodable is not None]
    assert broken.record.topic == "research-events"
    versions = {event.schema_version for event in events if event.record.topic == "research-events"}
    assert versions == {1, 2}


def test_the_ground_truth_is_plain_json(told: Night) -> None:
    facts = ground_truth(told, [], history=True)
    assert orjson.loads(orjson.dumps(facts)) == facts
