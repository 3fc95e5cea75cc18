"""Settings become clients of librdkafka: its log is caught, its complaints are remembered and explained."""

import concurrent.futures
import logging
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from functools import cached_property
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from agentctl.errors import AgentctlError, UsageError
from agentctl.kafka.errors import Complaint, error_of, kind_of, translated, unreachable

PATIENCE_SECONDS = 8.0
"""How long a question to the cluster may go unanswered: a person is told within ten seconds."""
_SURE_SECONDS = 2.0
"""How long no broker may be reached before that is taken as the answer: a restart is a matter of seconds."""
_POLL_SECONDS = 0.02
_HOPELESS = frozenset({KafkaError._AUTHENTICATION, KafkaError._SSL, KafkaError._FATAL})
"""Complaints that no waiting mends."""

Answer = TypeVar("Answer")

Property = str | int | float | bool


class Connection:
    """A cluster as this call's settings describe it. Clients are made when they are first needed."""

    def __init__(
        self, properties: Mapping[str, Property], *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._properties = dict(properties)
        self.patience_seconds = patience_seconds
        self.complaints: deque[Complaint] = deque(maxlen=200)
        """What the connections said, the latest last."""
        self._logger = logging.Logger("agentctl.kafka", level=logging.CRITICAL + 1)

    @property
    def brokers(self) -> str:
        """The addresses to begin with, as they were configured."""
        return str(self._properties["bootstrap.servers"])

    @cached_property
    def admin(self) -> AdminClient:
        """The client for questions about the cluster. Raises UsageError for properties it cannot take."""
        try:
            return AdminClient(self._merged({}), logger=self._logger)
        except (KafkaException, ValueError, TypeError) as error:
            raise _refused(error) from None

    def consumer(self, weak: Mapping[str, Property], firm: Mapping[str, Property]) -> Consumer:
        """Return a reader. The user's properties win over ``weak`` ones, ``firm`` ones over all.

        Raises UsageError for properties that librdkafka cannot take.
        """
        try:
            return Consumer({**weak, **self._merged(firm)}, logger=self._logger)
        except (KafkaException, ValueError, TypeError) as error:
            raise _refused(error) from None

    def _merged(self, firm: Mapping[str, Property]) -> dict[str, Any]:
        return {
            "allow.auto.create.topics": False,
            "reconnect.backoff.max.ms": 1000,
            "socket.connection.setup.timeout.ms": 5000,
            **self._properties,
            **firm,
            "error_cb": self._complained,
        }

    def _complained(self, error: KafkaError) -> None:
        self.complaints.append(Complaint.of(error))

    def wait(self, futures: Mapping[Any, "Future[Answer]"]) -> None:
        """Wait until every future is done, and no longer than it makes sense.

        Raises the reason when nothing answers. What an answer says of its own question stays in it.
        """
        began = time.monotonic()
        left: set[Future[Answer]] = set(futures.values())
        while left:
            left = concurrent.futures.wait(left, timeout=_POLL_SECONDS).not_done
            self.admin.poll(0)
            waited = time.monotonic() - began
            if left and (waited > self.patience_seconds or self.hopeless(waited)):
                raise unreachable(self.complaints, self.brokers, waited)

    def hopeless(self, waited_seconds: float) -> bool:
        """Whether waiting longer for an answer makes no sense."""
        if any(said.code in _HOPELESS or "listener?" in said.text for said in self.complaints):
            return True
        down = any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self.complaints)
        return down and waited_seconds > _SURE_SECONDS

    def answer(self, future: "Future[Answer]", doing: str) -> Answer:
        """Wait for one answer. Raises the reason in words: ``cannot DOING: why``."""
        self.wait({None: future})
        try:
            return future.result()
        except KafkaException as error:
            raise self.explained(error, doing) from None

    def explained(self, exception: KafkaException, doing: str) -> AgentctlError:
        """Return an exception in words; of one that says only that nobody answered, the cause beneath."""
        error = error_of(exception)
        vague = (KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT)
        if error.code() in vague and self.complaints:
            return unreachable(self.complaints, self.brokers, self.patience_seconds)
        return translated(exception, doing)

    def unreachable(self, waited_seconds: float) -> AgentctlError:
        """Return why nothing answers, from what the connections said."""
        return unreachable(self.complaints, self.brokers, waited_seconds)


def _refused(error: Exception) -> AgentctlError:
    """Say which property librdkafka does not take. It quotes the property's name, and never a secret."""
    found = error_of(error) if isinstance(error, KafkaException) else None
    text = found.str() if found is not None else str(error)
    if found is not None and kind_of(found.code()) is not UsageError and "property" not in text.lower():
        return translated(KafkaException(found), "set the client up")
    return UsageError(
        f"librdkafka does not take these properties: {' '.join(text.split()).rstrip('.')}",
        hint="agentctl context show says which are set, and where they come from",
    )
