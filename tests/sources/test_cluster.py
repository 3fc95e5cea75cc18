"""Leaders move and brokers die while a cluster is read: the answer is whole, or says what is missing."""

import json
import time
from collections.abc import Callable, Sequence

import pytest

from agentctl.kafka.connection import Connection
from agentctl.model.coverage import Coverage
from agentctl.model.query import Query
from agentctl.model.record import Record
from agentctl.sources.kafka import KafkaSource
from tests.builders import ms
from tests.harness import Answer, Program
from tests.sources.reading import Everything, Silent
from tests.started import started
from tests.trio import Trio

pytestmark = pytest.mark.xdist_group("three brokers")

PARTITIONS = 6
RECORDS = 120_000
EACH = RECORDS // PARTITIONS
"""Records of one partition: several times what is fetched ahead of the reader."""
SPREAD = [[1, 2, 3], [2, 3, 1], [3, 1, 2]] * 2
TURNED = [[2, 3, 1], [3, 1, 2], [1, 2, 3]] * 2
ALONE = [[1], [2], [3]] * 2
OF_THE_SECOND = (1, 4)
"""The partitions that the second broker leads."""
WORKFLOW = "wf_rare"
EVERY = 4_000
"""Of so many records one belongs to the workflow."""
GIVEN_UP_SECONDS = 20
"""How long a scan may go on when partitions are lost and nothing else is left to be read."""

PADDING = "x" * 400


def value(number: int) -> bytes:
    workflow = WORKFLOW if number // PARTITIONS % EVERY == 0 else "wf_common"
    return json.dumps({"id": f"e{number}", "workflow_id": workflow, "agent": "seo", "note": PADDING}).encode()


def filled(trio: Trio, replicas: Sequence[Sequence[int]]) -> str:
    """Make a topic whose partition is the record's number modulo their count."""
    topic = trio.placed_topic("long", replicas)
    trio.produce(topic, ((None, value(n), None, ms("03:00") + n, n % PARTITIONS) for n in range(RECORDS)))
    return topic


def read_while(
    brokers: str, topic: str, act: Callable[[], None], each: Callable[[], None] = lambda: None
) -> tuple[list[Record], Coverage]:
    """Scan to the end, and do something once all partitions are begun and most is unread."""
    scan = KafkaSource(Connection({"bootstrap.servers": brokers})).scan(
        Query(topics=(topic,)), Everything(), Silent()
    )
    records: list[Record] = []
    begun: set[int] = set()
    for batch in scan:
        records += batch
        if len(begun) < PARTITIONS:
            begun |= {record.partition for record in batch}
            if len(begun) == PARTITIONS:
                assert len(records) < RECORDS // 2
                act()
        each()
    assert len(begun) == PARTITIONS
    return records, scan.coverage


def of(partition: int, records: Sequence[Record]) -> list[tuple[int, bytes | None]]:
    return [(record.offset, record.value) for record in records if record.partition == partition]


def written(partition: int) -> list[tuple[int, bytes | None]]:
    return [(offset, value(offset * PARTITIONS + partition)) for offset in range(EACH)]


def assert_whole(records: Sequence[Record], coverage: Coverage) -> None:
    for partition in range(PARTITIONS):
        assert of(partition, records) == written(partition)
    assert (coverage.complete, coverage.reasons) == (True, ())
    assert coverage.records_scanned == RECORDS
    assert [(part.first, part.last) for part in coverage.partitions] == [(0, EACH - 1)] * PARTITIONS


def assert_named(coverage: Coverage, topic: str, partitions: Sequence[int], why: str) -> None:
    places = ", ".join(f"{'' if n else topic}[{p}]" for n, p in enumerate(partitions))
    assert coverage.reasons == (f"{places} were not read to their ends: {why}",)
    assert not coverage.complete


def assert_prefixes(records: Sequence[Record], coverage: Coverage, lost: Sequence[int]) -> None:
    """See that the others are whole, and the lost ones as far as the coverage says."""
    for part in coverage.partitions:
        covered = 0 if part.last is None else part.last + 1
        assert of(part.partition, records) == written(part.partition)[:covered]
        assert (covered < EACH) == (part.partition in lost)


def test_all_leaders_move(trio: Trio) -> None:
    topic = filled(trio, SPREAD)
    trio.reassign(topic, TURNED)
    before = trio.leaders(topic)

    records, coverage = read_while(trio.bootstrap, topic, lambda: trio.elect_first(topic, PARTITIONS))

    assert all(then != now for then, now in zip(before, trio.leaders(topic), strict=True))
    assert_whole(records, coverage)


