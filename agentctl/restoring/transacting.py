"""Transactions of a restore: records and how far it is, both or neither, and one restorer at a time.

The transactional id is the restore's own, so the broker fences whoever began before: of two that resume, the
later goes on, and what the earlier has not committed is gone.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from agentctl.errors import AgentctlError, UnreachableError
from agentctl.kafka.codes import kind_of
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import Property
from agentctl.kafka.errors import error_of
from agentctl.restoring.resuming import name_of

_FENCED = frozenset(
    {
        KafkaError._FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
    }
)
_REFUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.INVALID_RECORD,
        KafkaError.POLICY_VIOLATION,
        KafkaError.OFFSET_METADATA_TOO_LARGE,
    }
)
_WEAK: dict[str, Property] = {
    "linger.ms": 20,
    "compression.type": "lz4",
    "queue.buffering.max.messages": 200_000,
    "queue.buffering.max.kbytes": 262_144,
}
_TRANSACTION_MS = 60_000
"""After so long the broker aborts what a restorer has left open."""
_STEP_SECONDS = 10.0
_PATIENCE_SECONDS = 120.0
"""How long a broker may be away: a restart is a matter of seconds, and what stops can be resumed."""
_PAUSE_SECONDS = 0.2
_LAST_SECONDS = 3.0


class Draft(NamedTuple):
    """A record as it is going to be written."""

    value: bytes | None
    key: bytes | None
    partition: int
    timestamp_ms: int
    """0 for one without a time: it gets that of the restore."""
    headers: list[tuple[str, str | bytes | None]]


class FencedError(AgentctlError):
    """Somebody else has taken the restore over."""


class Transactions:
    """Writes to one topic in the name of one restore. For one thread."""

    def __init__(self, connection: Connection, restore_id: str, largest_bytes: int) -> None:
        """``largest_bytes`` is the largest record that the topic takes."""
        self._connection = connection
        self._id = restore_id
        name = name_of(restore_id)
        firm: dict[str, Property] = {
            "transactional.id": name,
            "enable.idempotence": True,
            "acks": "all",
            "transaction.timeout.ms": _TRANSACTION_MS,
            "message.timeout.ms": _TRANSACTION_MS,
            "message.max.bytes": max(largest_bytes, 1_000),
            "batch.size": max(min(largest_bytes, 1_000_000), 1),
        }
        self._producer = connection.producer(_WEAK, firm)
        # A consumer that never subscribes is no member: it only says of which group the offsets are.
        self._speaker = connection.consumer({}, {"group.id": name, "enable.auto.commit": False})

    def __enter__(self) -> "Transactions":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._producer.purge()
        if error is not None:
            # Else the broker would hold readers up until the transaction's time is over.
            with suppress(KafkaException):
                self._producer.abort_transaction(_LAST_SECONDS)
        self._speaker.close()

    def begin(self) -> None:
        """Fence whoever restores under this id, and end what he has left open.

        What is committed before this returns stays; nothing can be committed by anybody else after it.
        """
        self._patiently(lambda: self._producer.init_transactions(_STEP_SECONDS), "begin a transaction")

    def commit(self, topic: str, drafts: Sequence[Draft], positions: Sequence[TopicPartition]) -> None:
        """Write records and positions, both or neither.

        What fails is done again as long as patience lasts. Raises FencedError when another restorer has
        taken over, UnreachableError when it is not known whether it was done: resuming will know.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self._once(topic, drafts, positions)
                return
            except KafkaException as exception:
                error = error_of(exception)
                if not error.txn_requires_abort() or time.monotonic() > deadline:
                    raise self._explained(exception) from None
                self._producer.purge()
                self._patiently(
                    lambda: self._producer.abort_transaction(_STEP_SECONDS), "give a transaction up"
                )
                if not _may_pass(error):
                    raise self._explained(exception) from None
                self._producer.poll(_PAUSE_SECONDS)

    def _once(self, topic: str, drafts: Sequence[Draft], positions: Sequence[TopicPartition]) -> None:
        producer = self._producer
        producer.begin_transaction()
        failure = self._produce(topic, drafts)
        metadata = self._speaker.consumer_group_metadata()
        self._patiently(
            lambda: producer.send_offsets_to_transaction(list(positions), metadata, _STEP_SECONDS),
            "note how far the restore is",
        )
        if failure is not None:
            raise failure
        self._patiently(lambda: producer.commit_transaction(_STEP_SECONDS), "commit a transaction")

    def _produce(self, topic: str, drafts: Iterable[Draft]) -> KafkaException | None:
        """Hand records to the client; a transaction that has failed says so here.

        Its cause is told at the next step.
        """
        poll, produce = self._producer.poll, self._producer.produce
        for value, key, partition, timestamp_ms, headers in drafts:
            while True:
                try:
                    produce(topic, value, key, partition, None, None, timestamp_ms, headers)
                    break
                except BufferError:
                    poll(0.1)
                except KafkaException as exception:
                    if error_of(exception).code() != KafkaError._STATE:
                        raise
                    return exception
        poll(0)
        return None

    def _patiently(self, step: Callable[[], object], doing: str) -> None:
        """Do a step, and again while the client says that this is the way. Raises what cannot pass."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                step()
                return
            except KafkaException as exception:
                error = error_of(exception)
                if error.txn_requires_abort():
                    raise
                if not error.retriable() or time.monotonic() > deadline:
                    raise self._explained(exception, doing) from None
                self._producer.poll(_PAUSE_SECONDS)

    def _explained(self, exception: KafkaException, doing: str = "write to Kafka") -> AgentctlError:
        error = error_of(exception)
        if error.code() in _FENCED:
            return FencedError(
                f"another agentctl has taken over the restore {self._id}, or the broker gave a transaction "
                "up that took too long; this one stopped, and each record is written once all the same",
                hint=f"if nobody else is at it: agentctl restore --resume {self._id} --execute",
            )
        said = self._connection.explained(exception, doing)
        said.hint = f"agentctl restore --resume {self._id} --execute goes on where this ended"
        return said


def _may_pass(error: KafkaError) -> bool:
    """Whether what a transaction was given up for can be over by itself: no refusal."""
    return kind_of(error.code()) in (UnreachableError, AgentctlError) and error.code() not in _REFUSED
