"""Keys of claims: there or not, split or not, and whose partitioner put them where they lie."""

import json
from collections.abc import Iterable

import pytest

from agentctl.claims.health import KeyFacts
from agentctl.events.mapping import field_mapping
from agentctl.kafka.partitioners import Partitioner
from agentctl.model.record import Transaction
from agentctl.sources.claim_keys import ClaimKeys
from tests.claims.logs import Log
from tests.memory import record

PARTITIONS = 6
ITEMS = [f"item_{n}" for n in range(40)]


def seen(log: Log, now_ms: int = 10_000) -> KeyFacts:
    keys = ClaimKeys()
    for event in log.events:
        keys.add(event)
    return keys.facts(PARTITIONS, now_ms)


def written(items: Iterable[str], partitioner: Partitioner, log: Log | None = None) -> Log:
    log = log or Log()
    for item in items:
        log.claim("seo", 0, item=item, partition=partitioner.place(item.encode(), PARTITIONS))
    return log


@pytest.mark.parametrize("partitioner", Partitioner)
def test_one_partitioner_is_known_by_where_keys_lie(partitioner: Partitioner) -> None:
    found = seen(written(ITEMS, partitioner))
    other = {"crc32": found.murmur2, "murmur2": found.crc32}[partitioner]
    assert (found.records, found.missing, found.split, found.keys) == (40, 0, 0, 40)
    assert other == 0
    assert max(found.crc32, found.murmur2) > 20
    assert found.neither == 0


def test_both_partitioners_are_known_and_an_item_that_both_claimed_is_split() -> None:
    log = written(ITEMS, Partitioner.CRC32)
    found = seen(written(ITEMS[:10], Partitioner.MURMUR2, log))
    assert found.crc32
    assert found.murmur2
    assert found.split
    assert found.first_split in ITEMS[:10]


def test_keys_that_lie_where_nobody_puts_them() -> None:
    log = Log()
    taken = {one.place(b"odd", PARTITIONS) for one in Partitioner}
    log.claim("seo", 0, item="odd", partition=min(set(range(PARTITIONS)) - taken))
    assert seen(log).neither == 1


def test_records_without_a_key_are_counted_and_the_first_is_named() -> None:
    log = written(ITEMS[:2], Partitioner.CRC32)
    first = log.claim("seo", 0, item="x", keyless=True)
    log.claim("seo", 0, item="y", keyless=True)
    found = seen(log)
    assert (found.missing, found.first_missing) == (2, first.place)


def test_the_longest_ttl_and_claims_without_one_are_known() -> None:
    keys = ClaimKeys()
    log = Log()
    log.claim("seo", 0, ttl_ms=5)
    claim = log.claim("seo", 1, item="b", ttl_ms=7)
    log.claim("seo", 2, item="c")
    log.renew("seo", 3, claim, item="b", ttl_ms=900)
    for event in log.events:
        keys.add(event._replace())
    assert (keys.longest_ttl_ms, keys.without_ttl) == (7, 1)


def test_the_latest_record_of_each_partition_is_known_where_it_is_dated_ahead() -> None:
    log = Log()
    log.claim("seo", 20_000, item="a")
    log.claim("seo", 1_000, item="b")
    log.claim("seo", 90_000_000, item="c", partition=1)
    log.claim("seo", 9_000, item="d", partition=2)
    log.claim("seo", 90_000_000_000, item="e", partition=2, transaction=Transaction.ABORTED)
    found = seen(log, 10_000).ahead
    assert [(str(one.place), one.by_ms, one.far) for one in found] == [
        ("content-claims[1]@0", 89_990_000, True),
        ("content-claims[0]@0", 10_000, False),
    ]
    assert seen(log, 90_000_000).ahead == ()


def test_ttls_that_are_no_length_of_time_are_counted() -> None:
    keys = ClaimKeys()
    for offset, ttl in enumerate(["30m", 5, 0, -5, "soon", True, None]):
        value = json.dumps({"agent": "seo", "topic": "a", "ttl": ttl}).encode()
        keys.add(field_mapping({}, {}).event(record(value=value, offset=offset, topic="content-claims")))
    found = keys.facts(PARTITIONS, 0)
    assert (found.unread_ttls, str(found.first_unread_ttl)) == (3, "content-claims[0]@3")