def test_partitions_go_to_other_brokers_and_are_deleted_where_they_were(trio: Trio) -> None:
    topic = filled(trio, ALONE)
    elsewhere = [[2], [3], [1]] * 2

    records, coverage = read_while(trio.bootstrap, topic, lambda: trio.reassign(topic, elsewhere))

    assert_whole(records, coverage)


@pytest.mark.parametrize("end", [Trio.kill, Trio.freeze], ids=["dies", "hangs"])
def test_a_broker_that_leads_is_gone_and_others_have_its_partitions(
    trio: Trio, end: Callable[[Trio, int], None]
) -> None:
    topic = filled(trio, SPREAD)

    records, coverage = read_while(trio.bootstrap, topic, lambda: end(trio, 2))

    assert_whole(records, coverage)


def test_a_broker_dies_that_held_partitions_alone(trio: Trio) -> None:
    topic = filled(trio, ALONE)
    came: list[float] = []

    records, coverage = read_while(
        trio.bootstrap, topic, lambda: trio.kill(2), each=lambda: came.append(time.monotonic())
    )

    assert time.monotonic() - came[-1] < GIVEN_UP_SECONDS
    why = "it has no leader: its only replica, broker 2, is down"
    assert_named(coverage, topic, OF_THE_SECOND, why)
    assert_prefixes(records, coverage, OF_THE_SECOND)


def replay(agentctl: Program, brokers: str, topic: str, *more: str) -> Answer:
    return agentctl("replay", WORKFLOW, "-b", brokers, "-t", topic, "-o", "json", *more)


def ids(answer: Answer) -> list[str]:
    return sorted(row["event_id"] for row in answer.json["rows"])


def rare(*without: int) -> list[str]:
    """The ids of the workflow's events, but for those in some partitions."""
    return sorted(
        f"e{n}" for n in range(RECORDS) if n // PARTITIONS % EVERY == 0 and n % PARTITIONS not in without
    )


@pytest.mark.parametrize(
    ("replicas", "lost", "code"),
    [(SPREAD, (), 0), (ALONE, OF_THE_SECOND, 7)],
    ids=["that others stand in for", "that nobody stands in for"],
)
def test_a_broker_dies_while_the_program_reads(
    agentctl: Program, trio: Trio, replicas: Sequence[Sequence[int]], lost: Sequence[int], code: int
) -> None:
    topic = filled(trio, replicas)
    trio.slow_readers("slow", bytes_per_second=1_000_000)
    words = ("replay", WORKFLOW, "-b", trio.bootstrap, "-t", topic, "-o", "json", "-X", "client.id=slow")
    with started(agentctl, *words) as run:
        run.until_shown(f" of {RECORDS:,} records")
        trio.kill(2)
        answer = run.ended()
    assert answer.exit_code == code, answer.stderr
    assert answer.json["coverage"]["complete"] == (not lost)
    for part in answer.json["coverage"]["partitions"]:
        assert (part["last"] != EACH - 1) == (part["partition"] in lost)
    assert set(rare(*lost)) <= set(ids(answer)) <= set(rare())
    why = "it has no leader: its only replica, broker 2, is down"
    reasons = [f"{topic}[1], [4] were not read to their ends: {why}"] if lost else []
    assert answer.json["coverage"]["reasons"] == reasons


def test_the_program_begins_when_a_broker_has_just_died(agentctl: Program, trio: Trio) -> None:
    topic = filled(trio, SPREAD)
    brokers = trio.everybody
    trio.kill(2)
    answer = replay(agentctl, brokers, topic)
    assert answer.exit_code == 0, answer.stderr
    assert answer.json["coverage"]["complete"]
    assert ids(answer) == rare()


def test_the_program_begins_when_partitions_are_lost(agentctl: Program, trio: Trio) -> None:
    topic = filled(trio, ALONE)
    trio.kill(2)
    answer = replay(agentctl, trio.bootstrap, topic)
    why = "it has no leader: its only replica, broker 2, is down"
    assert answer.exit_code == 7
    assert answer.json["coverage"]["reasons"] == [f"{topic}[1], [4] were not read: {why}"]
    assert f"the answer is partial: {topic}[1], [4] were not read: {why}" in answer.stderr
    assert ids(answer) == rare(*OF_THE_SECOND)
