"""Look-ups by time that differ from partition to partition: one request a broker, each partition once."""

from collections.abc import Collection, Iterable, Mapping

from confluent_kafka.admin import OffsetSpec

from agentctl.kafka.connection import Connection
from agentctl.kafka.offsets import Asked, Offsets, Partition, begin, of_time, taken, why


def first_at(connection: Connection, moments: Mapping[Partition, int]) -> Offsets:
    """Return for each partition the first record with that timestamp or a later one: once asked, no patience.

    Raises UnreachableError or AccessError when nobody answers at all.
    """
    return _asked(connection, {place: of_time(time_ms) for place, time_ms in moments.items()})


def latest(connection: Connection, partitions: Iterable[Partition]) -> Offsets:
    """Return for each partition a record with the latest timestamp; an offset of -1 is no answer.

    Brokers before Kafka 3.0 cannot tell, and a log that lies wholly in the remote tier has none for them:
    such partitions are among the failed ones, or bear -1.
    """
    return _asked(connection, {place: OffsetSpec.max_timestamp() for place in partitions})


def at_times(
    connection: Connection, wanted: Mapping[Partition, Collection[int]]
) -> Mapping[tuple[Partition, int], int]:
    """Return the first offset at each of any number of times (ms) a partition: -1 for one after all records.

    A request holds a partition once: so there are as many as the most times of a partition, all under way
    at the same time. What was not answered is left out.
    """
    left = {one: list(times) for one, times in wanted.items() if times}
    rounds: list[tuple[Mapping[Partition, int], Mapping[Partition, Asked]]] = []
    while left:
        moments = {one: times.pop() for one, times in left.items()}
        left = {one: times for one, times in left.items() if times}
        specs = {one: of_time(time_ms) for one, time_ms in moments.items()}
        rounds.append((moments, begin(connection, specs, connection.patience_seconds)))
    connection.wait({(number, one): asked[one] for number, (_, asked) in enumerate(rounds) for one in asked})
    return {
        (one, moments[one]): found.offset
        for moments, asked in rounds
        for one, found in taken(asked)[0].items()
    }


def _asked(connection: Connection, specs: Mapping[Partition, OffsetSpec]) -> Offsets:
    if not specs:
        return Offsets({}, {})
    asked = begin(connection, specs, connection.patience_seconds)
    connection.wait(asked)
    found, failed = taken(asked)
    return Offsets(found, {place: why(error) for place, error in failed.items()})
