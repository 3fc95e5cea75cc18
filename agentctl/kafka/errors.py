"""librdkafka's and the brokers' errors in words: the one map from their codes to sentences and exit codes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException

from agentctl.errors import AccessError, AgentctlError, NotFoundError, UnreachableError, UsageError

_ACCESS = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.DELEGATION_TOKEN_AUTHORIZATION_FAILED,
        KafkaError.DELEGATION_TOKEN_AUTH_DISABLED,
        KafkaError.DELEGATION_TOKEN_EXPIRED,
        KafkaError.DELEGATION_TOKEN_NOT_FOUND,
        KafkaError.DELEGATION_TOKEN_OWNER_MISMATCH,
        KafkaError.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.ILLEGAL_SASL_STATE,
        KafkaError.UNACCEPTABLE_CREDENTIAL,
        KafkaError.SECURITY_DISABLED,
    }
)
_UNREACHABLE = frozenset(
    {
        KafkaError._TRANSPORT,
        KafkaError._RESOLVE,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TIMED_OUT,
        KafkaError._MSG_TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._WAIT_COORD,
        KafkaError._UNKNOWN_BROKER,
        KafkaError._DESTROY_BROKER,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_CONTROLLER,
        KafkaError.LISTENER_NOT_FOUND,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.PREFERRED_LEADER_NOT_AVAILABLE,
        KafkaError.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        KafkaError.REBOOTSTRAP_REQUIRED,
        KafkaError.KAFKA_STORAGE_ERROR,
    }
)
_NOT_FOUND = frozenset(
    {
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_GROUP,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_TOPIC_ID,
        KafkaError.GROUP_ID_NOT_FOUND,
        KafkaError.RESOURCE_NOT_FOUND,
    }
)
_USAGE = frozenset({KafkaError._INVALID_ARG, KafkaError._CONFLICT, KafkaError._NOT_CONFIGURED})

_BROKER_SAYS = re.compile(
    r"(?:[a-z_]+://)?(?P<address>\S+)/(?P<node>\w+): (?P<text>.*?)(?: \(after .*| \(_\w+\))?", re.DOTALL
)
_CONNECT = re.compile(r"Connect to \S+ failed: (?P<reason>.*)", re.DOTALL)
_SUPPRESSED = re.compile(r",? ?\(?\d+ identical error\(s\) suppressed\)?")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a broker's connection said: about which address, and why."""

    code: int
    address: str | None
    node: str | None
    """The broker's id as its address was advertised; None for an address that the user named."""
    text: str

    @classmethod
    def of(cls, error: KafkaError) -> "Complaint":
        """Take an error of a connection apart."""
        said = error.str()
        found = _BROKER_SAYS.fullmatch(said)
        if found is None:
            return cls(error.code(), None, None, _cleaned(said))
        node = found["node"] if found["node"].isdigit() else None
        return cls(error.code(), found["address"], node, _cleaned(found["text"]))


def _cleaned(text: str) -> str:
    text = " ".join(_SUPPRESSED.sub("", text).split()).rstrip(".")
    refused = _CONNECT.fullmatch(text)
    text = refused["reason"] if refused is not None else text
    for before in ("Local: ", "Broker: "):
        text = text.removeprefix(before)
    return text[:1].lower() + text[1:] if not text[:2].isupper() else text


def kind_of(code: int) -> type[AgentctlError]:
    """Return what kind of failure, and so which exit code, a code of librdkafka or of a broker is."""
    for codes, kind in (
        (_ACCESS, AccessError),
        (_UNREACHABLE, UnreachableError),
        (_NOT_FOUND, NotFoundError),
        (_USAGE, UsageError),
    ):
        if code in codes:
            return kind
    return AgentctlError


def reason_of(error: KafkaError) -> str:
    """Return why something failed, in a phrase without a subject: ``no permission to read the topic``."""
    if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return "no permission"
    if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC):
        return "no such topic"
    return Complaint.of(error).text


def error_of(exception: BaseException) -> KafkaError:
    """Return the KafkaError that an exception of confluent_kafka carries."""
    first = exception.args[0] if exception.args else None
    return first if isinstance(first, KafkaError) else KafkaError(KafkaError._FAIL, str(exception))


def translated(exception: KafkaException, doing: str) -> AgentctlError:
    """Return an exception as a sentence: ``cannot DOING: why``, with the exit code that it means."""
    error = error_of(exception)
    kind = kind_of(error.code())
    return kind(f"cannot {doing}: {reason_of(error)}", hint=_HINTS.get(kind))


_HINTS = {
    AccessError: "agentctl context show says which credentials were used, and where they come from",
    UnreachableError: "try again; agentctl context show says which brokers were asked",
    UsageError: "agentctl context show says which properties were used, and where they come from",
}

_RANKS = (_ACCESS, {KafkaError._RESOLVE}, {KafkaError._TRANSPORT})
"""What says most about why nothing answers, first."""


def unreachable(complaints: Iterable[Complaint], brokers: str, waited_seconds: float) -> AgentctlError:
    """Return why no broker answered, as the most telling of what its connections said."""
    said = [one for one in complaints if one.address is not None]
    for codes in _RANKS:
        for one in said:
            if one.code in codes:
                return _explained(one)
    return UnreachableError(
        f"no answer from {brokers} within {waited_seconds:.0f} s",
        hint="something listens there, but does it speak Kafka? agentctl context show names the origin",
    )


def _explained(said: Complaint) -> AgentctlError:
    if "PLAINTEXT broker listener" in said.text:
        return AccessError(
            f"TLS with {said.address} failed: the listener seems to speak no TLS",
            hint="name its protocol: -X security.protocol=PLAINTEXT (or SASL_PLAINTEXT)",
        )
    if said.code == KafkaError._SSL:
        return AccessError(f"TLS with {said.address} failed: {said.text}", hint=_tls_hint(said.text))
    if said.code in _ACCESS:
        return AccessError(f"{said.address} refused the credentials: {said.text}", hint=_HINTS[AccessError])
    if "SSL listener" in said.text or "disconnected while requesting ApiVersion" in said.text:
        return UnreachableError(
            f"{said.address} closed the connection at the first request; it may want TLS",
            hint="name its protocol: -X security.protocol=SSL (or SASL_SSL)",
        )
    if said.node is not None:
        return UnreachableError(
            f"broker {said.node} advertises {said.address}, which cannot be reached from here: {said.text}",
            hint="the brokers' advertised.listeners must be reachable from this machine",
        )
    return UnreachableError(
        f"cannot reach a broker at {said.address}: {said.text}",
        hint="is it running there? agentctl context show says where the address comes from",
    )


def _tls_hint(text: str) -> str:
    if "verify failed" in text or "self-signed" in text or "self signed" in text:
        return "name the CA that signed the broker's certificate: -X ssl.ca.location=FILE"
    if "alert" in text:
        return "the broker may want a client certificate: ssl.certificate.location and ssl.key.location"
    return _HINTS[AccessError]
