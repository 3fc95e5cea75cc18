"""Why nothing answers: the most telling complaint wins, and each typical one has its sentence."""

import pytest
from confluent_kafka import KafkaError

from agentctl.errors import AccessError, AgentctlError, UnreachableError
from agentctl.kafka.errors import Complaint
from agentctl.kafka.silence import refused, unreachable

DOWN = Complaint(KafkaError._ALL_BROKERS_DOWN, None, None, "1/1 brokers are down")


def said(
    text: str,
    protocol: str = "plaintext",
    state: str = "APIVERSION_QUERY",
    *,
    node: str | None = None,
    code: int = KafkaError._TRANSPORT,
    address: str = "h:1",
) -> Complaint:
    return Complaint(code, address, node, text, protocol, state)


CLOSED = said("disconnected: connection closed by peer")
REFUSED_CONNECTION = said("connection refused", state="CONNECT")
ADVERTISED = said("connection refused", state="CONNECT", node="2", address="inside:9092")
BAD_LOGIN = said("invalid username or password", "sasl_ssl", "AUTH_REQ", code=KafkaError._AUTHENTICATION)
OTHER_CA = said("SSL routines::certificate verify failed", "ssl", "SSL_HANDSHAKE")
ALERT = said("receive failed: SSL routines::tlsv13 alert certificate required: SSL alert number 116", "ssl")


def why(*complaints: Complaint, brokers: str = "h:1") -> AgentctlError:
    return unreachable([DOWN, *complaints, DOWN], brokers, 2.4)


def test_without_complaints_it_is_silence_that_is_told() -> None:
    told = why()
    assert type(told) is UnreachableError
    assert told.message == "no answer from h:1 within 2 s"


