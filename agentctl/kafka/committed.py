"""Where consumer groups stand: asked for any number of groups at once, without becoming a member of one."""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from agentctl.kafka.connection import Connection
from agentctl.kafka.errors import error_of, reason_of
from agentctl.kafka.offsets import Partition

_PROGRAM = Path(__file__).with_name("offset_fetch.py")
_AT_ONCE = 16
"""Clients that ask for a group each, where the one for all has ended."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Committed offsets by group, and for the groups without an answer the reason."""

    found: Mapping[str, Mapping[Partition, int]]
    failed: Mapping[str, KafkaError] = field(default_factory=dict)

    def why_not(self, group: str) -> str | None:
        """Return why a group's offsets are not known; None when they are."""
        error = self.failed.get(group)
        if error is None:
            return None
        return "no permission" if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED else reason_of(error)


class OffsetFetch:
    """Asks for committed offsets in a process of its own, which may end and is then made anew."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "OffsetFetch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._end()

    def begin(self, groups: Collection[str] | None) -> None:
        """Ask for some groups, or with None for all there are, without waiting for the answer."""
        question = {
            "groups": None if groups is None else list(groups),
            "seconds": self._connection.patience_seconds,
        }
        for _ in range(2):
            process = self._process or self._started()
            self._process = process
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
                return
            except BrokenPipeError:  # it has ended since the last question
                self._end()

    def answer(self) -> Committed | None:
        """Return what ``begin`` asked for; None when the process has ended over it, or could not say."""
        process = self._process
        if process is None:
            return None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            self._end()
            return None
        told = json.loads(line)
        if "error" in told:
            return None
        return Committed(
            {
                name: {(topic, partition): offset for topic, partition, offset in places}
                for name, places in told["groups"].items()
            },
            {name: KafkaError(code, text) for name, (code, text) in told["failed"].items()},
        )

    def _started(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # Ctrl-C is for the one who asks: he ends it, and says what was done.
            start_new_session=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._connection.properties) + "\n")
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def groups(connection: Connection) -> Mapping[str, str]:
    """Return all groups that this user may see, by name, and the state of each in lower case.

    Raises UnreachableError or AccessError when the cluster cannot be asked.
    """
    found = connection.answer(
        lambda seconds: connection.admin.list_consumer_groups(request_timeout=seconds), "list the groups"
    )
    return {one.group_id: state_of(one.state) for one in sorted(found.valid, key=lambda one: one.group_id)}


def state_of(state: object) -> str:
    """Return Kafka's name of a group's state in lower case: ``preparing-rebalance``."""
    name = getattr(state, "name", None)
    return "unknown" if name is None else str(name).lower().replace("_", "-")


def committed(connection: Connection, names: Collection[str], partitions: Collection[Partition]) -> Committed:
    """Return the committed offsets of groups in some partitions, asked by a client for each group.

    Through consumers that carry the group's name and never subscribe: slower than ``OffsetFetch``, and
    nothing that a coordinator says can end the process.
    """
    found: dict[str, Mapping[Partition, int]] = {}
    failed: dict[str, KafkaError] = {}

    def ask(group: str) -> None:
        consumer = connection.consumer({}, {"group.id": group, "enable.auto.commit": False})
        try:
            answers = consumer.committed(
                [TopicPartition(*place) for place in partitions], timeout=connection.patience_seconds
            )
        except KafkaException as error:
            failed[group] = error_of(error)
            return
        finally:
            consumer.close()
        found[group] = {
            (one.topic, one.partition): one.offset for one in answers if one.error is None and one.offset >= 0
        }

    with ThreadPoolExecutor(_AT_ONCE) as executor:
        list(executor.map(ask, names))
    return Committed(found, failed)
