"""Why nothing answers, as the most telling of what the connections said."""

import re
from collections.abc import Iterable

from confluent_kafka import KafkaError

from agentctl.errors import AccessError, AgentctlError, UnreachableError
from agentctl.kafka.codes import ACCESS
from agentctl.kafka.errors import HINTS, Complaint

_ALERT = re.compile(r"alert (?P<reason>[a-z ]+?): SSL alert number (?P<number>\d+)")
"""What the other side of TLS said when it refused us."""
_NO_COMMON_TLS = frozenset({"40", "70", "71"})
"""Alerts handshake_failure, protocol_version, insufficient_security; the others are about certificates."""
_SIZE = re.compile(r"Invalid response size (?P<size>-?\d+)", re.IGNORECASE)
_MECHANISM = re.compile(
    r"SASL (?P<ours>\S+) mechanism handshake failed: .*supported mechanisms:\s*(?P<theirs>.*)"
)
_FINAL = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
        KafkaError._FATAL,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.ILLEGAL_SASL_STATE,
    }
)
_TELLS_NOTHING = 9


def refused(said: Complaint) -> bool:
    """Whether a broker, or the library in its place, has refused us for good: no waiting mends that."""
    return said.code in _FINAL or "verify failed" in said.text or _ALERT.search(said.text) is not None


def unreachable(complaints: Iterable[Complaint], brokers: str, waited_seconds: float) -> AgentctlError:
    """Return why no broker answered. ``brokers`` are the addresses that were configured."""
    telling = min(complaints, key=_rank, default=None)
    if telling is None or _rank(telling) == _TELLS_NOTHING:
        return UnreachableError(
            f"no answer from {brokers} within {waited_seconds:.0f} s",
            hint="something listens there, but does it speak Kafka? agentctl context show names the origin",
        )
    return _explained(telling, brokers)


def _rank(said: Complaint) -> int:
    """Return how much a complaint tells of why nothing answers, 0 the most.

    A broker's address that was advertised has been told by a broker that did answer.
    """
    if refused(said):
        return 0
    if said.address is None:
        return _TELLS_NOTHING
    if said.closed:
        return 3
    return 1 if said.node is not None else 2


def _explained(said: Complaint, brokers: str) -> AgentctlError:
    if said.address is None:
        if said.code not in ACCESS:
            return AgentctlError(f"cannot go on with {brokers}: {said.text}")
        return AccessError(f"cannot log in to {brokers}: {said.text}", hint=HINTS[AccessError])
    if "PLAINTEXT broker listener" in said.text:
        return AccessError(
            f"TLS with {said.address} failed: the listener seems to speak no TLS",
            hint=f"name its protocol: -X security.protocol={_other(said)}",
        )
    if said.code == KafkaError._SSL or "verify failed" in said.text or _ALERT.search(said.text):
        return _tls(said)
    if said.code in ACCESS:
        return _login(said)
    if said.closed:
        return _closed(said)
    if (size := _SIZE.search(said.text)) is not None:
        return _foreign(said, int(size["size"]).to_bytes(4, "big", signed=True))
    if "apiversion" in said.text.lower() and "not supported" in said.text:
        return UnreachableError(
            f"{said.address} does not say which requests it understands: it is older than Kafka 0.10",
            hint="agentctl needs a newer broker; agentctl context show says where the address comes from",
        )
    # The first question of a connection is which requests are understood.
    asked = said.state not in (None, "CONNECT") or "apiversion" in said.text.lower()
    mute = "timed out" in said.text.lower() and asked
    why = "it accepts connections and does not answer" if mute else said.text
    if said.node is not None and said.address not in brokers.split(","):
        return UnreachableError(
            f"broker {said.node} advertises {said.address}, which cannot be reached from here: {why}",
            hint="the brokers' advertised.listeners must be reachable from this machine",
        )
    likely = "does it speak Kafka" if mute else "is it running there"
    return UnreachableError(
        f"cannot reach a broker at {said.address}: {why}",
        hint=f"{likely}? agentctl context show says where the address comes from",
    )


