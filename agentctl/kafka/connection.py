"""Settings become clients of librdkafka: its log is caught, its complaints are remembered and explained."""

import concurrent.futures
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ClusterMetadata

from agentctl.errors import AgentctlError, UsageError
from agentctl.kafka.codes import kind_of
from agentctl.kafka.defaults import BRIEF, PATIENCE_SECONDS, STEADY, Property
from agentctl.kafka.errors import Complaint, cleaned, error_of, translated
from agentctl.kafka.silence import refused, unreachable
from agentctl.settings.secrets import MASK, is_secret

_SURE_SECONDS = 2.0
"""How long no broker may be reached before that is taken as the answer: a restart is a matter of seconds."""
_TRY_SECONDS = 3.0
"""How long one broker is waited for when any other could answer as well."""
_LOOK_SECONDS = 1.0
_POLL_SECONDS = 0.02
_VAGUE = frozenset({KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT})
"""What says only that nobody answered."""
_PROTOCOL = "security.protocol"
_METHOD = "sasl.oauthbearer.method"
_UNSECURE = "enable.sasl.oauthbearer.unsecure.jwt"
_CREATED = re.compile(r"Failed to create \w+ client: ")
_FILE = re.compile(r"\b(ssl\.[\w.]+\.location) (?:PKCS#12 file: )?")

Name = TypeVar("Name")
Answer = TypeVar("Answer")


