"""What was not read, in sentences: one for all partitions of a topic that share a reason."""

from collections.abc import Iterable

import pytest

from agentctl.model.query import Query
from agentctl.sources.account import covered
from agentctl.sources.naming import named, not_read
from agentctl.sources.ranges import Range
from agentctl.sources.reading import Reading

TOPIC = "research-events"


def of(partition: int, *, position: int = 0, failure: str | None = None, held_back: int = 0) -> Reading:
    reading = Reading(Range(TOPIC, partition, 0, 1_000, 0, 1_000, held_back=held_back))
    reading.position = position
    reading.failure = failure
    return reading


def reasons(*readings: Reading) -> tuple[str, ...]:
    found = covered(readings, (), Query(), 0)
    assert found.complete == (not found.reasons)
    return found.reasons


@pytest.mark.parametrize(
    ("partitions", "text"),
    [
        ([3], "[3]"),
        ([2, 0, 1], "[0], [1], [2]"),
        ([0, 1, 2, 3, 7], "[0] to [3], [7]"),
        (range(500), "[0] to [499]"),
        ([*range(100, 200), 300, *range(0, 40, 2)], "[0], [2], [4], [6], [8], [10] and 115 more"),
    ],
)
def test_partitions_are_named_readably_however_many_they_are(partitions: Iterable[int], text: str) -> None:
    assert named((TOPIC, number) for number in partitions) == f"{TOPIC}{text}"


def test_each_topic_and_each_reason_has_one_sentence() -> None:
    failed = [((TOPIC, 0), "why"), (("b", 0), "why"), ((TOPIC, 1), "why"), ((TOPIC, 2), "else")]
    assert not_read(failed) == [
        f"{TOPIC}[0], [1] were not read: why",
        "b[0] was not read: why",
        f"{TOPIC}[2] was not read: else",
    ]


def test_what_was_read_to_its_end_is_no_reason() -> None:
    assert reasons(of(0, position=1_000), of(1, position=1_000)) == ()


def test_one_partition_is_named_with_the_offset_that_was_reached() -> None:
    assert reasons(of(0, position=400, failure="why"), of(1, position=1_000)) == (
        f"{TOPIC}[0] was read to offset 400 of 1,000 only: why",
    )


def test_several_partitions_share_a_sentence_when_they_share_the_reason() -> None:
    assert reasons(
        of(0, failure="no permission"),
        of(1, failure="no permission"),
        of(2, position=5, failure="gone"),
        of(3, position=7, failure="gone"),
        of(4, position=9),
    ) == (
        f"{TOPIC}[0], [1] were not read: no permission",
        f"{TOPIC}[2], [3] were not read to their ends: gone",
        f"{TOPIC}[4] was read to offset 9 of 1,000 only: the scan was stopped",
    )


def test_open_transactions_are_added_up() -> None:
    assert reasons(of(0, position=1_000, held_back=3)) == (
        f"an open transaction holds back 3 offsets of {TOPIC}[0], from 1,000 on",
    )
    both = reasons(of(0, position=1_000, held_back=3), of(1, position=1_000, held_back=4))
    assert both == (f"open transactions hold back 7 offsets of {TOPIC}[0], [1]",)