def _closed(said: Complaint) -> UnreachableError:
    """Guess why a broker closes the connection: Kafka does so when it cannot read a request."""
    if said.state == "UP" and not said.protocol.startswith("sasl"):
        tls = said.protocol == "ssl"
        return UnreachableError(
            f"{said.address} closed the connection when it was asked without a login; it may want one",
            hint=f"-X security.protocol=SASL_{'SSL' if tls else 'PLAINTEXT'} -X sasl.mechanism=…, "
            "sasl.username and sasl.password",
        )
    if said.protocol.endswith("plaintext"):
        return UnreachableError(
            f"{said.address} closed the connection at the first request; it may want TLS",
            hint=f"name its protocol: -X security.protocol={_other(said)}; or is it older than Kafka 0.10?",
        )
    return UnreachableError(
        f"{said.address} closed the connection at the first request",
        hint="does it speak Kafka, 0.10 or newer? agentctl context show says where the address comes from",
    )


def _foreign(said: Complaint, first: bytes) -> UnreachableError:
    """Name the protocol of an answer that is none of Kafka's by its first four bytes."""
    if first[:2] in (b"\x15\x03", b"\x16\x03"):
        return UnreachableError(
            f"{said.address} answers in TLS", hint=f"name its protocol: -X security.protocol={_other(said)}"
        )
    spoken = "answers in HTTP, not" if first == b"HTTP" else "does not answer"
    return UnreachableError(
        f"{said.address} {spoken} in Kafka's protocol",
        hint="is it the right port? agentctl context show says where the address comes from",
    )


def _other(said: Complaint) -> str:
    """Return the protocols that are like the one that was used, but with TLS, or without."""
    return {
        "plaintext": "SSL (or SASL_SSL)",
        "sasl_plaintext": "SASL_SSL",
        "ssl": "PLAINTEXT (or SASL_PLAINTEXT)",
        "sasl_ssl": "SASL_PLAINTEXT",
    }.get(said.protocol, "…")


def _tls(said: Complaint) -> AccessError:
    alert = _ALERT.search(said.text)
    if alert is not None and alert["number"] in _NO_COMMON_TLS:
        return AccessError(
            f"TLS with {said.address} failed: the broker refused the handshake ({alert['reason']})",
            hint="no TLS version or cipher is common to both: ssl.cipher.suites, the broker's ssl.protocol",
        )
    if alert is not None:
        return AccessError(
            f"TLS with {said.address} failed: the broker refused the client's certificate, "
            f"or wants one ({alert['reason']})",
            hint="name one that it trusts: -X ssl.certificate.location=FILE -X ssl.key.location=FILE",
        )
    if "verify failed" in said.text:
        host = (said.address or "").rpartition(":")[0]
        return AccessError(
            f"TLS with {said.address} failed: the broker's certificate could not be verified",
            hint="name the CA that signed it: -X ssl.ca.location=FILE; "
            f"with the right CA, the certificate is for another name than {host}",
        )
    return AccessError(f"TLS with {said.address} failed: {said.text}", hint=HINTS[AccessError])


def _login(said: Complaint) -> AccessError:
    mechanism = _MECHANISM.fullmatch(said.text)
    if mechanism is None:
        return AccessError(f"{said.address} refused the credentials: {said.text}", hint=HINTS[AccessError])
    if mechanism["theirs"]:
        return AccessError(
            f"{said.address} does not take the SASL mechanism {mechanism['ours']}, "
            f"but {mechanism['theirs'].replace(',', ', ')}",
            hint="name one that it takes: -X sasl.mechanism=…",
        )
    protocol = "SSL" if said.protocol == "sasl_ssl" else "PLAINTEXT"
    return AccessError(
        f"{said.address} takes no login by SASL at this listener",
        hint=f"name its protocol: -X security.protocol={protocol}",
    )
