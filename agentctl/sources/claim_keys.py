"""Looks at the keys of a claims topic: are they there, and which partitioner put them where they lie."""

from collections.abc import Mapping

from agentctl.claims.ahead import ahead_of
from agentctl.claims.health import KeyFacts
from agentctl.events.values import as_duration_ms
from agentctl.kafka.partitioners import Partitioner
from agentctl.model.event import Event
from agentctl.model.record import Place, Transaction

_MOST_KEYS = 50_000
"""Different keys that are compared with the partitioners."""
_UNCOMMITTED = frozenset({Transaction.ABORTED, Transaction.OPEN})


class ClaimKeys:
    """Takes the events of a claims topic one by one."""

    def __init__(self) -> None:
        self._records = 0
        self._missing = 0
        self._first_missing: Place | None = None
        self._items: dict[str, int] = {}
        self._split: dict[str, None] = {}
        self._keys: dict[tuple[bytes, int], None] = {}
        self._partitions = 0
        self.longest_ttl_ms: int | None = None
        """The longest ttl that a claim states itself."""
        self.without_ttl = 0
        """Claims that state none."""
        self._unread_ttls = 0
        self._first_unread_ttl: Place | None = None
        self._latest: dict[int, tuple[Place, int]] = {}
        """The latest record of each partition, and its time."""

    def add(self, event: Event) -> None:
        """Take one event."""
        record = event.record
        self._records += 1
        self._note_time(event)
        if record.key is None:
            self._missing += 1
            self._first_missing = self._first_missing or event.place
        elif len(self._keys) < _MOST_KEYS:
            self._keys[record.key, record.partition] = None
        if event.work_item:
            first = self._items.setdefault(event.work_item, record.partition)
            if first != record.partition:
                self._split[event.work_item] = None
        if event.type != event.role.value:
            return
        stated = event.payload.get("ttl") if isinstance(event.payload, dict) else None
        if stated is not None and as_duration_ms(stated) is None:
            self._unread_ttls += 1
            self._first_unread_ttl = self._first_unread_ttl or event.place
        if event.ttl_ms is None:
            self.without_ttl += 1
        elif self.longest_ttl_ms is None or event.ttl_ms > self.longest_ttl_ms:
            self.longest_ttl_ms = event.ttl_ms

    def _note_time(self, event: Event) -> None:
        time_ms, partition = event.record.timestamp_ms, event.record.partition
        if time_ms is None or event.record.transaction in _UNCOMMITTED:
            return
        if partition not in self._latest or time_ms > self._latest[partition][1]:
            self._latest[partition] = event.place, time_ms

    def facts(self, partitions: int, now_ms: int) -> KeyFacts:
        """Return what was seen until now; the topic has so many partitions."""
        counts = self._placed(partitions)
        return KeyFacts(
            records=self._records,
            missing=self._missing,
            first_missing=self._first_missing,
            split=len(self._split),
            first_split=next(iter(self._split), None),
            keys=len(self._keys),
            crc32=counts.get((True, False), 0),
            murmur2=counts.get((False, True), 0),
            neither=counts.get((False, False), 0),
            ahead=ahead_of(self._latest.values(), now_ms),
            unread_ttls=self._unread_ttls,
            first_unread_ttl=self._first_unread_ttl,
        )

    def _placed(self, partitions: int) -> Mapping[tuple[bool, bool], int]:
        """Count keys by whether they lie where librdkafka, and where the Java client would put them."""
        counts: dict[tuple[bool, bool], int] = {}
        for key, partition in self._keys:
            by = (
                Partitioner.CRC32.place(key, partitions) == partition,
                Partitioner.MURMUR2.place(key, partitions) == partition,
            )
            counts[by] = counts.get(by, 0) + 1
        return counts