class Connection:
    """A cluster as this call's settings describe it. Clients are made when they are first needed."""

    def __init__(
        self, properties: Mapping[str, Property], *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._properties = dict(properties)
        self.patience_seconds = patience_seconds
        self.complaints: deque[Complaint] = deque(maxlen=200)
        """What the connections said, the latest last."""
        self._logger = logging.Logger("agentctl.kafka")
        self._logger.addHandler(_Listener(self._heard))

    @property
    def brokers(self) -> str:
        """The addresses to begin with, as they were configured."""
        return str(self._properties["bootstrap.servers"])

    @property
    def properties(self) -> Mapping[str, Property]:
        """The properties as they were configured. They may hold secrets."""
        return self._properties

    @cached_property
    def admin(self) -> AdminClient:
        """The client for questions about the cluster. Raises UsageError for properties it cannot take."""
        try:
            return _Admin({**BRIEF, **self._merged({})}, logger=self._logger)
        except (KafkaException, ValueError, TypeError) as error:
            raise self._not_taken(error) from None

    def consumer(self, weak: Mapping[str, Property], firm: Mapping[str, Property]) -> Consumer:
        """Return a reader. The user's properties win over ``weak`` ones, ``firm`` ones over all.

        Raises UsageError for properties that librdkafka cannot take.
        """
        try:
            return _Reader({**weak, **self._merged(firm)}, logger=self._logger)
        except (KafkaException, ValueError, TypeError) as error:
            raise self._not_taken(error) from None

    def producer(self, weak: Mapping[str, Property], firm: Mapping[str, Property]) -> Producer:
        """Return a writer, as ``consumer`` does a reader."""
        try:
            return Producer({**weak, **self._merged(firm)}, logger=self._logger)
        except (KafkaException, ValueError, TypeError) as error:
            raise self._not_taken(error) from None

    def _merged(self, firm: Mapping[str, Property]) -> dict[str, Any]:
        _check_login(self._properties)
        return {
            **STEADY,
            **self._properties,
            **firm,
            "error_cb": self._complained,
        }

    def _complained(self, error: KafkaError) -> None:
        self._note(Complaint.of(error))

    def _heard(self, line: str) -> None:
        """Take a line of librdkafka's log, for not all that matters is told as an error."""
        said = Complaint.of_log(line)
        if said is not None:
            self._note(said)

    def _note(self, said: Complaint) -> None:
        self.complaints.append(replace(said, text=self._without_secrets(said.text)))

    def _without_secrets(self, text: str) -> str:
        """Return what librdkafka says without any secret that it quotes."""
        for key, value in self._properties.items():
            if is_secret(key) and str(value):
                text = text.replace(str(value), MASK)
        return text

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

    def asked(
        self, question: "Callable[[float], Mapping[Name, Future[Answer]]]"
    ) -> "Mapping[Name, Future[Answer]]":
        """Ask something that any broker can answer, and wait; the question is given how long it may take.

        The broker that is chosen may have died or hang: then another one is asked, while patience lasts.
        Raises the reason when nothing answers.
        """
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            futures = question(max(min(_TRY_SECONDS, self.patience_seconds - waited), 1.0))
            self.wait(futures)
            if not all(_unanswered(future) for future in futures.values()):
                return futures
            waited = time.monotonic() - began
            if waited > self.patience_seconds or self.hopeless(waited):
                raise unreachable(self.complaints, self.brokers, waited)
            self.look_anew()

    def look_anew(self) -> "ClusterMetadata | None":
        """Ask which brokers and topics there are, so that the client knows as well; None: no answer."""
        try:
            return self.admin.list_topics(timeout=_LOOK_SECONDS)
        except KafkaException:
            return None

    def hopeless(self, waited_seconds: float) -> bool:
        """Whether waiting longer for an answer makes no sense."""
        if any(refused(said) or "listener?" in said.text for said in self.complaints):
            return True
        down = any(said.code == KafkaError._ALL_BROKERS_DOWN for said in self.complaints)
        return down and waited_seconds > _SURE_SECONDS

    def answer(self, question: "Callable[[float], Future[Answer]]", doing: str) -> Answer:
        """Ask for one thing, as ``asked`` does. Raises the reason in words: ``cannot DOING: why``."""
        try:
            return self.asked(lambda seconds: {None: question(seconds)})[None].result()
        except KafkaException as error:
            raise self.explained(error, doing) from None

    def explained(self, exception: KafkaException, doing: str) -> AgentctlError:
        """Return an exception in words; of one that says only that nobody answered, the cause beneath."""
        if error_of(exception).code() in _VAGUE:
            return unreachable(self.complaints, self.brokers, self.patience_seconds)
        return translated(exception, doing)

    def _not_taken(self, error: Exception) -> AgentctlError:
        """Say which property librdkafka does not take. It quotes the property's name, and never a secret."""
        found = error_of(error) if isinstance(error, KafkaException) else None
        text = self._without_secrets(_CREATED.sub("", found.str() if found is not None else str(error)))
        if found is not None and kind_of(found.code()) is not UsageError and "property" not in text.lower():
            return translated(KafkaException(found), "set the client up")
        named = _FILE.search(text)
        place = self._properties.get(named[1]) if named is not None else None
        if named is not None and not Path(str(place)).is_file():
            return UsageError(
                f"{named[1]} names {place}, and there is no such file",
                hint="agentctl context show says where that comes from",
            )
        return UsageError(
            f"librdkafka does not take these properties: {cleaned(text)}",
            hint="agentctl context show says which are set, and where they come from",
        )

    def unreachable(self, waited_seconds: float) -> AgentctlError:
        """Return why nothing answers, from what the connections said."""
        return unreachable(self.complaints, self.brokers, waited_seconds)


class _Reader(Consumer):
    """A consumer in which Ctrl-C stays Ctrl-C.

    Where it comes while the client hands a line of its log or an error to Python, librdkafka's binding
    loses the KeyboardInterrupt, and says with a SystemError that it has nothing to say. Nothing else that
    is called from there raises.
    """

    def poll(self, *words: Any, **named: Any) -> Any:
        """Do what the consumer does. Raises KeyboardInterrupt."""
        try:
            return super().poll(*words, **named)
        except SystemError:
            raise KeyboardInterrupt from None

    def consume(self, *words: Any, **named: Any) -> Any:
        """Do what the consumer does. Raises KeyboardInterrupt."""
        try:
            return super().consume(*words, **named)
        except SystemError:
            raise KeyboardInterrupt from None


class _Admin(AdminClient):
    """The same of the client for questions."""

    def poll(self, *words: Any, **named: Any) -> Any:
        """Do what the client does. Raises KeyboardInterrupt."""
        try:
            return super().poll(*words, **named)
        except SystemError:
            raise KeyboardInterrupt from None


class _Listener(logging.Handler):
    """Hands librdkafka's log lines on; nothing of them reaches a screen by itself."""

    def __init__(self, heard: Callable[[str], None]) -> None:
        super().__init__()
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line."""
        self._heard(record.getMessage())


def _unanswered(future: "Future[Any]") -> bool:
    error = future.exception()
    return isinstance(error, KafkaException) and error_of(error).code() in _VAGUE


def _check_login(properties: Mapping[str, Property]) -> None:
    """Refuse a login that librdkafka would wait for without a word: nobody gives it a token."""
    asked = {key: str(properties.get(key, "")).lower() for key in (_PROTOCOL, "sasl.mechanism", _METHOD)}
    if not asked[_PROTOCOL].startswith("sasl") or asked["sasl.mechanism"] != "oauthbearer":
        return
    if asked[_METHOD] != "oidc" and str(properties.get(_UNSECURE, "")).lower() != "true":
        raise UsageError(
            "OAUTHBEARER needs somebody to get a token from",
            hint=f"-X {_METHOD}=oidc, sasl.oauthbearer.token.endpoint.url, "
            "sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret",
        )
