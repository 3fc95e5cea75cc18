"""Reads what routes ask for: one assignment, no group, only as much as it takes."""

import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from agentctl.errors import AccessError, AgentctlError
from agentctl.kafka import offsets
from agentctl.kafka.connection import Connection
from agentctl.kafka.defaults import UNSEEN, Property
from agentctl.kafka.errors import reason_of
from agentctl.kafka.leads import Lead, leads
from agentctl.lag.position import Position
from agentctl.lag.routes import Route
from agentctl.model.query import Isolation
from agentctl.ports import Progress
from agentctl.sources.consuming import MENDS_ITSELF

_BATCH = 2_000
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 2.0
"""How long nothing may come before it is asked who leads what is left."""
# Little is fetched at once, so that a walk past a million records of 60 partitions takes 130 MiB, not 370.
_WEAK: dict[str, Property] = {
    "group.id": "agentctl",
    "queued.max.messages.kbytes": 8_192,
    "fetch.queue.backoff.ms": 1,
    "fetch.wait.max.ms": 5,
    "fetch.error.backoff.ms": 100,
    "fetch.max.bytes": 2 * 1024 * 1024,
    "socket.timeout.ms": 16_000,
}
_LEAST_FETCH, _MOST_FETCH = 16 * 1024, 128 * 1024
_PACKED_RECORD = 100
"""About what a record takes in a compressed batch, in bytes."""
_LONG_PASS = 100
"""From so many records a pass on, it is worth to fetch ahead of what is being looked at."""
_AHEAD = 5_000


