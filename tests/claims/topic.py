"""A claims topic in memory, on which everything can go wrong at a word."""

from collections.abc import Callable, Mapping
from typing import Literal

from agentctl.claims.log import ReadBack
from agentctl.claims.protocol import ClaimProtocol
from agentctl.claims.steps import Step
from agentctl.errors import AgentctlError, UnreachableError
from agentctl.events.mapping import field_mapping
from agentctl.model.record import Record, TimestampType, Transaction
from agentctl.ports import RawFilter

FIT = {
    "cleanup.policy": "delete",
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "86400000",
    "retention.bytes": "-1",
}
TTL = 10_000
TOPIC = "content-claims"

Mishap = Literal["answer lost", "never written", "refused"]


class MemoryTopic:
    """One partition; the broker's clock is ``time``, the agents' machines differ from it by ``skew``."""

    topic, brokers = TOPIC, "kafka-1:9092"

    def __init__(self, config: Mapping[str, str] | None = None, skew: int = 0) -> None:
        self.config = {**FIT, **(config or {})}
        self.time = 1_000_000
        self.skew = skew
        self.records: list[Record] = []
        self.mishaps: list[Mishap | None] = []
        """What goes wrong with the next writes, one after the other."""
        self.unreadable = False
        self.appends = self.reads = 0
        self.while_waiting: Callable[[], None] = lambda: None
        self.notes: tuple[str, ...] = ()

    def settings(self) -> Mapping[str, str]:
        return self.config

    def partition(self, key: bytes) -> int:
        return 0

    def append(self, partition: int, key: bytes, value: bytes) -> int | None:
        self.appends += 1
        mishap = self.mishaps.pop(0) if self.mishaps else None
        if mishap == "refused":
            raise AgentctlError("cannot write: no permission")
        if mishap == "never written":
            return None
        offset = self.write(key, value)
        return None if mishap == "answer lost" else offset

    def write(self, key: bytes, value: bytes, transaction: Transaction | None = None) -> int:
        append_time = self.config["message.timestamp.type"] == "LogAppendTime"
        kind = TimestampType.APPEND if append_time else TimestampType.CREATE
        offset = len(self.records)
        time_ms = self.time if append_time else self.time + self.skew
        self.records.append(Record(TOPIC, 0, offset, time_ms, kind, key, value, transaction=transaction))
        return offset

    def ends(self, offset: int, how: Transaction) -> None:
        """Commit or abort what was open."""
        self.records[offset] = self.records[offset]._replace(transaction=how)

    def read(
        self,
        partition: int,
        start: int | None,
        end: int | None,
        wanted: RawFilter,
        *,
        committed: bool,
        wait_ms: int = 0,
    ) -> ReadBack:
        if self.unreadable:
            raise UnreachableError("kafka-1:9092 does not answer")
        self.reads += 1
        if wait_ms:
            self.time += wait_ms
            self.while_waiting()
        found = []
        position = start or 0
        end = len(self.records) if end is None else end
        for record in self.records[position:end]:
            if committed and record.transaction is Transaction.OPEN:
                break
            if not (committed and record.transaction is Transaction.ABORTED):
                # Nobody who reads is told of transactions.
                found.append(record._replace(transaction=None))
            position = record.offset + 1
        return ReadBack(found, position)

    def now_ms(self) -> int:
        return self.time + self.skew

    def ticks_ms(self) -> int:
        return self.time - 999_000

    def close(self) -> None:
        pass


def agent(
    topic: MemoryTopic,
    name: str,
    between: Callable[[Step], None] = lambda _: None,
    *,
    ttl_ms: int | None = TTL,
    allow_create_time: bool = False,
    work_item: object = None,
) -> ClaimProtocol:
    """Return an agent on a topic."""
    table: dict[str, object] = {} if work_item is None else {"work_item": work_item}
    mapping = field_mapping({}, {TOPIC: table})
    return ClaimProtocol(
        topic, name, mapping, ttl_ms=ttl_ms, allow_create_time=allow_create_time, between=between
    )
