"""A record keeps its partition where it can; else its key decides, as it did for whoever wrote it."""

import pytest

from agentctl.kafka.partitioners import Partitioner
from agentctl.model.record import Record, TimestampType
from agentctl.restoring.placing import Placing, Rule

KEYS = [f"workflow_{number}".encode() for number in range(20)]


def record(key: bytes | None, partition: int) -> Record:
    return Record("t", partition, 0, 1, TimestampType.CREATE, key, b"")


def test_as_many_partitions_keep_each_record_where_it_was() -> None:
    placing = Placing(4, {"t": 4})
    rule = placing.decide("t", [record(b"k", 3)])
    assert (rule, placing.place(rule, record(b"k", 3))) == (Rule.KEPT, 3)


@pytest.mark.parametrize("partitioner", list(Partitioner))
def test_fewer_partitions_are_chosen_by_the_hash_that_the_writers_used(partitioner: Partitioner) -> None:
    placing = Placing(3, {"t": 8})
    rule = placing.decide("t", [record(key, partitioner.place(key, 8)) for key in KEYS])
    assert rule.value == partitioner.value
    assert [placing.place(rule, record(key, 7)) for key in KEYS] == [
        partitioner.place(key, 3) for key in KEYS
    ]


def test_what_is_decided_stays_whatever_comes_later() -> None:
    placing = Placing(3, {"t": 8}, {"t": Rule.CRC32})
    assert placing.decide("t", [record(key, Partitioner.MURMUR2.place(key, 8)) for key in KEYS]) is Rule.CRC32


def test_a_record_without_a_key_stays_with_its_neighbours() -> None:
    placing = Placing(3, {"t": 8})
    assert placing.place(Rule.MURMUR2, record(None, 7)) == 1


def test_the_plan_says_how() -> None:
    placing = Placing(3, {"kept": 3, "few": 8})
    assert placing.sentences(("kept", "few", "unknown")) == (
        "kept: each record in the partition that it had",
        "few: by the hash of the key (as its own writers hashed keys), for it had 8 and the target has 3",
        "unknown: by the hash of the key (as its own writers hashed keys), for it is not known how many "
        "partitions it had and the target has 3",
    )