class Walk:
    """One walk through some partitions."""

    def __init__(
        self,
        connection: Connection,
        isolation: Isolation,
        routes: Mapping[Position, Route],
        progress: Progress,
        *,
        records_a_pass: int = 1,
    ) -> None:
        """Prepare it; ``records_a_pass`` is how many records are needed in a row, on average."""
        self._connection = connection
        self._isolation = isolation
        self._routes = routes
        self._progress = progress
        self._pass = records_a_pass
        self._open = set(routes)
        self._leads: Mapping[Position, Lead] = {}
        self.failed: dict[Position, str] = {}
        """Partitions that could not be walked to the end, and why."""

    def __call__(self) -> None:
        """Walk; may be called once. What was found stands in the routes.

        Raises UnreachableError or AccessError when nothing could be had of any partition.
        """
        if not self._open:
            return
        # A partition's first batch comes whole however large it is, and librdkafka asks for more by
        # itself where another partition's has taken that right.
        fetch = min(max(self._pass * _PACKED_RECORD, _LEAST_FETCH), _MOST_FETCH)
        ahead = _AHEAD if self._pass >= _LONG_PASS else 1
        consumer = self._connection.consumer(
            {**_WEAK, "max.partition.fetch.bytes": fetch, "queued.min.messages": ahead},
            {**UNSEEN, "isolation.level": self._isolation.value},
        )
        try:
            consumer.assign([TopicPartition(*place, self._routes[place].position) for place in self._open])
            self._walk(consumer)
        finally:
            consumer.close()
        if self._routes.keys() == self.failed.keys() and set(self.failed.values()) == {_DENIED}:
            raise AccessError(
                f"no permission to read {', '.join(sorted({topic for topic, _ in self.failed}))}",
                hint="the user needs the ACL operation READ on the topics",
            )

    def _walk(self, consumer: Consumer) -> None:
        heard = looked = time.monotonic()
        while self._open:
            first = consumer.poll(_POLL_SECONDS)
            if first is not None:
                # After a wait for the first, only what is there: a wait for a full batch would last.
                if self._take([first, *consumer.consume(_BATCH - 1, 0)], consumer):
                    heard = time.monotonic()
                continue
            now = time.monotonic()
            if now - max(heard, looked) > _LOOK_SECONDS:
                looked = now
                # Asking turns the consumer, too, from a leader that is none any more.
                self._leads = leads(consumer, self._open)
            silent = now - heard
            if silent > self._connection.patience_seconds or self._connection.hopeless(silent):
                self._give_up(silent)

    def _take(self, batch: list[Message], consumer: Consumer) -> bool:
        """Take what has come, and go where the routes want; return whether any of it was wanted."""
        errors = list(map(Message.error, batch))
        # ``is``, never ``==``: librdkafka's errors cannot be compared with None.
        sound = [error is None for error in errors]
        places = zip(map(Message.topic, batch), map(Message.partition, batch), sound, strict=True)
        touched: set[Position] = set()
        again: set[Position] = set()
        at = 0
        for (topic, partition, fine), same in groupby(places):
            run = batch[at : (at := at + len(list(same)))]
            place = (topic or "", partition or 0)
            if place not in self._open:
                continue
            if fine:
                touched.add(place)
                _taken(self._routes[place], run)
                continue
            for message in run:
                if place in self._open and self._trouble(place, message.error(), again):
                    touched.add(place)
        self._progress.advance(sum(sound), sum(map(len, batch)))
        self._go_on(touched, again, consumer)
        return bool(touched)

    def _go_on(self, touched: set[Position], again: set[Position], consumer: Consumer) -> None:
        """Ask the routes of what has come where to go; all that changes is told to the consumer at once."""
        goals = {place: self._routes[place].turn() for place in touched & self._open}
        finished = {place for place in goals if self._routes[place].done}
        moving = {place for place, goal in goals.items() if goal is not None} | (again & self._open)
        moving -= finished
        self._open -= finished
        leaving = finished | moving | again
        if leaving:
            consumer.incremental_unassign([TopicPartition(*place) for place in leaving])
        if moving:
            consumer.incremental_assign(
                [TopicPartition(*place, self._routes[place].position) for place in moving]
            )

    def _trouble(self, place: Position, error: KafkaError | None, again: set[Position]) -> bool:
        """Note the end of a partition, or why it cannot be read on; return whether that is news."""
        assert error is not None
        code = error.code()
        if code == KafkaError._PARTITION_EOF:
            self._routes[place].ended()
        elif code == KafkaError._AUTO_OFFSET_RESET:
            # It is stopped, and has to be begun anew.
            again.add(place)
            self._look_where_it_begins(place)
        elif code in MENDS_ITSELF:
            return False
        else:
            denied = code == KafkaError.TOPIC_AUTHORIZATION_FAILED
            self._fail(place, _DENIED if denied else reason_of(error))
        return True

    def _look_where_it_begins(self, place: Position) -> None:
        """Go on where the log begins now: what lay before was removed meanwhile."""
        route = self._routes[place]
        try:
            found = offsets.log_start(self._connection, [place])
        except AgentctlError as error:
            self._fail(place, error.message)
            return
        if place not in found.found:
            self._fail(place, found.failed.get(place, _GONE))
        elif found.found[place].offset <= route.position:
            self._fail(place, _GONE)
        else:
            route.moved(found.found[place].offset)

    def _fail(self, place: Position, reason: str) -> None:
        self.failed[place] = reason
        self._open.discard(place)

    def _give_up(self, silent_seconds: float) -> None:
        """Nothing has come for too long: the rest is not read, and has its reason.

        Raises UnreachableError or AccessError when nothing was had of any partition.
        """
        down = any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self._connection.complaints)
        error = self._connection.unreachable(silent_seconds)
        if self._open == set(self._routes) and (down or not self._leads):
            raise error
        for place in sorted(self._open):
            lead = None if down else self._leads.get(place)
            self._fail(place, error.message if lead is None else lead.sentence(self._connection.complaints))


_DENIED = "no permission"
_GONE = "the broker has no such offset any more"


def _taken(route: Route, run: Sequence[Message]) -> None:
    """Hand records of one partition over."""
    # The type of an offset says None, too; what was read has one.
    found: list[Any] = list(map(Message.offset, run))
    route.take(found, lambda index: _time_of(run[index]))


def _time_of(message: Message) -> int | None:
    kind, time_ms = message.timestamp()
    return time_ms if kind else None