@pytest.mark.parametrize(
    ("complaint", "kind", "message", "hint"),
    [
        (REFUSED_CONNECTION, UnreachableError, "cannot reach a broker at h:1: connection refused", "running"),
        (
            said("connection setup timed out in state APIVERSION_QUERY"),
            UnreachableError,
            "cannot reach a broker at h:1: it accepts connections and does not answer",
            "does it speak Kafka?",
        ),
        (
            said("apiVersionRequest failed: Local: Timed out: probably due to broker version < 0.10"),
            UnreachableError,
            "cannot reach a broker at h:1: it accepts connections and does not answer",
            "does it speak Kafka?",
        ),
        (
            said("connection setup timed out in state CONNECT", state="CONNECT"),
            UnreachableError,
            "cannot reach a broker at h:1: connection setup timed out in state CONNECT",
            "running",
        ),
        (
            ADVERTISED,
            UnreachableError,
            "broker 2 advertises inside:9092, which cannot be reached from here: connection refused",
            "advertised.listeners",
        ),
        (
            said(
                "failed to resolve 'inside:9092'", node="2", address="inside:9092", code=KafkaError._RESOLVE
            ),
            UnreachableError,
            "broker 2 advertises inside:9092, which cannot be reached from here: "
            "failed to resolve 'inside:9092'",
            "advertised.listeners",
        ),
        (BAD_LOGIN, AccessError, "h:1 refused the credentials: invalid username or password", "credentials"),
        (
            said(
                "SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism: "
                "broker's supported mechanisms: PLAIN,GSSAPI",
                code=KafkaError._AUTHENTICATION,
            ),
            AccessError,
            "h:1 does not take the SASL mechanism SCRAM-SHA-512, but PLAIN, GSSAPI",
            "sasl.mechanism",
        ),
        (
            OTHER_CA,
            AccessError,
            "TLS with h:1 failed: the broker's certificate could not be verified",
            "ssl.ca.location",
        ),
        (
            ALERT,
            AccessError,
            "TLS with h:1 failed: the broker refused the client's certificate, or wants one "
            "(certificate required)",
            "ssl.certificate.location",
        ),
        (
            said("SSL routines::tlsv1 alert protocol version: SSL alert number 70", "ssl"),
            AccessError,
            "TLS with h:1 failed: the broker refused the handshake (protocol version)",
            "ssl.cipher.suites",
        ),
        (
            said("SSL handshake failed: no shared cipher", "ssl", code=KafkaError._SSL),
            AccessError,
            "TLS with h:1 failed: SSL handshake failed: no shared cipher",
            "context show",
        ),
        (
            said(
                "SSL handshake failed: connecting to a PLAINTEXT broker listener?",
                "ssl",
                code=KafkaError._SSL,
            ),
            AccessError,
            "TLS with h:1 failed: the listener seems to speak no TLS",
            "security.protocol=PLAINTEXT",
        ),
        (
            CLOSED,
            UnreachableError,
            "h:1 closed the connection at the first request; it may want TLS",
            "security.protocol=SSL (or SASL_SSL)",
        ),
        (
            said("disconnected", "ssl", "UP"),
            UnreachableError,
            "h:1 closed the connection when it was asked without a login; it may want one",
            "security.protocol=SASL_SSL",
        ),
        (
            said("disconnected", "sasl_ssl", "UP"),
            UnreachableError,
            "h:1 closed the connection at the first request",
            "does it speak Kafka",
        ),
        (
            said(
                "ApiVersionRequest failed: Broker: API version not supported: probably due to broker version"
            ),
            UnreachableError,
            "h:1 does not say which requests it understands: it is older than Kafka 0.10",
            "newer broker",
        ),
        (
            said("receive failed: Invalid response size 1213486160 (0..100000000)"),
            UnreachableError,
            "h:1 answers in HTTP, not in Kafka's protocol",
            "right port",
        ),
        (
            said("receive failed: Invalid response size 352518400 (0..100000000)"),
            UnreachableError,
            "h:1 answers in TLS",
            "security.protocol=SSL (or SASL_SSL)",
        ),
        (
            said("receive failed: Invalid response size -1 (0..100000000)"),
            UnreachableError,
            "h:1 does not answer in Kafka's protocol",
            "right port",
        ),
        (
            Complaint(KafkaError._AUTHENTICATION, None, None, "failed to acquire a token"),
            AccessError,
            "cannot log in to h:1: failed to acquire a token",
            "credentials",
        ),
        (
            Complaint(KafkaError._FATAL, None, None, "fenced"),
            AgentctlError,
            "cannot go on with h:1: fenced",
            "",
        ),
    ],
)
def test_each_typical_complaint_has_its_sentence_and_one_thing_to_do(
    complaint: Complaint, kind: type[AgentctlError], message: str, hint: str
) -> None:
    told = why(complaint)
    assert type(told) is kind
    assert told.message == message
    assert hint in (told.hint or "")


def test_an_advertised_address_that_was_configured_itself_is_just_out_of_reach() -> None:
    told = why(ADVERTISED, brokers="h:1,inside:9092")
    assert told.message == "cannot reach a broker at inside:9092: connection refused"


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (BAD_LOGIN, REFUSED_CONNECTION),
        (OTHER_CA, ADVERTISED),
        (ALERT, CLOSED),
        (ADVERTISED, REFUSED_CONNECTION),
        (REFUSED_CONNECTION, CLOSED),
        (CLOSED, DOWN),
    ],
)
def test_the_most_telling_complaint_wins_whenever_it_came(more: Complaint, less: Complaint) -> None:
    assert why(more, less).message == why(less, more).message == why(more).message


@pytest.mark.parametrize("complaint", [BAD_LOGIN, OTHER_CA, ALERT])
def test_no_waiting_mends_a_refusal(complaint: Complaint) -> None:
    assert refused(complaint)


@pytest.mark.parametrize(
    "complaint",
    [
        DOWN,
        CLOSED,
        REFUSED_CONNECTION,
        ADVERTISED,
        said("group authorization failed", code=KafkaError.GROUP_AUTHORIZATION_FAILED),
    ],
)
def test_the_rest_may_mend_itself(complaint: Complaint) -> None:
    assert not refused(complaint)
