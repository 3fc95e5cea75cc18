"""What a restore has to know to go on, and where it is kept: in the offsets of a group named after its id.

A transaction that carries records commits these offsets, too. So whoever sees the records sees how far the
restore is, from whichever machine, and nobody ever sees the one without the other. Each offset may bear a
string of up to 4,096 bytes; what is longer is spread over the partitions of the target.
"""

import base64
import json
import re
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from agentctl.errors import AgentctlError, UnreachableError, UsageError
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import Property
from agentctl.kafka.topics import names
from agentctl.model.query import Match, Query, Window
from agentctl.restoring.placing import Rule
from agentctl.restoring.progress import Progress

_FORMAT = "agentctl.restore/1"
_CHUNK = 3_900
"""Characters of an offset's metadata; the broker's ``offset.metadata.max.bytes`` is 4,096 by default."""
_PAUSE_SECONDS = 0.1
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def name_of(restore_id: str) -> str:
    """Return the name of everything that belongs to a restore: group, transactional id, scratch topic."""
    return f"agentctl-restore-{restore_id}"


def check_id(restore_id: str) -> None:
    """Raise UsageError for an id that cannot be part of a topic's name."""
    if not _ID.fullmatch(restore_id):
        raise UsageError(
            f"{restore_id!r} cannot be the id of a restore",
            hint="up to 64 letters, digits, dots, dashes and underscores",
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for, once and for all."""

    archive: str
    """``s3://bucket/prefix``."""
    query: Query
    target: str
    target_id: str | None
    """The topic's id: a topic that was made anew holds nothing of what was written."""
    profile: str | None = None
    """The field mapping that was named, if any."""

    @property
    def scratch(self) -> bool:
        """Whether the target was made for this restore alone."""
        return self.target.startswith(name_of(""))

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        query = self.query
        return {
            "archive": self.archive,
            "ids": query.ids,
            "topics": query.topics,
            "since": query.window.since_ms,
            "until": query.window.until_ms,
            "agents": query.agents,
            "types": query.types,
            "match": query.match.value,
            "target": self.target,
            "target_id": self.target_id,
            "profile": self.profile,
        }

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Order":
        """Read what ``to_json`` gave."""
        query = Query(
            tuple(told["ids"]),
            tuple(told["topics"]),
            Window(told["since"], told["until"]),
            tuple(told["agents"]),
            tuple(told["types"]),
            Match(told["match"]),
        )
        return cls(told["archive"], query, told["target"], told["target_id"], told["profile"])


@dataclass(slots=True)
class State:
    """A restore as far as it is."""

    order: Order
    progress: Progress = field(default_factory=Progress)
    rules: dict[str, Rule] = field(default_factory=dict)
    written: int = 0
    complete: bool = False
    """Whether everything was read to its end, with or without holes."""

    def positions(self, partitions: int) -> list[TopicPartition]:
        """Return the offsets that say it. Raises AgentctlError when they cannot hold it."""
        document = {
            **self.order.to_json(),
            "rules": {topic: rule.value for topic, rule in self.rules.items()},
            "done": self.progress.to_json(),
            "complete": self.complete,
        }
        packed = zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)
        text = base64.b85encode(packed).decode()
        chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]
        if len(chunks) > partitions:
            raise AgentctlError(
                f"how far the restore is takes {len(text):,} bytes, and the {partitions} partitions of "
                f"{self.order.target} can note {partitions * _CHUNK:,}",
                hint="thaw what is frozen first, or restore topic by topic: -t TOPIC",
            )
        return [
            TopicPartition(
                self.order.target,
                number,
                self.written,
                metadata=f"{_FORMAT} {number + 1}/{len(chunks)} {chunk}",
            )
            for number, chunk in enumerate(chunks)
        ]


def known_state(connection: Connection, restore_id: str, *, fenced: bool = False) -> State | None:
    """Return how far a restore is by what is committed; None when nothing is known of it.

    ``fenced`` says that nobody else can write for it any more: then it is that far for good. Unfenced, a
    transaction that somebody has left open is passed over, where it would be waited for otherwise.

    Raises AgentctlError for what is no restore's, or a later version's, UnreachableError without an answer.
    """
    doing = f"ask how far the restore {restore_id} is"
    # Asked through a client of the group's own: the one for administration ends the process over some of
    # what a coordinator may say. It has to be told where to look, and what is noted begins in a partition 0.
    isolation = "read_committed" if fenced else "read_uncommitted"
    group: dict[str, Property] = {"group.id": name_of(restore_id), "enable.auto.commit": False}
    consumer = connection.consumer({}, {**group, "isolation.level": isolation})
    try:
        places = [TopicPartition(name, 0) for name in names(connection)]
        for one in _committed(connection, consumer, places, doing):
            if one.metadata:
                break
        else:
            return None
        count = int(one.metadata.split(" ", 2)[1].partition("/")[2])
        more = [TopicPartition(one.topic, number) for number in range(1, count)]
        noted = {
            part.partition: part.metadata or "" for part in _committed(connection, consumer, more, doing)
        }
    except (ValueError, IndexError) as error:
        raise _foreign(restore_id) from error
    finally:
        consumer.close()
    return _state_of({0: one.metadata, **noted}, one.offset, restore_id)


def _committed(
    connection: Connection, consumer: Consumer, places: list[TopicPartition], doing: str
) -> list[TopicPartition]:
    """Ask, and again while patience lasts: a coordinator may have just begun to load its groups."""
    if not places:
        return []
    deadline = time.monotonic() + connection.patience_seconds
    while True:
        try:
            return consumer.committed(places, timeout=connection.patience_seconds)
        except KafkaException as error:
            said = connection.explained(error, doing)
            if not isinstance(said, UnreachableError) or time.monotonic() > deadline:
                raise said from None
            consumer.poll(_PAUSE_SECONDS)


def _state_of(noted: Mapping[int, str], written: int, restore_id: str) -> State:
    try:
        format_, count, _ = noted[0].split(" ", 2)
        total = int(count.partition("/")[2])
        texts = [noted[number].split(" ", 2)[2] for number in range(total)]
        if format_ != _FORMAT:
            raise ValueError(format_)
        told = json.loads(zlib.decompress(base64.b85decode("".join(texts))))
        return State(
            order=Order.of_json(told),
            progress=Progress.of_json(told["done"]),
            rules={topic: Rule(rule) for topic, rule in told["rules"].items()},
            written=written,
            complete=told["complete"],
        )
    except (KeyError, ValueError, IndexError, TypeError, zlib.error) as error:
        raise _foreign(restore_id) from error


def _foreign(restore_id: str) -> AgentctlError:
    return AgentctlError(
        f"what the group {name_of(restore_id)} notes is no restore that this version knows",
        hint="a newer agentctl may have written it; or choose another id: --id",
    )
