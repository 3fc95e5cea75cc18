"""A few partitions of every kind that producers leave behind, on a real broker."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.lag.groups import Bounds
from agentctl.lag.position import Position
from agentctl.sandbox.broker import BrokerKind
from tests.harness import Broker
from tests.lag.truth.arrivals import arrivals, disordered
from tests.lag.truth.ledger import Fate, Ledger
from tests.lag.truth.writing import COMPACTED, Act, cleaned, cut, script, written

HOUR_MS = 3_600_000
_HOURS = 6
_KEYS = 9
_DELETED = 25


@dataclass(frozen=True, slots=True)
class World:
    """Partitions, and what is true of them."""

    broker: Broker
    ledgers: Mapping[Position, Ledger]

    @property
    def connection(self) -> Connection:
        return Connection({"bootstrap.servers": self.broker.bootstrap})

    @property
    def standpoints(self) -> dict[Position, tuple[int, ...]]:
        """Every offset of every partition."""
        return {place: ledger.standpoints for place, ledger in self.ledgers.items()}

    def bounds(self, connection: Connection) -> dict[Position, Bounds]:
        """What the broker says of them, seen to be what the ledgers have."""
        high = offsets.high_watermark(connection, self.ledgers).found
        stable = offsets.last_stable(connection, self.ledgers).found
        start = offsets.log_start(connection, self.ledgers).found
        told = {
            place: Bounds(start[place].offset, high[place].offset, stable[place].offset)
            for place in self.ledgers
        }
        assert told == {place: ledger.bounds for place, ledger in self.ledgers.items()}
        return told


@contextmanager
def with_transactions(
    broker: Broker, seed: int, end_ms: int, config: Mapping[str, str] | None = None
) -> Iterator[World]:
    """Give partitions with transactions of every end: the second one's log start has moved, the third and
    the fourth have an open transaction at their end.
    """
    topic = broker.topic("truth", 4, config)
    begin_ms = end_ms - _HOURS * HOUR_MS
    scripts = {number: script(seed + number, begin_ms, end_ms, ends_open=number > 1) for number in range(4)}
    # A long tail that was aborted, with nothing readable in it.
    scripts[0].append(Act(Fate.ABORTED, tuple(range(end_ms, end_ms + 120)), transaction=True))
    with written(broker, topic, scripts) as ledgers:
        cut(broker, topic, 1, ledgers[1], _DELETED)
        yield World(broker, {(topic, number): ledger for number, ledger in ledgers.items()})


@contextmanager
def plain(
    broker: Broker, seed: int, end_ms: int, config: Mapping[str, str] | None = None, *, back_ms: int = 0
) -> Iterator[World]:
    """Give partitions of plain records; with ``back_ms`` some are dated up to so much too early."""
    topic = broker.topic("plain", 3, config)
    scripts = {}
    for number in range(3):
        times = arrivals(seed + number, end_ms - _HOURS * HOUR_MS, end_ms, per_second=0.02)
        dated = disordered(times, seed, back_ms) if back_ms else times
        scripts[number] = [Act(Fate.READABLE, tuple(dated))]
    with written(broker, topic, scripts) as ledgers:
        yield World(broker, {(topic, number): ledger for number, ledger in ledgers.items()})


@contextmanager
def compacted(broker: Broker, seed: int, end_ms: int) -> Iterator[World]:
    """Give a partition that Apache Kafka has compacted, but for its last segment."""
    assert broker.kind is BrokerKind.APACHE
    topic = broker.topic("compact", 1, COMPACTED)
    random = Random(seed)
    times = arrivals(seed, end_ms - _HOURS * HOUR_MS, end_ms, per_second=0.02)
    keys = tuple(b"%d" % random.randrange(_KEYS) for _ in times)
    # What comes more than a minute later, by its timestamp, begins a new segment.
    late = tuple(range(end_ms + HOUR_MS, end_ms + HOUR_MS + 30))
    acts = [
        Act(Fate.READABLE, tuple(times), keys=keys),
        Act(Fate.READABLE, late, keys=tuple(b"late" for _ in late)),
    ]
    with written(broker, topic, {0: acts}) as ledgers:
        cleaned(broker, topic, 0, ledgers[0], len(times))
        yield World(broker, {(topic, 0): ledgers[0]})
